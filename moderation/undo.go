package moderation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/places"
)

// Undo is what became of "undo everything by this author", so far.
type Undo struct {
	ID           int64
	Contribution int64 // that named the author
	Reason       string
	Finished     bool
	Reverted     int        // contributions that are undone, wholly or in part
	Hidden       int        // creations that are hidden
	Kept         int        // contributions of which nothing could be undone
	Items        []UndoItem // the newest contribution first, at most undoShown
	Seq          int64      // of the last change; wait for it to read one's own write
}

// UndoItem is what became of one contribution.
type UndoItem struct {
	Contribution int64     `json:"contribution"`
	Outcome      string    `json:"outcome" enum:"reverted,hidden,kept"`
	Why          string    `json:"why,omitempty" doc:"Why it was kept, or a part of it: changed_since, built_on, out_of_scope, off_the_map, erased, waiting, no_change"`
	Fields       []string  `json:"fields,omitempty" doc:"That others have changed since, and so stay"`
	Place        places.ID `json:"place,omitempty"`
	UndoneBy     int64     `json:"undone_by,omitempty" doc:"The contribution that undid it"`
}

// UndoOrder asks to undo everything by the author of a contribution, whose name
// the moderator neither knows nor says.
type UndoOrder struct {
	Contribution int64
	Reason       string // one of Reasons
	Message      string // to whom it concerns
}

const (
	undoChunk = 50   // contributions that one request looks at; the chore does the rest
	undoShown = 1000 // items that an answer holds
)

// UndoAuthor begins to undo what is still current of everything that an author
// had accepted: by new revisions, each a contribution of the moderator with its
// leaf; places that only the author made are hidden. What others have changed since stays,
// and is listed. It does the first fifty; ContinueUndos goes on. A second order while
// one is under way gives that one.
//
// Faults: NotFound; Forbidden for all but moderators of the contribution, and about
// oneself; Invalid without a reason and a text.
func (r *Road) UndoAuthor(ctx context.Context, db pg.DB, actor accounts.Actor, o UndoOrder, now time.Time) (Undo, error) {
	if err := AllowedToModerate(actor, anywhere(actor)); err != nil {
		return Undo{}, err
	}
	check := checker{taxonomy: r.Taxonomy}
	check.reason(o.Reason)
	check.text("/message", o.Message, 1, maxMessage)
	if err := check.fault(); err != nil {
		return Undo{}, err
	}
	c, err := find(ctx, db, o.Contribution, false)
	if err != nil {
		return Undo{}, err
	}
	if err := AllowedToModerate(actor, c.object()); err != nil {
		return Undo{}, err
	}
	if c.Author != 0 && c.Author == actor.User {
		return Undo{}, fault.New(fault.Forbidden, "this is your own contribution; a colleague decides it")
	}
	id, err := orderUndo(ctx, db, actor, o, now)
	if err != nil {
		return Undo{}, fmt.Errorf("undo the author of contribution %d: %w", o.Contribution, err)
	}
	seq, err := r.continueUndo(ctx, db, id, undoChunk, now)
	if err != nil {
		return Undo{}, err
	}
	undo, err := FindUndo(ctx, db, actor, id)
	undo.Seq = seq
	return undo, err
}

func orderUndo(ctx context.Context, db pg.DB, actor accounts.Actor, o UndoOrder, now time.Time) (id int64, err error) {
	scopes, err := json.Marshal(actor.Scopes)
	if err != nil {
		return 0, err
	}
	err = pg.InTx(ctx, db, func(tx pgx.Tx) error {
		if _, err := find(ctx, tx, o.Contribution, true); err != nil { // one order at a time
			return err
		}
		err := tx.QueryRow(ctx, `select id from undo_runs where contribution_id = $1 and finished_at is null`, o.Contribution).Scan(&id)
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		return tx.QueryRow(ctx, `
			insert into undo_runs (contribution_id, user_id, role, scopes, reason, message, next_before, started_at)
			values ($1, $2, $3, $4, $5, $6, (select max(id) + 1 from contributions), $7)
			returning id`, o.Contribution, actor.User, actor.Role, scopes, o.Reason, o.Message, now.UTC()).Scan(&id)
	})
	return id, err
}

// ContinueUndos goes on with every undo that was cut or is long, until it is done or ctx ends.
func (r *Road) ContinueUndos(ctx context.Context, db pg.DB, now time.Time) error {
	rows, err := db.Query(ctx, `select id from undo_runs where finished_at is null order by id`)
	if err != nil {
		return fmt.Errorf("find undos under way: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return err
	}
	for _, id := range ids {
		if _, err := r.continueUndo(ctx, db, id, 1<<30, now); err != nil {
			return err
		}
	}
	return nil
}

// continueUndo looks at so many more contributions, each in a transaction of its own.
func (r *Road) continueUndo(ctx context.Context, db pg.DB, id int64, most int, now time.Time) (seq int64, err error) {
	for range most {
		var done bool
		var change int64
		err := pg.InTx(ctx, db, func(tx pgx.Tx) (err error) {
			done, change, err = r.undoNext(ctx, tx, id, now)
			return err
		})
		if err != nil {
			return seq, fmt.Errorf("undo %d: %w", id, err)
		}
		seq = max(seq, change)
		if done {
			break
		}
	}
	return seq, nil
}

// FindUndo reads what became of an undo. Faults: NotFound, for all but whoever
// ordered it and admins as for one that never was; Forbidden for all but moderators.
func FindUndo(ctx context.Context, db pg.DB, actor accounts.Actor, id int64) (u Undo, err error) {
	if err := AllowedToModerate(actor, anywhere(actor)); err != nil {
		return u, err
	}
	err = db.QueryRow(ctx, `
		select
			r.id,
			r.contribution_id,
			r.reason,
			r.finished_at is not null,
			count(*) filter (where i.outcome = 'reverted'),
			count(*) filter (where i.outcome = 'hidden'),
			count(*) filter (where i.outcome = 'kept')
		from undo_runs r
		left join undo_items i on i.run_id = r.id
		where r.id = $1 and (r.user_id = $2 or $3)
		group by r.id`, id, actor.User, actor.Role == accounts.Admin,
	).Scan(&u.ID, &u.Contribution, &u.Reason, &u.Finished, &u.Reverted, &u.Hidden, &u.Kept)
	if errors.Is(err, pgx.ErrNoRows) {
		return u, fault.New(fault.NotFound, "there is no undo %d", id)
	}
	if err != nil {
		return u, fmt.Errorf("find undo %d: %w", id, err)
	}
	rows, err := db.Query(ctx, `
		select contribution_id, outcome, coalesce(why, ''), fields, coalesce(place_id, 0), coalesce(undone_by, 0)
		from undo_items
		where run_id = $1
		order by contribution_id desc
		limit $2`, id, undoShown)
	if err != nil {
		return u, fmt.Errorf("list undo %d: %w", id, err)
	}
	u.Items, err = pgx.CollectRows(rows, pgx.RowToStructByPos[UndoItem])
	return u, err
}
