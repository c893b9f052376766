package places

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/pg"
)

// Relocate puts every published place into the smallest neighbourhood that now
// surrounds it, after neighbourhoods have changed. A place that moves is
// rendered again and told in the feed, without a new revision: nobody changed
// the place. It returns how many moved, and opens a transaction (inside one: a savepoint).
func Relocate(ctx context.Context, db pg.DB, taxonomy *Taxonomy, at time.Time) (moved int, err error) {
	err = pg.InTx(ctx, db, func(tx pgx.Tx) error {
		codes, err := strayed(ctx, tx)
		if err != nil || len(codes) == 0 {
			return err
		}
		moved = len(codes)
		return rerender(ctx, tx, taxonomy, at, codes)
	})
	if err != nil {
		return 0, fmt.Errorf("relocate places: %w", err)
	}
	return moved, nil
}

// strayed finds the places whose published neighbourhood is not the one around them, and that one.
func strayed(ctx context.Context, tx pgx.Tx) (map[ID]string, error) {
	rows, err := tx.Query(ctx, `
		select p.id, coalesce(n.code, '')
		from published_places p
		left join lateral (
			select code
			from neighbourhoods
			where st_covers(area, p.point)
			order by level desc, st_area(area), code
			limit 1
		) n on true
		where p.neighbourhood is distinct from n.code`)
	if err != nil {
		return nil, err
	}
	codes := make(map[ID]string)
	var id ID
	var code string
	_, err = pgx.ForEachRow(rows, []any{&id, &code}, func() error { codes[id] = code; return nil })
	return codes, err
}

func rerender(ctx context.Context, tx pgx.Tx, taxonomy *Taxonomy, at time.Time, codes map[ID]string) error {
	ids := make([]ID, 0, len(codes))
	for id := range codes {
		ids = append(ids, id)
	}
	live, err := FindLive(ctx, tx, ids)
	if err != nil {
		return err
	}
	features, neighbourhoods := make([]string, len(ids)), make([]string, len(ids))
	for i, id := range ids {
		place := live[id]
		text, err := RenderFeature(place.Document, place.Provenance, Standing{
			Place: id, Revision: place.Revision, UpdatedAt: at,
			Group: taxonomy.GroupOf(place.Document.Category), Neighbourhood: codes[id],
		})
		if err != nil {
			return fmt.Errorf("render place %d: %w", id, err)
		}
		features[i], neighbourhoods[i] = string(text), codes[id]
	}
	seq, err := lockSeq(ctx, tx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		with moved as (
			select id, $1 + row_number() over (order by id) as seq, neighbourhood, feature
			from unnest($2::bigint[], $3::text[], $4::text[]) as m (id, neighbourhood, feature)
		), published as (
			update published_places p
			set neighbourhood = nullif(moved.neighbourhood, ''),
				feature = moved.feature::json,
				updated_at = date_trunc('second', $5::timestamptz),
				seq = moved.seq
			from moved
			where p.id = moved.id
			returning p.id, p.revision
		), feed as (
			insert into changes (seq, place_id, revision, operation, at)
			select moved.seq, published.id, published.revision, 'update', $5::timestamptz
			from published
			join moved using (id)
		)
		select pg_notify('changes', max(seq)::text) from moved`, seq, ids, neighbourhoods, features, at.UTC())
	return err
}
