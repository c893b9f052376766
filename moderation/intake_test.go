package moderation_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// sent is a submission on its way, and what must become of it.
type sent struct {
	name  string
	actor accounts.Actor
	text  string
	key   string
	wrong fault.Kind // or none

	received moderation.Received
	err      error
}

// strangers are more than two journeys hold: one that is refused spoils no more than its own.
const strangers = 70

// crowd is what comes at one time: good ones, and some that are refused before they are
// stored, while they are stored, and by what came beside them.
func crowd(w town, place places.ID, erased accounts.Actor) []*sent {
	stranger := func(n int) accounts.Actor {
		v := w.visitor
		v.PrefixHash = fmt.Appendf(nil, "street %d", n)
		return v
	}
	all := []*sent{
		{name: "no such place", actor: stranger(100), text: edit(place+1000, 1, `{"phone":"02 40 00 00 01"}`), wrong: fault.NotFound},
		{name: "a revision to come", actor: stranger(101), text: edit(place, 9, `{"phone":"02 40 00 00 01"}`), wrong: fault.Invalid},
		{name: "a revision beyond all", actor: stranger(104), text: edit(place, 1<<32+1, `{"phone":"02 40 00 00 01"}`), wrong: fault.Invalid},
		{name: "erased meanwhile", actor: erased, text: edit(place, 1, `{"phone":"02 40 00 00 01"}`), wrong: fault.Unauthenticated},
		{name: "a rule decides", actor: w.agent, text: edit(place, 1, `{"website":"https://biblio.example"}`)},
		{name: "a report", actor: stranger(102), text: fmt.Sprintf(`{"action":"report","place_id":%d,"reason":"wrong"}`, place)},
		{name: "another report", actor: stranger(103), text: fmt.Sprintf(`{"action":"report","place_id":%d,"reason":"gone"}`, place)},
	}
	for n := range strangers {
		all = append(all, &sent{
			name: fmt.Sprintf("stranger %d", n), actor: stranger(n),
			text: edit(place, 1, fmt.Sprintf(`{"description":"Nouvel accueil %d."}`, n)), key: fmt.Sprintf("%08x-0000-4000-8000-000000000000", n),
		})
	}
	return all
}

// intake groups what comes at one time.
func (w town) intake(t *testing.T) *moderation.Intake {
	t.Helper()
	intake, err := moderation.NewIntake(w.Pool)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(intake.Close)
	return intake
}

// arrive submits all at once while nothing can be stored, and lets them in when each
// waits for it or has its answer.
func (w town) arrive(t *testing.T, all []*sent) {
	t.Helper()
	intake := w.intake(t)
	door, err := w.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := door.Exec(t.Context(), `lock table contributions in share row exclusive mode`); err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	for _, one := range all {
		done.Go(func() {
			envelope := moderation.Envelope{Key: one.key, Body: []byte(one.text), Now: noon}
			one.received, one.err = road.Submit(t.Context(), intake, one.actor, submission(t, one.text), envelope)
		})
	}
	for calm := 0; calm < 20; { // nobody is being asked about any more
		var active, blocked int
		if _, err := door.Exec(t.Context(), `select pg_stat_clear_snapshot()`); err != nil { // kept for the transaction otherwise
			t.Fatal(err)
		}
		err := door.QueryRow(t.Context(), `
			select count(*) filter (where state = 'active'), count(*) filter (where wait_event_type = 'Lock')
			from pg_stat_activity
			where datname = current_database() and pid <> pg_backend_pid()`).Scan(&active, &blocked)
		if err != nil {
			t.Fatal(err)
		}
		if calm++; active != blocked || blocked == 0 {
			calm = 0
		}
	}
	if err := door.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	done.Wait()
}

func TestWhatComesAtOneTimeIsStoredTogetherEachWithItsOwnOutcome(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	place := w.mustSubmit(t, w.agent, library).Place
	erased := w.resident
	if _, err := w.Exec(t.Context(), `update users set erased_at = $2 where id = $1`, erased.User, noon); err != nil {
		t.Fatal(err)
	}
	all := crowd(w, place, erased)
	w.arrive(t, all)

	stored := make(map[int64]bool)
	for _, one := range all {
		if one.wrong != 0 {
			if !fault.Is(one.err, one.wrong) {
				t.Errorf("%s: %v", one.name, one.err)
			}
			continue
		}
		if one.err != nil || one.received.ID == 0 || stored[one.received.ID] {
			t.Errorf("%s: %+v, %v", one.name, one.received, one.err)
		}
		stored[one.received.ID] = true
		w.checkStored(t, one)
	}
	var contributions, commits, leaves int
	err := w.QueryRow(t.Context(), `
		select count(*), count(distinct xmin::text), (select count(*) from log_leaves where position('"received"' in convert_from(entry, 'UTF8')) > 0)
		from contributions`).Scan(&contributions, &commits, &leaves)
	if err != nil || contributions != len(stored)+1 || leaves != contributions {
		t.Errorf("%d contributions, %d leaves, %d answers and one before: %v", contributions, leaves, len(stored), err)
	}
	if commits == contributions {
		t.Error("nothing was stored together")
	}
}

// checkStored compares a row with what was sent: nothing of another's is in it.
func (w town) checkStored(t *testing.T, one *sent) {
	t.Helper()
	var item, body, key string
	var prefix []byte
	err := w.QueryRow(t.Context(), `
		select item::text, body::text, coalesce(idempotency_key::text, ''), prefix_hash from contributions where id = $1`, one.received.ID).
		Scan(&item, &body, &key, &prefix)
	if err != nil || item != one.received.Item || key != one.key || string(prefix) != string(one.actor.PrefixHash) {
		t.Errorf("%s: item %s, key %s, prefix %q, %v", one.name, item, key, prefix, err)
	}
	if _, said, found := strings.Cut(one.text, `"Nouvel accueil`); found && !strings.Contains(body, strings.TrimSuffix(said, `"}}`)) {
		t.Errorf("%s: stored %s", one.name, body)
	}
}

func TestTheSameKeyAtOneTimeIsStoredOnce(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	place := w.mustSubmit(t, w.agent, library).Place
	all := crowd(w, place, w.resident)[7:]
	for _, one := range all[:3] {
		again := *one
		again.actor.PrefixHash = fmt.Appendf(nil, "elsewhere %s", one.name) // on their way home
		all = append(all, &again)
	}
	w.arrive(t, all)
	for i, one := range all {
		if i >= 3 && i < strangers && one.err != nil {
			t.Errorf("%s: %v", one.name, one.err)
		}
	}
	for i, one := range all[:3] {
		again := all[strangers+i]
		switch { // the second was told to wait, or came late enough for the first answer
		case one.err == nil && again.err == nil:
			if one.received.ID != again.received.ID || one.received.Repeated == again.received.Repeated {
				t.Errorf("%s: %+v and %+v", one.name, one.received, again.received)
			}
		case one.err != nil && again.err != nil || !fault.Is(errors.Join(one.err, again.err), fault.Conflict):
			t.Errorf("%s: %v and %v", one.name, one.err, again.err)
		}
	}
}

func TestAQuestionIsNotAboutEveryContribution(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	place := w.mustSubmit(t, w.agent, library).Place
	send := func(db pg.DB, n int) {
		v := w.visitor
		v.PrefixHash = fmt.Appendf(nil, "street %d", n)
		text := edit(place, 1, fmt.Sprintf(`{"description":"Nouvel accueil %d."}`, n))
		envelope := moderation.Envelope{Key: fmt.Sprintf("%08x-0000-4000-8000-000000000000", n), Body: []byte(text), Now: noon}
		if _, err := road.Submit(t.Context(), db, v, submission(t, text), envelope); err != nil {
			t.Fatal(err)
		}
	}
	const before = 200
	for n := range before {
		send(w.Pool, n)
		if n == before/10 { // a plan that was right then is kept
			if _, err := w.Exec(t.Context(), `analyze`); err != nil {
				t.Fatal(err)
			}
		}
	}
	err := pgx.BeginFunc(t.Context(), w.Pool, func(tx pgx.Tx) error {
		send(tx, before)
		var read int
		err := tx.QueryRow(t.Context(), `
			select seq_tup_read + idx_tup_fetch from pg_stat_xact_user_tables where relname = 'contributions'`).Scan(&read)
		if read > before/4 {
			t.Errorf("%d of %d contributions were read", read, before)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestWhoeverWaitsForAPlaceKeepsNobodyElseWaiting(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	place := w.mustSubmit(t, w.agent, library).Place
	intake := w.intake(t)
	door, err := w.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = door.Rollback(context.WithoutCancel(t.Context())) }() // after the commit it does nothing
	if _, err := door.Exec(t.Context(), `select from places where id = $1 for update`, place); err != nil {
		t.Fatal(err)
	}
	send := func(street string, text string) error {
		v := w.visitor
		v.PrefixHash = []byte(street)
		_, err := road.Submit(t.Context(), intake, v, submission(t, text), moderation.Envelope{Body: []byte(text), Now: noon})
		return err
	}
	waits := make(chan error, 3)
	for n := range cap(waits) {
		go func() {
			waits <- send(fmt.Sprint("street ", n), fmt.Sprintf(`{"action":"confirm","place_id":%d,"base_revision":1}`, place))
		}()
	}
	for blocked := 0; blocked == 0; {
		err := w.QueryRow(t.Context(), `
			select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`).Scan(&blocked)
		if err != nil {
			t.Fatal(err)
		}
	}
	for n := range 3 { // these are not about the place
		text := fmt.Sprintf(`{"action":"create","place":{"name":"Ludothèque %d","category":"library","position":[-1.5%d,47.3]}}`, n, n)
		if err := send(fmt.Sprint("elsewhere ", n), text); err != nil {
			t.Errorf("elsewhere: %v", err)
		}
	}
	select {
	case err := <-waits:
		t.Fatalf("the place was not locked: %v", err)
	default:
	}
	if err := door.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range cap(waits) {
		if err := <-waits; err != nil {
			t.Errorf("once the place is free: %v", err)
		}
	}
}

func TestAQuestionWaitsForAMigration(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	place := w.mustSubmit(t, w.agent, library).Place
	migration, err := w.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = migration.Rollback(context.WithoutCancel(t.Context())) }() // after the commit it does nothing
	if _, err := migration.Exec(t.Context(), `lock table neighbourhoods in access exclusive mode`); err != nil {
		t.Fatal(err)
	}
	answered := make(chan error, 1)
	intake, text := w.intake(t), edit(place, 1, `{"description":"Nouvel accueil."}`)
	go func() {
		_, err := road.Submit(t.Context(), intake, w.visitor, submission(t, text), moderation.Envelope{Body: []byte(text), Now: noon})
		answered <- err
	}()
	for longer := false; !longer; { // than a journey waits
		err := w.QueryRow(t.Context(), `
			select exists (
				select
				from pg_locks
				where database = (select oid from pg_database where datname = current_database())
					and not granted and clock_timestamp() - waitstart > interval '700 ms'
			)`).Scan(&longer)
		if err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-answered:
			t.Fatalf("while nothing could be read: %v", err)
		default:
		}
	}
	if err := migration.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-answered; err != nil {
		t.Errorf("after a migration: %v", err)
	}
}
