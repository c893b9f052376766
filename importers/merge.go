package importers

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/paulmach/orb/encoding/wkb"

	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// footprintField stands for the footprint in a merge; a document has no such field.
const footprintField = "footprint"

// publishChanged merges what the source says now with what people here have
// changed since it last spoke: last imported, new import, ours, field by field.
func (r *run) publishChanged(ctx context.Context) error {
	changed := []verdict{verdictTags, verdictOutline, verdictGeometry, verdictBoth, verdictReturned, verdictRedrawn}
	return r.eachBatch(ctx, changed, func(ctx context.Context, batch []stagedRecord) error {
		ids := make([]places.ID, len(batch))
		for i, record := range batch {
			ids[i] = record.place
		}
		live, err := places.FindLive(ctx, r.tx, ids)
		if err != nil {
			return err
		}
		drafts, err := r.mergedDrafts(ctx, batch, live)
		if err != nil {
			return err
		}
		if _, err := r.publish(ctx, drafts); err != nil {
			return err
		}
		refs, places64 := make([]string, len(batch)), make([]int64, len(batch))
		for i, record := range batch {
			refs[i], places64[i] = record.ref, int64(record.place)
		}
		return r.keepBaseline(ctx, refs, places64)
	})
}

// mergedDrafts are the next states of the places of a batch. A second record of the
// same place, which a merge of places leaves, goes on from the draft of the first.
func (r *run) mergedDrafts(ctx context.Context, batch []stagedRecord, live map[places.ID]places.Live) (drafts []places.Draft, err error) {
	at := make(map[places.ID]int, len(batch))
	for _, record := range batch {
		draft, changes, err := r.mergedDraft(ctx, record, live[record.place])
		if err != nil {
			return nil, fmt.Errorf("merge %s: %w", record.ref, err)
		}
		if !changes {
			continue
		}
		live[record.place] = places.Live{
			Place: draft.Place, Revision: draft.Base, Document: draft.Document, Footprint: draft.Footprint, Provenance: draft.Provenance,
		}
		if first, twice := at[record.place]; twice {
			drafts[first] = draft
			continue
		}
		at[record.place] = len(drafts)
		drafts = append(drafts, draft)
	}
	return drafts, nil
}

// mergedDraft is the next state of a changed record's place; changes is false
// when the change does not reach any published field.
func (r *run) mergedDraft(ctx context.Context, record stagedRecord, live places.Live) (draft places.Draft, changes bool, err error) {
	base, err := sideFields(record.baseline, record.oldShape)
	if err != nil {
		return draft, false, err
	}
	if record.verdict == verdictReturned {
		base["state"] = json.RawMessage(`"closed"`) // what its vanishing said last
	}
	theirs, err := sideFields(record.document, record.footprint)
	if err != nil {
		return draft, false, err
	}
	ours, err := liveFields(live)
	if err != nil {
		return draft, false, err
	}
	merged := places.Merge(base, theirs, ours)
	err = r.queueConflicts(ctx, record, moderation.Imported{Live: live, Theirs: theirs, Ours: ours, Conflicts: merged.Conflicts})
	if err != nil || len(merged.Taken) == 0 {
		return draft, false, err
	}
	draft, err = r.draftFrom(record, live, merged)
	return draft, true, err
}

func (r *run) draftFrom(record stagedRecord, live places.Live, merged places.MergeResult) (places.Draft, error) {
	draft := places.Draft{
		Place: live.Place, Base: live.Revision,
		Footprint: live.Footprint, Provenance: maps.Clone(live.Provenance),
	}
	if slices.Contains(merged.Taken, footprintField) {
		var err error
		if draft.Footprint, err = shape(record.footprint); err != nil {
			return draft, err
		}
	}
	delete(merged.Fields, footprintField)
	for _, path := range merged.Taken {
		delete(draft.Provenance, path)
		if _, there := merged.Fields[path]; there {
			draft.Provenance[path] = r.provenance(record)
		}
	}
	var err error
	draft.Document, err = merged.Fields.Document()
	return draft, err
}

// sideFields are a source's fields with its footprint as one more.
func sideFields(document, footprint []byte) (places.Fields, error) {
	fields, err := places.FieldsOf(document)
	if err != nil {
		return nil, err
	}
	return fields, addFootprint(fields, footprint)
}

func liveFields(live places.Live) (places.Fields, error) {
	fields, err := live.Document.Fields()
	if err != nil {
		return nil, err
	}
	if live.Footprint == nil {
		return fields, nil
	}
	footprint, err := wkb.Marshal(live.Footprint)
	if err != nil {
		return nil, err
	}
	return fields, addFootprint(fields, footprint)
}

func addFootprint(fields places.Fields, footprint []byte) error {
	if footprint == nil {
		return nil
	}
	text, err := json.Marshal(footprint)
	fields[footprintField] = text
	return err
}
