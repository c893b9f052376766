package moderation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/places"
)

// AllowedToManage says whether an actor may invite to an organisation, and remove from
// it: who manages it, and administrators.
func AllowedToManage(a accounts.Actor, organisation int64) error {
	if a.Organisation == organisation && a.Manages && a.Granted("contribute") {
		return nil
	}
	if AllowedToAdminister(a) == nil {
		return nil
	}
	return fault.New(fault.Forbidden, "only those who manage this organisation may do this")
}

// AllowedToSeeTeam says whether an actor may see who the members of an organisation
// are, and what others changed in its records.
func AllowedToSeeTeam(a accounts.Actor, organisation int64) error {
	if a.Organisation == organisation && organisation != 0 || AllowedToAdminister(a) == nil {
		return nil
	}
	return fault.New(fault.Forbidden, "only the members of this organisation see this")
}

// Owned is a place with the organisation that owns it: whose members change it at once.
type Owned struct {
	Place        places.ID
	Organisation int64  // 0 for none
	Name         string // of the organisation
}

// OwnerOf is for whoever may moderate a place. Faults: Forbidden for all others;
// NotFound, also for a hidden place, to those who do not moderate.
func OwnerOf(ctx context.Context, db pg.DB, actor accounts.Actor, place places.ID) (Owned, error) {
	owned, _, err := findOwned(ctx, db, actor, place, "")
	return owned, err
}

// findOwned finds a place, locked as the statement's end says, and whether it is there for good.
func findOwned(ctx context.Context, db pg.DB, actor accounts.Actor, place places.ID, lock string) (owned Owned, live int, err error) {
	if err := AllowedToModerate(actor, anywhere(actor)); err != nil {
		return owned, 0, err
	}
	var where Object
	var gone bool
	err = db.QueryRow(ctx, `
		select
			p.id,
			coalesce(p.organisation_id, 0),
			coalesce((select name from organisations o where o.id = p.organisation_id), ''),
			p.live_revision,
			p.state = 'merged' or p.erased_at is not null,
			coalesce((select neighbourhood from published_places s where s.id = p.id), ''),
			coalesce((select group_id from published_places s where s.id = p.id), '')
		from places p
		where p.id = $1 `+lock, place).Scan(
		&owned.Place, &owned.Organisation, &owned.Name, &live, &gone, &where.Neighbourhood, &where.Group)
	if errors.Is(err, pgx.ErrNoRows) {
		return owned, 0, noPlace()
	}
	if err != nil {
		return owned, 0, fmt.Errorf("find the owner of place %d: %w", place, pg.FaultOf(err))
	}
	if !actor.Covers(where.Neighbourhood, where.Group) {
		return owned, 0, fault.New(fault.Forbidden, "this place is outside your neighbourhoods and groups")
	}
	if gone {
		return owned, 0, fault.New(fault.Conflict, "this place was merged or erased; nobody owns it")
	}
	return owned, live, nil
}

// SetOwner gives a place to an organisation, or with 0 to nobody: it has one owner at
// most, so that one before is no more. What was changed until now counts as looked at.
// Faults: as of OwnerOf; Invalid for an organisation that is none; Conflict for a place
// that was merged or erased.
func SetOwner(ctx context.Context, db pg.DB, actor accounts.Actor, place places.ID, organisation int64, now time.Time) (owned Owned, err error) {
	err = pg.InTx(ctx, db, func(tx pgx.Tx) error {
		_, live, err := findOwned(ctx, tx, actor, place, "for update of p")
		if err != nil {
			return err
		}
		owned = Owned{Place: place, Organisation: organisation}
		if organisation != 0 {
			found, err := accounts.FindOrganisation(ctx, tx, organisation)
			if err != nil {
				return fault.InvalidField("/organisation", "there is no organisation %d", organisation)
			}
			owned.Name = found.Name
		}
		return writeOwner(ctx, tx, owned, live, now.UTC())
	})
	if err != nil {
		return owned, fmt.Errorf("set the owner of place %d: %w", place, err)
	}
	return owned, nil
}

func writeOwner(ctx context.Context, tx pgx.Tx, o Owned, live int, now time.Time) error {
	_, err := tx.Exec(ctx, `update places set organisation_id = nullif($2::bigint, 0) where id = $1`, o.Place, o.Organisation)
	if err != nil {
		return pg.FaultOf(err)
	}
	if o.Organisation == 0 {
		_, err = tx.Exec(ctx, `delete from clearances where place_id = $1`, o.Place)
		return err
	}
	_, err = tx.Exec(ctx, `
		insert into clearances (place_id, organisation_id, revision, at)
		values ($1, $2, $3, $4)
		on conflict (place_id) do update
		set organisation_id = excluded.organisation_id, revision = excluded.revision, at = excluded.at
		where clearances.organisation_id <> excluded.organisation_id`, o.Place, o.Organisation, live, now)
	return err
}
