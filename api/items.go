package api

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"iter"
	"net/http"
	"slices"
	"strconv"

	"cartoquartiers/places"
	"cartoquartiers/places/snapshot"
)

const itemsAbout = "Pages hold `limit` items (100 unless given, 10,000 at most; more is cut to that). Follow the link `next`: it stays right while data changes. " +
	"`f=csv`, `f=geojsonl` and `f=geojsonseq` stream **everything** that the filter finds when `limit` is not given. " +
	"Licence and attribution are in the collection, in the header `Link: <…>; rel=\"license\"`, and in the member or column `licence` of each item."

func (s *server) placeCollection() collectionInfo {
	properties := townProperties(s.Taxonomy)
	list := featureListSchema(properties)
	return collectionInfo{
		id:    "places",
		title: [2]string{"Lieux", "Places"},
		about: [2]string{
			"Services publics et initiatives citoyennes, chacun en un point.",
			"Public services and citizen initiatives, each a point.",
		},
		properties: properties,
		formats: []representation{
			{asGeoJSON, list}, {asGeoJSONName, list}, {asHTML, nil}, {asCSV, nil}, {asGeoJSONLines, nil}, {asGeoJSONSeq, nil},
		},
		query: append(append([]parameter{}, filterParameters...),
			parameter{"q", "Words that the name, category, operator, description or address must begin with, all of them; accents and case do not matter.", text(), "jardin"},
			parameter{"sortby", "`name`, `updated` or `distance` (with `near`), with `-` before it from the far end; without it along the map.", oneOf("name", "-name", "updated", "-updated", "distance", "-distance"), "name"},
			parameter{"near", "Longitude,latitude in degrees, for `sortby=distance`.", text(), "-1.55,47.22"},
			parameter{"limit", "Items of a page.", whole(1, maximumLimit, defaultLimit), 10},
			parameter{"cursor", "Where the page begins; comes from a link `next`.", text(), nil},
		),
		items: s.placeItems,
		item:  s.placeItem,
	}
}

// itemsQuestion is what a request for items asks.
type itemsQuestion struct {
	places.Question
	limit int // 0: everything
}

// inMemory tells whether the snapshot can answer: neither text nor order asks for SQL.
func (q itemsQuestion) inMemory() bool { return q.Text == "" && q.Sort == places.ByPosition }

// streams tells the formats that give everything when no limit is asked for.
func streams(formatName string) bool {
	return formatName == asCSV.Name || formatName == asGeoJSONLines.Name || formatName == asGeoJSONSeq.Name
}

func (s *server) readItems(r *request) (itemsQuestion, error) {
	var question itemsQuestion
	var err error
	if question.Filter, err = r.filter(s.Taxonomy); err != nil {
		return question, err
	}
	question.Text = r.values.Get("q")
	if question.Near, err = r.near(); err != nil {
		return question, err
	}
	if question.Sort, question.Descending, err = places.ParseSort(r.values.Get("sortby")); err != nil {
		return question, err
	}
	standard := defaultLimit
	if streams(r.format.Name) {
		standard = 0
	}
	if question.limit, err = r.limit(standard, maximumLimit); err != nil {
		return question, err
	}
	return question, question.Validate()
}

func (s *server) placeItems(w http.ResponseWriter, r *request) error {
	question, err := s.readItems(r)
	if err != nil {
		return err
	}
	view := s.Snapshot.View()
	credit := s.credit(view)
	credit.head(w)
	switch {
	case question.limit == 0 && question.inMemory():
		return s.streamItems(w, r, view, question)
	case question.limit == 0:
		question.limit = maximumLimit // sorted or searched, a list has an end
	}
	if question.inMemory() && r.format.Name != asHTML.Name {
		if head(w, r, revalidated, s.tagOf(view.Seq(), r), view.UpdatedAt()) {
			return nil
		}
		keepFor(r.Context(), view)
	}
	page, err := s.itemsPage(r, view, question)
	if err != nil {
		return err
	}
	page.credit = credit
	return s.writeItems(w, r, page)
}

// tagOf names what a request finds after a change: the same change, program,
// address and language give the same bytes.
func (s *server) tagOf(seq int64, r *request) string {
	hash := fnv.New64a()
	for _, part := range []string{s.Version, r.base, r.URL.Path, r.URL.RawQuery, r.format.Name, r.language} {
		_, _ = hash.Write(append([]byte(part), 0)) // never fails
	}
	return strconv.FormatInt(seq, 36) + "-" + strconv.FormatUint(hash.Sum64(), 36)
}

// itemsPage is one page of items, ready to be written in any format.
type itemsPage struct {
	features [][]byte       // one each
	rows     []snapshot.Row // instead of features, where memory has them
	matched  int
	next     string // address of the next page, empty at the end
	view     *snapshot.View
	credit   *credit
}

// returned is how many items are in the page.
func (p *itemsPage) returned() int { return len(p.features) + len(p.rows) }

// each gives the items one by one.
func (p *itemsPage) each() iter.Seq[[]byte] {
	if p.features != nil {
		return slices.Values(p.features)
	}
	return featuresOf(slices.Values(p.rows))
}

// joined gives the items with commas between them, in as few pieces as may be.
func (p *itemsPage) joined() [][]byte {
	if p.features != nil {
		return [][]byte{bytes.Join(p.features, []byte(","))}
	}
	return snapshot.Join(p.rows)
}

func (s *server) itemsPage(r *request, view *snapshot.View, question itemsQuestion) (itemsPage, error) {
	if question.inMemory() {
		return s.pageFromMemory(r, view, question)
	}
	return s.pageFromSQL(r, view, question)
}

func (s *server) pageFromMemory(r *request, view *snapshot.View, question itemsQuestion) (itemsPage, error) {
	after, err := snapshot.ParseCursor(r.values.Get("cursor"))
	if err != nil {
		return itemsPage{}, err
	}
	rows, next, more := view.Page(question.Filter, after, question.limit)
	page := itemsPage{rows: rows, view: view, matched: len(rows)}
	if more {
		page.next = r.with("cursor", next.String())
	}
	if more || !after.IsZero() {
		page.matched = s.counted.count(view, r.filterKey(), question.Filter)
	}
	return page, nil
}

// pageFromSQL asks PostgreSQL which places, and takes their text from the View.
func (s *server) pageFromSQL(r *request, view *snapshot.View, question itemsQuestion) (itemsPage, error) {
	after, err := places.ParseMark(r.values.Get("cursor"))
	if err != nil {
		return itemsPage{}, err
	}
	question.After, question.Limit = after, question.limit
	found, err := places.Find(r.Context(), s.Pool, question.Question)
	if err != nil {
		return itemsPage{}, fmt.Errorf("find items: %w", err)
	}
	page := itemsPage{features: make([][]byte, 0, len(found.IDs)), view: view}
	if question.Text == "" {
		page.matched = s.counted.count(view, r.filterKey(), question.Filter) // 80 ms in SQL at 200,000 places
	} else if page.matched, err = places.Count(r.Context(), s.Pool, question.Question); err != nil {
		return itemsPage{}, fmt.Errorf("count items: %w", err)
	}
	for _, id := range found.IDs {
		if row, ok := view.Find(id); ok { // not there: published since, and in the next answer
			page.features = append(page.features, row.Feature())
		}
	}
	if found.More {
		page.next = r.with("cursor", found.Next.String())
	}
	return page, nil
}

// streamItems sends everything that a filter finds, a row at a time, from one View.
func (s *server) streamItems(w http.ResponseWriter, r *request, view *snapshot.View, question itemsQuestion) error {
	if head(w, r, revalidated, s.tagOf(view.Seq(), r), view.UpdatedAt()) {
		return nil
	}
	w.Header().Set("OGC-NumberMatched", strconv.Itoa(view.Count(question.Filter)))
	if r.Method == http.MethodHead {
		return nil
	}
	return s.writeLines(w, r, featuresOf(view.All(question.Filter)))
}

func featuresOf(rows iter.Seq[snapshot.Row]) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for row := range rows {
			if !yield(row.Feature()) {
				return
			}
		}
	}
}
