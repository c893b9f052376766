package accounts

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
)

// Organisation is a body that members act for.
type Organisation struct {
	ID   int64
	Name string
}

// longestName bounds the name of an organisation, and of a member in it, in characters.
const longestName = 200

// CreateOrganisation makes one and gives its id. Faults: Invalid for a name that is
// none, Conflict when it is taken.
func CreateOrganisation(ctx context.Context, db pg.DB, name string, now time.Time) (id int64, err error) {
	name, err = nameOf(name)
	if err != nil {
		return 0, err
	}
	err = db.QueryRow(ctx, `insert into organisations (name, created_at) values ($1, $2) returning id`, name, now.UTC()).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("create organisation %q: %w", name, pg.FaultOf(err))
	}
	return id, nil
}

// nameOf is a name on one line: it stands in the subject of letters.
func nameOf(given string) (string, error) {
	name := strings.Join(strings.Fields(given), " ")
	if name == "" || len([]rune(name)) > longestName || strings.ContainsFunc(name, unicode.IsControl) {
		return "", fault.InvalidField("name", "a name has 1 to %d characters", longestName)
	}
	return name, nil
}

// Organisations lists every organisation, the first one first.
func Organisations(ctx context.Context, db pg.DB) ([]Organisation, error) {
	rows, err := db.Query(ctx, `select id, name from organisations order by id`)
	if err != nil {
		return nil, fmt.Errorf("list organisations: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Organisation])
}

// FindOrganisation finds one by its id. Faults: NotFound.
func FindOrganisation(ctx context.Context, db pg.DB, id int64) (o Organisation, err error) {
	err = db.QueryRow(ctx, `select id, name from organisations where id = $1`, id).Scan(&o.ID, &o.Name)
	if errors.Is(err, pgx.ErrNoRows) {
		return o, noOrganisation(id)
	}
	if err != nil {
		return o, fmt.Errorf("find organisation %d: %w", id, err)
	}
	return o, nil
}

func noOrganisation(id int64) error {
	return fault.New(fault.NotFound, "there is no organisation %d", id)
}
