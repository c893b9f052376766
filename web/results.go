package web

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
	orbgeo "github.com/paulmach/orb/geo"

	"cartoquartiers/geo"
	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
	"cartoquartiers/places/snapshot"
)

// pageSize is how many places a list shows at once.
const pageSize = 25

// result is a place found, with its distance where the question has a position.
type result struct {
	snapshot.Row
	metres float64
}

// results is one page of the answer to a question.
type results struct {
	rows  []result
	count int    // of the whole answer, exactly
	next  string // what After must be for the next page; empty at the end
}

// find answers a question: by relevance when it has words, from the nearest on
// when it has a position, else stroll.
func (s *site) find(ctx context.Context, view *snapshot.View, q question, limit int) (results, error) {
	switch {
	case q.Text != "":
		return s.findText(ctx, view, q, limit)
	case q.Near != nil:
		return findNearest(view, q, limit)
	}
	return s.stroll(view, q, limit)
}

// stroll gives places in an order for reading: what a town is about before its
// benches and bins (by the zoom from which the map shows a category), and each
// place near the one before it (along the Hilbert curve). After is
// "zoom.cursor".
func (s *site) stroll(view *snapshot.View, q question, limit int) (results, error) {
	found := results{count: view.Count(q.Filter)}
	zoomText, cursorText, _ := strings.Cut(q.After, ".")
	cursor, err := snapshot.ParseCursor(cursorText)
	from, atoiErr := strconv.Atoi(zoomText)
	if q.After != "" && (err != nil || atoiErr != nil) {
		return found, fault.InvalidField("after", "%q is not from a link of ours", q.After)
	}
	for _, tier := range s.tiers(q.Categories) {
		if tier.zoom < from || len(found.rows) > limit {
			continue
		}
		filter := q.Filter
		filter.Categories = tier.categories
		rows, _, _ := view.Page(filter, cursor, limit+1-len(found.rows))
		for _, row := range rows {
			found.rows = append(found.rows, result{Row: row})
		}
		cursor = snapshot.Cursor{} // the next tier begins at its beginning
	}
	if len(found.rows) > limit {
		found.rows = found.rows[:limit]
		last := found.rows[limit-1]
		category, _ := s.Taxonomy.Category(last.Category())
		found.next = fmt.Sprintf("%d.%s", category.MinZoom, last.Cursor())
	}
	return found, nil
}

// tier is the categories that the map shows from the same zoom.
type tier struct {
	zoom       int
	categories []string
}

// tiers are those of the asked categories, all if none is, by ascending zoom.
func (s *site) tiers(asked []string) []tier {
	var tiers []tier
	for _, c := range s.Taxonomy.Categories {
		if len(asked) > 0 && !slices.Contains(asked, c.ID) {
			continue
		}
		i, found := slices.BinarySearchFunc(tiers, c.MinZoom, func(t tier, zoom int) int { return t.zoom - zoom })
		if !found {
			tiers = slices.Insert(tiers, i, tier{zoom: c.MinZoom})
		}
		tiers[i].categories = append(tiers[i].categories, c.ID)
	}
	return tiers
}

// firstReach is how far findNearest looks at first, in metres; each further look
// reaches four times as far.
const firstReach = 250

// halfEarth is longer than any distance on Earth, in metres.
const halfEarth = 20_100_000

// findNearest gives places from the nearest on. After is "metres.id".
func findNearest(view *snapshot.View, q question, limit int) (results, error) {
	found := results{count: view.Count(q.Filter)}
	after := result{metres: -1}
	var afterID places.ID
	if q.After != "" {
		metres, id, ok := parseDistanceCursor(q.After)
		if !ok {
			return found, fault.InvalidField("after", "%q is not from a link of ours", q.After)
		}
		after.metres, afterID = metres, id
	}
	behind := func(r result) bool {
		return r.metres > after.metres || (r.metres == after.metres && r.ID() > afterID)
	}
	for reach := float64(firstReach); ; reach *= 4 {
		found.rows = within(view, q, reach, limit+1, behind)
		if len(found.rows) > limit || reach > halfEarth {
			break
		}
	}
	if len(found.rows) > limit {
		found.rows = found.rows[:limit]
		last := found.rows[limit-1]
		found.next = strconv.FormatFloat(last.metres, 'f', -1, 64) + "_" + strconv.FormatInt(int64(last.ID()), 10)
	}
	return found, nil
}

func parseDistanceCursor(text string) (metres float64, id places.ID, ok bool) {
	first, second, _ := strings.Cut(text, "_")
	metres, err1 := strconv.ParseFloat(first, 64)
	number, err2 := strconv.ParseInt(second, 10, 64)
	return metres, places.ID(number), err1 == nil && err2 == nil && metres >= 0
}

// within gives the nearest places up to a distance, at most limit of them.
func within(view *snapshot.View, q question, reach float64, limit int, behind func(result) bool) []result {
	filter := q.Filter
	filter.BBox = boxAround(*q.Near, reach)
	var nearest []result
	for row := range view.All(filter) {
		r := result{row, orbgeo.DistanceHaversine(*q.Near, row.Point())}
		if r.metres > reach || !behind(r) || (q.BBox != nil && !q.BBox.Contains(row.Point())) {
			continue
		}
		i, _ := slices.BinarySearchFunc(nearest, r, closer)
		if i < limit {
			nearest = slices.Insert(nearest, i, r)[:min(limit, len(nearest)+1)]
		}
	}
	return nearest
}

func closer(a, b result) int {
	if a.metres != b.metres {
		if a.metres < b.metres {
			return -1
		}
		return 1
	}
	return int(a.ID() - b.ID())
}

// boxAround is a box that holds everything within so many metres of a point; nil,
// for everywhere, where that is a large part of the Earth.
func boxAround(p orb.Point, metres float64) *geo.BBox {
	if metres > 1_000_000 {
		return nil
	}
	bound := orbgeo.NewBoundAroundPoint(p, metres*1.01) // wraps at the antimeridian as BBox does
	return &geo.BBox{West: bound.Min[0], South: bound.Min[1], East: bound.Max[0], North: bound.Max[1]}
}
