// Package synth fills a database with made-up places, clustered like those of a
// metropolis (Nantes), to see how things behave at 200,000 and 1,000,000 places.
//
// It is neither test data — nothing about the places is true or stable — nor the
// demonstration neighbourhood: rows go straight into the published tables by
// COPY, without revisions. The heap is in Hilbert order, which favours SQL.
//
// Start with Fill.
package synth

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"cartoquartiers/geo"
	"cartoquartiers/places"
)

// Fill makes the database hold count places and nothing else, with indexes and
// statistics as after an import. The same count and seed give the same places;
// a database that holds that many already is left as it is.
func Fill(ctx context.Context, pool *pgxpool.Pool, count int, seed uint64) error {
	var held int
	if err := pool.QueryRow(ctx, `select count(*) from published_places`).Scan(&held); err != nil {
		return fmt.Errorf("count places: %w", err)
	}
	if held == count {
		return nil
	}
	all := makeAll(count, seed)
	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		rebuild, err := dropIndexes(ctx, tx)
		if err != nil {
			return err
		}
		if err := copyAll(ctx, tx, all); err != nil {
			return err
		}
		return rebuild()
	})
	if err != nil {
		return fmt.Errorf("fill with %d places: %w", count, err)
	}
	_, err = pool.Exec(ctx, `vacuum analyze published_places`)
	return err
}

func makeAll(count int, seed uint64) []place {
	random := rand.New(rand.NewPCG(seed, uint64(count)))
	town := newTown(random)
	all := make([]place, count)
	for i := range all {
		all[i] = town.place(random)
		all[i].key = geo.Hilbert(all[i].document.Position)
	}
	slices.SortFunc(all, func(a, b place) int { return cmp.Compare(a.key, b.key) })
	return all
}

// dropIndexes makes the COPY fast; rebuild makes them again, which costs less in
// bulk than row by row.
func dropIndexes(ctx context.Context, tx pgx.Tx) (rebuild func() error, err error) {
	if _, err := tx.Exec(ctx, `truncate published_places, changes`); err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, `
		select format('drop index %I', indexname), indexdef
		from pg_indexes
		where tablename = 'published_places' and indexname <> 'published_places_pkey'`)
	if err != nil {
		return nil, err
	}
	type index struct{ Drop, Create string }
	indexes, err := pgx.CollectRows(rows, pgx.RowToStructByPos[index])
	if err != nil {
		return nil, err
	}
	for _, i := range indexes {
		if _, err := tx.Exec(ctx, i.Drop); err != nil {
			return nil, err
		}
	}
	return func() error {
		for _, i := range indexes {
			if _, err := tx.Exec(ctx, i.Create); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

func copyAll(ctx context.Context, tx pgx.Tx, all []place) error {
	_, err := tx.Exec(ctx, `
		insert into places (id, state, live_revision) overriding system value
		select n, 'open', 1 from generate_series(1, $1::bigint) n
		on conflict do nothing`, len(all))
	if err != nil {
		return err
	}
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(writeRows(writer, all)) }()
	_, err = tx.Conn().PgConn().CopyFrom(ctx, reader, `
		copy published_places (
			id, revision, seq, kind, category, group_id, neighbourhood, state, wheelchair, source,
			name, point, hilbert, updated_at, feature, search
		) from stdin`)
	reader.CloseWithError(err)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		insert into changes (seq, place_id, revision, operation, at)
		select seq, id, 1, 'create', updated_at from published_places order by seq`)
	return err
}

func writeRows(to io.Writer, all []place) error {
	var line bytes.Buffer
	for i, p := range all {
		id := places.ID(i + 1)
		feature, err := places.RenderFeature(p.document, provenance, places.Standing{
			Place: id, Revision: 1, UpdatedAt: p.at, Group: p.group, Neighbourhood: p.neighbourhood,
		})
		if err != nil {
			return err
		}
		d := p.document
		name := d.Name.Plain()
		fmt.Fprintf(&line, "%d\t1\t%d\t%s\t%s\t%s\t%s\t%s\t%s\tosm\t%s\tSRID=4326;POINT(%.7f %.7f)\t%d\t%s\t%s\t%s\n",
			id, id, d.Kind, d.Category, p.group, p.neighbourhood, d.State, d.Wheelchair,
			escape(name), d.Position[0], d.Position[1], p.key, p.at.Format(time.RFC3339), escape(string(feature)), lexemes(name))
		if line.Len() > 1<<16 || i == len(all)-1 {
			if _, err := line.WriteTo(to); err != nil {
				return err
			}
		}
	}
	return nil
}

// Touch publishes a change of one place that exists, in a transaction of its
// own, and gives its seq: what places.Publish costs the readers.
func Touch(ctx context.Context, pool *pgxpool.Pool, id places.ID, name string) (seq int64, err error) {
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `lock table changes in exclusive mode`); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `
			with next as (select coalesce(max(seq), 0) + 1 as seq from changes),
			changed as (
				update published_places
				set name = $2, revision = revision + 1, seq = next.seq,
					feature = replace(feature::text, '"name":' || to_json(name), '"name":' || to_json($2::text))::json
				from next where id = $1 returning id, revision
			),
			fed as (
				insert into changes (seq, place_id, revision, operation, at)
				select next.seq, id, revision, 'update', now() from next, changed
			)
			select seq from next, pg_notify('changes', '')`, id, name).Scan(&seq)
	})
	return seq, err
}
