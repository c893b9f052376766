package pgtest_test

import (
	"context"
	"testing"

	"cartoquartiers/internal/pg/pgtest"
)

func TestNew(t *testing.T) {
	for _, name := range []string{"first", "second", "third"} {
		t.Run(name+"_test_finds_an_empty_migrated_database", func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t)
			if _, err := db.Exec(context.Background(), `create table mine (id int)`); err != nil {
				t.Fatal(err)
			}
			var sources, places int
			err := db.QueryRow(context.Background(),
				`select (select count(*) from sources), (select count(*) from places)`).Scan(&sources, &places)
			if err != nil {
				t.Fatal(err)
			}
			if sources == 0 || places != 0 {
				t.Errorf("%d sources and %d places, want some and none", sources, places)
			}
		})
	}
}
