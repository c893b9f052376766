package importers

import (
	"cmp"
	"context"
	_ "embed" // for verdict.sql
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb/encoding/wkb"

	"cartoquartiers/internal/fault"
)

// verdict says how a record stands against what the source said last time.
type verdict string

const (
	verdictNew       verdict = "new"
	verdictUnchanged verdict = "unchanged"
	verdictTags      verdict = "tags"          // tags alone changed
	verdictOutline   verdict = "outline"       // the area was drawn more finely around the same point
	verdictGeometry  verdict = "geometry"      // the point alone moved
	verdictBoth      verdict = "tags+geometry" // both
	verdictReturned  verdict = "returned"      // had vanished, is there again
	verdictVanished  verdict = "vanished"
	verdictRedrawn   verdict = "redrawn" // the same place under another ref
)

// The mass-vanish guard: more than both of these is not churn but a wrong file.
// Normal churn in 15 months is 1–4 % vanished.
const (
	guardCount   = 20
	guardPercent = 5
)

// How far a record may be redrawn. The same category and name within 100 m is
// almost never two places. Unnamed ones must be as good as on the spot, and within their
// category's MatchMetres: two unnamed parks 9 m apart were two parks (Monaco 2021–2022).
const (
	redrawnMetres        = 100
	redrawnUnnamedMetres = 5
)

//go:embed verdict.sql
var verdictSQL string

// compare gives every staged or known record its verdict, by content: a third of
// OSM's version bumps leave the tags alone, and areas move without a bump.
func (r *run) compare(ctx context.Context) error {
	var territory []byte
	if r.options.Territory != nil {
		var err error
		if territory, err = wkb.Marshal(r.options.Territory); err != nil {
			return err
		}
	}
	if _, err := r.tx.Exec(ctx, verdictSQL, r.source.ID(), territory); err != nil {
		return err
	}
	if err := r.matchRedrawn(ctx); err != nil {
		return err
	}
	if err := r.countVerdicts(ctx); err != nil {
		return err
	}
	return r.guard(ctx)
}

// redrawn is one way in which a new record may be a vanished one.
type redrawn struct {
	newRef, oldRef string
	metres         float64
}

// matchRedrawn pairs vanished with new records of the same category and name,
// nearest first, each at most once.
func (r *run) matchRedrawn(ctx context.Context) error {
	ids, metres := r.matchDistances()
	rows, err := r.tx.Query(ctx, `
		select n.ref, v.ref, st_distance(st_geomfromwkb(s.point, 4326)::geography, b.point::geography) as metres
		from verdicts n
		join staged s on s.ref = n.ref
		join source_records b on b.source = $1
			and b.document ->> 'category' = s.category
			and fold(coalesce(b.document #>> '{name,und}', b.document #>> '{name,fr}', b.document #>> '{name,en}', '')) = fold(s.name)
		join verdicts v on v.ref = b.ref and v.verdict = 'vanished'
		join unnest($2::text[], $3::float8[]) as c (id, match_metres) on c.id = s.category
		where n.verdict = 'new'
			and st_dwithin(
				st_geomfromwkb(s.point, 4326)::geography,
				b.point::geography,
				case s.name when '' then least(c.match_metres, $5) else $4 end
			)`, r.source.ID(), ids, metres, redrawnMetres, redrawnUnnamedMetres)
	if err != nil {
		return err
	}
	pairs, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p redrawn, err error) {
		return p, row.Scan(&p.newRef, &p.oldRef, &p.metres)
	})
	if err != nil {
		return err
	}
	for _, pair := range nearestPairs(pairs) {
		if err := r.relink(ctx, pair); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) matchDistances() (ids []string, metres []float64) {
	for _, category := range r.options.Taxonomy.Categories {
		ids, metres = append(ids, category.ID), append(metres, category.MatchMetres)
	}
	return ids, metres
}

// nearestPairs keeps each ref at most once, the nearest pairs first; ties go by ref.
func nearestPairs(pairs []redrawn) []redrawn {
	slices.SortFunc(pairs, func(a, b redrawn) int {
		return cmp.Or(cmp.Compare(a.metres, b.metres), cmp.Compare(a.newRef, b.newRef), cmp.Compare(a.oldRef, b.oldRef))
	})
	var kept []redrawn
	newTaken, oldTaken := make(map[string]bool), make(map[string]bool)
	for _, pair := range pairs {
		if newTaken[pair.newRef] || oldTaken[pair.oldRef] {
			continue
		}
		newTaken[pair.newRef], oldTaken[pair.oldRef] = true, true
		kept = append(kept, pair)
	}
	return kept
}

// relink gives the old record its new name: from here on it is a changed record
// of the same place.
func (r *run) relink(ctx context.Context, pair redrawn) error {
	_, err := r.tx.Exec(ctx, `
		with old as (
			delete from verdicts where ref = $2
		), renamed as (
			update source_records set ref = $3 where source = $1 and ref = $2 returning place_id
		)
		update verdicts
		set verdict = 'redrawn', place_id = renamed.place_id
		from renamed
		where ref = $3`, r.source.ID(), pair.oldRef, pair.newRef)
	return err
}

func (r *run) countVerdicts(ctx context.Context) error {
	rows, err := r.tx.Query(ctx, `select verdict, count(*)::int from verdicts group by verdict`)
	if err != nil {
		return err
	}
	counters := map[verdict]*int{
		verdictNew: &r.report.New, verdictUnchanged: &r.report.Unchanged, verdictTags: &r.report.TagsChanged,
		verdictOutline: &r.report.OutlineChanged, verdictGeometry: &r.report.GeometryChanged, verdictBoth: &r.report.BothChanged, verdictReturned: &r.report.Returned,
		verdictVanished: &r.report.Vanished, verdictRedrawn: &r.report.Redrawn,
	}
	var name string
	var count int
	_, err = pgx.ForEachRow(rows, []any{&name, &count}, func() error {
		*counters[verdict(name)] = count
		return nil
	})
	return err
}

// guard stops a run in which too much of the baseline vanishes: nearly always the wrong file.
func (r *run) guard(context.Context) error {
	report := r.report
	known := report.Unchanged + report.TagsChanged + report.OutlineChanged + report.GeometryChanged + report.BothChanged + report.Redrawn + report.Vanished
	if r.options.AcceptVanished || report.Vanished <= max(guardCount, known*guardPercent/100) {
		return nil
	}
	return fault.New(fault.Conflict,
		"%d of the %d places known from %q would vanish; nothing was changed. "+
			"Is it the right file, and the whole of it? --accept-vanished closes them all the same",
		report.Vanished, known, report.Source)
}
