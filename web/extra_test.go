package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

func TestFieldsOfACategoryAreAskedShownAndKept(t *testing.T) {
	t.Parallel()
	fields := []places.ExtraField{
		{Key: "bins", Kind: places.ExtraNumber, LabelFr: "Nombre de bacs", LabelEn: "Bins", HelpFr: "À peu près."},
		{Key: "locked", Kind: places.ExtraYesNo, LabelFr: "Fermé à clé", LabelEn: "Locked"},
		{Key: "keeper", Kind: places.ExtraChoiceOf, LabelFr: "Tenu par", Choices: []places.ExtraChoice{{Fr: "Habitants", En: "Residents"}, {Fr: "Ville"}}},
	}
	with := func(fields ...places.ExtraField) *places.Taxonomy {
		return taxonomy.With(places.Town{Extra: map[string][]places.ExtraField{"compost": fields}})
	}
	var deps Deps
	town := newTownOf(t, func(d *Deps) {
		d.Taxonomy, d.Road.Taxonomy = with(fields...), with(fields...)
		deps = *d
	})
	expect(t, "the form", town.page(t, "/contribuer/lieu"), `data-extra="compost"`, `name="extra:compost:bins"`, "À peu près.", "Habitants", "not ⟦")
	wrong := town.send(t, "/contribuer/lieu", compost(aKey, "extra:compost:bins", "douze"))
	expect(t, "a wrong number", wrong.Body.String(), "Doit être un nombre", `value="douze"`, `data-extra="compost" open`)
	cookie := town.cookieOf(t, town.person(t, "Ada", accounts.Moderator))
	sent := compost(aKey, "extra:compost:bins", "2,5", "extra:compost:locked", "false", "extra:compost:keeper", "Habitants", "extra:library:bins", "9")
	if got := town.send(t, "/contribuer/lieu", sent, "Cookie", cookie); got.Code >= http.StatusBadRequest {
		t.Fatalf("%d %s", got.Code, got.Body)
	}
	var place string
	err := town.db.QueryRow(t.Context(), `
		select max(place_id)::text
		from place_revisions
		where document->'extra' = '{"bins": 2.5, "locked": false, "keeper": "Habitants"}'`).Scan(&place)
	if err != nil || place == "" {
		t.Fatalf("%q, %v", place, err)
	}
	expect(t, "the card", between(town.page(t, "/lieux/"+place), `<dl class="facts">`, "</dl>"), "Nombre de bacs", ">2,5<", "Fermé à clé", ">Non<", "Habitants")
	expect(t, "in English", town.page(t, "/lieux/"+place+"?lang=en"), "Bins", ">2.5<", "Locked", ">No<", "Residents")
	edit := town.page(t, "/lieux/"+place+"/modifier")
	expect(t, "the correction", edit, `value="2.5"`, `value="false" selected`, `value="Habitants" selected`)
	// The town asks for one of them no more, and forgot another: what is known stays on the page.
	fields[0].Removed = true
	deps.Taxonomy = with(fields[:2]...)
	later := New(deps)
	town.Handler = later
	expect(t, "the card later", between(town.page(t, "/lieux/"+place), `<dl class="facts">`, "</dl>"), "Nombre de bacs", ">2,5<", "keeper", "Habitants")
	if form := town.page(t, "/lieux/"+place+"/modifier"); strings.Contains(form, "compost:bins") || !strings.Contains(form, "compost:locked") {
		t.Error("a field that is asked for no more is in the form")
	}
}

// Two categories ask for the same key, one as a text and one as a number: the desk
// writes the text of its own category, whichever comes first.
func TestTheDeskReadsAFieldOfItsOwnCategory(t *testing.T) {
	t.Parallel()
	extra := map[string][]places.ExtraField{
		"compost": {{Key: "size", Kind: places.ExtraNumber, LabelFr: "Taille"}}, "library": {{Key: "size", Kind: places.ExtraText, LabelFr: "Taille"}},
	}
	v := &view{Language: "fr", site: &site{Deps: Deps{Taxonomy: taxonomy.With(places.Town{Extra: extra})}, catalogue: readCatalogues()}}
	for category, editable := range map[string]bool{`"compost"`: false, `"library"`: true} {
		size := moderation.Difference{Field: "extra.size", Proposed: json.RawMessage(`"12"`)}
		file := moderation.File{Differing: []moderation.Difference{size}, Current: places.Fields{"category": json.RawMessage(category)}}
		var page itemPage
		v.compare(&page, file)
		if got := page.Fields[0]; got.Editable != editable {
			t.Errorf("%s: %+v", category, got)
		}
	}
}
