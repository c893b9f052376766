package web

import (
	"net/http"
	"strings"
	"testing"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/places"
)

func TestAdministratorsChooseColoursAndFields(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	cookie := d.cookieOf(t, d.person(t, "Bea", accounts.Admin))
	theme, category := "/admin/categories/theme/nature", "/admin/categories/compost"
	expect(t, "the list", d.page(t, "/admin/categories", "Cookie", cookie), theme, "not ⟦")
	expect(t, "the colour", d.page(t, theme, "Cookie", cookie), `fill="#1e7729" data-look-day`, `name="pair" value="#`, "not ⟦")
	for _, c := range []struct {
		fields []string
		status int
		says   string
	}{
		{[]string{"day", "#77cc88", "night", "#8aca8b"}, 400, "son contraste est de 1,9 pour 1, il faut 5,6"},
		{[]string{"day", "#0b6b3a", "night", "#8aca8b"}, 400, "pour qui ne voit pas le rouge (protanopie)"},
		{[]string{"day", "green", "night", ""}, 400, "verdict--bad"},
		{[]string{"do", "paint", "day", "#286105", "night", "#d0fbb6"}, 400, "&#34;paint&#34; n&#39;est pas compris"},
		{[]string{"do", "preview", "day", "#286105", "night", "#d0fbb6"}, 200, `fill="#286105" data-look-day`},
		{[]string{"pair", "#286105 #d0fbb6", "day", "#000000", "night", "#000000"}, 303, ""},
		{[]string{"do", "reset"}, 303, ""},
	} {
		got := d.send(t, theme, c.fields, "Cookie", cookie)
		if got.Code != c.status || !strings.Contains(got.Body.String(), c.says) {
			t.Errorf("%v: %d, %s", c.fields, got.Code, between(got.Body.String(), `role="alert">`, "</div>"))
		}
	}
	expect(t, "a preview", d.send(t, category, []string{"do", "preview", "label_fr", "Bac", "pictogram", "park"}, "Cookie", cookie).Body.String(), "data-look-label>Bac<", "shipped.svg", "not ⟦")
	unknown := d.send(t, category, []string{"do", "paint", "label_fr", "Bac", "pictogram", "park"}, "Cookie", cookie)
	if expect(t, "an unknown act", unknown.Body.String(), "&#34;paint&#34; n&#39;est pas compris", `value="Bac"`); unknown.Code != http.StatusBadRequest {
		t.Errorf("an unknown act: %d", unknown.Code)
	}
	expect(t, "nothing was changed", d.page(t, "/admin/categories", "Cookie", cookie), "not badge--warn")
	field := []string{"do", "field", "key", "bins", "kind", "choice", "field_fr", "Bacs", "choices", "Un | One\nDeux"}
	if got := d.send(t, category, field, "Cookie", cookie); got.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", got.Code, got.Body)
	}
	expect(t, "the field", d.page(t, category+"?lang=en", "Cookie", cookie), "Un | One\nDeux", `name="extra:compost:bins"`, ">One<", "not ⟦")
	expect(t, "what was done", d.page(t, category+"?done=field", "Cookie", cookie), "Le champ est enregistré.")
	seen := d.send(t, category, []string{"do", "previewfield", "new", "1", "key", "lid", "kind", "yes_no", "field_fr", "Couvercle"}, "Cookie", cookie)
	expect(t, "a field seen", seen.Body.String(), `name="extra:compost:lid"`, `<details class="more" open>`)
	days := d.send(t, category, []string{"label_fr", "Bac", "verify_days", "abc"}, "Cookie", cookie)
	expect(t, "wrong days", days.Body.String(), `value="abc" aria-invalid="true"`, `<span class="field__error">N&#39;est pas un nombre`)
	wrong := d.send(t, category, []string{"do", "field", "new", "1", "key", "Bins!", "kind", "text", "field_fr", "Autre"}, "Cookie", cookie)
	expect(t, "a wrong key", wrong.Body.String(), "verdict--bad", `value="Bins!"`, `value="Autre"`, `<details class="more" open>`, `name="key" aria-invalid="true"`)
	d.send(t, category, []string{"do", "remove", "key", "bins"}, "Cookie", cookie)
	town, _, err := places.TownTaxonomy(t.Context(), d.db)
	if kept, found := town.ExtraField("compost", "bins"); err != nil || !found || !kept.Removed || kept.LabelFr != "Bacs" || len(kept.Choices) != 2 {
		t.Errorf("removed: %+v, %v, %v", kept, found, err)
	}
	again := d.send(t, category, []string{"do", "field", "new", "1", "key", "bins", "kind", "text", "field_fr", "Autre"}, "Cookie", cookie)
	expect(t, "the key of a removed field", again.Body.String(), "verdict--bad", "demandez-le de nouveau", `value="Autre"`, `value="Bacs"`, "not ⟦")
	elsewhere := d.send(t, "/admin/categories/library", []string{"do", "remove", "key", "bins"}, "Cookie", cookie)
	if elsewhere.Code != http.StatusBadRequest {
		t.Errorf("removed from a category that never had it: %d", elsewhere.Code)
	}
	d.send(t, category, []string{"do", "field", "key", "bins", "kind", "choice", "field_fr", "Bacs", "choices", "Un\nDeux"}, "Cookie", cookie)
	expect(t, "asked for again", d.page(t, category, "Cookie", cookie), `name="extra:compost:bins"`)
	if got := d.get(t, theme, "Cookie", d.cookie); got.Code != http.StatusForbidden {
		t.Errorf("as a moderator: %d", got.Code)
	}
	if got := d.get(t, "/admin/categories/theme/nothing", "Cookie", cookie); got.Code != http.StatusNotFound {
		t.Errorf("absent: %d", got.Code)
	}
}

func TestColoursHaveNames(t *testing.T) {
	t.Parallel()
	for colour, want := range map[string]string{
		"#a43a41": "red", "#7a2e00": "orange", "#6b6b00": "yellow", "#0b6b3a": "green", "#00696b": "turquoise",
		"#335cb3": "blue", "#6600cc": "violet", "#a0005a": "pink", "#ff0004": "red", "#808080": "red",
	} {
		if got := hueOf(colour); got != want {
			t.Errorf("%s is %s, want %s", colour, got, want)
		}
	}
}
