package places

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
)

// Override is what a town says of a category instead of the shipped taxonomy.
// Empty texts are as shipped. Group, kind, OSM rule and zoom are never overridden:
// what places are, and where imports put them, stays the same for everybody.
type Override struct {
	Category   string
	LabelFr    string
	LabelEn    string
	Pictogram  string // id of the shipped category whose pictogram it has
	VerifyDays *int   // nil: as shipped
	Hidden     bool   // see Category.Hidden
}

// Bounds of what a town may say.
const (
	maxLabel      = 80   // characters
	maxVerifyDays = 3650 // ten years
)

// Seen is the category as it would be with an override: for who tries one. A pictogram
// that is none is left as it was.
func (c Category) Seen(o Override) Category {
	o.apply(&c)
	if like, known := ShippedTaxonomy().Category(o.Pictogram); known {
		c.Pictogram, c.Icon = like.ID, like.Icon
	}
	return c
}

func (o Override) apply(c *Category) {
	if o.LabelFr != "" {
		c.LabelFr = o.LabelFr
	}
	if o.LabelEn != "" {
		c.LabelEn = o.LabelEn
	}
	if o.VerifyDays != nil {
		c.VerifyDays = *o.VerifyDays
	}
	c.Hidden = o.Hidden
}

// SetOverride says what a town says of a category from now on, and brings the table
// categories to it. What is as shipped is not kept as an override, but the row
// stays: others see by its time that something changed. It opens a transaction
// (inside one: a savepoint). Faults: NotFound for no such category, Invalid.
func SetOverride(ctx context.Context, db pg.DB, o Override, now time.Time) error {
	shipped := ShippedTaxonomy()
	c, known := shipped.Category(o.Category)
	if !known {
		return fault.New(fault.NotFound, "there is no category %q", o.Category)
	}
	o = o.without(c)
	if err := o.check(shipped); err != nil {
		return err
	}
	return changeTown(ctx, db, now, func(tx pgx.Tx, at time.Time) error {
		_, err := tx.Exec(ctx, `
			insert into category_overrides (category, label_fr, label_en, pictogram, verify_days, hidden, changed_at)
			values ($1, nullif($2, ''), nullif($3, ''), nullif($4, ''), $5, $6, $7)
			on conflict (category) do update set
				label_fr = excluded.label_fr,
				label_en = excluded.label_en,
				pictogram = excluded.pictogram,
				verify_days = excluded.verify_days,
				hidden = excluded.hidden,
				changed_at = excluded.changed_at`,
			o.Category, o.LabelFr, o.LabelEn, o.Pictogram, o.VerifyDays, o.Hidden, at)
		if err != nil {
			return fmt.Errorf("override category %s: %w", o.Category, pg.FaultOf(err))
		}
		return nil
	})
}

func readOverrides(ctx context.Context, db pg.DB) ([]Override, error) {
	rows, err := db.Query(ctx, `
		select category, coalesce(label_fr, ''), coalesce(label_en, ''), coalesce(pictogram, ''), verify_days, hidden
		from category_overrides
		order by category`)
	if err != nil {
		return nil, pg.FaultOf(err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Override])
}

// without leaves out what is as shipped.
func (o Override) without(c Category) Override {
	o.LabelFr, o.LabelEn = strings.TrimSpace(o.LabelFr), strings.TrimSpace(o.LabelEn)
	if o.LabelFr == c.LabelFr {
		o.LabelFr = ""
	}
	if o.LabelEn == c.LabelEn {
		o.LabelEn = ""
	}
	if o.Pictogram == c.Pictogram {
		o.Pictogram = ""
	}
	if o.VerifyDays != nil && *o.VerifyDays == c.VerifyDays {
		o.VerifyDays = nil
	}
	return o
}

func (o Override) check(shipped *Taxonomy) error {
	for name, label := range map[string]string{"label_fr": o.LabelFr, "label_en": o.LabelEn} {
		if utf8.RuneCountInString(label) > maxLabel {
			return fault.InvalidField(name, "up to %d characters", maxLabel)
		}
	}
	if _, known := shipped.Category(o.Pictogram); o.Pictogram != "" && !known {
		return fault.InvalidField("pictogram", "%q is not a category", o.Pictogram)
	}
	if o.VerifyDays != nil && (*o.VerifyDays < 0 || *o.VerifyDays > maxVerifyDays) {
		return fault.InvalidField("verify_days", "from 0 to %d days", maxVerifyDays)
	}
	return nil
}
