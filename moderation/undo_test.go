package moderation_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

var order = moderation.UndoOrder{Reason: "spam", Message: "Série de modifications publicitaires."}

func create(name string, lon float64) string {
	return fmt.Sprintf(`{"action":"create","place":{"name":%q,"category":"library","position":[%v,47.21],"phone":"02 40 41 90 00"}}`, name, lon)
}

// accepted proposes something that a moderator accepts.
func (w town) accepted(t *testing.T, actor accounts.Actor, text string) moderation.Decision {
	t.Helper()
	d, err := w.decide(t, w.colleague, w.mustSubmit(t, actor, text), moderation.Verdict{Outcome: moderation.Accepted})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// spree is what one author did: a place of their own, two changes of one field of
// another's place, one that somebody has changed since, one that waits.
type spree struct {
	own, edited, contested, builtOn places.ID
	any                             int64
}

func (w town) spree(t *testing.T, author accounts.Actor) spree {
	t.Helper()
	s := spree{
		edited:    w.mustSubmit(t, w.agent, create("Médiathèque", -1.50)).Place,
		contested: w.mustSubmit(t, w.agent, create("Annexe", -1.52)).Place,
	}
	s.own = w.accepted(t, author, create("Casino en ligne", -1.54)).Place
	s.builtOn = w.accepted(t, author, create("Ludothèque", -1.56)).Place
	w.mustSubmit(t, w.agent, edit(s.builtOn, 1, `{"website":"https://ludo.example"}`))
	w.accepted(t, author, edit(s.edited, 1, `{"phone":"02 40 00 00 01"}`))
	s.any = w.accepted(t, author, edit(s.edited, 2, `{"phone":"02 40 00 00 02","website":"https://pub.example"}`)).Contribution.ID
	w.accepted(t, author, edit(s.contested, 1, `{"phone":"02 40 00 00 03"}`))
	w.mustSubmit(t, w.agent, edit(s.contested, 2, `{"phone":"02 40 00 00 04"}`))
	w.mustSubmit(t, author, edit(s.edited, 3, `{"operator":"Pub"}`))
	return s
}

func TestUndoEverythingByAnAuthor(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	s := w.spree(t, w.resident)
	bystander := w.accepted(t, w.visitor, create("Autre", -1.70)).Place
	before := w.live(t, s.edited)
	o := order
	o.Contribution = s.any
	undo, err := road.UndoAuthor(t.Context(), w, w.moderator, o, noon.Add(2*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if !undo.Finished || undo.Reverted != 2 || undo.Hidden != 1 || undo.Kept != 3 {
		t.Errorf("undone %+v", undo)
	}
	why := make(map[string]string)
	for _, item := range undo.Items {
		why[item.Why] += strings.Join(item.Fields, ",") + fmt.Sprint(item.Place) + " "
	}
	for code, want := range map[string]string{
		"waiting": fmt.Sprint(s.edited, " "), "changed_since": fmt.Sprint("phone", s.contested, " "), "built_on": fmt.Sprint(s.builtOn, " "),
	} {
		if why[code] != want {
			t.Errorf("%s: %q, want %q", code, why[code], want)
		}
	}
	live := w.live(t, s.edited)
	if live.Revision != before.Revision+2 || live.Document.Phone != "+33240419000" || live.Document.Website != "" {
		t.Errorf("undone to %+v", live.Document)
	}
	if from := live.Provenance["phone"]; from.Role != "agent" {
		t.Errorf("the phone is from %+v, want from the agent again", from)
	}
	if w.live(t, s.contested).Document.Phone != "+33240000004" {
		t.Error("what an agent has changed since was undone")
	}
	w.checkUndone(t, s, bystander)
}

// checkUndone looks at the map and at the log.
func (w town) checkUndone(t *testing.T, s spree, bystander places.ID) {
	t.Helper()
	rows, err := w.Query(t.Context(), `select id from published_places order by id`)
	if err != nil {
		t.Fatal(err)
	}
	onMap, err := pgx.CollectRows(rows, pgx.RowTo[places.ID])
	if err != nil || fmt.Sprint(onMap) != fmt.Sprint([]places.ID{s.edited, s.contested, s.builtOn, bystander}) {
		t.Errorf("on the map: %v, %v", onMap, err)
	}
	var reverted, hidden int
	err = w.QueryRow(t.Context(), `
		select count(*) filter (where e like '%"event":"reverted"%'), count(*) filter (where e like '%"event":"hidden"%')
		from (select convert_from(entry, 'utf8') as e from log_leaves) l
		where e like '%"reason":"spam"%' and e like '%"rule":"undo_author"%'`).Scan(&reverted, &hidden)
	if err != nil || reverted != 2 || hidden != 1 {
		t.Errorf("leaves: %d reverted, %d hidden, %v", reverted, hidden, err)
	}
}

func TestWhoMayUndoWhom(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	s := w.spree(t, w.resident)
	elsewhere := w.moderator
	elsewhere.Scopes = []accounts.Scope{{Group: "health"}}
	himself := w.moderator
	himself.User = w.resident.User
	for name, c := range map[string]struct {
		actor accounts.Actor
		order moderation.UndoOrder
		kind  fault.Kind
	}{
		"a resident":        {w.resident, moderation.UndoOrder{Contribution: s.any, Reason: "spam", Message: "x"}, fault.Forbidden},
		"out of scope":      {elsewhere, moderation.UndoOrder{Contribution: s.any, Reason: "spam", Message: "x"}, fault.Forbidden},
		"oneself":           {himself, moderation.UndoOrder{Contribution: s.any, Reason: "spam", Message: "x"}, fault.Forbidden},
		"without a reason":  {w.moderator, moderation.UndoOrder{Contribution: s.any, Message: "x"}, fault.Invalid},
		"without a message": {w.moderator, moderation.UndoOrder{Contribution: s.any, Reason: "spam"}, fault.Invalid},
		"what never was":    {w.moderator, moderation.UndoOrder{Contribution: 999, Reason: "spam", Message: "x"}, fault.NotFound},
	} {
		if _, err := road.UndoAuthor(t.Context(), w, c.actor, c.order, noon); !fault.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A visitor is their address while it is remembered, then the contribution alone.
func TestUndoingAVisitor(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	first := w.accepted(t, w.visitor, create("Casino", -1.5))
	w.accepted(t, w.visitor, create("Casino bis", -1.6))
	o := order
	o.Contribution = first.Contribution.ID
	if err := moderation.Forget(t.Context(), w, noon.AddDate(0, 0, 40)); err != nil {
		t.Fatal(err)
	}
	undo, err := road.UndoAuthor(t.Context(), w, w.moderator, o, noon.AddDate(0, 0, 40))
	if err != nil || undo.Hidden != 1 || len(undo.Items) != 1 || undo.Items[0].Place != first.Place {
		t.Errorf("forgotten: %+v, %v", undo, err)
	}
}

// cut is a database that goes away at the n-th transaction.
type cut struct {
	pg.DB
	left *int
}

var errCut = errors.New("the plug was pulled")

func (c cut) Begin(ctx context.Context) (pgx.Tx, error) {
	if *c.left--; *c.left < 0 {
		return nil, errCut
	}
	return c.DB.Begin(ctx)
}

// Cut at every step, an undo goes on where it was and does nothing twice.
func TestACutUndoGoesOn(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	s := w.spree(t, w.resident)
	o := order
	o.Contribution = s.any
	left := 1 // the order itself
	if _, err := road.UndoAuthor(t.Context(), cut{w, &left}, w.moderator, o, noon); !errors.Is(err, errCut) {
		t.Fatal(err)
	}
	steps := 0
	for ; steps < 20; steps++ {
		left = 1
		err := road.ContinueUndos(t.Context(), cut{w, &left}, noon)
		if err == nil {
			break
		}
		if !errors.Is(err, errCut) {
			t.Fatal(err)
		}
	}
	undo, err := moderation.FindUndo(t.Context(), w, w.moderator, 1)
	if err != nil || !undo.Finished || undo.Reverted != 2 || undo.Hidden != 1 || undo.Kept != 3 || steps < 6 {
		t.Errorf("after %d steps: %+v, %v", steps, undo, err)
	}
	if live := w.live(t, s.edited); live.Revision != 5 {
		t.Errorf("revision %d, want 5", live.Revision)
	}
	if _, err := moderation.FindUndo(t.Context(), w, w.colleague, 1); !fault.Is(err, fault.NotFound) {
		t.Errorf("another's order: %v", err)
	}
}
