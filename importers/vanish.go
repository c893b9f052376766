package importers

import (
	"context"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/places"
)

// closeVanished closes the places whose record is gone, with their history. A
// place with local life is not closed by a file: that waits for a person.
func (r *run) closeVanished(ctx context.Context) error {
	ids, err := r.vanishedPlaces(ctx)
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(ids, vanishBatch) {
		if err := r.closePlaces(ctx, chunk); err != nil {
			return err
		}
	}
	_, err = r.tx.Exec(ctx, `
		update source_records
		set vanished = $2, import_id = $2
		from verdicts v
		where source = $1 and v.ref = source_records.ref and v.verdict = 'vanished'`, r.source.ID(), r.report.Import)
	return err
}

// vanishBatch is how many live documents are held at once.
const vanishBatch = 2000

func (r *run) closePlaces(ctx context.Context, ids []places.ID) error {
	live, err := places.FindLive(ctx, r.tx, ids)
	if err != nil {
		return err
	}
	var drafts []places.Draft
	for _, id := range ids {
		place := live[id]
		switch {
		case place.Document.State == places.Closed:
		case r.hasLocalLife(place):
			if err := r.queueDisappearance(ctx, place); err != nil {
				return err
			}
		default:
			drafts = append(drafts, r.closing(place))
		}
	}
	r.report.Closed += len(drafts)
	_, err = r.publish(ctx, drafts)
	return err
}

// vanishedPlaces lists, once each, the places whose record vanished and that no
// other present record speaks for.
func (r *run) vanishedPlaces(ctx context.Context) ([]places.ID, error) {
	rows, err := r.tx.Query(ctx, `
		select distinct v.place_id
		from verdicts v
		where v.verdict = 'vanished'
			and not exists (
				select from source_records other
				where other.place_id = v.place_id
					and other.vanished is null
					and not (other.source = $1 and other.ref in (select ref from verdicts where verdict = 'vanished'))
			)
		order by v.place_id`, r.source.ID())
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[places.ID])
}

// hasLocalLife reports whether anything the place says comes from elsewhere than this source.
func (r *run) hasLocalLife(place places.Live) bool {
	for _, field := range place.Provenance {
		if field.Source != r.source.ID() {
			return true
		}
	}
	return false
}

func (r *run) closing(place places.Live) places.Draft {
	document := place.Document
	document.State = places.Closed
	provenance := maps.Clone(place.Provenance)
	provenance["state"] = r.provenance(stagedRecord{})
	return places.Draft{
		Place: place.Place, Base: place.Revision,
		Document: document, Footprint: place.Footprint, Provenance: provenance,
	}
}
