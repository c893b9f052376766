package web

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/pg"
	"cartoquartiers/places"
	"cartoquartiers/places/snapshot"
)

// town is what pages know of the whole: its neighbourhoods and its extent. It is
// kept for as long as nothing is published, and never longer than townFor.
type town struct {
	seq            int64
	readAt         time.Time
	neighbourhoods []neighbourhood // by name
	byCode         map[string]neighbourhood
	sources        map[string]places.Source
	credited       []places.Source // those that published places come from
	extent         []float64       // west, south, east, north; empty without places
}

type neighbourhood struct {
	Code  string
	Name  string
	Names places.Text
}

// in is the neighbourhood's name in a language.
func (n neighbourhood) in(language string) string {
	if name := n.Names[language]; name != "" {
		return name
	}
	return n.Name
}

const townFor = 10 * time.Second

// townCache holds the last town that was read.
type townCache struct{ last atomic.Pointer[town] }

// town reads the neighbourhoods and measures the extent, or gives what was read last.
func (s *site) town(ctx context.Context, view *snapshot.View) (*town, error) {
	now := s.Clock()
	if last := s.towns.last.Load(); last != nil && last.seq == view.Seq() && now.Sub(last.readAt) < townFor {
		return last, nil
	}
	t := &town{seq: view.Seq(), readAt: now, extent: extentOf(view, places.Filter{})}
	var err error
	if t.neighbourhoods, err = readNeighbourhoods(ctx, s.Pool); err != nil {
		return nil, err
	}
	t.byCode = make(map[string]neighbourhood, len(t.neighbourhoods))
	for _, n := range t.neighbourhoods {
		t.byCode[n.Code] = n
	}
	if err := t.readSources(ctx, s.Pool, view); err != nil {
		return nil, err
	}
	s.towns.last.Store(t)
	return t, nil
}

func (t *town) readSources(ctx context.Context, db pg.DB, view *snapshot.View) error {
	all, err := places.Sources(ctx, db)
	if err != nil {
		return err
	}
	used := view.Counts(places.Filter{States: []places.State{places.Open, places.ClosedTemporarily, places.Closed}}).Sources
	t.sources = make(map[string]places.Source, len(all))
	for _, one := range all {
		t.sources[one.ID] = one
		if used[one.ID] > 0 {
			t.credited = append(t.credited, one)
		}
	}
	return nil
}

func readNeighbourhoods(ctx context.Context, db pg.DB) ([]neighbourhood, error) {
	rows, err := db.Query(ctx, `select code, name, names from neighbourhoods order by fold(name), code`)
	if err != nil {
		return nil, fmt.Errorf("read neighbourhoods: %w", pg.FaultOf(err))
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (neighbourhood, error) {
		var n neighbourhood
		var names []byte
		if err := row.Scan(&n.Code, &n.Name, &names); err != nil {
			return n, err
		}
		return n, json.Unmarshal(names, &n.Names)
	})
	if err != nil {
		return nil, fmt.Errorf("read neighbourhoods: %w", pg.FaultOf(err))
	}
	return all, nil
}

// Outliers do not make the map open on half of France: extracts carry objects
// far outside of their area.
const (
	extentSample  = 5_000 // places looked at
	extentOutside = 0.005 // share of them left out on each side
)

func extentOf(view *snapshot.View, filter places.Filter) []float64 {
	stride := max(1, view.Count(filter)/extentSample)
	var lons, lats []float64
	i := 0
	for row := range view.All(filter) {
		if i++; i%stride == 0 {
			p := row.Point()
			lons, lats = append(lons, p[0]), append(lats, p[1])
		}
	}
	if len(lons) == 0 {
		return []float64{}
	}
	slices.Sort(lons)
	slices.Sort(lats)
	first := int(float64(len(lons)) * extentOutside)
	last := len(lons) - 1 - first
	return []float64{lons[first], lats[first], lons[last], lats[last]}
}

// Credits are whom to name for the places that this map shows. Before the first
// page was answered they are not known.
func (v *view) Credits() []credit {
	t := v.site.towns.last.Load()
	if t == nil {
		return nil
	}
	credits := make([]credit, len(t.credited))
	for i, one := range t.credited {
		credits[i] = credit{v.textOr("attribution."+one.ID, one.Attribution), one.URL}
	}
	return credits
}

// credit is an attribution and where its licence stands.
type credit struct{ Text, URL string }

// licences are the addresses of the licences of what this map shows.
func (v *view) licences() []string {
	var urls []string
	if t := v.site.towns.last.Load(); t != nil {
		for _, one := range t.credited {
			if url := licenceURLs[one.Licence]; url != "" && !slices.Contains(urls, url) {
				urls = append(urls, url)
			}
		}
	}
	return urls
}
