package moderation

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/pg"
	"cartoquartiers/places"
)

// Imported is what a later import says of one place, against what people here
// have said since it last spoke. Its author is the importer.
type Imported struct {
	Import    int64  // imports.id
	Source    string // sources.id
	Ref       string // of the source's record; empty for a disappearance
	Live      places.Live
	Theirs    places.Fields          // all that the source says now
	Ours      places.Fields          // live
	Conflicts []places.FieldConflict // base: last imported; theirs: this import; ours: live
	Said      places.Provenance      // of the values that the import brings
}

// Filed says what became of it, in fields.
type Filed struct {
	Fields     int // that now wait for a person and did not before
	Remembered int // that a person has decided before: they stay as decided
}

// FromImport is what only an import's proposal has.
type FromImport struct {
	Source string            `json:"source"`
	Ref    string            `json:"ref,omitempty"`
	Base   places.Fields     `json:"base" doc:"What the source said last, of the fields that it would change"`
	Said   places.Provenance `json:"said" doc:"Where the values come from"`
}

// FileConflicts queues the fields that both an import and people here have
// changed. What a person decided before does not come back: the same place,
// field and incoming value. What still waits of the same record is superseded
// when the source says something else now. It opens a transaction (inside one: a savepoint).
func (r *Road) FileConflicts(ctx context.Context, db pg.DB, found Imported, now time.Time) (filed Filed, err error) {
	err = pg.InTx(ctx, db, func(tx pgx.Tx) error {
		waiting, err := importsWaiting(ctx, tx, found, Edit)
		if err != nil {
			return err
		}
		conflicts, remembered, err := undecided(ctx, tx, found, waiting)
		if err != nil {
			return err
		}
		filed.Remembered = remembered
		conflicts, known := withWaiting(found, conflicts, waiting)
		if known {
			return nil
		}
		if err := supersede(ctx, tx, waiting, now); err != nil {
			return err
		}
		filed.Fields = len(conflicts)
		return r.fileImported(ctx, tx, Edit, found, conflicts, now)
	})
	if err != nil {
		return Filed{}, fmt.Errorf("queue conflicts of place %d: %w", found.Live.Place, err)
	}
	return filed, nil
}

// FileDisappearance queues the closing of a place whose record is gone from the
// source although people here have said something of it. It is asked once: again
// only after the record was there again. What waits of the record is superseded.
// It opens a transaction (inside one: a savepoint).
func (r *Road) FileDisappearance(ctx context.Context, db pg.DB, found Imported, now time.Time) (filed Filed, err error) {
	err = pg.InTx(ctx, db, func(tx pgx.Tx) error {
		edits, err := importsWaiting(ctx, tx, found, Edit)
		if err != nil {
			return err
		}
		if err := supersede(ctx, tx, edits, now); err != nil {
			return err
		}
		closings, err := importsWaiting(ctx, tx, found, Close)
		if err != nil || len(closings) > 0 {
			return err
		}
		filed.Fields = len(found.Conflicts)
		return r.fileImported(ctx, tx, Close, found, found.Conflicts, now)
	})
	if err != nil {
		return Filed{}, fmt.Errorf("queue disappearance of place %d: %w", found.Live.Place, err)
	}
	return filed, nil
}

// Reappeared supersedes the disappearance that waits for a place whose record is there again.
func Reappeared(ctx context.Context, db pg.DB, found Imported, now time.Time) error {
	return pg.InTx(ctx, db, func(tx pgx.Tx) error {
		closings, err := importsWaiting(ctx, tx, found, Close)
		if err != nil {
			return err
		}
		return supersede(ctx, tx, closings, now)
	})
}

// ImportsWaiting lists the places for which something that a source said still
// waits for a person: an import looks there again although nothing is in conflict.
func ImportsWaiting(ctx context.Context, db pg.DB, source string) (map[places.ID]bool, error) {
	rows, err := db.Query(ctx, `
		select distinct place_id
		from contributions
		where import_id is not null
			and state in ('pending', 'needs_info', 'escalated')
			and body #>> '{imported,source}' = $1`, source)
	if err != nil {
		return nil, fmt.Errorf("list what imports wait for: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[places.ID])
	waiting := make(map[places.ID]bool, len(ids))
	for _, id := range ids {
		waiting[id] = true
	}
	return waiting, err
}

// importsWaiting finds and locks what the same source said of a place and still
// waits; with a Ref, of that record alone.
func importsWaiting(ctx context.Context, tx pgx.Tx, found Imported, action Action) ([]Contribution, error) {
	rows, err := tx.Query(ctx, selectContribution+`
		where c.place_id = $1
			and c.action = $2
			and c.import_id is not null
			and c.state in ('pending', 'needs_info', 'escalated')
			and c.body #>> '{imported,source}' = $3
			and ($2 = 'close' or $4 = '' or c.body #>> '{imported,ref}' = $4)
		order by c.id
		for update of c`, found.Live.Place, action, found.Source, found.Ref)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanContribution)
}

// undecided leaves out the conflicts that a person has decided before, or that
// wait on account of another record of the same place.
func undecided(ctx context.Context, tx pgx.Tx, found Imported, waiting []Contribution) (rest []places.FieldConflict, remembered int, err error) {
	mine := make([]int64, len(waiting))
	for i, c := range waiting {
		mine[i] = c.ID
	}
	for _, conflict := range found.Conflicts {
		var decided bool
		err := tx.QueryRow(ctx, `
			select exists (
				select
				from import_conflicts i
				join contributions c on c.id = i.contribution_id
				where i.place_id = $1
					and i.field = $2
					and i.theirs is not distinct from $3::jsonb
					and c.state in ('accepted', 'refused', 'pending', 'needs_info', 'escalated')
					and c.action = 'edit'
					and c.id <> all($4)
			)`, found.Live.Place, conflict.Field, conflict.Theirs, mine).Scan(&decided)
		if err != nil {
			return nil, 0, err
		}
		if decided {
			remembered++
			continue
		}
		rest = append(rest, conflict)
	}
	return rest, remembered, nil
}

// withWaiting adds the fields that wait already and that the source still says.
// known reports that the sum is what waits: nothing is to be done.
func withWaiting(found Imported, fresh []places.FieldConflict, waiting []Contribution) (all []places.FieldConflict, known bool) {
	all = fresh
	before := 0
	for _, c := range waiting {
		for _, path := range slices.Sorted(maps.Keys(c.Proposal.Patch)) {
			before++
			theirs, ours := found.Theirs[path], found.Ours[path]
			if said(c.Proposal.Patch[path]) != said(theirs) || said(theirs) == said(ours) || has(fresh, path) {
				continue
			}
			all = append(all, places.FieldConflict{Field: path, Base: c.Proposal.Imported.Base[path], Theirs: theirs, Ours: ours})
		}
	}
	return all, len(fresh) == 0 && len(all) == before
}

func has(conflicts []places.FieldConflict, path string) bool {
	return slices.ContainsFunc(conflicts, func(c places.FieldConflict) bool { return c.Field == path })
}

// said is a value as text, the same for one that is absent and one that is null.
func said(value json.RawMessage) string {
	if value == nil {
		return "null"
	}
	return string(value)
}

func supersede(ctx context.Context, tx pgx.Tx, waiting []Contribution, now time.Time) error {
	for _, c := range waiting {
		if err := step(ctx, tx, c, Superseded, decider{role: accounts.Importer, rule: "import"}, now); err != nil {
			return err
		}
	}
	return nil
}

// fileImported writes the contribution of an import, and what it would change by field.
func (r *Road) fileImported(ctx context.Context, tx pgx.Tx, action Action, found Imported, conflicts []places.FieldConflict, now time.Time) error {
	if len(conflicts) == 0 {
		return nil
	}
	in := incoming{
		actor:      accounts.Actor{Role: accounts.Importer, Import: found.Import},
		submission: Submission{Action: action, PlaceID: found.Live.Place, BaseRevision: found.Live.Revision},
		proposal:   proposalOf(found, conflicts),
		envelope:   Envelope{Now: now},
	}
	in.place.position, in.place.category = found.Live.Document.Position, found.Live.Document.Category
	in.place.Group = r.Taxonomy.GroupOf(in.place.category)
	var err error
	if in.place.Neighbourhood, err = places.Locate(ctx, tx, in.place.position); err != nil {
		return err
	}
	in.screening.Reasons = []string{}
	in.screening.noticeContent(in.proposal, found.Ours, false)
	body, err := json.Marshal(in.proposal)
	if err != nil {
		return err
	}
	in.bodyHash = sha256.Sum256(body)
	c, err := r.store(ctx, tx, &in)
	if err != nil {
		return err
	}
	return keepConflicts(ctx, tx, found.Import, c, conflicts)
}

func proposalOf(found Imported, conflicts []places.FieldConflict) Proposal {
	p := Proposal{
		Patch:    make(places.Fields, len(conflicts)),
		Imported: &FromImport{Source: found.Source, Ref: found.Ref, Base: make(places.Fields, len(conflicts)), Said: found.Said},
	}
	for _, conflict := range conflicts {
		p.Patch[conflict.Field] = json.RawMessage(said(conflict.Theirs))
		if conflict.Base != nil {
			p.Imported.Base[conflict.Field] = conflict.Base
		}
	}
	return p
}

// keepConflicts is the memory of what was asked.
func keepConflicts(ctx context.Context, tx pgx.Tx, run int64, c Contribution, conflicts []places.FieldConflict) error {
	for _, conflict := range conflicts {
		_, err := tx.Exec(ctx, `
			insert into import_conflicts (import_id, place_id, field, base, theirs, ours, contribution_id)
			values ($1, $2, $3, $4, $5, $6, $7)
			on conflict on constraint import_conflicts_field_once do update set
				base = excluded.base,
				theirs = excluded.theirs,
				ours = excluded.ours,
				contribution_id = excluded.contribution_id`,
			run, c.Place, conflict.Field, conflict.Base, conflict.Theirs, conflict.Ours, c.ID)
		if err != nil {
			return err
		}
	}
	return nil
}
