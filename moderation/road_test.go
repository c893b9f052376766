package moderation_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

var (
	taxonomy = places.ShippedTaxonomy()
	road     = moderation.DefaultRoad(taxonomy)
	noon     = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
)

const library = `{"action":"create","place":{"name":"Bibliothèque","category":"library","position":[-1.55,47.21],"phone":"02 40 41 90 00"}}`

func edit(place places.ID, base int, patch string) string {
	return fmt.Sprintf(`{"action":"edit","place_id":%d,"base_revision":%d,"patch":%s}`, place, base, patch)
}

func TestAVisitorsPlaceWaitsAndIsAccepted(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	received := w.mustSubmit(t, w.visitor, library)
	if received.State != moderation.Pending || received.Place != 0 || !received.Deadline.Equal(noon.AddDate(0, 0, 7)) {
		t.Fatalf("received %+v", received)
	}
	decision, err := w.decide(t, w.moderator, received, moderation.Verdict{Outcome: moderation.Accepted, Edits: json.RawMessage(`{"opening_hours":"Mo-Fr 09:00-18:00"}`)})
	if err != nil {
		t.Fatal(err)
	}
	live := w.live(t, decision.Place)
	if live.Document.Phone != "+33240419000" || live.Document.OpeningHours != "Mo-Fr 09:00-18:00" || live.Document.Kind != places.Service {
		t.Errorf("published %+v", live.Document)
	}
	if p := live.Provenance["name.und"]; p.Role != "visitor" || p.Source != "local" || p.Licence != places.LicenceOuverte {
		t.Errorf("provenance %+v", p)
	}
}

func TestAnAgentsPlaceIsLiveAtOnceByANamedRule(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	received := w.mustSubmit(t, w.agent, library)
	if received.State != moderation.Accepted || received.Rule != "agent_territory" || received.Revision != 1 {
		t.Errorf("received %+v", received)
	}
}

func TestAnAcceptedEditMergesIntoWhatOthersDid(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	place := w.mustSubmit(t, w.agent, library).Place
	waiting := w.mustSubmit(t, w.resident, edit(place, 1, `{"website":"https://biblio.example"}`))
	clash := w.mustSubmit(t, w.visitor, edit(place, 1, `{"phone":"02 40 00 00 01"}`))
	w.mustSubmit(t, w.agent, edit(place, 1, `{"phone":"02 40 00 00 02"}`))

	if _, err := w.decide(t, w.moderator, waiting, moderation.Verdict{Outcome: moderation.Accepted}); err != nil {
		t.Fatal(err)
	}
	live := w.live(t, place)
	if live.Revision != 3 || live.Document.Phone != "+33240000002" || live.Document.Website != "https://biblio.example" {
		t.Errorf("merged %+v", live)
	}
	_, err := w.decide(t, w.moderator, clash, moderation.Verdict{Outcome: moderation.Accepted})
	var conflict *moderation.MergeConflictError
	if !fault.Is(err, fault.Conflict) || !errors.As(err, &conflict) || conflict.Conflicts[0].Field != "phone" {
		t.Fatalf("the same field on both sides: %v", err)
	}
	decision, err := w.decide(t, w.moderator, clash, moderation.Verdict{Outcome: moderation.Accepted, Edits: json.RawMessage(`{"phone":"02 40 00 00 03"}`)})
	if err != nil || w.live(t, place).Document.Phone != "+33240000003" {
		t.Errorf("settled by edits: %+v, %v", decision, err)
	}
}

// Fifty moderators answer the same contribution at the same moment.
func TestFiftyModeratorsDecideOnce(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	received := w.mustSubmit(t, w.visitor, library)
	var group sync.WaitGroup
	answers := make([]error, 50)
	for i := range answers {
		group.Go(func() {
			_, answers[i] = w.decide(t, w.moderator, received, moderation.Verdict{Outcome: moderation.Accepted})
		})
	}
	group.Wait()
	done := 0
	for _, err := range answers {
		switch {
		case err == nil:
			done++
		case !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Stale):
			t.Errorf("got %v", err)
		}
	}
	if done != 1 {
		t.Errorf("%d decided, want 1", done)
	}
	for table, want := range map[string]int{"decisions": 1, "place_revisions": 1, "changes": 1, "log_leaves": 2} {
		var n int
		if err := w.QueryRow(t.Context(), `select count(*) from `+pgx.Identifier{table}.Sanitize()).Scan(&n); err != nil || n != want {
			t.Errorf("%d %s, %v; want %d", n, table, err, want)
		}
	}
}

func TestWhoMayNotDecide(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	received := w.mustSubmit(t, w.visitor, library)
	elsewhere := w.moderator
	elsewhere.Scopes = []accounts.Scope{{Group: "health"}}
	accept := moderation.Verdict{Outcome: moderation.Accepted}
	for name, actor := range map[string]accounts.Actor{"a resident": w.resident, "an agent": w.agent, "a moderator of health": elsewhere} {
		if _, err := w.decide(t, actor, received, accept); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	mine := w.mustSubmit(t, w.resident, `{"action":"create","place":{"name":"Repair café","category":"repair","position":[-1.5,47.3]}}`)
	author := w.moderator
	author.User = w.resident.User
	if _, err := w.decide(t, author, mine, accept); !fault.Is(err, fault.Forbidden) {
		t.Errorf("one's own: %v", err)
	}
	stale := received
	stale.Version = 7
	if _, err := w.decide(t, w.moderator, stale, accept); !fault.Is(err, fault.Stale) {
		t.Errorf("a stale version: %v", err)
	}
	if _, err := w.decide(t, w.moderator, received, moderation.Verdict{Outcome: moderation.Refused}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a refusal without reason: %v", err)
	}
}

func TestARefusalIsAppealedOnceToSomeoneElse(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	received := w.mustSubmit(t, w.resident, library)
	no := moderation.Verdict{Outcome: moderation.Refused, Reason: "unverifiable", Message: "Nous ne l'avons pas trouvée."}
	refused, err := w.decide(t, w.moderator, received, no)
	if err != nil {
		t.Fatal(err)
	}
	appealed, err := road.Appeal(t.Context(), w, w.resident, received.ID, "Elle est au premier étage.", noon)
	if err != nil || appealed.State != moderation.Escalated || appealed.Version != refused.Contribution.Version+1 {
		t.Fatalf("appeal %+v, %v", appealed, err)
	}
	again := moderation.Received{ID: received.ID, Version: appealed.Version}
	if _, err := w.decide(t, w.moderator, again, no); !fault.Is(err, fault.Forbidden) {
		t.Errorf("the one who refused answers the appeal: %v", err)
	}
	if _, err := w.decide(t, w.colleague, again, no); err != nil {
		t.Fatal(err)
	}
	if _, err := road.Appeal(t.Context(), w, w.resident, received.ID, "Encore.", noon); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second appeal: %v", err)
	}
	if _, err := road.Appeal(t.Context(), w, w.agent, received.ID, "Moi ?", noon); !fault.Is(err, fault.NotFound) {
		t.Errorf("another's: %v", err)
	}
}

func TestTheSameKeyGivesTheFirstAnswer(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	const key = "0b6f1c1e-8f6e-4f0e-9f57-0a9d1f7d1b11"
	send := func(text, key string) (moderation.Received, error) {
		return road.Submit(t.Context(), w, w.visitor, submission(t, text), moderation.Envelope{Key: key, Body: []byte(text), Now: noon})
	}
	first, err := send(library, key)
	if err != nil {
		t.Fatal(err)
	}
	second, err := send(library, key)
	if err != nil || !second.Repeated || second.ID != first.ID {
		t.Errorf("again: %+v, %v", second, err)
	}
	if _, err := send(strings.Replace(library, "Bibli", "Biblio", 1), key); !fault.Is(err, fault.Reused) {
		t.Errorf("another body: %v", err)
	}
	if _, err := send(library, "not a uuid"); !fault.Is(err, fault.Invalid) {
		t.Errorf("no uuid: %v", err)
	}
}

func TestVisitorsHaveAQuota(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	for i := range 5 {
		w.mustSubmit(t, w.visitor, fmt.Sprintf(`{"action":"create","place":{"name":"Lieu %d","category":"library","position":[%d,47]}}`, i, i))
	}
	if _, err := w.submit(t, w.visitor, library); !fault.Is(err, fault.TooMany) {
		t.Errorf("a sixth: %v", err)
	}
	neighbour := w.visitor
	neighbour.PrefixHash = []byte("elsewhere")
	if _, err := w.submit(t, neighbour, library); err != nil {
		t.Errorf("a neighbour: %v", err)
	}
}

// Who walked past and confirmed many places can still say what is wrong with one, and
// the other way round.
func TestConfirmationsHaveAQuotaOfTheirOwn(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.mustSubmit(t, w.agent, library)
	strict := *road
	strict.Policy.Quotas = map[accounts.Role]moderation.Quota{accounts.Visitor: {Day: 1}, accounts.Resident: {Day: 1}}
	strict.Policy.ConfirmQuotas = map[accounts.Role]moderation.Quota{accounts.Visitor: {Day: 2}, accounts.Resident: {Day: 2}}
	confirm := fmt.Sprintf(`{"action":"confirm","place_id":%d,"base_revision":1}`, made.Place)
	propose := fmt.Sprintf(`{"action":"report","place_id":%d,"reason":"wrong"}`, made.Place)
	for _, author := range []accounts.Actor{w.visitor, w.resident} {
		for i, c := range []struct {
			text string
			full bool
		}{{confirm, false}, {confirm, false}, {confirm, true}, {propose, false}, {propose, true}, {confirm, true}} {
			_, err := strict.Submit(t.Context(), w, author, submission(t, c.text), moderation.Envelope{Body: []byte(c.text), Now: noon})
			if c.full != fault.Is(err, fault.TooMany) || !c.full && err != nil {
				t.Errorf("%s %d, %s: %v", author.Role, i, c.text, err)
			}
		}
	}
}

func TestACreationAsksWhetherItIsAnother(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	first := w.mustSubmit(t, w.agent, library)
	_, err := w.submit(t, w.visitor, `{"action":"create","place":{"name":"BIBLIOTHEQUE","category":"library","position":[-1.5501,47.21]}}`)
	var ask *moderation.LookalikesError
	if !fault.Is(err, fault.Conflict) || !errors.As(err, &ask) || ask.Lookalikes[0].Place != first.Place {
		t.Fatalf("got %v", err)
	}
	said := fmt.Sprintf(`{"action":"create","place":{"name":"BIBLIOTHEQUE","category":"library","position":[-1.5501,47.21]},"distinct":[%d]}`, first.Place)
	if _, err := w.submit(t, w.visitor, said); err != nil {
		t.Errorf("said to be another: %v", err)
	}
}

func TestALookalikeBeyond100MetresSharesAPhone(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	first := w.mustSubmit(t, w.agent, library) // 300 m from here
	document := places.Document{Category: "library", Position: [2]float64{-1.55, 47.2127}, Name: places.Text{"und": "Bibliothèque annexe"}}
	for phone, want := range map[string]int{"": 0, "+33240419000": 1} {
		document.Phone = phone
		found, err := moderation.FindLookalikes(t.Context(), w, taxonomy, document)
		if err != nil || len(found) != want || want == 1 && found[0].Place != first.Place {
			t.Errorf("with phone %q: %+v, %v", phone, found, err)
		}
	}
}

func TestCheckSaysEverythingWrongAtOnce(t *testing.T) {
	t.Parallel()
	s := submission(t, `{"action":"create","place":{"name":"a\u202eb","category":"nope","position":[200,0],"website":"javascript:alert(1)","phone":"12","opening_hours":"never ever","wheelchair":"maybe","colour":"red"}}`)
	_, err := s.Check(taxonomy, noon)
	var f *fault.Error
	if !errors.As(err, &f) {
		t.Fatal(err)
	}
	said := make(map[string]bool)
	for _, field := range f.Fields {
		said[field.Name] = true
	}
	for _, name := range []string{"name", "category", "position", "website", "phone", "opening_hours", "wheelchair", "colour"} {
		if !said["/place/"+name] {
			t.Errorf("nothing about %s in %+v", name, f.Fields)
		}
	}
}

func TestEdgesAreThoseOfTheDatabase(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	rows, err := w.Query(t.Context(), `select state || '>' || next from contribution_edges`)
	if err != nil {
		t.Fatal(err)
	}
	edges, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	inDatabase := make(map[string]bool)
	for _, edge := range edges {
		inDatabase[edge] = true
	}
	received := w.mustSubmit(t, w.visitor, library)
	for _, from := range moderation.AllStates {
		for _, to := range moderation.AllStates {
			allowed := from.CanBecome(to)
			if allowed != inDatabase[string(from)+">"+string(to)] {
				t.Errorf("%s to %s: Go says %v", from, to, allowed)
			}
			if from == to {
				continue
			}
			err := tryEdge(t, w, received.ID, from, to)
			if (err == nil) != allowed {
				t.Errorf("%s to %s: Go says %v, the trigger %v", from, to, allowed, err)
			}
		}
	}
}

// tryEdge puts a contribution into a state behind the trigger's back and lets it step, then undoes all.
func tryEdge(t *testing.T, w town, id int64, from, to moderation.State) error {
	t.Helper()
	tx, err := w.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(t.Context()) }()
	for _, statement := range []string{
		`alter table contributions disable trigger contributions_state_edge`,
		fmt.Sprintf(`update contributions set state = '%s' where id = %d`, from, id),
		`alter table contributions enable trigger contributions_state_edge`,
	} {
		if _, err := tx.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	_, err = tx.Exec(t.Context(), `update contributions set state = $1 where id = $2`, to, id)
	return err
}

func TestTwoModeratorsClaimTwoContributions(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.mustSubmit(t, w.visitor, library)
	w.mustSubmit(t, w.visitor, `{"action":"create","place":{"name":"Repair café","category":"repair","position":[-1.5,47.3]}}`)
	first, err1 := moderation.Claim(t.Context(), w, w.moderator, noon)
	second, err2 := moderation.Claim(t.Context(), w, w.colleague, noon)
	if err1 != nil || err2 != nil || first.ID == second.ID {
		t.Fatalf("%d and %d, %v, %v", first.ID, second.ID, err1, err2)
	}
	if _, err := moderation.Claim(t.Context(), w, w.colleague, noon); !fault.Is(err, fault.NotFound) {
		t.Errorf("a third: %v", err)
	}
	if late, err := moderation.Claim(t.Context(), w, w.colleague, noon.Add(16*time.Minute)); err != nil || late.ID != first.ID {
		t.Errorf("after it ran out: %+v, %v", late, err)
	}
}

func TestHidingRestoringAndMerging(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	a := w.mustSubmit(t, w.agent, library).Place
	b := w.mustSubmit(t, w.agent, `{"action":"create","place":{"name":"Annexe","category":"library","position":[-1.6,47.3]}}`).Place
	onMap := func(id places.ID) (n int) {
		if err := w.QueryRow(t.Context(), `select count(*) from published_places where id = $1`, id).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	hide := fmt.Sprintf(`{"action":"hide","place_id":%d,"base_revision":1,"face":"withheld","reason":"personal_data","message":"Un nom de personne."}`, a)
	if _, err := w.submit(t, w.resident, hide); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a resident hides: %v", err)
	}
	if got := w.mustSubmit(t, w.moderator, hide); got.State != moderation.Accepted || onMap(a) != 0 {
		t.Errorf("hidden: %+v, on map %d", got, onMap(a))
	}
	if _, err := w.submit(t, w.resident, edit(a, 1, `{"phone":"02 40 00 00 01"}`)); !fault.Is(err, fault.NotFound) {
		t.Errorf("a resident edits a hidden place: %v", err)
	}
	w.mustSubmit(t, w.moderator, fmt.Sprintf(`{"action":"restore","place_id":%d,"base_revision":1,"reason":"wrong","message":"Vérifié."}`, a))
	if onMap(a) != 1 || w.live(t, a).Revision != 2 {
		t.Errorf("restored: on map %d, %+v", onMap(a), w.live(t, a))
	}
	w.mustSubmit(t, w.moderator, fmt.Sprintf(`{"action":"merge","place_id":%d,"base_revision":1,"into":%d,"reason":"duplicate","message":"C'est le même."}`, b, a))
	if onMap(b) != 0 {
		t.Error("the merged place is still on the map")
	}
}

func TestOverdueEscalatesAndExpires(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.mustSubmit(t, w.visitor, library)
	asked := w.mustSubmit(t, w.resident, `{"action":"create","place":{"name":"Repair café","category":"repair","position":[-1.5,47.3]}}`)
	if _, err := w.decide(t, w.moderator, asked, moderation.Verdict{Outcome: moderation.NeedsInfo, Message: "Où exactement ?"}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ day, escalated, expired int }{{6, 0, 0}, {8, 1, 0}, {16, 0, 1}} {
		escalated, expired, err := road.Overdue(t.Context(), w, noon.AddDate(0, 0, c.day))
		if err != nil || escalated != c.escalated || expired != c.expired {
			t.Errorf("day %d: %d escalated, %d expired, %v", c.day, escalated, expired, err)
		}
	}
}

func TestVisitorsAreForgottenAfter30Days(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	received := w.mustSubmit(t, w.visitor, strings.TrimSuffix(library, "}")+`,"email":"canary@example.org"}`)
	if _, err := w.decide(t, w.moderator, received, moderation.Verdict{Outcome: moderation.Accepted}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		day   int
		known bool
	}{{29, true}, {32, false}} {
		if err := moderation.Forget(t.Context(), w, noon.AddDate(0, 0, c.day)); err != nil {
			t.Fatal(err)
		}
		var known bool
		err := w.QueryRow(t.Context(), `select prefix_hash is not null or email is not null from contributions`).Scan(&known)
		if err != nil || known != c.known {
			t.Errorf("after %d days: known %v, %v", c.day, known, err)
		}
	}
}
