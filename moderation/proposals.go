package moderation

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/pg"
	"cartoquartiers/places"
)

// Proposed is what a resident may read of a contribution in order to vote on it:
// what it would make public, and nothing of who proposes it nor what they wrote
// beside it.
type Proposed struct {
	ID            int64
	Action        Action
	Place         places.ID // 0 for a creation
	BaseRevision  int
	Neighbourhood string
	Category      string
	Received      time.Time
	Changes       places.Fields // as they would be published; a JSON null removes one
	Confirms      *bool         // the reader's own vote; nil for none
}

// votable are the contributions c that residents can vote on: changes of places
// that everybody sees, without what machines find risky or a zone withholds for review.
const votable = `
	c.state = 'pending'
	and c.action in ('create', 'edit', 'move', 'close', 'reopen', 'confirm')
	and c.risk < 50
	and c.screening ->> 'force_review' is null
	and (c.action = 'create' or exists (select from published_places p where p.id = c.place_id))`

// Proposals lists what a resident can vote on, the newest first, with smaller ids
// than before where that is not 0. No neighbourhood is everywhere. Faults:
// Forbidden, as for Vote.
func (r *Road) Proposals(ctx context.Context, db pg.DB, actor accounts.Actor, neighbourhood string, before int64, limit int) ([]Proposed, error) {
	if err := r.mayVote(actor); err != nil {
		return nil, err
	}
	rows, err := db.Query(ctx, `
		select
			c.id,
			c.action,
			coalesce(c.place_id, 0),
			coalesce(c.base_revision, 0),
			coalesce(c.neighbourhood, ''),
			coalesce(c.category, ''),
			c.received_at,
			c.body -> 'patch',
			v.confirms
		from contributions c
		left join contribution_votes v on v.contribution_id = c.id and v.user_id = $1
		where `+votable+`
			and c.user_id is distinct from $1
			and ($2 = 0 or c.organisation_id is distinct from $2)
			and ($3 = '' or c.neighbourhood = $3)
			and ($4 = 0 or c.id < $4)
		order by c.id desc
		limit $5`, actor.User, actor.Organisation, neighbourhood, before, limit)
	if err != nil {
		return nil, fmt.Errorf("list proposals: %w", pg.FaultOf(err))
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (p Proposed, err error) {
		var patch []byte
		err = row.Scan(&p.ID, &p.Action, &p.Place, &p.BaseRevision, &p.Neighbourhood, &p.Category, &p.Received, &patch, &p.Confirms)
		if err != nil || patch == nil {
			return p, err
		}
		err = json.Unmarshal(patch, &p.Changes)
		maps.DeleteFunc(p.Changes, func(path string, _ json.RawMessage) bool { return places.IsPrivate(path) || path == footprintPath })
		return p, err
	})
}
