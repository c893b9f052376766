package places

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/pg"
)

// Coverage is what is known of one neighbourhood. Closed places do not count.
type Coverage struct {
	Neighbourhood string // code; empty outside of all
	Places        int
	Fresh         int // of them, those verified within the days that their category asks for
	Categories    int // different ones
}

// Coverages tells of each neighbourhood that has places, in no order. It reads
// every published place, some 5 µs each: keep the answer.
func Coverages(ctx context.Context, db pg.DB, now time.Time) ([]Coverage, error) {
	rows, err := db.Query(ctx, `
		select
			coalesce(p.neighbourhood, ''),
			count(*),
			count(*) filter (where (p.feature -> 'properties' ->> 'verified_at')::timestamptz >= $1::timestamptz - make_interval(days => c.verify_days)),
			count(distinct p.category)
		from published_places p
		join categories c on c.id = p.category
		where p.state <> 'closed'
		group by 1`, now.UTC())
	if err != nil {
		return nil, fmt.Errorf("count what is known: %w", pg.FaultOf(err))
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Coverage])
}

// Shape is the outline of a neighbourhood as a drawing: units of a square of
// DrawingSide, x to the east and y to the south.
type Shape struct {
	Code string
	Path string  // of SVG (https://www.w3.org/TR/SVG2/paths.html)
	X, Y float64 // a point inside, where its number can stand
}

// DrawingSide is the longer side of what Shapes draws.
const DrawingSide = 400

// Shapes draws all neighbourhoods to one scale, in web mercator, the larger ones
// first, so that what lies within another is drawn over it. Outlines are as exact
// as half a unit. Width and height are those of the drawing.
func Shapes(ctx context.Context, db pg.DB) (shapes []Shape, width, height float64, err error) {
	rows, err := db.Query(ctx, `
		with flat as (
			select code, st_transform(area, 3857) as area
			from neighbourhoods
		), frame as (
			select st_extent(area) as box
			from flat
		), scale as (
			select
				box,
				$1 / greatest(st_xmax(box) - st_xmin(box), st_ymax(box) - st_ymin(box), 1) as k
			from frame
		), drawn as (
			select
				f.code,
				st_scale(st_translate(st_simplifypreservetopology(f.area, 0.5 / s.k), -st_xmin(s.box), -st_ymax(s.box)), s.k, s.k) as area,
				s.k * (st_xmax(s.box) - st_xmin(s.box)) as width,
				s.k * (st_ymax(s.box) - st_ymin(s.box)) as height
			from flat f
			cross join scale s
		)
		select code, st_assvg(area, 1, 1), st_x(st_pointonsurface(area)), -st_y(st_pointonsurface(area)), width, height
		from drawn
		order by st_area(area) desc, code`, float64(DrawingSide))
	if err != nil {
		return nil, 0, 0, fmt.Errorf("draw neighbourhoods: %w", pg.FaultOf(err))
	}
	var one Shape
	_, err = pgx.ForEachRow(rows, []any{&one.Code, &one.Path, &one.X, &one.Y, &width, &height}, func() error {
		shapes = append(shapes, one)
		return nil
	})
	if err != nil {
		return nil, 0, 0, fmt.Errorf("draw neighbourhoods: %w", pg.FaultOf(err))
	}
	return shapes, width, height, nil
}
