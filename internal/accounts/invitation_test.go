package accounts_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/pg/pgtest"
)

// TestDecliningHoldsForAWeek declines on the last day, and looks what a week of
// sweeping leaves.
func TestDecliningHoldsForAWeek(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	organisation, err := accounts.CreateOrganisation(t.Context(), db, "Les amis du phare", noon)
	if err != nil {
		t.Fatal(err)
	}
	inviter(t, db, "nadia", organisation)
	links := &accounts.Links{DB: db, Clock: func() time.Time { return noon.AddDate(0, 0, 6) }}
	if err := links.Decline(t.Context(), "nadia waits"); err != nil {
		t.Fatal(err)
	}
	checkSwept(t, db, 13, 1)
	checkSwept(t, db, 15, 0)
}

func checkSwept(t *testing.T, db *pgxpool.Pool, day, want int) {
	t.Helper()
	if err := accounts.Sweep(t.Context(), db, noon.AddDate(0, 0, day)); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := db.QueryRow(t.Context(), `select count(*) from invitations`).Scan(&left); err != nil || left != want {
		t.Errorf("day %d: %d are left, want %d, %v", day, left, want, err)
	}
}
