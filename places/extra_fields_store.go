package places

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
)

// SetExtraField defines a field of a category from now on, or defines it otherwise; one
// with Removed is asked for no more. It opens a transaction (inside one: a savepoint).
// Faults: NotFound for no such category, Invalid.
func SetExtraField(ctx context.Context, db pg.DB, category string, f ExtraField, now time.Time) error {
	if _, known := ShippedTaxonomy().Category(category); !known {
		return fault.New(fault.NotFound, "there is no category %q", category)
	}
	f, err := f.clean()
	if err != nil {
		return err
	}
	return changeTown(ctx, db, now, func(tx pgx.Tx, at time.Time) error {
		if err := roomForExtra(ctx, tx, category, f); err != nil {
			return err
		}
		choices := f.Choices
		if choices == nil {
			choices = []ExtraChoice{}
		}
		_, err := tx.Exec(ctx, `
			insert into category_fields (
				category, key, position, kind, label_fr, label_en, help_fr, help_en, choices, removed, changed_at
			)
			values (
				$1, $2, (select coalesce(max(position), 0) + 1 from category_fields where category = $1),
				$3, $4, $5, $6, $7, $8, $9, $10
			)
			on conflict (category, key) do update set
				kind = excluded.kind,
				label_fr = excluded.label_fr,
				label_en = excluded.label_en,
				help_fr = excluded.help_fr,
				help_en = excluded.help_en,
				choices = excluded.choices,
				removed = excluded.removed,
				changed_at = excluded.changed_at`,
			category, f.Key, f.Kind, f.LabelFr, f.LabelEn, f.HelpFr, f.HelpEn, choices, f.Removed, at)
		if err != nil {
			return fmt.Errorf("define field %s of %s: %w", f.Key, category, pg.FaultOf(err))
		}
		return nil
	})
}

// roomForExtra refuses the field that is one too many.
func roomForExtra(ctx context.Context, tx pgx.Tx, category string, f ExtraField) error {
	var others int
	err := tx.QueryRow(ctx, `
		select count(*)
		from category_fields
		where category = $1 and key <> $2 and not removed`, category, f.Key).Scan(&others)
	if err != nil {
		return pg.FaultOf(err)
	}
	if !f.Removed && others >= maxExtraFields {
		return fault.InvalidField("key", "a category has at most %d fields of its own", maxExtraFields)
	}
	return nil
}

func readExtraFields(ctx context.Context, db pg.DB) (map[string][]ExtraField, error) {
	rows, err := db.Query(ctx, `
		select category, key, kind, label_fr, label_en, help_fr, help_en, choices, removed
		from category_fields
		order by category, position`)
	if err != nil {
		return nil, pg.FaultOf(err)
	}
	said := make(map[string][]ExtraField)
	for rows.Next() {
		var category string
		var f ExtraField
		err := rows.Scan(&category, &f.Key, &f.Kind, &f.LabelFr, &f.LabelEn, &f.HelpFr, &f.HelpEn, &f.Choices, &f.Removed)
		if err != nil {
			return nil, err
		}
		said[category] = append(said[category], f)
	}
	return said, rows.Err()
}
