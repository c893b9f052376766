package places

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
)

// NewExtraField is SetExtraField for a key that the category never had, removed fields
// included: places may still have values under those.
func NewExtraField(ctx context.Context, db pg.DB, category string, f ExtraField, now time.Time) error {
	return setExtraField(ctx, db, category, f, now, true)
}

// SetExtraField defines a field of a category from now on, or defines it otherwise; one
// with Removed is asked for no more. A field keeps its kind, which the values that places
// have are of. It opens a transaction (inside one: a savepoint).
// Faults: NotFound for no such category, Invalid.
func SetExtraField(ctx context.Context, db pg.DB, category string, f ExtraField, now time.Time) error {
	return setExtraField(ctx, db, category, f, now, false)
}

func setExtraField(ctx context.Context, db pg.DB, category string, f ExtraField, now time.Time, isNew bool) error {
	if _, known := ShippedTaxonomy().Category(category); !known {
		return fault.New(fault.NotFound, "there is no category %q", category)
	}
	f, err := f.clean()
	if err != nil {
		return err
	}
	return changeTown(ctx, db, now, func(tx pgx.Tx, at time.Time) error {
		if err := keepsKind(ctx, tx, category, f, isNew); err != nil {
			return err
		}
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

// keepsKind refuses a new field under a key that is taken, and another kind for a known one.
func keepsKind(ctx context.Context, tx pgx.Tx, category string, f ExtraField, isNew bool) error {
	var known ExtraField
	err := tx.QueryRow(ctx, `
		select kind, removed
		from category_fields
		where category = $1 and key = $2`, category, f.Key).Scan(&known.Kind, &known.Removed)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return pg.FaultOf(err)
	case isNew && known.Removed:
		return fault.InvalidField("key", "%q is a field that is asked for no more: ask for it again below, or take another key", f.Key)
	case isNew:
		return fault.InvalidField("key", "the category has a field %q already", f.Key)
	case known.Kind != f.Kind:
		return fault.InvalidField("kind", "a field keeps its kind, which places have values of; another kind takes another key")
	}
	return nil
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
