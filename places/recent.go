package places

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
)

// Update is a change of a place as everybody may know it: what a feed tells.
type Update struct {
	Place    ID
	Revision int
	At       time.Time
	Seq      int64 // of the place's last change
	Name     string
	Category string
	Licence  string   // of the whole
	Changed  []string // paths of the fields that differ from the revision before
	New      bool     // the first revision
}

// Within is a part of the map; nothing is all of it.
type Within struct {
	Place         ID
	Neighbourhood string // code; those inside of it too
	Organisation  int64  // that owns the records
	Area          []byte // a polygon, WKB, EPSG:4326
}

// within is the condition that a published place p lies within the parameters $1 to $4.
const within = `
	($1::bigint = 0 or p.id = $1)
	and ($2 = '' or p.neighbourhood in (
		with recursive inside (code) as (
			select $2::text
			union
			select n.code from neighbourhoods n join inside i on n.parent = i.code
		)
		select code from inside
	))
	and ($3::bigint = 0 or exists (select from places o where o.id = p.id and o.organisation_id = $3))
	and ($4::bytea is null or st_covers(st_geomfromwkb($4, 4326), p.point))`

// Updates gives the last changes within a part of the map, the newest first: of each
// place on the map its last one, or of one place all. Changes up to the seq since
// are left out.
func Updates(ctx context.Context, db pg.DB, in Within, since int64, limit int) ([]Update, error) {
	rows, err := db.Query(ctx, `
		select p.id, r.number, r.at, p.seq, p.name, p.category, p.feature -> 'properties' ->> 'licence',
			r.document - 'private', coalesce(b.document - 'private', '{}'), r.erased_at is not null or b.erased_at is not null
		from published_places p
		join place_revisions r on r.place_id = p.id and (r.number = p.revision or $1 <> 0)
		left join place_revisions b on b.place_id = r.place_id and b.number = r.number - 1
		where `+within+`
			and p.seq > $5
		order by p.seq desc, r.number desc
		limit $6`, in.Place, in.Neighbourhood, in.Organisation, in.Area, since, limit)
	if err != nil {
		return nil, fmt.Errorf("read updates: %w", pg.FaultOf(err))
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (u Update, err error) {
		var document, before []byte
		var erased bool
		err = row.Scan(&u.Place, &u.Revision, &u.At, &u.Seq, &u.Name, &u.Category, &u.Licence, &document, &before, &erased)
		if err != nil || erased { // nobody knows any more what changed
			return u, err
		}
		u.At, u.New = u.At.UTC(), u.Revision == 1
		u.Changed, err = changedBetween(before, document)
		return u, err
	})
}

func changedBetween(before, after []byte) ([]string, error) {
	old, err := FieldsOf(before)
	if err != nil {
		return nil, err
	}
	now, err := FieldsOf(after)
	if err != nil {
		return nil, err
	}
	return differing(old, now), nil
}

// NameOf is what a part of the map is called, for people. Faults: NotFound for what is
// not, for a hidden place, and for an organisation without a record on the map.
func NameOf(ctx context.Context, db pg.DB, in Within) (name string, err error) {
	err = db.QueryRow(ctx, `
		select name from published_places where id = $1
		union all
		select name from neighbourhoods where code = $2
		union all
		select o.name
		from organisations o
		where o.id = $3
			and exists (select from published_places p join places r on r.id = p.id where r.organisation_id = o.id)`,
		in.Place, in.Neighbourhood, in.Organisation).Scan(&name)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", fault.New(fault.NotFound, "there is nothing of that on the map")
	}
	if err != nil {
		return "", fmt.Errorf("name a part of the map: %w", pg.FaultOf(err))
	}
	return name, nil
}

// Since gives the fields of a place on the map as everybody knew it at a seq, none
// when it was not there yet, and as it is now. What is private is in neither. Both are empty for
// a place that is not on the map.
func Since(ctx context.Context, db pg.DB, id ID, seq int64) (before, after Fields, err error) {
	var then, now []byte
	err = db.QueryRow(ctx, `
		select
			coalesce((
				select r.document - 'private'
				from changes c
				join place_revisions r on r.place_id = c.place_id and r.number = c.revision
				where c.place_id = p.id and c.seq <= $2 and r.erased_at is null
				order by c.seq desc
				limit 1
			), '{}'),
			live.document - 'private'
		from published_places p
		join place_revisions live on live.place_id = p.id and live.number = p.revision
		where p.id = $1`, id, seq).Scan(&then, &now)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("compare place %d: %w", id, pg.FaultOf(err))
	}
	if before, err = FieldsOf(then); err != nil {
		return nil, nil, err
	}
	after, err = FieldsOf(now)
	return before, after, err
}
