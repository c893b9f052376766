package places

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"cartoquartiers/internal/pg"
)

// Live is the current revision of a place: what a new draft is made from.
type Live struct {
	Place      ID
	Revision   int
	Document   Document
	Footprint  orb.Geometry // nil for a point
	Provenance Provenances
}

// FindLive reads the current revisions of these places; a place that does not
// exist is not in the answer. Give it a transaction to see what it sees.
func FindLive(ctx context.Context, db pg.DB, ids []ID) (map[ID]Live, error) {
	rows, err := db.Query(ctx, `
		select p.id, r.number, r.document, st_asbinary(r.footprint), r.provenance
		from places p
		join place_revisions r on r.place_id = p.id and r.number = p.live_revision
		where p.id = any($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("find live revisions: %w", err)
	}
	found := make(map[ID]Live, len(ids))
	var live Live
	var document, footprint, provenance []byte
	scan := []any{&live.Place, &live.Revision, &document, &footprint, &provenance}
	_, err = pgx.ForEachRow(rows, scan, func() (err error) {
		if err := decodeLive(&live, document, footprint, provenance); err != nil {
			return fmt.Errorf("place %d: %w", live.Place, err)
		}
		found[live.Place] = live
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find live revisions: %w", err)
	}
	return found, nil
}

func decodeLive(live *Live, document, footprint, provenance []byte) (err error) {
	live.Document, live.Provenance, live.Footprint = Document{}, nil, nil
	if err = json.Unmarshal(document, &live.Document); err != nil {
		return err
	}
	if err = json.Unmarshal(provenance, &live.Provenance); err != nil {
		return err
	}
	if footprint != nil {
		live.Footprint, err = wkb.Unmarshal(footprint)
	}
	return err
}
