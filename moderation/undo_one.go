package moderation

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/places"
)

// undoRule is the name of the rule by which one order undoes many contributions.
const undoRule = "undo_author"

// undoing is an undo under way, locked.
type undoing struct {
	id              int64
	actor           accounts.Actor // the moderator, as when they ordered it
	reason, message string
	rule            string // by which it is undone; undoRule when empty
	nextBefore      int64
	now             time.Time
}

// undoNext looks at the author's next contribution, the newest first, and at no
// other before it has noted what became of this one. done: there is none left.
func (r *Road) undoNext(ctx context.Context, tx pgx.Tx, id int64, now time.Time) (done bool, seq int64, err error) {
	u := undoing{id: id, now: now.UTC()}
	var named int64
	var scopes []byte
	err = tx.QueryRow(ctx, `
		select contribution_id, user_id, role, scopes, reason, message, next_before
		from undo_runs
		where id = $1 and finished_at is null
		for update`, id).Scan(&named, &u.actor.User, &u.actor.Role, &scopes, &u.reason, &u.message, &u.nextBefore)
	if errors.Is(err, pgx.ErrNoRows) {
		return true, 0, nil
	}
	if err != nil {
		return false, 0, err
	}
	if err := json.Unmarshal(scopes, &u.actor.Scopes); err != nil {
		return false, 0, err
	}
	u.actor.Grants = []string{"moderate", "contribute"}
	c, found, err := u.next(ctx, tx, named)
	if err != nil {
		return false, 0, err
	}
	if !found {
		_, err = tx.Exec(ctx, `update undo_runs set finished_at = $2 where id = $1`, id, u.now)
		return true, 0, err
	}
	var item UndoItem
	err = pg.InTx(ctx, tx, func(tx pgx.Tx) (err error) {
		item, seq, err = r.undoOne(ctx, tx, u, c)
		return err
	})
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.Invalid) { // one that cannot be undone does not stop the others
		item, seq, err = UndoItem{Contribution: c.ID, Outcome: "kept", Place: c.Place, Why: "changed_since"}, 0, nil
	}
	if err != nil {
		return false, 0, err
	}
	return false, seq, u.note(ctx, tx, item)
}

// next finds the contribution: of the same account, or of a visitor from the same
// address as long as that is remembered; else the named one alone.
func (u undoing) next(ctx context.Context, tx pgx.Tx, named int64) (c Contribution, found bool, err error) {
	rows, err := tx.Query(ctx, selectContribution+`
		join contributions n on n.id = $1
		where c.id < $2
			and c.state in ('accepted', 'pending', 'needs_info', 'escalated')
			and case
				when n.user_id is not null then c.user_id = n.user_id
				when n.prefix_hash is not null then c.prefix_hash = n.prefix_hash and c.user_id is null
				else c.id = n.id
			end
		order by c.id desc
		limit 1
		for update of c`, named, u.nextBefore)
	if err != nil {
		return c, false, err
	}
	c, err = pgx.CollectExactlyOneRow(rows, scanContribution)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, false, nil
	}
	return c, err == nil, err
}

func (u undoing) note(ctx context.Context, tx pgx.Tx, item UndoItem) error {
	_, err := tx.Exec(ctx, `
		with noted as (
			insert into undo_items (run_id, contribution_id, outcome, why, fields, place_id, undone_by)
			values ($1, $2, $3, nullif($4, ''), coalesce($5, '{}'::text[]), nullif($6::bigint, 0), nullif($7::bigint, 0))
		)
		update undo_runs set next_before = $2 where id = $1`,
		u.id, item.Contribution, item.Outcome, item.Why, item.Fields, item.Place, item.UndoneBy)
	return err
}

// undoOne undoes a contribution as far as it is still current.
func (r *Road) undoOne(ctx context.Context, tx pgx.Tx, u undoing, c Contribution) (item UndoItem, seq int64, err error) {
	item = UndoItem{Contribution: c.ID, Outcome: "kept", Place: c.Place}
	switch {
	case c.State != Accepted:
		item.Why = "waiting"
	case AllowedToModerate(u.actor, c.object()) != nil:
		item.Why = "out_of_scope"
	case c.Revision == 0:
		item.Why = "no_change"
	default:
		return r.undoRevision(ctx, tx, u, c, item)
	}
	return item, 0, nil
}

func (r *Road) undoRevision(ctx context.Context, tx pgx.Tx, u undoing, c Contribution, item UndoItem) (UndoItem, int64, error) {
	var onMap, builtOn bool
	err := tx.QueryRow(ctx, `
		with place as (
			select id from places where id = $1 for update
		)
		select
			exists (select from published_places where id = place.id),
			exists (
				select from place_revisions r
				left join contributions by on by.id = r.contribution_id
				left join contributions mine on mine.id = $2
				where r.place_id = place.id
					and r.number > 1
					and (mine.user_id is null or by.user_id is distinct from mine.user_id)
					and (mine.prefix_hash is null or by.prefix_hash is distinct from mine.prefix_hash)
					and not exists (select from undo_items i where i.run_id = $3 and i.undone_by = by.id)
			)
		from place`, c.Place, c.ID, u.id).Scan(&onMap, &builtOn)
	switch {
	case err != nil:
		return item, 0, err
	case !onMap:
		item.Why = "off_the_map"
		return item, 0, nil
	case c.Revision > 1:
		return r.undoFields(ctx, tx, u, c, item)
	case builtOn:
		item.Why = "built_on"
		return item, 0, nil
	}
	item.Outcome = "hidden"
	proposal := Proposal{Face: "refused", Reason: u.reason, Message: u.message, Undoes: c.Item}
	return r.undoBy(ctx, tx, u, c, proposal, item)
}

// undoFields restores the fields that are still as the contribution left them.
func (r *Road) undoFields(ctx context.Context, tx pgx.Tx, u undoing, c Contribution, item UndoItem) (UndoItem, int64, error) {
	before, err := places.FieldsAt(ctx, tx, c.Place, c.Revision-1)
	if fault.Is(err, fault.Conflict) {
		item.Why = "erased"
		return item, 0, nil
	}
	if err != nil {
		return item, 0, err
	}
	after, err := places.FieldsAt(ctx, tx, c.Place, c.Revision)
	if err != nil {
		return item, 0, err
	}
	live, err := places.FindLive(ctx, tx, []places.ID{c.Place})
	if err != nil {
		return item, 0, err
	}
	ours, err := live[c.Place].Document.Fields()
	if err != nil {
		return item, 0, err
	}
	restored := make(places.Fields)
	for _, path := range changedPaths(before, after) {
		switch {
		case bytes.Equal(ours[path], before[path]): // somebody did it already
		case !bytes.Equal(ours[path], after[path]):
			item.Fields, item.Why = append(item.Fields, path), "changed_since"
		default:
			restored[path] = json.RawMessage(said(before[path]))
		}
	}
	if len(restored) == 0 {
		item.Why = "changed_since"
		return item, 0, nil
	}
	item.Outcome = "reverted"
	proposal := Proposal{Patch: restored, Revision: c.Revision - 1, Reason: u.reason, Message: u.message, Undoes: c.Item}
	return r.undoBy(ctx, tx, u, c, proposal, item)
}

func changedPaths(before, after places.Fields) (paths []string) {
	all := maps.Clone(before)
	maps.Copy(all, after)
	for _, path := range slices.Sorted(maps.Keys(all)) {
		if !bytes.Equal(before[path], after[path]) {
			paths = append(paths, path)
		}
	}
	return paths
}

// undoBy makes the moderator's contribution that undoes one, and accepts it.
func (r *Road) undoBy(ctx context.Context, tx pgx.Tx, u undoing, c Contribution, p Proposal, item UndoItem) (UndoItem, int64, error) {
	action := Revert
	if p.Face != "" {
		action = Hide
	}
	live, err := places.FindLive(ctx, tx, []places.ID{c.Place})
	if err != nil {
		return item, 0, err
	}
	in := incoming{
		actor:      u.actor,
		submission: Submission{Action: action, PlaceID: c.Place, BaseRevision: live[c.Place].Revision},
		proposal:   p,
		envelope:   Envelope{Now: u.now},
		screening:  Screening{Reasons: []string{}},
	}
	in.place.position, in.place.category = live[c.Place].Document.Position, live[c.Place].Document.Category
	in.place.Group, in.place.Neighbourhood = c.Group, c.Neighbourhood
	body, err := json.Marshal(p)
	if err != nil {
		return item, 0, err
	}
	in.bodyHash = sha256.Sum256(body)
	undoes, err := r.store(ctx, tx, &in)
	if err != nil {
		return item, 0, err
	}
	by := decider{role: u.actor.Role, user: u.actor.User, rule: cmp.Or(u.rule, undoRule)}
	decision, err := r.decide(ctx, tx, answer{contribution: undoes, verdict: Verdict{Outcome: Accepted}, by: by, at: u.now})
	item.UndoneBy = undoes.ID
	return item, decision.Seq, err
}
