package places_test

import (
	"testing"

	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/places"
)

func TestStoreTaxonomyTwice(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for range 2 {
		if err := places.StoreTaxonomy(t.Context(), db, taxonomy); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(t, db, `select count(*) from categories join category_groups g on g.id = group_id`); n != len(taxonomy.Categories) {
		t.Errorf("%d categories, want %d", n, len(taxonomy.Categories))
	}
	if n := count(t, db, `select count(*) from categories where match_metres = 150 and id = 'townhall' and position = 0`); n != 1 {
		t.Error("the town hall is not as in the file")
	}
}
