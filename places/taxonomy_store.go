package places

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/pg"
)

// StoreTaxonomy brings the tables category_groups and categories to this
// taxonomy. What it has no more stays: places of the past may name it. Doing
// it again, or twice at once, changes nothing. It opens a transaction (inside one: a savepoint).
func StoreTaxonomy(ctx context.Context, db pg.DB, t *Taxonomy) error {
	err := pg.InTx(ctx, db, func(tx pgx.Tx) error {
		batch := &pgx.Batch{}
		for i, g := range t.Groups {
			batch.Queue(`
				insert into category_groups (id, label_fr, label_en, position)
				values ($1, $2, $3, $4)
				on conflict (id) do update set
					label_fr = excluded.label_fr,
					label_en = excluded.label_en,
					position = excluded.position
				where category_groups is distinct from excluded`, g.ID, g.LabelFr, g.LabelEn, i)
		}
		for _, c := range t.Categories {
			batch.Queue(`
				insert into categories (
					id, group_id, kind, label_fr, label_en, icon, min_zoom, verify_days, match_metres, osm_rule, position
				)
				values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
				on conflict (id) do update set
					group_id = excluded.group_id,
					kind = excluded.kind,
					label_fr = excluded.label_fr,
					label_en = excluded.label_en,
					icon = excluded.icon,
					min_zoom = excluded.min_zoom,
					verify_days = excluded.verify_days,
					match_metres = excluded.match_metres,
					osm_rule = excluded.osm_rule,
					position = excluded.position
				where categories is distinct from excluded`,
				c.ID, c.Group, c.Kind, c.LabelFr, c.LabelEn, c.Icon, c.MinZoom, c.VerifyDays, c.MatchMetres, c.OSMRule, c.Order)
		}
		return tx.SendBatch(ctx, batch).Close()
	})
	if err != nil {
		return fmt.Errorf("store taxonomy: %w", err)
	}
	return nil
}
