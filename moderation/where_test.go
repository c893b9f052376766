package moderation_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/paulmach/orb"

	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
)

func wrongField(err error) string {
	var wrong *fault.Error
	if errors.As(err, &wrong) && len(wrong.Fields) == 1 {
		return wrong.Fields[0].Name
	}
	return fmt.Sprint(err)
}

func TestNothingIsMovedOutsideOfTheTown(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	place := w.mustSubmit(t, w.agent, library).Place
	square := orb.MultiPolygon{{{{-1.6, 47}, {-1.5, 47}, {-1.5, 47.3}, {-1.6, 47.3}, {-1.6, 47}}}}
	if err := places.KeepTerritory(t.Context(), w, square, noon); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		`{"action":"create","place":{"name":"Annexe","category":"library","position":[-1.7,47.21]}}`:    "/place/position",
		fmt.Sprintf(`{"action":"move","place_id":%d,"base_revision":1,"position":[-1.7,47.21]}`, place): "/position",
		edit(place, 1, `{"position":[-1.7,47.21]}`):                                                     "/patch/position",
	} {
		if _, err := w.submit(t, w.moderator, text); wrongField(err) != want {
			t.Errorf("%s: %s, want %s", text, wrongField(err), want)
		}
	}
	_, err := w.submit(t, w.moderator, `{"action":"create","place":{"name":"Annexe","category":"library","phone":"12","position":[-1.7,47.21]}}`)
	var wrong *fault.Error
	if !errors.As(err, &wrong) || len(wrong.Fields) != 2 || wrong.Fields[0].Name != "/place/phone" || wrong.Fields[1].Name != "/place/position" {
		t.Errorf("a phone and a position that are wrong: %v", err)
	}
	w.mustSubmit(t, w.agent, fmt.Sprintf(`{"action":"move","place_id":%d,"base_revision":1,"position":[-1.551,47.21]}`, place))
	// A place that stands outside already can still be corrected.
	if err := places.KeepTerritory(t.Context(), w, orb.MultiPolygon{{{{0, 0}, {1, 0}, {1, 1}, {0, 0}}}}, noon); err != nil {
		t.Fatal(err)
	}
	w.mustSubmit(t, w.agent, edit(place, 2, `{"phone":"02 40 00 00 01"}`))
}

// A neighbourhood around the whole world is legal, and no sphere has a strip around it.
func TestATerritoryCanBeTheWorld(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.mustSubmit(t, w.agent, library)
	if _, err := w.Exec(t.Context(), `
		insert into neighbourhoods (code, name, level, source, ref, area)
		values ('partout', 'Partout', 8, 'osm', '1', st_multi(st_makeenvelope(-180, -90, 180, 90, 4326)))`); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Exec(t.Context(), `update published_places set neighbourhood = 'partout'`); err != nil {
		t.Fatal(err)
	}
	if err := places.KeepTerritory(t.Context(), w, nil, noon); err != nil {
		t.Fatal(err)
	}
	var known bool
	if err := w.QueryRow(t.Context(), `select st_xmax(area) = 180 from territory`).Scan(&known); err != nil || !known {
		t.Errorf("known %v, %v", known, err)
	}
}
