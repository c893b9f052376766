package web

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
	"cartoquartiers/places/search"
	"cartoquartiers/places/snapshot"
)

// findText gives the places whose words begin with those asked for: by name, or
// from the nearest on. After is a places.Mark.
func (s *site) findText(ctx context.Context, view *snapshot.View, q question, limit int) (results, error) {
	var found results
	if !strings.ContainsFunc(q.Text, isWordRune) {
		return found, nil // "???" is no mistake of a person; it finds nothing
	}
	if !q.OpenAt.IsZero() {
		return s.findOpenText(ctx, view, q, limit)
	}
	after, err := places.ParseMark(q.After)
	if err != nil {
		return found, fault.InvalidField("after", "%q is not from a link of ours", q.After)
	}
	ask := q.words(limit)
	ask.After = after
	if found.count, err = places.Count(ctx, s.Pool, ask); err != nil {
		return found, err
	}
	page, err := places.Find(ctx, s.Pool, ask)
	if err != nil {
		return found, err
	}
	for _, id := range page.IDs {
		if row, ok := view.Find(id); ok {
			found.rows = append(found.rows, q.measured(row))
		}
	}
	if page.More {
		found.next = page.Next.String()
	}
	return found, nil
}

// words asks the database.
func (q question) words(limit int) places.Question {
	ask := places.Question{Filter: q.Filter, Text: q.Text, Sort: places.ByName, Near: q.Near, Limit: limit}
	if q.Near != nil {
		ask.Sort = places.ByDistance
	}
	return ask
}

// manyFound is how many places are taken from the database at a time, to look which are open.
const manyFound = 10_000

// findOpenText is findText of what is open: the database knows no hours, so all that
// it finds is looked at. After is an openMark.
func (s *site) findOpenText(ctx context.Context, view *snapshot.View, q question, limit int) (results, error) {
	after, err := parseOpenMark(q.After)
	if err != nil {
		return results{}, err
	}
	ask := q.words(manyFound)
	ask.OpenAt = time.Time{}
	var open []result
	begin := -1 // where the page begins in open, once the last place has come by
	for more := true; more; {
		page, err := places.Find(ctx, s.Pool, ask)
		if err != nil {
			return results{}, err
		}
		for _, id := range page.IDs {
			if row, ok := view.Find(id); ok && row.OpenAt(q.OpenAt) {
				open = append(open, q.measured(row))
			}
			if id == after.last {
				begin = len(open)
			}
		}
		more, ask.After = page.More, page.Next
	}
	if begin < 0 { // the first page, or the last place is no longer found
		begin = min(max(after.shown-1, 0), len(open))
	}
	return openPage(open, begin, limit), nil
}

func openPage(open []result, begin, limit int) results {
	found := results{rows: open[begin:], count: len(open)}
	if len(found.rows) > limit {
		found.rows = found.rows[:limit]
		found.next = openMark{begin + limit, found.rows[limit-1].ID()}.String()
	}
	return found
}

// openMark is where a page of open places ended: how many were shown, and the last
// of them. The number counts when that place has gone: a page may then repeat a
// place, but it leaves out none that stayed.
type openMark struct {
	shown int
	last  places.ID
}

func (m openMark) String() string { return fmt.Sprintf("%d.%d", m.shown, m.last) }

func parseOpenMark(text string) (openMark, error) {
	if text == "" {
		return openMark{}, nil
	}
	number, id, _ := strings.Cut(text, ".")
	shown, err := strconv.Atoi(number)
	last, idErr := strconv.ParseInt(id, 10, 64)
	if err != nil || idErr != nil {
		return openMark{}, fault.InvalidField("after", "%q is not from a link of ours", text)
	}
	return openMark{shown, places.ID(last)}, nil
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// mostMeant is how many other readings of a text are offered.
const mostMeant = 4

// meant are the categories, groups and neighbourhoods that the words of a question
// may mean; typos are forgiven when nothing is called that.
func (v *view) meant(t *town, q question) []link {
	query := search.NewQuery(q.Text)
	if query == nil {
		return nil
	}
	type reading struct {
		link
		rank search.Rank
	}
	var readings []reading
	offer := func(text, parameter, value string, names ...string) {
		for _, name := range names {
			if rank := query.Best(name); rank != search.NoMatch {
				readings = append(readings, reading{link{text, v.Link("/lieux", parameter, value)}, rank})
				return
			}
		}
	}
	for _, c := range v.site.Taxonomy.Categories {
		offer(c.Label(v.Language), "category", c.ID, c.LabelFr, c.LabelEn)
	}
	for _, g := range v.site.Taxonomy.Groups {
		offer(g.Label(v.Language), "group", g.ID, g.LabelFr, g.LabelEn)
	}
	for _, n := range t.neighbourhoods {
		offer(n.in(v.Language), "neighbourhood", n.Code, n.Name, n.in(v.Language))
	}
	slices.SortStableFunc(readings, func(a, b reading) int { return int(a.rank) - int(b.rank) })
	var links []link
	for _, one := range readings[:min(len(readings), mostMeant)] {
		if one.rank == readings[0].rank || one.rank < search.Typos {
			links = append(links, one.link)
		}
	}
	return links
}

// mostAlike is how many places are offered in the stead of none.
const mostAlike = 5

// alike are places whose names are nearly what was asked for.
func (v *view) alike(view *snapshot.View, t *town, q question) ([]row, error) {
	query := search.NewQuery(q.Text)
	if query == nil {
		return nil, nil
	}
	var found []result
	for _, suggestion := range view.Suggest(query, q.Near, mostAlike) {
		found = append(found, q.measured(suggestion.Row))
	}
	return v.rows(t, found, q.Near != nil)
}
