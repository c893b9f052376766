package moderation

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb/encoding/wkb"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/places"
)

// localSource is the row of the table sources for what people here say.
const localSource = "local"

// effect does what an accepted contribution proposes.
func (r *Road) effect(ctx context.Context, tx pgx.Tx, a answer) (d Decision, err error) {
	c := a.contribution
	d = Decision{Outcome: Accepted, Place: c.Place}
	cause := places.Cause{Contribution: c.ID, At: a.at}
	switch c.Action {
	case Photo:
		err = r.publishPhoto(ctx, tx, a, cause, &d)
	case Report: // what follows from it is a contribution of its own
	case Hide:
		if c.Proposal.Photo != 0 {
			return d, r.takePhotoOff(ctx, tx, a, cause, &d)
		}
		d.Seq, err = places.Withdraw(ctx, tx, cause, c.Place, c.Proposal.Face)
	case Merge:
		err = r.mergePlaces(ctx, tx, c, cause, &d)
	case Erase:
		err = r.erase(ctx, tx, a, cause, &d)
	case Restore:
		err = r.restore(ctx, tx, a, cause, &d)
	case Revert:
		if err = places.Readmit(ctx, tx, c.Place); err == nil {
			err = r.publish(ctx, tx, a, cause, &d)
		}
	case Create:
		if err = r.publish(ctx, tx, a, cause, &d); err == nil {
			err = r.keepPairs(ctx, tx, c, d.Place, a.at)
		}
	case Edit, Move, Close, Reopen, Confirm:
		err = r.publish(ctx, tx, a, cause, &d)
	}
	return d, err
}

// restore brings a hidden place back, or undoes the merge of one.
func (r *Road) restore(ctx context.Context, tx pgx.Tx, a answer, cause places.Cause, d *Decision) error {
	merged, err := isMerged(ctx, tx, a.contribution.Place)
	if err != nil {
		return err
	}
	if merged {
		return r.separatePlaces(ctx, tx, a.contribution, cause, d)
	}
	if err := places.Readmit(ctx, tx, a.contribution.Place); err != nil {
		return err
	}
	return r.publish(ctx, tx, a, cause, d)
}

// publish makes the next revision of the place and tells the decision what it is.
func (r *Road) publish(ctx context.Context, tx pgx.Tx, a answer, cause places.Cause, d *Decision) error {
	draft, err := r.draft(ctx, tx, a)
	if err != nil {
		return err
	}
	published, err := places.Publish(ctx, tx, r.Taxonomy, cause, []places.Draft{draft})
	if err != nil {
		return err
	}
	one := published[0]
	d.Place, d.Revision, d.Seq, d.commitment = one.Place, one.Revision, one.Seq, one.Commitment
	return nil
}

// draft is the next revision of the place, as the contribution has it.
func (r *Road) draft(ctx context.Context, tx pgx.Tx, a answer) (places.Draft, error) {
	c, edits := a.contribution, a.edits
	if c.Action == Create {
		fields := apply(apply(places.Fields{}, c.Proposal.Patch), edits)
		if err := r.checkExtraEdits(fields, edits, sides{theirs: c.Proposal.Patch}); err != nil {
			return places.Draft{}, err
		}
		return draftOf(places.Live{}, fields, a.said)
	}
	merged, err := r.mergeNow(ctx, tx, c, edits)
	if err != nil {
		return places.Draft{}, err
	}
	if len(merged.Conflicts) > 0 {
		return places.Draft{}, fault.Wrap(fault.Conflict, &MergeConflictError{Conflicts: merged.Conflicts},
			"%d fields have changed since the author looked; settle them with edits", len(merged.Conflicts))
	}
	if c.Action == Revert {
		if a.restored, err = provenanceAt(ctx, tx, c.Place, c.Proposal.Revision); err != nil {
			return places.Draft{}, err
		}
	}
	draft, err := draftOf(merged.live, merged.Fields, a.said)
	if err != nil {
		return draft, err
	}
	return draft, outline(&draft, c.Proposal)
}

// said is where the value of a field comes from: from the contribution's author,
// with the author's licence, except what the moderator wrote.
func (a answer) said(path string) places.Provenance {
	imported := a.contribution.Proposal.Imported
	local := places.Provenance{Source: localSource, Licence: places.LicenceOuverte, At: a.at.Truncate(time.Second), Role: string(a.contribution.Role)}
	if before, restored := a.restored[path]; restored {
		return before // what came from elsewhere comes from there again, under its licence
	}
	if imported == nil {
		local.Licence = cmp.Or(a.contribution.Proposal.photoLicence(path), local.Licence)
		return local
	}
	if _, edited := a.edits[path]; edited {
		local.Role = string(a.by.role)
		return local
	}
	return imported.Said
}

// provenanceAt tells where the values of a revision came from.
func provenanceAt(ctx context.Context, tx pgx.Tx, id places.ID, revision int) (p places.Provenances, err error) {
	var text []byte
	err = tx.QueryRow(ctx, `select provenance from place_revisions where place_id = $1 and number = $2`, id, revision).Scan(&text)
	if err != nil {
		return nil, err
	}
	return p, json.Unmarshal(text, &p)
}

// footprintPath stands for the outline in what an import proposes; documents have no such field.
const footprintPath = "footprint"

// outline replaces the footprint where the proposal does.
func outline(draft *places.Draft, p Proposal) error {
	text, proposed := p.Patch[footprintPath]
	if !proposed {
		return nil
	}
	delete(draft.Provenance, footprintPath)
	var shape []byte
	err := json.Unmarshal(text, &shape)
	if draft.Footprint = nil; err != nil || shape == nil {
		return err
	}
	draft.Footprint, err = wkb.Unmarshal(shape)
	return err
}

// merging is a merge with the place it was made on.
type merging struct {
	places.MergeResult
	live places.Live
}

// mergeNow merges a proposal into the live revision: what the author changed
// since the revision they saw, where nobody else has changed it since. Edits
// go on top and settle conflicts.
func (r *Road) mergeNow(ctx context.Context, tx pgx.Tx, c Contribution, edits places.Fields) (m merging, err error) {
	var of sides
	if of, err = sidesOf(ctx, tx, c); err != nil {
		return m, err
	}
	m.live = of.live
	m.MergeResult = places.Merge(of.base, of.theirs, of.ours)
	m.Fields = apply(m.Fields, edits)
	m.Conflicts = unsettled(m.Conflicts, edits)
	return m, r.checkExtraEdits(m.Fields, edits, of)
}

// sides are the three versions of a place that a merge compares.
type sides struct {
	live   places.Live
	base   places.Fields // that the author saw
	theirs places.Fields // that the author proposes
	ours   places.Fields // live
}

// sidesOf reads them. A creation has no base and nothing live.
func sidesOf(ctx context.Context, db pg.DB, c Contribution) (of sides, err error) {
	if c.Place == 0 || c.Action == Create {
		return sides{base: places.Fields{}, theirs: apply(places.Fields{}, c.Proposal.Patch), ours: places.Fields{}}, nil
	}
	live, err := places.FindLive(ctx, db, []places.ID{c.Place})
	if err != nil {
		return of, err
	}
	of.live = live[c.Place]
	if of.ours, err = of.live.Document.Fields(); err != nil {
		return of, err
	}
	of.base, of.theirs = of.ours, of.ours
	switch {
	case c.Action == Revert && len(c.Proposal.Patch) > 0: // of some fields
		of.theirs = apply(of.ours, c.Proposal.Patch)
	case c.Action == Revert:
		of.theirs, err = places.FieldsAt(ctx, db, c.Place, c.Proposal.Revision)
	case len(c.Proposal.Patch) > 0:
		of.base, err = places.FieldsAt(ctx, db, c.Place, c.BaseRevision)
		if fault.Is(err, fault.Conflict) { // what the author saw was erased: a person compares
			of.base, err = places.Fields{}, nil
		}
		of.theirs = apply(of.base, c.Proposal.Patch)
	}
	return of, err
}

func unsettled(conflicts []places.FieldConflict, edits places.Fields) (rest []places.FieldConflict) {
	for _, conflict := range conflicts {
		if _, settled := edits[conflict.Field]; !settled {
			rest = append(rest, conflict)
		}
	}
	return rest
}

// apply is RFC 7396 on fields: null removes.
func apply(fields, patch places.Fields) places.Fields {
	out := maps.Clone(fields)
	for path, value := range patch {
		if string(value) == "null" {
			delete(out, path)
			continue
		}
		out[path] = value
	}
	return out
}

// draftOf makes the draft in which these fields replace the live ones; said
// tells where what differs comes from.
func draftOf(live places.Live, fields places.Fields, said func(path string) places.Provenance) (places.Draft, error) {
	document, err := fields.Document()
	if err != nil {
		return places.Draft{}, err
	}
	before := places.Fields{}
	if live.Place != 0 {
		if before, err = live.Document.Fields(); err != nil {
			return places.Draft{}, err
		}
	}
	provenance := make(places.Provenances, len(fields))
	for path, value := range fields {
		provenance[path] = said(path)
		if old, known := live.Provenance[path]; known && bytes.Equal(before[path], value) {
			provenance[path] = old
		}
	}
	return places.Draft{
		Place: live.Place, Base: live.Revision, Document: document, Footprint: live.Footprint, Provenance: provenance,
	}, nil
}
