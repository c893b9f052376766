package web

import (
	"cmp"
	"context"
	"fmt"
	"maps"
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

// measured is a place with its distance from where the question is asked.
func (q question) measured(row snapshot.Row) result {
	if q.Near == nil {
		return result{Row: row}
	}
	return result{row, orbgeo.DistanceHaversine(*q.Near, row.Point())}
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

// stroll gives places in the order of a directory: see tiers; within a tier each
// place is near the one before it, along the Hilbert curve. After is "tier.cursor".
func (s *site) stroll(view *snapshot.View, q question, limit int) (results, error) {
	found := results{count: view.Count(q.Filter)}
	number, cursorText, _ := strings.Cut(q.After, ".")
	cursor, err := snapshot.ParseCursor(cursorText)
	from, atoiErr := strconv.Atoi(number)
	if q.After != "" && (err != nil || atoiErr != nil) {
		return found, fault.InvalidField("after", "%q is not from a link of ours", q.After)
	}
	for i, tier := range s.tiers {
		filter := q.Filter
		filter.Categories = common(tier, q.Categories)
		if i < from || len(filter.Categories) == 0 || len(found.rows) > limit {
			continue
		}
		rows, _, _ := view.Page(filter, cursor, limit+1-len(found.rows))
		for _, row := range rows {
			found.rows = append(found.rows, result{Row: row})
		}
		cursor = snapshot.Cursor{} // the next tier begins at its beginning
	}
	if len(found.rows) > limit {
		found.rows = found.rows[:limit]
		last := found.rows[limit-1]
		tier := slices.IndexFunc(s.tiers, func(t []string) bool { return slices.Contains(t, last.Category()) })
		found.next = fmt.Sprintf("%d.%s", tier, last.Cursor())
	}
	return found, nil
}

// tiersOf puts categories in the order of a directory: those that the map shows
// from afar first, benches and bins last; within the same zoom by group, in the
// order of the taxonomy.
func tiersOf(taxonomy *places.Taxonomy) [][]string {
	type rank struct{ zoom, group int }
	ranks := make(map[rank][]string)
	for _, c := range taxonomy.Categories {
		group := slices.IndexFunc(taxonomy.Groups, func(g places.Group) bool { return g.ID == c.Group })
		r := rank{c.MinZoom, group}
		ranks[r] = append(ranks[r], c.ID)
	}
	order := slices.SortedFunc(maps.Keys(ranks), func(a, b rank) int {
		return cmp.Or(a.zoom-b.zoom, a.group-b.group)
	})
	tiers := make([][]string, len(order))
	for i, r := range order {
		tiers[i] = ranks[r]
	}
	return tiers
}

// common are the categories of a tier that are asked for: all when none is.
func common(tier, asked []string) []string {
	if len(asked) == 0 {
		return tier
	}
	return slices.DeleteFunc(slices.Clone(tier), func(id string) bool { return !slices.Contains(asked, id) })
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
		r := q.measured(row)
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
