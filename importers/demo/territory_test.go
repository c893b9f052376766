package demo

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"cartoquartiers/importers"
	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/moderation"
)

// propose creates a library at a position and gives the field that is wrong, "" for none.
func propose(t *testing.T, db pg.DB, at orb.Point) string {
	t.Helper()
	text := fmt.Sprintf(`{"action":"create","place":{"name":"Bibliothèque Zénaïde","category":"library","position":[%v,%v]}}`, at[0], at[1])
	submission, err := moderation.DecodeSubmission(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	visitor := accounts.Actor{Role: accounts.Visitor, Grants: accounts.GrantsOf(accounts.Visitor), PrefixHash: []byte("here")}
	_, err = moderation.DefaultRoad(taxonomy).Submit(t.Context(), db, visitor, submission, moderation.Envelope{Body: []byte(text), Now: today})
	var wrong *fault.Error
	if errors.As(err, &wrong) && len(wrong.Fields) == 1 {
		return wrong.Fields[0].Name
	}
	if err != nil {
		t.Fatal(err)
	}
	return ""
}

func TestNothingIsCreatedOutsideOfTheTown(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	source := New(taxonomy, today)
	if _, err := importers.Run(t.Context(), db, source, importers.Options{Taxonomy: taxonomy, Now: today}); err != nil {
		t.Fatal(err)
	}
	inside := town(t)[0].Document.Position
	if wrong := propose(t, db, inside); wrong != "" {
		t.Errorf("inside, %s is wrong", wrong)
	}
	outside := orb.Point{inside[0] + 1, inside[1]}
	if wrong := propose(t, db, outside); wrong != "/place/position" {
		t.Errorf("outside, %q is wrong", wrong)
	}

	// The town's own file goes before, and stays when neighbourhoods are written again.
	options := importers.Options{Taxonomy: taxonomy, Now: today, Territory: orb.MultiPolygon{{{
		{outside[0] - 0.1, outside[1] - 0.1}, {outside[0] + 0.1, outside[1] - 0.1}, {outside[0], outside[1] + 0.1}, {outside[0] - 0.1, outside[1] - 0.1},
	}}}}
	for range 2 {
		if _, err := importers.Run(t.Context(), db, source, options); err != nil {
			t.Fatal(err)
		}
		if wrong := propose(t, db, outside); wrong != "" {
			t.Errorf("inside the given territory, %s is wrong", wrong)
		}
		if wrong := propose(t, db, inside); wrong != "/place/position" {
			t.Errorf("outside of the given territory, %q is wrong", wrong)
		}
		options.Territory = nil
	}
}
