package places

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
)

// Joined says what a merge or its undoing did.
type Joined struct {
	Place    Published // of the place that was merged: its revision when it is back, else 0
	Survivor Published // of the other one; its revision is 0 when nothing of it changed
	Seq      int64     // of the last change
}

// MergeInto takes a place from the map: its id redirects to the other one, which
// gets its source records, its photos, its identifiers where it has none, and its
// confirmation where that is newer. History stays with each. It opens a transaction (inside one: a savepoint).
// Faults: Conflict when one of the two is not on the map.
func MergeInto(ctx context.Context, db pg.DB, taxonomy *Taxonomy, cause Cause, id, into ID) (joined Joined, err error) {
	err = pg.InTx(ctx, db, func(tx pgx.Tx) error {
		live, err := onMap(ctx, tx, id, into)
		if err != nil {
			return err
		}
		gifts, draft, err := inherit(live[id], live[into])
		if err != nil {
			return err
		}
		if joined.Survivor, err = publishIfAny(ctx, tx, taxonomy, cause, draft, len(gifts)); err != nil {
			return err
		}
		joined.Seq, err = unpublish(ctx, tx, cause, id, `update places set state = 'merged', merged_into = $2 where id = $1`, into)
		if err != nil {
			return err
		}
		return moveRecords(ctx, tx, cause, id, into, gifts)
	})
	if err != nil {
		return Joined{}, fmt.Errorf("merge place %d into %d: %w", id, into, err)
	}
	return joined, nil
}

// onMap locks two places and reads them. Faults: Conflict.
func onMap(ctx context.Context, tx pgx.Tx, a, b ID) (map[ID]Live, error) {
	if _, err := tx.Exec(ctx, `select from places where id = any($1) order by id for no key update`, []ID{a, b}); err != nil {
		return nil, err
	}
	for _, id := range []ID{a, b} {
		var shown bool
		if err := tx.QueryRow(ctx, `select exists (select from published_places where id = $1)`, id).Scan(&shown); err != nil {
			return nil, err
		}
		if !shown {
			return nil, fault.New(fault.Conflict, "place %d is not on the map", id)
		}
	}
	return FindLive(ctx, tx, []ID{a, b})
}

// gift is a field that a place got from the one that was merged into it.
type gift struct {
	Before     json.RawMessage `json:"before,omitempty"`
	Value      json.RawMessage `json:"value"`
	Provenance *Provenance     `json:"provenance,omitempty"` // of Before
}

// inherit is the next draft of the place that stays, and what it got.
func inherit(from, to Live) (map[string]gift, Draft, error) {
	theirs, err := from.Document.Fields()
	if err != nil {
		return nil, Draft{}, err
	}
	ours, err := to.Document.Fields()
	if err != nil {
		return nil, Draft{}, err
	}
	gifts := make(map[string]gift)
	provenance := make(Provenances, len(to.Provenance))
	for path, said := range to.Provenance {
		provenance[path] = said
	}
	for path, value := range theirs {
		if !inherits(path, value, ours[path]) {
			continue
		}
		gifts[path] = gift{Before: ours[path], Value: value, Provenance: pointer(to.Provenance, path)}
		ours[path] = value
		said := from.Provenance[path]
		said.Revision = 0 // it is this revision that brings it here
		provenance[path] = said
	}
	document, err := ours.Document()
	return gifts, Draft{Place: to.Place, Base: to.Revision, Document: document, Footprint: to.Footprint, Provenance: provenance}, err
}

// inherits tells the fields that go with a place's sources, photos and confirmations.
func inherits(path string, theirs, ours json.RawMessage) bool {
	if path == "verified_at" {
		return instant(theirs).After(instant(ours))
	}
	return (strings.HasPrefix(path, "identifiers.") || IsPhoto(path)) && ours == nil
}

// instant reads a JSON instant; an absent one was long ago.
func instant(text json.RawMessage) (at time.Time) {
	_ = json.Unmarshal(text, &at) // what is no instant is none
	return at
}

func pointer(of Provenances, path string) *Provenance {
	if said, ok := of[path]; ok {
		return &said
	}
	return nil
}

func publishIfAny(ctx context.Context, tx pgx.Tx, taxonomy *Taxonomy, cause Cause, draft Draft, changed int) (Published, error) {
	if changed == 0 {
		return Published{}, nil
	}
	published, err := Publish(ctx, tx, taxonomy, cause, []Draft{draft})
	if err != nil {
		return Published{}, err
	}
	return published[0], nil
}

func moveRecords(ctx context.Context, tx pgx.Tx, cause Cause, id, into ID, gifts map[string]gift) error {
	text, err := json.Marshal(gifts)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		with moved as (
			update source_records
			set place_id = $2,
				merged_from = merged_from || jsonb_build_object('place', $1::bigint, 'document', document)
			where place_id = $1
		)
		insert into place_merges (place_id, into_id, given, contribution_id, at)
		values ($1, $2, $3, nullif($4::bigint, 0), $5)`, id, into, text, cause.Contribution, cause.At.UTC())
	return err
}

// Separate undoes the merge of a place: it is back on the map with its own
// sources, and with what they have said meanwhile where nobody here has changed
// it; its id redirects no more; the other place loses what it got from it, unless
// that has changed since. It opens a transaction (inside one: a savepoint).
// Faults: Conflict when the place is not merged.
func Separate(ctx context.Context, db pg.DB, taxonomy *Taxonomy, cause Cause, id ID) (joined Joined, err error) {
	err = pg.InTx(ctx, db, func(tx pgx.Tx) error {
		into, gifts, err := undoMerge(ctx, tx, cause, id)
		if err != nil {
			return err
		}
		if joined.Survivor, err = takeBack(ctx, tx, taxonomy, cause, into, gifts); err != nil {
			return err
		}
		draft, err := caughtUp(ctx, tx, cause, id)
		if err != nil {
			return err
		}
		if err := Readmit(ctx, tx, id); err != nil {
			return err
		}
		published, err := Publish(ctx, tx, taxonomy, cause, []Draft{draft})
		if err != nil {
			return err
		}
		joined.Place, joined.Seq = published[0], published[0].Seq
		return returnRecords(ctx, tx, id)
	})
	if err != nil {
		return Joined{}, fmt.Errorf("separate place %d: %w", id, err)
	}
	return joined, nil
}

func undoMerge(ctx context.Context, tx pgx.Tx, cause Cause, id ID) (into ID, gifts map[string]gift, err error) {
	var text []byte
	err = tx.QueryRow(ctx, `
		update place_merges
		set undone = true, undone_by = nullif($2::bigint, 0)
		where place_id = $1 and not undone
		returning into_id, given`, id, cause.Contribution).Scan(&into, &text)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil, fault.New(fault.Conflict, "place %d is not merged", id)
	}
	if err != nil {
		return 0, nil, err
	}
	err = json.Unmarshal(text, &gifts)
	return into, gifts, err
}

// takeBack gives the other place its own values again where it still has those
// that it got. One that was itself merged since keeps them.
func takeBack(ctx context.Context, tx pgx.Tx, taxonomy *Taxonomy, cause Cause, from ID, gifts map[string]gift) (Published, error) {
	var state State
	if err := tx.QueryRow(ctx, `select state from places where id = $1 for no key update`, from).Scan(&state); err != nil {
		return Published{}, err
	}
	if state == Merged || len(gifts) == 0 {
		return Published{}, nil
	}
	found, err := FindLive(ctx, tx, []ID{from})
	if err != nil {
		return Published{}, err
	}
	live := found[from]
	fields, err := live.Document.Fields()
	if err != nil {
		return Published{}, err
	}
	taken := 0
	for path, one := range gifts {
		if !bytes.Equal(fields[path], compact(one.Value)) {
			continue
		}
		taken++
		setOrDelete(fields, path, one.Before)
		delete(live.Provenance, path)
		if one.Provenance != nil {
			live.Provenance[path] = *one.Provenance
		}
	}
	document, err := fields.Document()
	if err != nil {
		return Published{}, err
	}
	return publishIfAny(ctx, tx, taxonomy, cause, Draft{
		Place: from, Base: live.Revision, Document: document, Footprint: live.Footprint, Provenance: live.Provenance,
	}, taken)
}

// caughtUp is a merged place with what its records have said since the merge,
// field by field: at the merge, now, and as the place was.
func caughtUp(ctx context.Context, tx pgx.Tx, cause Cause, id ID) (Draft, error) {
	found, err := FindLive(ctx, tx, []ID{id})
	if err != nil {
		return Draft{}, err
	}
	live := found[id]
	fields, err := live.Document.Fields()
	if err != nil {
		return Draft{}, err
	}
	rows, err := tx.Query(ctx, `
		select m.entry -> 'document', r.document, r.vanished is not null, r.source, s.licence, coalesce(r.at, $2), r.version
		from source_records r
		join sources s on s.id = r.source
		cross join lateral jsonb_array_elements(r.merged_from) m (entry)
		where (m.entry ->> 'place')::bigint = $1
		order by r.source, r.ref`, id, cause.At.UTC())
	if err != nil {
		return Draft{}, err
	}
	var before, now []byte
	var vanished bool
	var said Provenance
	_, err = pgx.ForEachRow(rows, []any{&before, &now, &vanished, &said.Source, &said.Licence, &said.At, &said.Version}, func() error {
		said.At = said.At.UTC()
		return catchUp(fields, live.Provenance, before, now, vanished, said)
	})
	if err != nil {
		return Draft{}, err
	}
	document, err := fields.Document()
	return Draft{
		Place: id, Base: live.Revision, Document: document, Footprint: live.Footprint, Provenance: live.Provenance,
	}, err
}

// catchUp merges one record into the fields. A record that vanished meanwhile says "closed".
func catchUp(fields Fields, provenance Provenances, before, now []byte, vanished bool, said Provenance) error {
	base, err := FieldsOf(before)
	if err != nil {
		return err
	}
	theirs, err := FieldsOf(now)
	if err != nil {
		return err
	}
	if vanished {
		theirs["state"] = json.RawMessage(`"closed"`)
	}
	merged := Merge(base, theirs, fields)
	for _, path := range merged.Taken {
		setOrDelete(fields, path, merged.Fields[path])
		delete(provenance, path)
		if fields[path] != nil {
			provenance[path] = said
		}
	}
	return nil
}

// returnRecords gives a place the records back that were its own, also through later merges.
func returnRecords(ctx context.Context, tx pgx.Tx, id ID) error {
	_, err := tx.Exec(ctx, `
		update source_records r
		set place_id = $1,
			merged_from = (
				select coalesce(jsonb_agg(m.entry order by m.n), '[]')
				from jsonb_array_elements(r.merged_from) with ordinality m (entry, n)
				where m.n < (
					select min(o.n)
					from jsonb_array_elements(r.merged_from) with ordinality o (entry, n)
					where (o.entry ->> 'place')::bigint = $1
				)
			)
		where r.merged_from @> jsonb_build_array(jsonb_build_object('place', $1::bigint))`, id)
	return err
}

// MergedInto is the place on the map that a place was merged into, through any
// number of merges. Faults: NotFound if it was not, or if that one is not shown.
func MergedInto(ctx context.Context, db pg.DB, id ID) (into ID, err error) {
	err = db.QueryRow(ctx, `
		with recursive chain (id) as (
			select merged_into from places where id = $1 and merged_into is not null
			union
			select p.merged_into from places p join chain c on c.id = p.id where p.merged_into is not null
		)
		select id from chain join published_places using (id)`, id).Scan(&into)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, fault.New(fault.NotFound, "there is no place %d", id)
	}
	if err != nil {
		return 0, fmt.Errorf("find what place %d was merged into: %w", id, pg.FaultOf(err))
	}
	return into, nil
}
