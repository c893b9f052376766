package osm_test

import (
	"testing"
	"time"

	"cartoquartiers/importers"
	"cartoquartiers/importers/osm"
	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/places"
)

// The quarters of Monaco are the whole town: Nice is outside. A sixth of
// the places of the extract lie across the border.
func TestTheQuartersOfMonacoAreItsTerritory(t *testing.T) {
	t.Parallel()
	path := sharedFile(t, "osm", "monaco-2021-04-21.osm.pbf")
	db := pgtest.New(t)
	source, err := osm.NewSource(path, places.ShippedTaxonomy(), osm.Options{Country: "MC"})
	if err != nil {
		t.Fatal(err)
	}
	options := importers.Options{Taxonomy: places.ShippedTaxonomy(), Now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
	if _, err := importers.Run(t.Context(), db, source, options); err != nil {
		t.Fatal(err)
	}
	var known, inside, all int
	var nice bool
	err = db.QueryRow(t.Context(), `
		select
			(select count(*) from territory where not given),
			count(*) filter (where st_covers(t.area, p.point)),
			count(*),
			bool_or(st_covers(t.area, st_setsrid(st_makepoint(7.27, 43.70), 4326)))
		from published_places p
		cross join territory t`).Scan(&known, &inside, &all, &nice)
	if err != nil || known != 1 || inside*100 < all*80 || nice {
		t.Errorf("known %d, %d of %d inside, Nice %v, %v", known, inside, all, nice, err)
	}
}
