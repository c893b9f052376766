package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// desk is a town with a moderator at work.
type desk struct {
	*testTown
	maud   accounts.Actor
	cookie string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{testTown: newTown(t)}
	if err := places.StoreTaxonomy(t.Context(), d.db, taxonomy); err != nil {
		t.Fatal(err)
	}
	d.maud = d.person(t, "Maud", accounts.Moderator)
	d.cookie = d.cookieOf(t, d.maud)
	return d
}

func (d *desk) edit(t *testing.T, actor accounts.Actor, base int, patch string) moderation.Received {
	t.Helper()
	return d.submit(t, actor, fmt.Sprintf(`{"action":"edit","place_id":%d,"base_revision":%d,"patch":%s,"message":"vu hier"}`, d.garden, base, patch))
}

func (d *desk) read(t *testing.T, address string) string {
	t.Helper()
	return d.page(t, address, "Cookie", d.cookie)
}

func TestQueueIsForModerators(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	rosa := d.cookieOf(t, d.person(t, "Rosa", accounts.Resident))
	byMail := d.session(t, d.person(t, "Colin", accounts.Moderator).User, accounts.ByLink)
	first := d.edit(t, visitor(), 1, `{"operator":"Les Fonderies"}`)
	for _, address := range []string{"/moderation", fmt.Sprintf("/moderation/%d", first.ID), "/moderation/relectures", "/moderation/doublons", "/moderation/99"} {
		for name, c := range map[string]struct {
			cookie string
			status int
		}{"visitor": {"", 401}, "resident": {rosa, 403}} {
			if got := d.get(t, address, "Cookie", c.cookie); got.Code != c.status || strings.Contains(got.Body.String(), "Fonderies") {
				t.Errorf("%s as a %s: %d", address, name, got.Code)
			}
		}
	}
	if got := d.get(t, "/moderation", "Cookie", byMail); got.Code != http.StatusOK {
		t.Errorf("a moderator signed in by mail, where passkeys are not required: %d", got.Code)
	}
	if got := d.get(t, "/moderation/99", "Cookie", d.cookie); got.Code != http.StatusNotFound {
		t.Errorf("absent: %d", got.Code)
	}
}

func TestQueueIsNarrowedAndPaged(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	rosa := d.person(t, "Rosa", accounts.Resident)
	for i := range queueRows - 5 {
		d.edit(t, rosa, 1, fmt.Sprintf(`{"operator":"O %d"}`, i))
	}
	ada := d.person(t, "Ada", accounts.Resident)
	for i := range 8 {
		d.submit(t, ada, fmt.Sprintf(`{"action":"create","place":{"name":"Compost %d","category":"compost","position":[-1.55%d,47.30]}}`, i, i))
	}
	first := d.read(t, "/moderation")
	expect(t, "the queue", first, "28 en attente", "Jardin des Fonderies", "Correction", "une habitante ou un habitant", `name="item" value="1.1"`, "avant le 25 mars 2026", "not ⟦", "not Rosa")
	next := between(first, `rel="next" href="`, `"`)
	if next == "" {
		t.Fatal("there is no next page")
	}
	second := d.read(t, html.UnescapeString(next))
	if got := strings.Count(second, `name="item"`); got != 3 || !strings.Contains(second, `rel="first"`) {
		t.Errorf("the second page has %d", got)
	}
	for address, want := range map[string]int{
		"/moderation?action=create": 8, "/moderation?category=compost": 8, "/moderation?neighbourhood=centre": 20, "/moderation?min_risk=75": 0,
		"/moderation?age=1": 0, "/moderation?state=refused": 0, "/moderation?state=pending&action=edit": 20, "/moderation?advice=refuse": 0,
	} {
		if got := strings.Count(d.read(t, address), `name="item"`); got != want {
			t.Errorf("%s has %d, want %d", address, got, want)
		}
	}
	for _, wrong := range []string{"?after=x", "?min_risk=x", "?age=-1"} {
		if got := d.get(t, "/moderation"+wrong, "Cookie", d.cookie); got.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", wrong, got.Code)
		}
	}
}

func TestAModeratorDecides(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	one := d.edit(t, visitor(), 1, `{"operator":"Les Fonderies","description":"Un jardin"}`)
	taken := d.send(t, "/moderation/suivante", nil, "Cookie", d.cookie)
	address := fmt.Sprintf("/moderation/%d", one.ID)
	if taken.Code != http.StatusSeeOther || taken.Header().Get("Location") != address {
		t.Fatalf("%d %v", taken.Code, taken.Header())
	}
	page := d.read(t, address)
	expect(t, "the item", page, "Géré par", "<ins><bdi>Les Fonderies</bdi></ins>", "vu hier", "une personne sans compte", "sans compte", `name="version" value="1"`,
		`name="edit:operator"`, "Rendre à la file", "champs ne changent pas", "not ⟦")
	unversioned := d.send(t, address, []string{"outcome", "accepted"}, "Cookie", d.cookie)
	if unversioned.Code != http.StatusPreconditionRequired {
		t.Errorf("without a version: %d", unversioned.Code)
	}
	stale := d.send(t, address, []string{"version", "7", "outcome", "accepted"}, "Cookie", d.cookie)
	if stale.Code != http.StatusPreconditionFailed {
		t.Errorf("a stale version: %d", stale.Code)
	}
	expect(t, "the stale answer", stale.Body.String(), "a changé pendant que vous la lisiez", `name="version" value="1"`)
	accepted := d.send(t, address, []string{
		"version", "1", "outcome", "accepted", "reason", "wrong", "was:operator", "Les Fonderies", "edit:operator", "Association des Fonderies",
		"was:description.und", "Un jardin", "edit:description.und", "Un jardin",
	}, "Cookie", d.cookie)
	if accepted.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", accepted.Code, accepted.Body)
	}
	expect(t, "the place", d.page(t, fmt.Sprintf("/lieux/%d", d.garden)), "Association des Fonderies", "Un jardin")
	expect(t, "the item", d.read(t, address), "Acceptée", "par une personne", "not name=\"outcome\"")
	again := d.send(t, address, []string{"version", "2", "outcome", "refused", "reason", "wrong"}, "Cookie", d.cookie)
	if again.Code != http.StatusConflict {
		t.Errorf("decided twice: %d", again.Code)
	}
	expect(t, "the second answer", again.Body.String(), "Quelqu’un a été plus rapide", "La contribution 1 est déjà")
	nothing := d.send(t, "/moderation/suivante", nil, "Cookie", d.cookie)
	expect(t, "the empty queue", d.read(t, nothing.Header().Get("Location")), "Rien n’attend dans votre part")
}

func TestRefusingSendsTheUsualText(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	one := d.edit(t, visitor(), 1, `{"operator":"Les Fonderies"}`)
	address := fmt.Sprintf("/moderation/%d", one.ID)
	unasked := d.send(t, address, []string{"version", "1", "outcome", "needs_info"}, "Cookie", d.cookie)
	if unasked.Code != http.StatusBadRequest {
		t.Errorf("a question without words: %d", unasked.Code)
	}
	expect(t, "the question", unasked.Body.String(), "Il faut un texte pour l&#39;auteur")
	if asked := d.send(t, address, []string{"version", "1", "outcome", "needs_info", "message", "Quelle entrée ?"}, "Cookie", d.cookie); asked.Code != http.StatusSeeOther {
		t.Errorf("a question: %d", asked.Code)
	}
	if refused := d.send(t, address, []string{"version", "2", "outcome", "refused", "reason", "unverifiable", "message", " "}, "Cookie", d.cookie); refused.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", refused.Code, refused.Body)
	}
	expect(t, "the story", d.read(t, address), "Quelle entrée ?", "Nous n’avons pas pu la vérifier", "invérifiable")
}

func TestConflictsAreSettledInTheForm(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	one := d.edit(t, visitor(), 1, `{"operator":"Les Lilas","address":{"street":"rue A"}}`)
	d.edit(t, d.maud, 1, `{"operator":"Les Roses","address":{"street":"rue B"}}`)
	address := fmt.Sprintf("/moderation/%d", one.ID)
	page := d.read(t, address)
	expect(t, "the item", page, "Vu par l’auteur", "changé entre-temps", `name="settle:operator"`, `name="take:address"`, "Le lieu a changé 1 fois")
	refused := d.send(t, address, []string{"version", "1", "outcome", "accepted"}, "Cookie", d.cookie)
	if refused.Code != http.StatusConflict {
		t.Errorf("unsettled: %d", refused.Code)
	}
	expect(t, "the conflict", refused.Body.String(), "2 champs ont changé depuis")
	settled := d.send(t, address, []string{
		"version", "1", "outcome", "accepted", "edit:operator", "Les Lilas", "was:operator", "Les Lilas", "settle:operator", "1",
		"take:address", `{"street": "rue B"}`,
	}, "Cookie", d.cookie)
	if settled.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", settled.Code, settled.Body)
	}
	expect(t, "the place", d.page(t, fmt.Sprintf("/lieux/%d", d.garden)), "Les Lilas", "rue B")
}

func TestSeveralAreDecidedAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a, b := d.edit(t, visitor(), 1, `{"operator":"A"}`), d.edit(t, visitor(), 1, `{"phone":"0240000000"}`)
	items := []string{"item", fmt.Sprintf("%d.1", a.ID), "item", fmt.Sprintf("%d.9", b.ID), "item", "x"}
	done := d.send(t, "/moderation", append(items, "outcome", "refused", "reason", "wrong", "message", ""), "Cookie", d.cookie)
	if done.Code != http.StatusOK {
		t.Fatalf("%d %s", done.Code, done.Body)
	}
	expect(t, "what became of them", done.Body.String(), "Ce qu’elles sont devenues", "Refusée", "Une autre version que la vôtre")
	none := d.send(t, "/moderation", []string{"outcome", "accepted"}, "Cookie", d.cookie)
	expect(t, "none", none.Body.String(), "De 1 à 100 contributions à la fois, non 0")
}

func TestOnesOwnIsNotDecidedAndReleaseGivesBack(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.road.Policy = moderation.Policy{}
	own := d.edit(t, d.maud, 1, `{"operator":"Moi"}`)
	expect(t, "one's own", d.read(t, fmt.Sprintf("/moderation/%d", own.ID)), "votre propre contribution", "not name=\"outcome\"")
	if got := d.send(t, fmt.Sprintf("/moderation/%d", own.ID), []string{"version", "1", "outcome", "accepted"}, "Cookie", d.cookie); got.Code != http.StatusForbidden {
		t.Errorf("one's own is decided: %d", got.Code)
	}
	other := d.edit(t, visitor(), 1, `{"operator":"Autre"}`)
	d.send(t, "/moderation/suivante", nil, "Cookie", d.cookie)
	colleague := d.cookieOf(t, d.person(t, "Colin", accounts.Moderator))
	expect(t, "what a colleague sees", d.page(t, fmt.Sprintf("/moderation/%d", other.ID), "Cookie", colleague), "Un collègue la traite jusqu’au")
	if got := d.send(t, fmt.Sprintf("/moderation/%d/rendre", other.ID), nil, "Cookie", d.cookie); got.Code != http.StatusSeeOther {
		t.Errorf("released: %d", got.Code)
	}
	expect(t, "afterwards", d.page(t, fmt.Sprintf("/moderation/%d", other.ID), "Cookie", colleague), "not Un collègue la traite")
}

func TestReviewsPairsAndUndoing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	expect(t, "no reviews", d.read(t, "/moderation/relectures"), "Rien à relire")
	expect(t, "no pairs", d.read(t, "/moderation/doublons?lang=en"), "No pair to settle", "not ⟦")
	d.road.Policy = sampling()
	ahmed := d.person(t, "Ahmed", accounts.Agent)
	sampled := d.edit(t, ahmed, 1, `{"operator":"Sans intérêt"}`)
	expect(t, "a review", d.read(t, "/moderation/relectures"), "Jardin des Fonderies", "un agent de la collectivité", "not Ahmed")
	undone := d.send(t, "/moderation/relectures", []string{"id", fmt.Sprint(sampled.ID), "verdict", "revert", "reason", "wrong", "message", "Faux."}, "Cookie", d.cookie)
	expect(t, "undone", undone.Body.String(), "Le changement est défait")
	twice := d.send(t, "/moderation/relectures", []string{"id", fmt.Sprint(sampled.ID), "verdict", "ok"}, "Cookie", d.cookie)
	if twice.Code != http.StatusNotFound {
		t.Errorf("reviewed twice: %d", twice.Code)
	}
	twin := d.submit(t, ahmed, `{"action":"create","place":{"name":"Potager Nord","category":"community_garden","position":[-1.5541,47.2194]}}`)
	_, err := d.db.Exec(t.Context(), `insert into duplicate_pairs (a, b, score, verdict, at) values ($1, $2, 0.6, 'open', $3)`, d.garden, twin.Place, wednesday)
	if err != nil {
		t.Fatal(err)
	}
	pairs := d.read(t, "/moderation/doublons")
	expect(t, "the pair", pairs, "Potager Nord", "Jardin des Fonderies", "Ressemblance", "not ⟦")
	merged := d.send(t, "/moderation/doublons", []string{
		"pair", fmt.Sprintf("%d-%d", d.garden, twin.Place), "into", fmt.Sprint(d.garden), "message", "C’est le même.",
	}, "Cookie", d.cookie)
	expect(t, "merged", merged.Body.String(), "n’en font plus qu’un")
	if got := d.get(t, fmt.Sprintf("/lieux/%d", twin.Place)); got.Code != http.StatusMovedPermanently {
		t.Errorf("the merged place: %d", got.Code)
	}
	order := d.send(t, fmt.Sprintf("/moderation/%d/auteur", sampled.ID), []string{"reason", "spam", "message", "Tout est faux."}, "Cookie", d.cookie)
	expect(t, "the order", order.Body.String(), "Défaire tout ce que cet auteur a fait", "not ⟦", "not Ahmed")
}

// sampling accepts what agents and moderators do, and has all of it looked at.
func sampling() moderation.Policy {
	policy := moderation.DefaultPolicy
	policy.Rules = []moderation.Rule{{
		Name: "agent_territory", Roles: []accounts.Role{accounts.Agent, accounts.Moderator}, Ruling: moderation.AcceptNow, SamplePercent: 100, MaxRisk: 100,
	}}
	return policy
}

func TestPagesOfModeratorsAreSound(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	one := d.edit(t, visitor(), 1, `{"operator":"Les Fonderies","address":{"street":"rue A"}}`)
	d.edit(t, d.maud, 1, `{"operator":"Les Roses"}`)
	d.submit(t, visitor(), fmt.Sprintf(`{"action":"report","place_id":%d,"reason":"wrong","message":"<script>alert(1)</script>"}`, d.hostile))
	for _, address := range []string{
		"/moderation", "/moderation?lang=en", fmt.Sprintf("/moderation/%d", one.ID), "/moderation/3?lang=en", "/moderation/relectures", "/moderation/doublons",
		"/mes-contributions", "/mes-contributions/2", fmt.Sprintf("/lieux/%d/historique?from=1", d.garden),
	} {
		response := d.get(t, address, "Cookie", d.cookie)
		if response.Code != http.StatusOK || response.Header().Get("Cache-Control") != "private, no-store" {
			t.Errorf("%s: %d %v", address, response.Code, response.Header())
		}
		expect(t, address, response.Body.String(), "not ⟦", "not <script>alert")
		document, err := html.Parse(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		checkDocument(t, document, true)
	}
}
