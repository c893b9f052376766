package moderation

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/pg"
	"cartoquartiers/places"
)

// Cause is what made a revision, as the public may know it: roles, never people.
type Cause struct {
	Number int
	Action Action        // empty for an import, and for what was there before contributions
	Role   accounts.Role // of the contribution's author
	Item   string        // name of the contribution or the import in the public log; empty for neither
	Rule   string        // that decided; empty when a person did
	By     accounts.Role // of the person who decided
}

// Causes tells what made some revisions of a place, by number. Those of a place
// that is not on the map are nobody's business: it then has none.
func Causes(ctx context.Context, db pg.DB, id places.ID, numbers []int) (map[int]Cause, error) {
	rows, err := db.Query(ctx, `
		select
			r.number,
			coalesce(c.action, ''),
			coalesce(c.role, ''),
			coalesce(c.item, i.item)::text,
			coalesce(d.rule, ''),
			coalesce(d.role, '')
		from place_revisions r
		left join contributions c on c.id = r.contribution_id
		left join imports i on i.id = r.import_id
		left join lateral (
			select rule, role
			from decisions
			where contribution_id = c.id and outcome = 'accepted'
			order by id desc
			limit 1
		) d on true
		where r.place_id = $1
			and r.number = any($2)
			and exists (select from published_places p where p.id = r.place_id)`, id, numbers)
	if err != nil {
		return nil, fmt.Errorf("read what made revisions of place %d: %w", id, pg.FaultOf(err))
	}
	causes := make(map[int]Cause)
	var one Cause
	var item *string
	_, err = pgx.ForEachRow(rows, []any{&one.Number, &one.Action, &one.Role, &item, &one.Rule, &one.By}, func() error {
		one.Item = ""
		if item != nil {
			one.Item = *item
		}
		causes[one.Number] = one
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what made revisions of place %d: %w", id, pg.FaultOf(err))
	}
	return causes, nil
}
