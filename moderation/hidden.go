package moderation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/pg"
	"cartoquartiers/places"
)

// Hidden is what everybody may know of a hidden place.
type Hidden struct {
	Face     string // refused: what is below is shown, greyed; withheld: only that something was, and why
	Reason   string // one of Reasons; empty where none is known
	At       time.Time
	Name     places.Text // of a refused one
	Category string      // likewise
}

// FindHidden tells that a place is hidden, by its face. Only the page of the place
// itself asks: in lists, tiles, search and answers to programs a hidden place is as one
// that never was. Faults: NotFound for one that is on the map, merged, or never was.
func FindHidden(ctx context.Context, db pg.DB, id places.ID) (h Hidden, err error) {
	var document []byte
	var at *time.Time
	err = db.QueryRow(ctx, `
		select
			p.visibility,
			coalesce(c.body ->> 'reason', ''),
			c.decided_at,
			case when p.visibility = 'refused' then r.document end
		from places p
		join place_revisions r on r.place_id = p.id and r.number = p.live_revision
		left join lateral (
			select body, decided_at
			from contributions
			where place_id = p.id and action = 'hide' and state = 'accepted' and body ? 'face' -- without: of a photo
			order by decided_at desc
			limit 1
		) c on true
		where p.id = $1 and p.visibility <> 'public' and p.merged_into is null`, id).Scan(&h.Face, &h.Reason, &at, &document)
	if errors.Is(err, pgx.ErrNoRows) {
		return h, noPlace()
	}
	if err != nil {
		return h, fmt.Errorf("find hidden place %d: %w", id, pg.FaultOf(err))
	}
	if at != nil {
		h.At = at.UTC()
	}
	if document == nil {
		return h, nil
	}
	var d places.Document
	err = json.Unmarshal(document, &d)
	h.Name, h.Category = d.Name, d.Category
	return h, err
}
