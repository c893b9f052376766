package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/moderation"
)

// compost are the fields of a place that looks like no other.
func compost(key string, more ...string) []string {
	return append([]string{
		"key", key, "name", "Composteur des Olivettes", "category", "compost", "lat", "47,2101", "lon", "-1.5501",
	}, more...)
}

const aKey = "5d3c9a52-7c1f-4b8e-8a39-2e64c7d1f0a6"

func (town *testTown) contributions(t *testing.T) (count int) {
	t.Helper()
	if err := town.db.QueryRow(t.Context(), `select count(*) from contributions`).Scan(&count); err != nil {
		t.Fatal(err)
	}
	return count
}

func TestAVisitorAddsAPlace(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	form := town.get(t, "/contribuer/lieu")
	expect(t, "the form", form.Body.String(), `name="key" value="`, "<optgroup label=", "Envoyer à la modération", "Votre courriel", "not ⟦")
	if form.Header().Get("Cache-Control") != "private, no-store" || len(form.Result().Cookies()) != 0 {
		t.Errorf("headers %v", form.Header())
	}
	first := town.send(t, "/contribuer/lieu", compost(aKey, "contact_email", "rosa@example.org", "category_text", "Composteur"))
	if first.Code != http.StatusBadRequest {
		t.Errorf("a category that is none: %d", first.Code)
	}
	first = town.send(t, "/contribuer/lieu", compost(aKey, "contact_email", "rosa@example.org"))
	if first.Code != http.StatusAccepted || first.Header().Get("Cache-Control") != "private, no-store" || len(first.Result().Cookies()) != 0 {
		t.Fatalf("%d %v %s", first.Code, first.Header(), first.Body)
	}
	page := first.Body.String()
	expect(t, "the receipt", page, "c’est bien arrivé", "25 mars 2026", "receipt v1", "Mon lien secret", "not rosa@example.org", "not ⟦")
	code := between(page, `readonly value="`, `"`)
	if again := town.send(t, "/contribuer/lieu", compost(aKey, "contact_email", "rosa@example.org")); between(again.Body.String(), `readonly value="`, `"`) != code || code == "" {
		t.Errorf("the same form again gives another code than %q", code)
	}
	if count := town.contributions(t); count != 1 {
		t.Errorf("%d contributions of one form", count)
	}
	other := town.send(t, "/contribuer/lieu", compost(aKey, "phone", "0240000000"))
	expect(t, "the key again for something else", other.Body.String(), "est déjà parti une fois", "not value=\""+aKey)
	expect(t, "the link", page, `href="http://example.com/mes-contributions#`+code)
}

func TestAllThatIsWrongIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	response := town.send(t, "/contribuer/lieu?lang=en", []string{
		"key", aKey, "name", strings.Repeat("x", 121), "category_text", "no such thing", "lat", "north", "phone", "12", "website", "javascript:alert(1)",
		"opening_hours", "tous les jours", "email", "nobody", "contact_email", "none", "name_en", "a\u202eb",
	})
	if response.Code != http.StatusBadRequest {
		t.Errorf("status %d", response.Code)
	}
	page := response.Body.String()
	expect(t, "the form", page, "From 1 to 120 characters, not 121", "No category is called that", "Give the latitude and the longitude", "is not a phone number",
		"https:// or http://", "These hours cannot be read", "&#34;nobody&#34; is not an e-mail address", "This is not an e-mail address", "is not allowed",
		`value="tous les jours"`, `value="javascript:alert(1)"`, `value="`+aKey+`"`, "not ⟦")
	if got := strings.Count(page, `class="field__error"`); got != 9 {
		t.Errorf("%d fields are marked", got)
	}
	empty := town.send(t, "/contribuer/lieu", []string{"key", aKey, "lat", "47.2190", "lon", "-1.5546"}).Body.String()
	expect(t, "the empty form", empty, "Il reste quelque chose à corriger", "Choisissez une catégorie.", "Donnez un nom.", "not pas valable", "not st nécessaire")
	if count := town.contributions(t); count != 0 {
		t.Errorf("%d contributions", count)
	}
}

func TestLookalikesAreAskedFor(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	garden := []string{"key", aKey, "name", "Jardin des Fonderies", "category", "community_garden", "lat", "47.2190", "lon", "-1.5546"}
	asked := town.send(t, "/contribuer/lieu", garden)
	if asked.Code != http.StatusConflict {
		t.Fatalf("%d %s", asked.Code, asked.Body)
	}
	id := fmt.Sprint(town.garden)
	expect(t, "the question", asked.Body.String(), "Est-ce l’un d’eux", `href="/lieux/`+id+`/modifier"`, `name="distinct" value="`+id+`"`, "not checked> C’en est")
	if sent := town.send(t, "/contribuer/lieu", append(garden, "distinct", id)); sent.Code != http.StatusAccepted {
		t.Errorf("another place: %d", sent.Code)
	}
}

func TestOnlyWhatWasChangedIsProposed(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	address := fmt.Sprintf("/lieux/%d/modifier", town.library)
	form := town.page(t, address)
	expect(t, "the form", form, `value="Médiathèque Jacques-Demy"`, `value="quai de la Fosse"`, `name="base_revision" value="1"`, `value="47.2184"`)
	fields := []string{
		"key", aKey, "base_revision", "1", "name", "Médiathèque Jacques-Demy", "name_en", "Jacques Demy Library", "category", "library", "lat", "47.2184", "lon", "-1.5536",
		"address_housenumber", "24", "address_street", "quai de la Fosse", "address_postcode", "44000", "address_city", "Nantes",
		"opening_hours", "Tu-Fr 10:00-12:30,14:00-18:00; Sa 10:00-18:00; PH off", "phone", "+33240415600", "website", "https://www.example.org/bm/",
		"email", "bm@example.org", "wheelchair", "yes", "operator", "Ville de Nantes", "description", "Livres, films et une salle d’étude.",
	}
	unchanged := town.send(t, address, fields)
	if unchanged.Code != http.StatusBadRequest {
		t.Errorf("nothing changed: %d", unchanged.Code)
	}
	expect(t, "nothing changed", unchanged.Body.String(), "Ne change rien")
	changed := append([]string{}, fields...)
	for i, text := range changed {
		changed[i] = strings.NewReplacer("24", "26", "+33240415600", "", "Livres, films", "Livres\r\net films").Replace(text)
	}
	if sent := town.send(t, address, changed); sent.Code != http.StatusAccepted {
		t.Fatalf("%d %s", sent.Code, sent.Body)
	}
	var patch string
	if err := town.db.QueryRow(t.Context(), `select body ->> 'patch' from contributions`).Scan(&patch); err != nil {
		t.Fatal(err)
	}
	const want = `{"phone": null, "address": {"city": "Nantes", "street": "quai de la Fosse", "postcode": "44000", "housenumber": "26"}, ` +
		`"description.und": "Livres\net films et une salle d’étude."}`
	if patch != want {
		t.Errorf("the patch is %s, want %s", patch, want)
	}
}

func TestSmallFormsAboutAPlace(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	address := fmt.Sprintf("/lieux/%d/signaler", town.garden)
	place := town.get(t, fmt.Sprintf("/lieux/%d", town.garden))
	expect(t, "the place page", place.Body.String(), `action="`+address+`"`, `value="confirm"`, `name="until"`, `value="report"`, `name="base_revision" value="1"`)
	if place.Header().Get("Cache-Control") != "public, no-cache" || place.Header().Get("Etag") != town.get(t, fmt.Sprintf("/lieux/%d", town.garden)).Header().Get("Etag") {
		t.Error("the page cannot be kept")
	}
	for name, c := range map[string]struct {
		fields []string
		status int
		says   string
	}{
		"confirm": {[]string{"action", "confirm", "base_revision", "1"}, 202, "c’est bien arrivé"},
		"close":   {[]string{"action", "close", "base_revision", "1"}, 202, "c’est bien arrivé"},
		"until":   {[]string{"action", "close", "base_revision", "1", "until", "2026-05-01"}, 202, "c’est bien arrivé"},
		"past":    {[]string{"action", "close", "base_revision", "1", "until", "2025-05-01"}, 400, "un jour à venir"},
		"move":    {[]string{"action", "move", "base_revision", "1", "lat", "47,2191", "lon", "-1,5547"}, 202, "c’est bien arrivé"},
		"nowhere": {[]string{"action", "move", "base_revision", "1", "lat", "?"}, 400, "Vers où"},
		"report":  {[]string{"action", "report", "base_revision", "1", "reason", "wrong", "message", "Mot"}, 202, "c’est bien arrivé"},
		"why":     {[]string{"action", "report", "base_revision", "1", "reason", "boring"}, 400, "n&#39;est pas une des valeurs"},
		"hide":    {[]string{"action", "hide", "base_revision", "1"}, 400, "Cette adresse contient une erreur"},
	} {
		response := town.send(t, address, c.fields)
		if response.Code != c.status {
			t.Errorf("%s: %d", name, response.Code)
		}
		expect(t, name, response.Body.String(), c.says, "not ⟦")
	}
	before := town.contributions(t)
	again := town.send(t, address, []string{"action", "confirm", "base_revision", "1"})
	if after := town.contributions(t); again.Code != http.StatusAccepted || after != before {
		t.Errorf("a second tap: %d, %d contributions more", again.Code, after-before)
	}
}

func TestAVisitorComesBackWithTheCode(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	code := between(town.send(t, "/contribuer/lieu", compost(aKey)).Body.String(), `readonly value="`, `"`)
	town.integrate(t)
	expect(t, "without it", town.page(t, "/mes-contributions"), "Code ou lien secret")
	for _, given := range []string{code, "  http://example.com/mes-contributions#" + code + " "} {
		found := town.send(t, "/mes-contributions", []string{"code", given})
		if found.Code != http.StatusOK || found.Header().Get("Cache-Control") != "private, no-store" || len(found.Result().Cookies()) != 0 {
			t.Errorf("%d %v", found.Code, found.Header())
		}
		expect(t, "the story", found.Body.String(), "Composteur des Olivettes", "En attente", "Proposition reçue", `href="/journal/0"`, "not ⟦")
	}
	for _, wrong := range []string{"", "1", "1.cqc_", "2." + strings.SplitN(code, ".", 2)[1], code + "x", "1.cq_token", "-1." + code} {
		if found := town.send(t, "/mes-contributions", []string{"code", wrong}); found.Code != http.StatusNotFound {
			t.Errorf("%q: %d", wrong, found.Code)
		}
	}
	receipt := town.send(t, "/mes-contributions/1/recu", []string{"code", code})
	expect(t, "the receipt", receipt.Body.String(), "receipt v1")
	if !strings.HasPrefix(receipt.Header().Get("Content-Disposition"), "attachment") {
		t.Errorf("headers %v", receipt.Header())
	}
	if none := town.send(t, "/mes-contributions/1/recu", nil); none.Code != http.StatusUnauthorized {
		t.Errorf("without a code: %d", none.Code)
	}
	maud := town.person(t, "Maud", accounts.Moderator)
	town.decide(t, maud, moderation.Verdict{ID: 1, Version: 1, Outcome: moderation.NeedsInfo, Message: "Quelle entrée ?"})
	asked := town.send(t, "/mes-contributions", []string{"code", code})
	expect(t, "the question", asked.Body.String(), "La modération vous pose une question", "Quelle entrée ?", `action="/mes-contributions/1/reponse"`)
	answered := town.send(t, "/mes-contributions/1/reponse", []string{"code", code, "message", "Celle du parc."})
	expect(t, "the answer", answered.Body.String(), "votre réponse est envoyée", "Celle du parc.", "En attente")
	twice := town.send(t, "/mes-contributions/1/reponse", []string{"code", code, "message", "Encore."})
	if twice.Code != http.StatusConflict {
		t.Errorf("answered twice: %d", twice.Code)
	}
	expect(t, "answered twice", twice.Body.String(), "rien n&#39;a été demandé")
	town.decide(t, maud, moderation.Verdict{ID: 1, Version: 3, Outcome: moderation.Refused, Reason: "unverifiable", Message: "Introuvable."})
	refused := town.send(t, "/mes-contributions", []string{"code", code})
	expect(t, "the refusal", refused.Body.String(), "Refusée", "par une personne", "invérifiable", "Introuvable.", "Faire appel")
	appealed := town.send(t, "/mes-contributions/1/appel", []string{"code", code, "message", "Il est là."})
	expect(t, "the appeal", appealed.Body.String(), "Votre appel est envoyé", "Transmise")
	colin := town.person(t, "Colin", accounts.Moderator)
	town.decide(t, colin, moderation.Verdict{ID: 1, Version: 5, Outcome: moderation.Refused, Reason: "unverifiable", Message: "Toujours pas."})
	again := town.send(t, "/mes-contributions", []string{"code", code})
	expect(t, "the second refusal", again.Body.String(), "Toujours pas.", "Il est là.", "not Faire appel")
}

func TestAVisitorTakesItBack(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	code := between(town.send(t, "/contribuer/lieu", compost(aKey)).Body.String(), `readonly value="`, `"`)
	withdrawn := town.send(t, "/mes-contributions/1/retrait", []string{"code", code})
	expect(t, "the end", withdrawn.Body.String(), "Votre proposition est retirée", "Retirée par son auteur")
}

func TestAPersonHasAList(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	cookie := town.cookieOf(t, town.person(t, "Rosa", accounts.Resident))
	if empty := town.get(t, "/mes-contributions", "Cookie", cookie); !strings.Contains(empty.Body.String(), "encore rien proposé") {
		t.Error("an empty list does not invite")
	}
	sent := town.send(t, "/contribuer/lieu", compost(aKey), "Cookie", cookie)
	expect(t, "the receipt", sent.Body.String(), "Suivre cette proposition", "not Mon lien secret", "not cqc_")
	list := town.get(t, "/mes-contributions", "Cookie", cookie)
	expect(t, "the list", list.Body.String(), "Composteur des Olivettes", `href="/mes-contributions/1"`, "En attente", "not ⟦")
	if list.Header().Get("Cache-Control") != "private, no-store" {
		t.Errorf("headers %v", list.Header())
	}
	one := town.get(t, "/mes-contributions/1", "Cookie", cookie)
	expect(t, "the one", one.Body.String(), "Composteur des Olivettes", "Retirer ma proposition", "not ⟦")
	other := town.cookieOf(t, town.person(t, "René", accounts.Resident))
	for name, response := range map[string]*httptest.ResponseRecorder{
		"read":     town.get(t, "/mes-contributions/1", "Cookie", other),
		"absent":   town.get(t, "/mes-contributions/99", "Cookie", other),
		"withdraw": town.send(t, "/mes-contributions/1/retrait", nil, "Cookie", other),
	} {
		if response.Code != http.StatusNotFound {
			t.Errorf("another's, %s: %d", name, response.Code)
		}
	}
	done := town.send(t, "/mes-contributions/1/retrait", nil, "Cookie", cookie)
	if done.Code != http.StatusSeeOther || done.Header().Get("Location") != "/mes-contributions/1" {
		t.Errorf("%d %v", done.Code, done.Header())
	}
}

func TestWhatStandsNearIsShownBeforeAPlaceIsAdded(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	near := town.page(t, "/contribuer/lieu?lat=47.2184&lon=-1.5536&fragment=alike")
	library, bench := fmt.Sprintf(`href="/lieux/%d/modifier"`, town.library), fmt.Sprintf(`href="/lieux/%d/modifier"`, town.hostile)
	expect(t, "the corner", near, "Est-ce l’un d’eux", library, bench, "not <html", "not Atelier du Vélo", "not ⟦")
	if strings.Index(near, library) > strings.Index(near, bench) {
		t.Error("the nearest is not the first")
	}
	if kept := town.contributions(t); kept != 0 {
		t.Errorf("looking made %d contributions", kept)
	}
	expect(t, "the sea", town.page(t, "/contribuer/lieu?lat=47&lon=-3&fragment=alike&lang=en"), "Nothing known within 100 m", "not <li")
	expect(t, "without a script", town.page(t, "/contribuer/lieu?lat=47.2184&lon=-1.5536"), library, `name="distinct"`, `value="47.2184"`)
	expect(t, "nowhere", town.page(t, "/contribuer/lieu?lat=x"), "not Est-ce l’un d’eux")
	for _, at := range []string{"", "&lat=x&lon=1", "&lat=NaN&lon=1", "&lat=91&lon=1"} {
		if answer := town.get(t, "/contribuer/lieu?fragment=alike"+at); answer.Code != http.StatusBadRequest {
			t.Errorf("around %q: %d", at, answer.Code)
		}
	}
}

func TestOneTapIsAnsweredBesideTheButton(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	address := fmt.Sprintf("/lieux/%d/signaler?fragment=said", town.garden)
	confirm := []string{"action", "confirm", "base_revision", "1"}
	said := town.send(t, address, append(confirm, "key", aKey))
	expect(t, "the answer", said.Body.String(), "c’est bien arrivé", `data-undo`, "Mon reçu", "#1.cqc_", "not <html")
	if again := town.send(t, address, append(confirm, "key", aKey)); again.Code != http.StatusAccepted || town.contributions(t) != 1 {
		t.Errorf("after a lost network: %d, %d contributions", again.Code, town.contributions(t))
	}
	first := town.send(t, address, confirm).Body.String()
	code := between(first, `name="code" value="`, `"`)
	if undone := town.send(t, "/mes-contributions/2/retrait", []string{"code", code}); undone.Code != http.StatusOK {
		t.Fatalf("undo: %d", undone.Code)
	}
	if second := town.send(t, address, confirm); second.Code != http.StatusAccepted || town.contributions(t) != 3 {
		t.Errorf("said again after it was undone: %d, %d contributions", second.Code, town.contributions(t))
	}
	wrong := town.send(t, address, []string{"action", "report", "base_revision", "1", "reason", "boring"})
	expect(t, "what is wrong", wrong.Body.String(), "said--bad", "pas une des valeurs", "not <html")
	if wrong.Code != http.StatusBadRequest {
		t.Errorf("status %d", wrong.Code)
	}
}

func TestAReceiptHasACodeThatLeadsToTheLog(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	receipt := town.send(t, "/contribuer/lieu", compost(aKey)).Body.String()
	address := strings.TrimPrefix(between(receipt, `<a href="http://example.com/journal/recu?`, `"`), "ligne=")
	path := between(receipt, `<path d="`, `"`)
	if len(address) != 64 || strings.Count(path, "M") < 100 {
		t.Fatalf("the receipt leads to %q, by %d squares", address, strings.Count(path, "M"))
	}
	waits := town.page(t, "/journal/recu?ligne="+address)
	expect(t, "before it is signed", waits, "pas dans le journal", "revenez dans un instant", "not ⟦")
	town.integrate(t)
	found := town.get(t, "/journal/recu?lang=en&ligne="+address)
	expect(t, "then", found.Body.String(), "Yes: this entry is in the log", `href="/journal/0?lang=en"`, "proof", "not ⟦", "not 1 January 1")
	if wrong := town.get(t, "/journal/recu?ligne=xyz"); wrong.Code != http.StatusBadRequest {
		t.Errorf("no hash: %d", wrong.Code)
	}
}

func TestAVisitorAsksForTheAnswerLater(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	receipt := town.send(t, "/contribuer/lieu", compost(aKey)).Body.String()
	code := between(receipt, `readonly value="`, `"`)
	expect(t, "the receipt", receipt, "Prévenez-moi par courriel", `action="/mes-contributions/1/courriel"`)
	send := func(fields ...string) *httptest.ResponseRecorder {
		return town.send(t, "/mes-contributions/1/courriel", fields)
	}
	for _, wrong := range []string{"", "nobody"} {
		if got := send("code", code, "contact_email", wrong); got.Code != http.StatusBadRequest {
			t.Errorf("%q: %d", wrong, got.Code)
		}
	}
	if got := send("code", code+"x", "contact_email", "rosa@example.org"); got.Code != http.StatusNotFound {
		t.Errorf("another's: %d", got.Code)
	}
	told := send("code", code, "contact_email", "rosa@example.org")
	expect(t, "the answer", told.Body.String(), "la réponse vous sera envoyée", "not rosa@example.org", "not ⟦")
	var kept string
	if err := town.db.QueryRow(t.Context(), `select email from contributions`).Scan(&kept); err != nil || kept != "rosa@example.org" {
		t.Errorf("kept %q: %v", kept, err)
	}
	maud := town.person(t, "Maud", accounts.Moderator)
	town.decide(t, maud, moderation.Verdict{ID: 1, Version: 1, Outcome: moderation.Refused, Reason: "unverifiable", Message: "Introuvable."})
	if late := send("code", code, "contact_email", "rosa@example.org"); late.Code != http.StatusConflict {
		t.Errorf("once it is decided: %d", late.Code)
	}
}
