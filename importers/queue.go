package importers

import (
	"context"
	"encoding/json"

	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// findWaiting looks up what earlier runs asked and nobody has answered yet.
func (r *run) findWaiting(ctx context.Context) (err error) {
	r.road = moderation.DefaultRoad(r.options.Taxonomy)
	r.waiting, err = moderation.ImportsWaiting(ctx, r.tx, r.source.ID())
	return err
}

// queueConflicts hands fields that both sides changed to a person; ours stays
// until they have decided.
func (r *run) queueConflicts(ctx context.Context, record stagedRecord, found moderation.Imported) error {
	waits := r.waiting[found.Live.Place]
	if len(found.Conflicts) == 0 && !waits {
		return nil // nearly always
	}
	r.identify(&found, record)
	if waits && record.verdict == verdictReturned {
		if err := moderation.Reappeared(ctx, r.tx, found, r.options.Now); err != nil {
			return err
		}
	}
	filed, err := r.road.FileConflicts(ctx, r.tx, found, r.options.Now)
	r.count(filed)
	return err
}

// queueDisappearance asks a person whether a place that people here know of is
// gone too. It is asked in the run in which its record vanished, and not again.
func (r *run) queueDisappearance(ctx context.Context, live places.Live) error {
	ours, err := json.Marshal(live.Document.State)
	if err != nil {
		return err
	}
	fields, err := live.Document.Fields()
	if err != nil {
		return err
	}
	found := moderation.Imported{Live: live, Ours: fields, Conflicts: []places.FieldConflict{{
		Field: "state", Base: json.RawMessage(`"open"`), Theirs: json.RawMessage(`"closed"`), Ours: ours,
	}}}
	r.identify(&found, stagedRecord{})
	filed, err := r.road.FileDisappearance(ctx, r.tx, found, r.options.Now)
	r.count(filed)
	return err
}

func (r *run) identify(found *moderation.Imported, record stagedRecord) {
	found.Import, found.Source, found.Ref, found.Said = r.report.Import, r.source.ID(), record.ref, r.provenance(record)
}

func (r *run) count(filed moderation.Filed) {
	r.report.Conflicts += filed.Fields
	r.report.Remembered += filed.Remembered
}
