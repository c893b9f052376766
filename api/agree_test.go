package api_test

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cartoquartiers/geo"
	"cartoquartiers/places"
)

// drawQuery is any filter, as a caller writes it and as SQL takes it.
func drawQuery(t *rapid.T) (url.Values, places.Filter) {
	values, filter := url.Values{}, places.Filter{}
	some := func(label string) bool { return rapid.IntRange(0, 3).Draw(t, label) == 0 }
	if some("categories") {
		filter.Categories = drawIDs(t, "category", len(taxonomy.Categories), func(i int) string { return taxonomy.Categories[i].ID })
		values.Set("category", strings.Join(filter.Categories, ","))
	}
	if some("groups") {
		filter.Groups = drawIDs(t, "group", len(taxonomy.Groups), func(i int) string { return taxonomy.Groups[i].ID })
		values["group"] = filter.Groups // repeated instead of by comma
	}
	if some("kinds") {
		filter.Kinds = []places.Kind{rapid.SampledFrom(places.AllKinds).Draw(t, "kind")}
		values.Set("kind", string(filter.Kinds[0]))
	}
	if some("neighbourhoods") {
		filter.Neighbourhoods = []string{rapid.SampledFrom([]string{"ouest", "est", "port", "nowhere"}).Draw(t, "neighbourhood")}
		values.Set("neighbourhood", filter.Neighbourhoods[0])
	}
	if some("wheelchairs") {
		filter.Wheelchairs = []places.Wheelchair{rapid.SampledFrom(places.AllWheelchairs).Draw(t, "wheelchair"), places.WheelchairYes}
		values.Set("wheelchair", fmt.Sprintf("%s,%s", filter.Wheelchairs[0], filter.Wheelchairs[1]))
	}
	if some("states") {
		filter.States = []places.State{rapid.SampledFrom([]places.State{places.Open, places.Closed, places.ClosedTemporarily}).Draw(t, "state")}
		values.Set("state", string(filter.States[0]))
	}
	if some("sources") {
		filter.Sources = []string{rapid.SampledFrom([]string{"osm", "local", "demo"}).Draw(t, "source")}
		values.Set("source", filter.Sources[0])
	}
	if some("datetime") {
		filter.UpdatedFrom = noon.Add(time.Duration(rapid.IntRange(-5, 5).Draw(t, "hours")) * time.Hour)
		values.Set("datetime", filter.UpdatedFrom.Format(time.RFC3339)+"/..")
	}
	if rapid.Bool().Draw(t, "boxed") {
		filter.BBox = drawBox(t)
		values.Set("bbox", filter.BBox.String())
	}
	return values, filter
}

func drawIDs(t *rapid.T, label string, n int, id func(int) string) []string {
	return rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) string { return id(rapid.IntRange(0, n-1).Draw(t, label)) }), 1, 5, rapid.ID[string]).Draw(t, label)
}

// drawBox crosses the antimeridian in half of the cases.
func drawBox(t *rapid.T) *geo.BBox {
	between := func(low, high float64, label string) float64 { return rapid.Float64Range(low, high).Draw(t, label) }
	box := geo.BBox{South: between(-1, 1, "south"), North: between(1, 3, "north")}
	if rapid.Bool().Draw(t, "crossing") {
		box.West, box.East = between(177, 180, "west"), between(-180, -178, "east")
	} else {
		box.West, box.East = between(-1, 1, "west"), between(1, 3, "east")
	}
	return &box
}

// TestEveryRoadGivesTheSameAnswer asks items, SQL, CSV, lines and counters the
// same random questions.
func TestEveryRoadGivesTheSameAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, crowd(1, 300)...)
	w.publish(noon.Add(3*time.Hour), crowd(2, 100)...)
	rapid.Check(t, func(rt *rapid.T) {
		values, filter := drawQuery(rt)
		want := w.idsFromSQL(rt, filter)
		if got := w.idsFromPages(values, rapid.IntRange(1, 150).Draw(rt, "limit"), len(want)); !slices.Equal(got, want) {
			rt.Errorf("%v: pages give %v, SQL %v", values, got, want)
		}
		if got := w.idsFromCSV(values); !slices.Equal(got, want) {
			rt.Errorf("%v: CSV gives %v, SQL %v", values, got, want)
		}
		if got := w.idsFromLines(values); !slices.Equal(got, want) {
			rt.Errorf("%v: lines give %v, SQL %v", values, got, want)
		}
		var counters struct {
			Total      int
			Groups     map[string]int
			Categories map[string]int
		}
		w.into(&counters, "/api/v1/counters?"+values.Encode())
		if counters.Total != len(want) || sum(counters.Groups) != len(want) || sum(counters.Categories) != len(want) {
			rt.Errorf("%v: counters %+v, SQL %d", values, counters, len(want))
		}
		count, err := places.Count(w.t.Context(), w.pool, places.Question{Filter: filter})
		if err != nil || count != len(want) {
			rt.Errorf("%v: places.Count = %d, %v; want %d", values, count, err, len(want))
		}
	})
}

func sum(counts map[string]int) (total int) {
	for _, count := range counts {
		total += count
	}
	return total
}

func (w *world) idsFromSQL(t *rapid.T, filter places.Filter) []string {
	found, err := places.Find(w.t.Context(), w.pool, places.Question{Filter: filter, Limit: 1000})
	if err != nil || found.More {
		t.Fatalf("find: %v, more %v", err, found.More)
	}
	ids := []string{}
	for _, id := range found.IDs {
		ids = append(ids, strconv.FormatInt(int64(id), 10))
	}
	return ids
}

// idsFromPages follows the links next to the end.
func (w *world) idsFromPages(values url.Values, limit, matched int) []string {
	values = url.Values(cloneValues(values))
	values.Set("limit", strconv.Itoa(limit))
	ids := []string{}
	for next := "/ogc/collections/places/items?" + values.Encode(); next != ""; {
		var page list
		w.into(&page, next)
		if page.NumberMatched != matched || page.NumberReturned != len(page.Features) || page.NumberReturned > limit {
			w.t.Errorf("%s: matched %d of %d, returned %d of %d", next, page.NumberMatched, matched, page.NumberReturned, len(page.Features))
		}
		ids = append(ids, page.ids()...)
		next = page.next()
	}
	return ids
}

func cloneValues(values url.Values) map[string][]string {
	clone := map[string][]string{}
	for name, given := range values {
		clone[name] = given
	}
	return clone
}

func (w *world) idsFromCSV(values url.Values) []string {
	rows, err := csv.NewReader(strings.NewReader(w.body(200, "/ogc/collections/places/items?f=csv&"+values.Encode()))).ReadAll()
	if err != nil {
		w.t.Fatal(err)
	}
	ids := []string{}
	for _, row := range rows[1:] {
		ids = append(ids, row[0])
	}
	return ids
}

func (w *world) idsFromLines(values url.Values) []string {
	ids := []string{}
	lines := bufio.NewScanner(strings.NewReader(w.body(200, "/ogc/collections/places/items?f=geojsonl&"+values.Encode())))
	for lines.Scan() {
		var feature anyFeature
		if err := json.Unmarshal(lines.Bytes(), &feature); err != nil {
			w.t.Fatal(err)
		}
		ids = append(ids, fmt.Sprint(feature.ID))
	}
	return ids
}

// TestPagesStayRightWhileDataChanges reads pages, along the map and sorted,
// while others add and change places: what nobody touched comes exactly once.
func TestPagesStayRightWhileDataChanges(t *testing.T) {
	t.Parallel()
	still := crowd(3, 300)
	for i := range still {
		still[i].Document.State = places.Open
	}
	w := newWorld(t, still...)
	restless := w.publish(noon, crowd(4, 60)...)
	done := make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		for revision := 1; ; revision++ {
			select {
			case <-done:
				return
			default:
			}
			moved := crowd(uint64(100+revision), len(restless))
			for i := range moved {
				moved[i].Place, moved[i].Base = restless[i].Place, revision
			}
			w.publish(noon.Add(time.Duration(revision)*time.Second), append(moved, crowd(uint64(1000+revision), 3)...)...)
		}
	})
	for _, order := range []string{"", "&sortby=name", "&sortby=-name", "&sortby=distance&near=0.5,0.5", "&sortby=-distance&near=179,1", "&sortby=updated&state=open", "&q=jardin"} {
		seen := map[string]int{}
		for next := "/ogc/collections/places/items?limit=37" + order; next != ""; {
			var page list
			w.into(&page, next)
			for _, id := range page.ids() {
				seen[id]++
			}
			next = page.next()
		}
		for i, draft := range still {
			wanted := 1
			if order == "&q=jardin" && !strings.Contains(strings.ToLower(draft.Document.Name.Plain()), "jardin") {
				category, _ := taxonomy.Category(draft.Document.Category)
				if !strings.Contains(strings.ToLower(category.LabelFr+category.LabelEn), "jardin") {
					wanted = 0
				}
			}
			if got := seen[strconv.Itoa(i+1)]; got != wanted {
				t.Errorf("%q: place %d (%s) came %d times, want %d", order, i+1, draft.Document.Category, got, wanted)
			}
		}
	}
	close(done)
	writer.Wait()
}
