package moderation

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/places"
)

// OwnedRecord is a place on the map as the organisation that owns it looks after it.
type OwnedRecord struct {
	Place   places.ID
	Name    string
	Live    int       // its revision
	Cleared int       // up to which the organisation has looked at it; 0 for none of it
	At      time.Time // when; zero where it never did
	Others  int       // revisions since then that are not the organisation's own
}

// Records are what an organisation owns on the map, from id after on: what others changed
// first. Faults: Forbidden for all but its members and administrators.
func Records(ctx context.Context, db pg.DB, actor accounts.Actor, organisation int64, limit int) ([]OwnedRecord, error) {
	if err := AllowedToSeeTeam(actor, organisation); err != nil {
		return nil, err
	}
	rows, err := db.Query(ctx, `
		select s.id, s.name, s.revision, coalesce(c.revision, 0), coalesce(c.at, 'epoch'), since.others
		from places p
		join published_places s on s.id = p.id
		left join clearances c on c.place_id = p.id and c.organisation_id = p.organisation_id
		cross join lateral (
			select count(*) as others
			from place_revisions r
			left join contributions by on by.id = r.contribution_id
			where r.place_id = s.id
				and r.number > coalesce(c.revision, 0)
				and by.organisation_id is distinct from $1
		) since
		where p.organisation_id = $1
		order by since.others = 0, s.seq desc
		limit $2`, organisation, limit)
	if err != nil {
		return nil, fmt.Errorf("list records of organisation %d: %w", organisation, pg.FaultOf(err))
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[OwnedRecord])
}

// Clear notes that the owner of a place has looked at it, up to a revision; never
// backwards. Faults: NotFound for what the actor's organisation does not own on the map,
// Invalid for a revision that is not there yet.
func Clear(ctx context.Context, db pg.DB, actor accounts.Actor, place places.ID, revision int, now time.Time) error {
	if actor.Organisation == 0 || !actor.Granted("contribute") {
		return noPlace()
	}
	var live int
	err := db.QueryRow(ctx, `
		with mine as (
			select p.id, s.revision as live
			from places p
			join published_places s on s.id = p.id
			where p.id = $1 and p.organisation_id = $2
		), cleared as (
			insert into clearances (place_id, organisation_id, revision, at)
			select id, $2, $3, $4 from mine where live >= $3 and $3 > 0
			on conflict (place_id) do update
			set organisation_id = excluded.organisation_id,
				revision = case when clearances.organisation_id = excluded.organisation_id
					then greatest(clearances.revision, excluded.revision) else excluded.revision end,
				at = excluded.at
		)
		select live from mine`, place, actor.Organisation, revision, now.UTC()).Scan(&live)
	if unlessNoRows(err) == nil && err != nil {
		return noPlace()
	}
	if err != nil {
		return fmt.Errorf("clear place %d: %w", place, pg.FaultOf(err))
	}
	if revision < 1 || revision > live {
		return fault.InvalidField("/revision", "the place has no revision %d", revision)
	}
	return nil
}
