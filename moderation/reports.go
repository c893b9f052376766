package moderation

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/pg"
	"cartoquartiers/places"
)

// Reports are the open reports of one place: the queue shows them as one, the
// oldest, and deciding that one decides all of them.
type Reports struct {
	Count   int            `json:"count"`
	Reasons map[string]int `json:"reasons" doc:"How often each was given"`
}

// Reported is one of several reports, as moderators read it.
type Reported struct {
	ID       int64         `json:"id"`
	Reason   string        `json:"reason"`
	Message  string        `json:"message,omitempty"`
	Role     accounts.Role `json:"role" doc:"Of the author; never who"`
	State    State         `json:"state"`
	Received time.Time     `json:"received"`
}

// folded leaves out, of the reports of a place that the query lists, all but the
// oldest. Its parameters are SQL: the actor and the states that are listed. One's
// own reports, which one does not decide, stand by themselves and hide nobody's.
func folded(actor, states string) string {
	return `(
		c.action <> 'report' or c.user_id = ` + actor + ` or not exists (
			select from contributions o
			where o.place_id = c.place_id
				and o.action = 'report'
				and o.state in ('pending', 'escalated')
				and o.state = any(` + states + `)
				and o.id < c.id
				and o.user_id is distinct from ` + actor + `
		)
	)`
}

// tellReports counts the open reports of the places that are reported in a list.
func tellReports(ctx context.Context, db pg.DB, list []Contribution) error {
	var ids []places.ID
	for _, c := range list {
		if c.Action == Report {
			ids = append(ids, c.Place)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := db.Query(ctx, `
		select place_id, body ->> 'reason', count(*)
		from contributions
		where place_id = any($1) and action = 'report' and state in ('pending', 'needs_info', 'escalated')
		group by 1, 2`, ids)
	if err != nil {
		return err
	}
	cases := make(map[places.ID]*Reports)
	var id places.ID
	var reason string
	var count int
	_, err = pgx.ForEachRow(rows, []any{&id, &reason, &count}, func() error {
		if cases[id] == nil {
			cases[id] = &Reports{Reasons: make(map[string]int)}
		}
		cases[id].Count += count
		cases[id].Reasons[reason] += count
		return nil
	})
	for i, c := range list {
		if c.Action == Report {
			list[i].Reports = cases[c.Place]
		}
	}
	return err
}

// reportsOf lists the open reports of a place, the oldest first.
func reportsOf(ctx context.Context, db pg.DB, id places.ID) ([]Reported, error) {
	rows, err := db.Query(ctx, `
		select id, body ->> 'reason', coalesce(body ->> 'message', ''), role, state, received_at
		from contributions
		where place_id = $1 and action = 'report' and state in ('pending', 'needs_info', 'escalated')
		order by id`, id)
	if err != nil {
		return nil, fmt.Errorf("list reports of place %d: %w", id, err)
	}
	reports, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Reported])
	for i := range reports {
		reports[i].Received = reports[i].Received.UTC()
	}
	return reports, err
}

// lockCase locks the open reports of the place that a report is about, always in
// the same order, so that two moderators who begin at two of them do not wait for each
// other. For anything else it locks nothing.
func lockCase(ctx context.Context, tx pgx.Tx, id int64) error {
	_, err := tx.Exec(ctx, `
		select
		from contributions
		where action = 'report'
			and state in ('pending', 'needs_info', 'escalated')
			and place_id = (select place_id from contributions where id = $1 and action = 'report')
		order by id
		for update`, id)
	return err
}

// decideOthers gives the answer to one report to the other open ones of the same
// place, but for those that this moderator may not decide: each author is answered,
// each answer has its leaf.
func (r *Road) decideOthers(ctx context.Context, tx pgx.Tx, actor accounts.Actor, a answer) error {
	rows, err := tx.Query(ctx, selectContribution+`
		where c.action = 'report'
			and c.place_id = $1
			and c.id <> $2
			and c.state in ('pending', 'needs_info', 'escalated')
		order by c.id
		for update of c`, a.contribution.Place, a.contribution.ID)
	if err != nil {
		return err
	}
	others, err := pgx.CollectRows(rows, scanContribution)
	if err != nil {
		return err
	}
	for _, other := range others {
		one := a
		one.contribution, one.verdict.ID, one.verdict.Version = other, other.ID, other.Version
		if mayDecide(ctx, tx, actor, other, one.verdict) != nil {
			continue // their own, or an appeal against them: a colleague's
		}
		if _, err := r.decide(ctx, tx, one); err != nil {
			return err
		}
	}
	return nil
}

// queueCaseChanged makes who has read the reports of a place read them again: a
// further one is new to them.
func queueCaseChanged(batch *pgx.Batch, id places.ID) {
	batch.Queue(`
		update contributions
		set version = version + 1
		where id = (
				select min(id)
				from contributions
				where place_id = $1 and action = 'report' and state in ('pending', 'needs_info', 'escalated')
			)
			and state in ('pending', 'needs_info', 'escalated')`, id)
}
