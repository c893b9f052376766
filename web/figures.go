package web

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation/publiclog"
	"cartoquartiers/places"
)

// figuresPath is the page of figures, for everybody.
const figuresPath = "/chiffres"

// figuresFull is the page of figures: what came in and how it was answered, told
// by the public log alone; and what is known of each neighbourhood.
type figuresFull struct {
	Logged   bool // something is signed
	Day      string
	Days     int // after which what is open is overdue
	Town     *publiclog.Counts
	Weeks    weekChart
	Times    []timeRow
	Refusals []refusalBar

	Places   int
	Fresh    int // percent
	Quarters []quarterRow
	Maps     []choropleth
}

// timeRow is how long people of a neighbourhood waited, with its bars in percent of the longest.
type timeRow struct {
	figuresRow
	MedianBar, NinetiethBar int
}

// refusalBar is a reason with its bar in percent of the most frequent one.
type refusalBar struct {
	refusalRow
	Bar int
}

// quarterRow is what is known of a neighbourhood; percents.
type quarterRow struct {
	Number         int // on the maps; 0 outside of all
	Name, Code     string
	Href, Data     string // its places, for people and for programs
	Places         int
	Fresh, Covered int
	Known          bool // it has places
}

// mapNumbers is up to how many neighbourhoods a map writes their numbers: more of
// them would lie on each other.
const mapNumbers = 40

func (s *site) showFigures(r *http.Request, v *view) (answer, error) {
	t, err := s.town(r.Context(), s.Snapshot.View())
	if err != nil {
		return answer{}, err
	}
	page := &figuresFull{}
	if err := v.fillAnswers(r.Context(), t, page); err != nil {
		return answer{}, err
	}
	known, err := s.known.read(r.Context(), s)
	if err != nil {
		return answer{}, err
	}
	v.fillKnown(t, known, page)
	return answer{template: "figures", title: v.T("chiffres.title"), data: page}, nil
}

// fillAnswers tells how the town answers, from the log.
func (v *view) fillAnswers(ctx context.Context, t *town, page *figuresFull) error {
	figures, err := v.site.Counter.Figures(ctx, v.site.Pool, v.site.Clock(), v.site.Road.DecisionDays)
	if fault.Is(err, fault.NotFound) {
		return nil // nothing is signed yet: the page says so
	}
	if err != nil {
		return err
	}
	page.Logged, page.Days, page.Day = true, figures.DecisionDays, v.Date(v.site.Clock())
	page.Town, page.Weeks = &figures.Town, v.weekChart(figures.Weeks)
	longest := 1
	for code, counts := range figures.Neighbourhoods {
		name := v.T("log.outside")
		if code != "" {
			name = neighbourhoodName(t, code, v.Language)
		}
		page.Times = append(page.Times, timeRow{figuresRow: figuresRow{name, counts}})
		longest = max(longest, daysOf(counts.Ninetieth))
	}
	slices.SortFunc(page.Times, func(a, b timeRow) int { return strings.Compare(a.Name, b.Name) })
	page.Times = append([]timeRow{{figuresRow: figuresRow{v.T("log.town"), &figures.Town}}}, page.Times...)
	longest = max(longest, daysOf(figures.Town.Ninetieth))
	for i := range page.Times {
		row := &page.Times[i]
		row.MedianBar, row.NinetiethBar = percent(daysOf(row.Median), longest), percent(daysOf(row.Ninetieth), longest)
	}
	page.Refusals = v.refusalBars(figures.Town.Refusals)
	return nil
}

func daysOf(days *int) int {
	if days == nil {
		return 0
	}
	return *days
}

func percent(part, whole int) int {
	if whole == 0 {
		return 0
	}
	return (100*part + whole/2) / whole
}

func (v *view) refusalBars(refusals map[string]int) []refusalBar {
	var bars []refusalBar
	most := 0
	for _, reason := range slices.Sorted(maps.Keys(refusals)) {
		bars = append(bars, refusalBar{refusalRow: refusalRow{v.reasonText(reason), refusals[reason]}})
		most = max(most, refusals[reason])
	}
	slices.SortStableFunc(bars, func(a, b refusalBar) int { return cmp.Compare(b.Count, a.Count) })
	for i := range bars {
		bars[i].Bar = percent(bars[i].Count, most)
	}
	return bars
}

// fillKnown tells what is known of each neighbourhood, and draws it.
func (v *view) fillKnown(t *town, known *knownTown, page *figuresFull) {
	fresh := 0
	for _, one := range known.coverage {
		page.Places += one.Places
		fresh += one.Fresh
	}
	page.Fresh = percent(fresh, page.Places)
	for i, n := range t.neighbourhoods {
		page.Quarters = append(page.Quarters, v.quarterRow(known, n.Code, n.in(v.Language), i+1))
	}
	if known.coverage[""].Places > 0 {
		page.Quarters = append(page.Quarters, v.quarterRow(known, "", v.T("log.outside"), 0))
	}
	if len(known.shapes) > 0 {
		page.Maps = []choropleth{
			v.choropleth("fresh", known, page.Quarters, func(row quarterRow) int { return row.Fresh }),
			v.choropleth("covered", known, page.Quarters, func(row quarterRow) int { return row.Covered }),
		}
	}
}

func (v *view) quarterRow(known *knownTown, code, name string, number int) quarterRow {
	one := known.coverage[code]
	row := quarterRow{
		Number: number, Name: name, Code: code, Places: one.Places, Known: one.Places > 0,
		Fresh: percent(one.Fresh, one.Places), Covered: percent(one.Categories, known.categories),
	}
	if code != "" {
		row.Href, row.Data = v.Link("/lieux", "neighbourhood", code), "/ogc/collections/places/items?neighbourhood="+code
	}
	return row
}

// knownTown is what is known of all neighbourhoods, as it was a minute ago at most.
type knownTown struct {
	readAt        time.Time
	coverage      map[string]places.Coverage
	categories    int // different ones, in the whole town
	shapes        []places.Shape
	width, height float64
}

// knownFor is how long the answer of a scan of all places serves.
const knownFor = time.Minute

// knownCache holds it. One reader at a time asks for a newer one; the others get the
// last, or wait for the first.
type knownCache struct {
	scanning sync.Mutex
	last     atomic.Pointer[knownTown]
}

func (c *knownCache) read(ctx context.Context, s *site) (*knownTown, error) {
	last := c.last.Load()
	if last != nil && s.Clock().Sub(last.readAt) < knownFor {
		return last, nil
	}
	if !c.scanning.TryLock() {
		if last != nil {
			return last, nil
		}
		c.scanning.Lock()
	}
	defer c.scanning.Unlock()
	if now := c.last.Load(); now != last { // by who was before us
		return now, nil
	}
	known, err := scanKnown(ctx, s)
	if err == nil {
		c.last.Store(known)
	}
	return known, err
}

func scanKnown(ctx context.Context, s *site) (*knownTown, error) {
	now := s.Clock()
	known := &knownTown{readAt: now, coverage: make(map[string]places.Coverage)}
	all, err := places.Coverages(ctx, s.Pool, now)
	if err != nil {
		return nil, err
	}
	for _, one := range all {
		known.coverage[one.Neighbourhood] = one
	}
	open := places.Filter{States: []places.State{places.Open, places.ClosedTemporarily}}
	known.categories = len(s.Snapshot.View().Counts(open).Categories)
	if known.shapes, known.width, known.height, err = places.Shapes(ctx, s.Pool); err != nil {
		return nil, err
	}
	return known, nil
}

// Days is a delay in words: "–" where none is known yet.
func (v *view) Days(days *int) string {
	switch {
	case days == nil:
		return "–"
	case *days == 0:
		return v.T("figures.under_a_day")
	}
	return v.N("figures.days", *days)
}
