package places

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/pg"
)

// Town is what a town says instead of the shipped taxonomy, or beside it.
type Town struct {
	Categories []Override
	Colours    map[string]GroupColour  // by group
	Extra      map[string][]ExtraField // by category
}

// With is the taxonomy with what a town says. What is said of a category or group
// that is not there is left out: a file of a later version may have dropped it.
func (t *Taxonomy) With(said Town) *Taxonomy {
	town := &Taxonomy{
		Groups: append([]Group(nil), t.Groups...), Categories: append([]Category(nil), t.Categories...),
		byID: make(map[string]*Category, len(t.Categories)), extra: said.Extra,
	}
	for i := range town.Categories {
		town.byID[town.Categories[i].ID] = &town.Categories[i]
	}
	for _, o := range said.Categories {
		c := town.byID[o.Category]
		if c == nil {
			continue
		}
		o.apply(c)
		if like := t.byID[o.Pictogram]; like != nil {
			c.Pictogram, c.Icon = like.ID, like.Icon
		}
	}
	for i, group := range town.Groups {
		if colour, changed := said.Colours[group.ID]; changed {
			town.Groups[i].Colour = colour
		}
	}
	return town
}

// TownTaxonomy is the shipped taxonomy with what the town says in the database, and
// when it last said something; zero for never.
func TownTaxonomy(ctx context.Context, db pg.DB) (*Taxonomy, time.Time, error) {
	at, err := TownChanged(ctx, db) // first: what comes in between is seen at the next look
	if err != nil {
		return nil, at, err
	}
	var said Town
	if said.Categories, err = readOverrides(ctx, db); err != nil {
		return nil, at, fmt.Errorf("read what the town says of categories: %w", err)
	}
	if said.Colours, err = readColours(ctx, db); err != nil {
		return nil, at, fmt.Errorf("read what the town says of colours: %w", err)
	}
	if said.Extra, err = readExtraFields(ctx, db); err != nil {
		return nil, at, fmt.Errorf("read the fields that the town has defined: %w", err)
	}
	return ShippedTaxonomy().With(said), at, nil
}

// TownChanged is when the town last said something of its categories; zero for never.
func TownChanged(ctx context.Context, db pg.DB) (time.Time, error) {
	var at *time.Time
	err := db.QueryRow(ctx, `
		select max(changed_at)
		from (
			select changed_at from category_overrides
			union all
			select changed_at from group_colours
			union all
			select changed_at from category_fields
		) as town`).Scan(&at)
	if err != nil || at == nil {
		return time.Time{}, pg.FaultOf(err)
	}
	return at.UTC(), nil
}

// changeTown changes what the town says, at an instant that is later than that of any
// change before, whatever the clocks of servers say: others see by it that something
// changed. Then it brings the tables to it.
func changeTown(ctx context.Context, db pg.DB, now time.Time, change func(tx pgx.Tx, at time.Time) error) error {
	return pg.InTx(ctx, db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtext('what the town says'))`); err != nil {
			return pg.FaultOf(err)
		}
		last, err := TownChanged(ctx, tx)
		if err != nil {
			return err
		}
		at := now.UTC().Truncate(time.Microsecond)
		if !at.After(last) {
			at = last.Add(time.Microsecond)
		}
		if err := change(tx, at); err != nil {
			return err
		}
		town, _, err := TownTaxonomy(ctx, tx)
		if err != nil {
			return err
		}
		return StoreTaxonomy(ctx, tx, town)
	})
}
