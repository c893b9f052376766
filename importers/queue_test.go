package importers_test

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"

	"cartoquartiers/importers"
	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

var road = moderation.DefaultRoad(taxonomy)

func moderator(t *testing.T, db *pgxpool.Pool) accounts.Actor {
	t.Helper()
	id, err := accounts.CreateUser(t.Context(), db, accounts.NewUser{Name: "Maud", Role: accounts.Moderator}, day1)
	if err != nil {
		t.Fatal(err)
	}
	return accounts.Actor{User: id, Role: accounts.Moderator, Grants: accounts.GrantsOf(accounts.Moderator)}
}

// queued lists the queue.
func queued(t *testing.T, db *pgxpool.Pool, actor accounts.Actor) []moderation.Contribution {
	t.Helper()
	found, err := moderation.Queue(t.Context(), db, actor, moderation.QueueFilter{}, moderation.QueueCursor{}, 100)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func decide(t *testing.T, db *pgxpool.Pool, actor accounts.Actor, c moderation.Contribution, v moderation.Verdict) {
	t.Helper()
	v.ID, v.Version = c.ID, c.Version
	if _, err := road.Decide(t.Context(), db, actor, v, day1); err != nil {
		t.Fatal(err)
	}
}

var (
	accept = moderation.Verdict{Outcome: moderation.Accepted}
	refuse = moderation.Verdict{Outcome: moderation.Refused, Reason: "wrong", Message: "Nous l'avons vu."}
)

// library is what the file says of one place that day.
func libraryOf(tags ...string) file {
	return file{records: []importers.Record{record("node/1", "library", "A", orb.Point{7.42, 43.73}, tags...)}}
}

func TestARefusedValueDoesNotComeBack(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	maud := moderator(t, db)
	mustRun(t, db, libraryOf("phone", "+1"))
	editLocally(t, db, onMap(t, db, "node/1"), "+2")
	mustRun(t, db, libraryOf("phone", "+9"))
	waiting := queued(t, db, maud)
	if len(waiting) != 1 || waiting[0].Role != accounts.Importer || waiting[0].BaseRevision != 2 {
		t.Fatalf("queue %+v", waiting)
	}
	decide(t, db, maud, waiting[0], refuse)
	mustRun(t, db, libraryOf("phone", "+1"))
	for _, c := range queued(t, db, maud) {
		decide(t, db, maud, c, refuse) // "+1" comes in anew: another value than "+9"
	}
	for _, phone := range []string{"+9", "+1", "+9"} {
		report := mustRun(t, db, libraryOf("phone", phone))
		if report.Conflicts != 0 || report.Remembered != 1 || len(queued(t, db, maud)) != 0 {
			t.Errorf("%s again: %+v", phone, report)
		}
	}
	if report := mustRun(t, db, libraryOf("phone", "+8")); report.Conflicts != 1 {
		t.Errorf("another value: %+v", report)
	}
	if got := onMap(t, db, "node/1").Document.Phone; got != "+2" {
		t.Errorf("phone %s was overwritten", got)
	}
}

func TestWhatTheSourceTakesBackIsSuperseded(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	maud := moderator(t, db)
	mustRun(t, db, libraryOf("phone", "+1", "website", "https://a.example"))
	live := onMap(t, db, "node/1")
	live.Document.Website = "https://ours.example"
	live.Provenance["website"] = places.Provenance{Source: "local", Licence: places.LicenceOuverte, At: day1}
	editLocally(t, db, live, "+2")

	mustRun(t, db, libraryOf("phone", "+9", "website", "https://a.example"))
	first := queued(t, db, maud)
	mustRun(t, db, libraryOf("phone", "+9", "website", "https://b.example"))
	second := queued(t, db, maud)
	if len(second) != 1 || second[0].ID == first[0].ID || len(second[0].Proposal.Patch) != 2 {
		t.Fatalf("one contribution with both fields replaces the first: %+v", second)
	}
	if found, _, err := moderation.FindOwn(t.Context(), db, maud, first[0].ID); err != nil || found.State != moderation.Superseded {
		t.Errorf("the first is %s, %v", found.State, err)
	}
	mustRun(t, db, libraryOf("phone", "+2", "website", "https://ours.example"))
	if waiting := queued(t, db, maud); len(waiting) != 0 {
		t.Errorf("the source agrees, and still there waits %+v", waiting)
	}
}

func TestAcceptedConflictsComeFromTheirSource(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	maud := moderator(t, db)
	mustRun(t, db, libraryOf("phone", "+1", "website", "https://a.example"))
	live := onMap(t, db, "node/1")
	live.Document.Website = "https://ours.example"
	live.Provenance["website"] = places.Provenance{Source: "local", Licence: places.LicenceOuverte, At: day1}
	editLocally(t, db, live, "+2")
	mustRun(t, db, libraryOf("website", "https://b.example")) // without a phone
	edited := accept
	edited.Edits = []byte(`{"website":"https://third.example"}`)
	decide(t, db, maud, queued(t, db, maud)[0], edited)
	live = onMap(t, db, "node/1")
	if live.Document.Phone != "" || live.Document.Website != "https://third.example" {
		t.Errorf("published %+v", live.Document)
	}
	if from := live.Provenance["website"]; from.Source != "local" || from.Role != "moderator" {
		t.Errorf("the moderator's value is from %+v", from)
	}
	mustRun(t, db, libraryOf("phone", "+7", "website", "https://b.example"))
	if live = onMap(t, db, "node/1"); live.Document.Phone != "+7" || live.Provenance["phone"].Source != "osm" {
		t.Errorf("the source goes on where it was accepted: %+v", live.Document)
	}
}

func TestADisappearanceIsAskedOncePerVanishing(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	maud := moderator(t, db)
	mustRun(t, db, libraryOf("phone", "+1"))
	editLocally(t, db, onMap(t, db, "node/1"), "+2")
	mustRun(t, db, file{})
	waiting := queued(t, db, maud)
	if len(waiting) != 1 || waiting[0].Action != moderation.Close {
		t.Fatalf("queue %+v", waiting)
	}
	decide(t, db, maud, waiting[0], refuse)
	for range 2 {
		if report := mustRun(t, db, file{}); report.Conflicts != 0 {
			t.Errorf("still gone: %+v", report)
		}
	}
	mustRun(t, db, libraryOf("phone", "+1"))
	if report := mustRun(t, db, file{}); report.Conflicts != 1 || len(queued(t, db, maud)) != 1 {
		t.Errorf("gone once more: %+v", report)
	}
	mustRun(t, db, libraryOf("phone", "+1"))
	if waiting := queued(t, db, maud); len(waiting) != 0 {
		t.Errorf("the record is back, and still there waits %+v", waiting)
	}
	mustRun(t, db, file{})
	decide(t, db, maud, queued(t, db, maud)[0], accept)
	live := onMap(t, db, "node/1")
	if from := live.Provenance["state"]; live.Document.State != places.Closed || from.Source != "osm" || from.Licence != places.LicenceODbL {
		t.Errorf("closed %+v from %+v", live.Document, from)
	}
}
