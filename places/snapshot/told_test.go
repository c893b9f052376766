package snapshot

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cartoquartiers/places"
	"cartoquartiers/places/hours"
)

// TestWhatIsOpenNow asks the filter, the rows, and the hours that stand in the features.
func TestWhatIsOpenNow(t *testing.T) {
	t.Parallel()
	_, store := churn(t, rand.New(rand.NewPCG(9, 9)))
	rapid.Check(t, func(rt *rapid.T) {
		view, f := store.View(), drawFilter(rt)
		at := time.Date(2026, 3, 1, 0, rapid.IntRange(0, 60*24*14).Draw(rt, "minute"), 0, 0, hours.Zone())
		var want, told []places.ID
		for row := range view.All(f) {
			if row.OpenAt(at) {
				told = append(told, row.ID())
			}
			if isOpen(rt, row, at) {
				want = append(want, row.ID())
			}
		}
		f.OpenAt = at
		var got []places.ID
		for row := range view.All(f) {
			got = append(got, row.ID())
		}
		if !slices.Equal(got, want) || !slices.Equal(told, want) || view.Count(f) != len(want) {
			rt.Fatalf("%v: the filter finds %d, rows tell %d, hours say %d", at, len(got), len(told), len(want))
		}
		cells := 0
		view.Cells(f, 0, 0, 0, 3).Each(func(c Cell) { cells += c.Count })
		if f.BBox = nil; cells != view.Count(f) {
			rt.Fatalf("%v: cells count %d of %d", at, cells, view.Count(f))
		}
	})
}

func isOpen(t *rapid.T, row Row, at time.Time) bool {
	var feature struct {
		Properties struct {
			Hours    string    `json:"opening_hours"`
			Verified time.Time `json:"verified_at"`
		}
	}
	if err := json.Unmarshal(row.Feature(), &feature); err != nil {
		t.Fatal(err)
	}
	if day := max(feature.Properties.Verified.Unix(), 0) / 86_400; int64(row.VerifiedDay()) != day {
		t.Fatalf("place %d was verified on day %d, the row says %d", row.ID(), day, row.VerifiedDay())
	}
	schedule, err := hours.Parse(feature.Properties.Hours)
	return err == nil && row.State() == places.Open && schedule.At(at).State == hours.Open
}

func TestHoursAndVerifiedOfFeatures(t *testing.T) {
	t.Parallel()
	inside, err := json.Marshal(`un texte "opening_hours":"24/7","verified_at":"2026-01-01"`)
	if err != nil {
		t.Fatal(err)
	}
	feature := fmt.Appendf(nil, `{"id":1,"geometry":{"coordinates":[0,0]},"properties":{"kind":"service","category":"library","state":"open",
		"description":%s,"opening_hours":"Mo 08:00-12:00 \"sonner\"","verified_at":"1970-01-03T10:00:00Z"}}`, inside)
	var s shown
	if !s.read(feature) || string(s.hours) != `Mo 08:00-12:00 \"sonner\"` {
		t.Errorf("hours %q", s.hours)
	}
	if schedule := readSchedule(s.hours); schedule == nil {
		t.Error("hours with quotes inside do not read")
	}
	if day := verifiedDay(s.verified); day != 2 {
		t.Errorf("verified on day %d", day)
	}
	for _, other := range []string{``, `soon`, `1960-01-01T00:00:00Z`, `2026`} {
		if day := verifiedDay([]byte(other)); day != 0 {
			t.Errorf("%s: day %d", other, day)
		}
	}
}
