package importers

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"cartoquartiers/moderation/publiclog"
	"cartoquartiers/places"
)

// stagedRecord is a record as the staging table gives it back.
type stagedRecord struct {
	ref       string
	place     places.ID // 0 for a new one
	verdict   verdict
	version   int
	at        *time.Time
	document  []byte // of the source now
	baseline  []byte // of the source last time; nil for a new one
	footprint []byte // WKB of the source now
	oldShape  []byte // WKB of the source last time
}

// eachBatch reads the records of these verdicts along the Hilbert curve, which
// is the order readers want them stored in, and hands them over in batches.
func (r *run) eachBatch(ctx context.Context, verdicts []verdict, do func(context.Context, []stagedRecord) error) error {
	_, err := r.tx.Exec(ctx, `
		declare batch no scroll cursor for
		select v.ref, coalesce(v.place_id, 0), v.verdict, s.version, s.at, s.document, b.document, s.footprint, st_asbinary(b.footprint)
		from verdicts v
		join staged s on s.ref = v.ref
		left join source_records b on b.source = $1 and b.ref = v.ref
		where v.verdict = any($2)
		order by s.hilbert, v.ref`, r.source.ID(), verdicts)
	if err != nil {
		return err
	}
	for {
		batch, err := r.fetch(ctx)
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			_, err := r.tx.Exec(ctx, `close batch`)
			return err
		}
		if err := do(ctx, batch); err != nil {
			return err
		}
	}
}

func (r *run) fetch(ctx context.Context) ([]stagedRecord, error) {
	rows, err := r.tx.Query(ctx, `fetch 2000 from batch`) // as many as one statement of places.Publish carries
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (s stagedRecord, err error) {
		return s, row.Scan(&s.ref, &s.place, &s.verdict, &s.version, &s.at, &s.document, &s.baseline, &s.footprint, &s.oldShape)
	})
}

func (r *run) publishNew(ctx context.Context) error {
	return r.eachBatch(ctx, []verdict{verdictNew}, func(ctx context.Context, batch []stagedRecord) error {
		drafts := make([]places.Draft, len(batch))
		for i, record := range batch {
			var err error
			if drafts[i], err = r.newDraft(record); err != nil {
				return err
			}
		}
		published, err := r.publish(ctx, drafts)
		if err != nil {
			return err
		}
		refs, ids := make([]string, len(batch)), make([]int64, len(batch))
		for i, record := range batch {
			refs[i], ids[i] = record.ref, int64(published[i].Place)
		}
		return r.keepBaseline(ctx, refs, ids)
	})
}

func (r *run) newDraft(record stagedRecord) (places.Draft, error) {
	draft := places.Draft{Provenance: make(places.Provenances)}
	if err := json.Unmarshal(record.document, &draft.Document); err != nil {
		return draft, err
	}
	var err error
	if draft.Footprint, err = shape(record.footprint); err != nil {
		return draft, err
	}
	said := r.provenance(record)
	said.Revision = 1
	for _, path := range draft.Document.Paths() {
		draft.Provenance[path] = said
	}
	return draft, nil
}

// provenance of a value that this record brings.
func (r *run) provenance(record stagedRecord) places.Provenance {
	at := r.options.Now
	if r.report.DataAt != nil {
		at = *r.report.DataAt
	}
	if record.at != nil {
		at = *record.at
	}
	return places.Provenance{Source: r.source.ID(), Licence: r.licence, At: at.UTC(), Version: record.version}
}

func shape(text []byte) (orb.Geometry, error) {
	if text == nil {
		return nil, nil // a point has no footprint
	}
	return wkb.Unmarshal(text)
}

func (r *run) publish(ctx context.Context, drafts []places.Draft) ([]places.Published, error) {
	published, err := places.Publish(ctx, r.tx, r.options.Taxonomy, r.cause(), drafts)
	if err != nil {
		return nil, err
	}
	for _, one := range published {
		r.rows = append(r.rows, publiclog.Row{Place: one.Place, Revision: one.Revision, Commitment: one.Commitment})
	}
	return published, nil
}

// keepBaseline stores what the source says now, for the comparison of the next run.
func (r *run) keepBaseline(ctx context.Context, refs []string, ids []int64) error {
	_, err := r.tx.Exec(ctx, `
		insert into source_records (
			source, ref, place_id, import_id, version, at, tags, document, point, footprint, partial
		)
		select
			$1,
			s.ref,
			k.place_id,
			$2,
			s.version,
			s.at,
			s.tags,
			s.document,
			st_geomfromwkb(s.point, 4326),
			st_geomfromwkb(s.footprint, 4326),
			s.partial
		from unnest($3::text[], $4::bigint[]) as k (ref, place_id)
		join staged s on s.ref = k.ref
		on conflict (source, ref) do update set
			import_id = excluded.import_id,
			version = excluded.version,
			at = excluded.at,
			tags = excluded.tags,
			document = excluded.document,
			point = excluded.point,
			footprint = excluded.footprint,
			partial = excluded.partial,
			vanished = null`, r.source.ID(), r.report.Import, refs, ids)
	return err
}
