package places

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/pg"
)

// SetGroupColour gives a group a colour from now on; the shipped one, or none, takes
// back what the town said. Faults: NotFound for no such group, Invalid for what CheckColour
// finds. It opens a transaction (inside one: a savepoint).
func SetGroupColour(ctx context.Context, db pg.DB, group string, wanted GroupColour, now time.Time) error {
	wanted = GroupColour{strings.ToLower(wanted.Day), strings.ToLower(wanted.Night)}
	if wanted == (GroupColour{}) {
		wanted = colourOf(group)
	}
	return changeTown(ctx, db, now, func(tx pgx.Tx, at time.Time) error {
		town, _, err := TownTaxonomy(ctx, tx) // under the lock: two colours may not be chosen beside each other unseen
		if err != nil {
			return err
		}
		problems, err := town.CheckColour(group, wanted)
		if err != nil {
			return err
		}
		if len(problems) > 0 {
			return problems[0].fault()
		}
		if wanted == colourOf(group) {
			wanted = GroupColour{}
		}
		_, err = tx.Exec(ctx, `
			insert into group_colours (group_id, day, night, changed_at)
			values ($1, nullif($2, ''), nullif($3, ''), $4)
			on conflict (group_id) do update set
				day = excluded.day,
				night = excluded.night,
				changed_at = excluded.changed_at`, group, wanted.Day, wanted.Night, at)
		if err != nil {
			return fmt.Errorf("colour of group %s: %w", group, pg.FaultOf(err))
		}
		return nil
	})
}

func readColours(ctx context.Context, db pg.DB) (map[string]GroupColour, error) {
	rows, err := db.Query(ctx, `select group_id, day, night from group_colours where day is not null`)
	if err != nil {
		return nil, pg.FaultOf(err)
	}
	said := make(map[string]GroupColour)
	var id string
	var colour GroupColour
	_, err = pgx.ForEachRow(rows, []any{&id, &colour.Day, &colour.Night}, func() error {
		said[id] = colour
		return nil
	})
	return said, err
}
