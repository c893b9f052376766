package following

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/places"
)

// ownChanged finds what others changed in the records of a person's organisation since
// they were told; what its own members did they know. It is empty for who acts for none.
func (l *Letters) ownChanged(ctx context.Context, d digest, page *digestPage) (map[places.ID]places.Update, error) {
	var organisation int64
	err := l.DB.QueryRow(ctx, `select coalesce((select organisation_id from users where id = $1), 0)`, d.User).Scan(&organisation)
	if err != nil {
		return nil, fmt.Errorf("find the organisation of user %d: %w", d.User, err)
	}
	if organisation == 0 {
		return nil, nil
	}
	page.TeamURL = fmt.Sprintf("%s/organisations/%d/equipe", l.BaseURL, organisation)
	updates, err := places.Updates(ctx, l.DB, places.Within{Organisation: organisation}, d.From, 10*toldPlaces)
	if err != nil {
		return nil, err
	}
	changed := make(map[places.ID]places.Update)
	for _, one := range updates {
		if one.Seq <= d.To { // later ones are for the next letter
			changed[one.Place] = one
		}
	}
	byOthers, err := l.changedByOthers(ctx, d, organisation, slices.Collect(maps.Keys(changed)))
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(changed, func(place places.ID, _ places.Update) bool { return !slices.Contains(byOthers, place) })
	return changed, nil
}

// changedByOthers are those of some places that somebody else than the members of an
// organisation changed.
func (l *Letters) changedByOthers(ctx context.Context, d digest, organisation int64, all []places.ID) ([]places.ID, error) {
	rows, err := l.DB.Query(ctx, `
		select distinct c.place_id
		from changes c
		join place_revisions r on r.place_id = c.place_id and r.number = c.revision
		left join contributions by on by.id = r.contribution_id
		where c.seq > $1
			and c.seq <= $2
			and c.place_id = any($3)
			and by.organisation_id is distinct from $4`, d.From, d.To, all, organisation)
	if err != nil {
		return nil, fmt.Errorf("find what others changed: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[places.ID])
}
