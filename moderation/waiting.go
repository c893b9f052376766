package moderation

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/pg"
)

// Waiting is how many contributions wait in one neighbourhood and group. One list
// of them serves every moderator, each of whom sees the sum of their scope.
type Waiting struct {
	Neighbourhood, Group                   string
	Pending, Escalated, NeedsInfo, Overdue int
}

// WaitingCounts is what a moderator is told of the queue.
type WaitingCounts struct {
	Pending   int `json:"pending"`
	Escalated int `json:"escalated"`
	NeedsInfo int `json:"needs_info" doc:"With the author"`
	Overdue   int `json:"overdue" doc:"Of all these, past their deadline"`
}

// AllWaiting counts what waits, by neighbourhood and group.
func AllWaiting(ctx context.Context, db pg.DB, now time.Time) ([]Waiting, error) {
	rows, err := db.Query(ctx, `
		select
			coalesce(neighbourhood, ''),
			coalesce(group_id, ''),
			count(*) filter (where state = 'pending'),
			count(*) filter (where state = 'escalated'),
			count(*) filter (where state = 'needs_info'),
			count(*) filter (where deadline < $1)
		from contributions
		where state in ('pending', 'escalated', 'needs_info')
		group by 1, 2`, now.UTC())
	if err != nil {
		return nil, fmt.Errorf("count the queue: %w", pg.FaultOf(err))
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Waiting])
}

// CountWaiting sums what waits in a moderator's scope. Faults: Forbidden for all
// but moderators.
func CountWaiting(actor accounts.Actor, all []Waiting) (counts WaitingCounts, err error) {
	if err := AllowedToModerate(actor, anywhere(actor)); err != nil {
		return counts, err
	}
	for _, one := range all {
		if actor.Covers(one.Neighbourhood, one.Group) {
			counts.Pending += one.Pending
			counts.Escalated += one.Escalated
			counts.NeedsInfo += one.NeedsInfo
			counts.Overdue += one.Overdue
		}
	}
	return counts, nil
}
