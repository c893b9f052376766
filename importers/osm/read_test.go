package osm_test

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"cartoquartiers/importers/osm"
	"cartoquartiers/importers/osm/osmtest"
	"cartoquartiers/internal/fault"
)

// list reads a file and gives candidates and boundaries in the order they came.
func list(t *testing.T, f osmtest.File, opts osm.Options) ([]osm.Candidate, []osm.Boundary, osm.Report) {
	t.Helper()
	if opts.Rules == nil {
		opts.Rules = rulesOfTaxonomy(t)
	}
	var candidates []osm.Candidate
	var boundaries []osm.Boundary
	report, err := osm.Read(context.Background(), f.Write(t), opts, osm.Sink{
		Candidate: func(c osm.Candidate) error { candidates = append(candidates, c); return nil },
		Boundary:  func(b osm.Boundary) error { boundaries = append(boundaries, b); return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return candidates, boundaries, report
}

// TestReadDoesNotDependOnTheForm writes the same data in each way that
// writers do, and reads it with one worker and with many.
func TestReadDoesNotDependOnTheForm(t *testing.T) {
	want, _, wantReport := list(t, smallTown(), osm.Options{})
	if len(want) != 30+20+10 {
		t.Fatalf("%d candidates", len(want))
	}
	for name, change := range map[string]func(*osmtest.File){
		"uncompressed": func(f *osmtest.File) { f.Uncompressed = true },
		"plain nodes":  func(f *osmtest.File) { f.PlainNodes = true },
		"one block":    func(f *osmtest.File) { f.BlockSize = 1000 },
		"tiny blocks":  func(f *osmtest.File) { f.BlockSize = 1 },
		"unsorted":     func(f *osmtest.File) { f.Unsorted = true },
		"unsorted ids": func(f *osmtest.File) { slices.Reverse(f.Nodes) },
	} {
		for _, workers := range []int{1, 4} {
			f := smallTown()
			change(&f)
			got, _, report := list(t, f, osm.Options{Workers: workers})
			if !sameCandidates(got, want) {
				t.Errorf("%s, %d workers: %d candidates, want %d", name, workers, len(got), len(want))
			}
			report.Bytes, report.Blobs = wantReport.Bytes, wantReport.Blobs
			if !reflect.DeepEqual(report, wantReport) {
				t.Errorf("%s: report %+v, want %+v", name, report, wantReport)
			}
		}
	}
}

func sameCandidates(a, b []osm.Candidate) bool {
	byRef := func(x, y osm.Candidate) int {
		if x.Ref < y.Ref {
			return -1
		}
		return 1
	}
	return reflect.DeepEqual(slices.SortedFunc(slices.Values(a), byRef), slices.SortedFunc(slices.Values(b), byRef))
}

func TestReadReports(t *testing.T) {
	_, _, report := list(t, smallTown(), osm.Options{})
	want := osm.Report{
		Bytes: report.Bytes, Blobs: 12 + 3 + 1, Generator: "osmtest", Timestamp: smallTown().Timestamp,
		Nodes:     osm.Count{Seen: 120, Kept: 30},
		Ways:      osm.Count{Seen: 21, Kept: 20},
		Relations: osm.Count{Seen: 10, Kept: 10},
		Dropped:   map[osm.Reason]int{osm.NoRule: 10},
	}
	if !reflect.DeepEqual(report, want) {
		t.Errorf("got  %+v\nwant %+v", report, want)
	}
}

func TestReadTakesTheNewestObjectForWantOfATimestamp(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2020, 1, n, 0, 0, 0, 0, time.UTC) }
	for _, plain := range []bool{false, true} {
		f := osmtest.File{PlainNodes: plain,
			Nodes: []osmtest.Node{
				{ID: 1, At: day(3), Tags: map[string]string{"amenity": "bench"}}, {ID: 2, At: day(9)}, {ID: 3, At: day(4)}},
			Ways: []osmtest.Way{{ID: 1, At: day(5), Nodes: []int64{1, 2}}},
		}
		if _, _, report := list(t, f, osm.Options{}); !report.Timestamp.Equal(day(9)) {
			t.Errorf("plain %v: %v", plain, report.Timestamp)
		}
		f.Ways[0].At = day(20)
		got, _, report := list(t, f, osm.Options{})
		if !report.Timestamp.Equal(day(20)) || !got[0].Timestamp.Equal(day(3)) {
			t.Errorf("plain %v: %v, bench %v", plain, report.Timestamp, got[0].Timestamp)
		}
	}
}

func TestReadKeepsToTheTerritory(t *testing.T) {
	west := orb.MultiPolygon{{{{-1.51, 47}, {-1.4905, 47}, {-1.4905, 48}, {-1.51, 48}, {-1.51, 47}}}}
	all, _, _ := list(t, smallTown(), osm.Options{})
	got, _, report := list(t, smallTown(), osm.Options{Territory: west})
	inside := slices.DeleteFunc(slices.Clone(all), func(c osm.Candidate) bool { return c.Point[0] > -1.4905 })
	if len(inside) == 0 || !sameCandidates(got, inside) {
		t.Errorf("%d candidates, want %d", len(got), len(inside))
	}
	if report.Kept()+report.Dropped[osm.OutsideTerritory] < len(all) {
		t.Errorf("report %+v does not account for %d", report, len(all))
	}
}

// TestReadOfIncompleteAreas keeps what has a coordinate, and says that it is partial.
func TestReadOfIncompleteAreas(t *testing.T) {
	school := map[string]string{"amenity": "school"}
	area := map[string]string{"amenity": "school", "type": "multipolygon"}
	corner := func(id int64, lon, lat float64) osmtest.Node { return osmtest.Node{ID: id, Lon: lon, Lat: lat} }
	f := osmtest.File{
		Nodes: []osmtest.Node{corner(1, 0, 0), corner(2, 1, 0), corner(3, 1, 1), corner(4, 0, 1)},
		Ways: []osmtest.Way{
			{ID: 1, Nodes: []int64{1, 2, 3, 4, 1}, Tags: school},
			{ID: 2, Nodes: []int64{1, 2, 3, 99, 1}, Tags: school},
			{ID: 3, Nodes: []int64{99, 1, 2, 3, 99}, Tags: school},
			{ID: 4, Nodes: []int64{1, 98, 99, 1}, Tags: school},
			{ID: 5, Nodes: []int64{97, 98, 99, 97}, Tags: school},
			{ID: 6, Nodes: []int64{1, 2, 3, 4}, Tags: school},
			{ID: 7, Nodes: []int64{1, 2, 3}},
		},
		Relations: []osmtest.Relation{
			{ID: 1, Tags: area, Members: []osmtest.Member{{Type: "way", Ref: 1}, {Type: "way", Ref: 1}}},
			{ID: 2, Tags: area, Members: []osmtest.Member{{Type: "way", Ref: 1, Role: "outer"}, {Type: "way", Ref: 99, Role: "inner"}}},
			{ID: 3, Tags: area, Members: []osmtest.Member{{Type: "way", Ref: 7, Role: "outer"}}},
			{ID: 4, Tags: area, Members: []osmtest.Member{{Type: "way", Ref: 99, Role: "outer"}}},
			{ID: 5, Tags: map[string]string{"amenity": "school", "type": "site"}, Members: []osmtest.Member{{Type: "way", Ref: 1}}},
		},
	}
	got, _, report := list(t, f, osm.Options{})
	want := map[string]struct {
		kind    string
		partial bool
	}{
		"way/1": {"Polygon", false}, "way/2": {"Polygon", true}, "way/3": {"Polygon", true}, "way/4": {"LineString", true},
		"relation/1": {"Polygon", false}, "relation/2": {"Polygon", true}, "relation/3": {"LineString", true},
	}
	for _, c := range got {
		w, expected := want[c.Ref]
		if !expected || c.Footprint.GeoJSONType() != w.kind || c.Partial != w.partial {
			t.Errorf("%s: %v, partial %v", c.Ref, c.Footprint, c.Partial)
		}
		delete(want, c.Ref)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
	dropped := map[osm.Reason]int{osm.NoCoordinate: 2, osm.NotAnArea: 2}
	if !maps.Equal(report.Dropped, dropped) || report.Partial != 5 {
		t.Errorf("report %+v", report)
	}
}

func TestReadFindsBoundaries(t *testing.T) {
	f := osmtest.File{}
	boundary := func(id int64, tags map[string]string) {
		f.Square(id, id*10, float64(id), 47, 0.1, nil)
		f.Relations = append(f.Relations, osmtest.Relation{ID: id, Tags: tags,
			Members: []osmtest.Member{{Type: "way", Ref: id, Role: "outer"}, {Type: "node", Ref: 10, Role: "label"}}})
	}
	boundary(1, map[string]string{"type": "boundary", "boundary": "administrative", "admin_level": "8", "name": "Nantes"})
	boundary(2, map[string]string{"type": "multipolygon", "place": "suburb", "name": "Île", "name:fr": "L'Île", "name:en": "Island"})
	boundary(3, map[string]string{"type": "boundary", "boundary": "administrative", "admin_level": "6", "name": "Département"})
	boundary(4, map[string]string{"type": "boundary", "boundary": "administrative", "admin_level": "10"}) // no name
	boundary(5, map[string]string{"type": "boundary", "boundary": "administrative", "admin_level": "9", "name": "Cut"})
	f.Relations[4].Members[0].Ref = 99
	f.Square(6, 60, 6, 47, 0.1, map[string]string{"place": "neighbourhood", "name": "Zola", "leisure": "park"})

	candidates, boundaries, report := list(t, f, osm.Options{})
	var got []string
	for _, b := range boundaries {
		got = append(got, b.Ref+" "+b.Kind+" "+b.Name+" "+b.NameFr+" "+b.NameEn)
		if len(b.Polygon) != 1 || b.Partial {
			t.Errorf("%s: %v", b.Ref, b.Polygon)
		}
	}
	want := []string{"way/6 neighbourhood Zola  ", "relation/1 8 Nantes  ", "relation/2 suburb Île L'Île Island"}
	if !slices.Equal(got, want) || report.Boundaries != 3 {
		t.Errorf("got %q, want %q", got, want)
	}
	if len(candidates) != 1 || candidates[0].Ref != "way/6" {
		t.Errorf("a neighbourhood that is a park too: %v", candidates)
	}
}

func TestReadShowsProgress(t *testing.T) {
	var steps []osm.Progress
	f := smallTown()
	list(t, f, osm.Options{Progress: func(p osm.Progress) { steps = append(steps, p) }})
	last := steps[len(steps)-1]
	if len(steps) < 10 || last.Done != last.Total || last.Objects != 151 {
		t.Errorf("%d steps, the last %+v", len(steps), last)
	}
	for i := 1; i < len(steps); i++ {
		if steps[i].Done <= steps[i-1].Done || steps[i].Done > steps[i].Total {
			t.Errorf("step %d: %+v after %+v", i, steps[i], steps[i-1])
		}
	}
}

func TestReadStopsWhenTold(t *testing.T) {
	path := smallTown().Write(t)
	enough := errors.New("enough")
	_, err := osm.Read(context.Background(), path, osm.Options{Rules: rulesOfTaxonomy(t)}, osm.Sink{
		Candidate: func(osm.Candidate) error { return enough },
	})
	if !errors.Is(err, enough) {
		t.Errorf("the sink's own error: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	kept := 0
	_, err = osm.Read(ctx, path, osm.Options{Rules: rulesOfTaxonomy(t)}, osm.Sink{
		Candidate: func(osm.Candidate) error { kept++; cancel(); return nil },
	})
	if !errors.Is(err, context.Canceled) || kept == 60 {
		t.Errorf("cancelled: %v after %d", err, kept)
	}
}

func TestReadOfWhatIsNoFile(t *testing.T) {
	for _, path := range []string{t.TempDir(), t.TempDir() + "/absent.osm.pbf"} {
		_, err := osm.Read(context.Background(), path, osm.Options{Rules: rulesOfTaxonomy(t)}, osm.Sink{})
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestReadCleansTexts keeps NUL and broken UTF-8 away from the database.
func TestReadCleansTexts(t *testing.T) {
	f := osmtest.File{Nodes: []osmtest.Node{{ID: 1, Tags: map[string]string{"amenity": "bench", "name": "a\x00b\xffc"}}}}
	got, _, _ := list(t, f, osm.Options{})
	if len(got) != 1 || got[0].Tags["name"] != "ab\uFFFDc" {
		t.Errorf("%v", got)
	}
}

// TestContentIsNotHowARingIsDrawn: a re-import compares tags, point and footprint, never versions.
func TestContentIsNotHowARingIsDrawn(t *testing.T) {
	draw := func(change func(*osmtest.File)) osm.Candidate {
		f := osmtest.File{}
		f.Square(1, 10, 2, 47, 0.1, map[string]string{"leisure": "park", "name": "Parc"})
		change(&f)
		got, _, _ := list(t, f, osm.Options{})
		return got[0]
	}
	base := draw(func(*osmtest.File) {})
	for name, change := range map[string]func(*osmtest.File){
		"version":    func(f *osmtest.File) { f.Ways[0].Version = 9 },
		"start":      func(f *osmtest.File) { f.Ways[0].Nodes = []int64{12, 13, 10, 11, 12} },
		"direction":  func(f *osmtest.File) { slices.Reverse(f.Ways[0].Nodes) },
		"other node": func(f *osmtest.File) { f.Nodes[0].ID = 99; f.Ways[0].Nodes = []int64{99, 11, 12, 13, 99} },
	} {
		if c := draw(change); c.Point != base.Point || !orb.Equal(c.Footprint, base.Footprint) || !maps.Equal(c.Tags, base.Tags) {
			t.Errorf("%s changed the content", name)
		}
	}
	moved := draw(func(f *osmtest.File) { f.Nodes[0].Lon -= 0.2; f.Nodes[3].Lon -= 0.2 })
	renamed := draw(func(f *osmtest.File) { f.Ways[0].Tags["name"] = "Square" })
	if moved.Point == base.Point || orb.Equal(moved.Footprint, base.Footprint) {
		t.Error("a moved area has the same content")
	}
	if maps.Equal(renamed.Tags, base.Tags) || !orb.Equal(renamed.Footprint, base.Footprint) {
		t.Error("a new name changes the content and not the geometry")
	}
}
