package places

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
)

// Revision is one numbered state of a place as the public may see it: nothing
// private is in it.
type Revision struct {
	Number     int             `json:"number"`
	Base       *int            `json:"base,omitempty" doc:"The revision it was made from"`
	At         time.Time       `json:"at"`
	Import     *int64          `json:"import,omitempty" doc:"The import that caused it"`
	Source     *string         `json:"source,omitempty" doc:"The source of that import"`
	Changed    []string        `json:"changed" doc:"Paths of the fields that differ from the revision before"`
	Document   json.RawMessage `json:"document" doc:"The fields of the place"`
	Provenance json.RawMessage `json:"provenance" doc:"Where the value of each field comes from"`
	Erased     bool            `json:"erased,omitempty" doc:"What it said was erased for privacy; only that there was a revision is left"`
}

// Revisions gives up to limit revisions of a place, the newest first, those with
// a number below before where before is not 0. NotFound if there is no such place,
// or if it is hidden.
func Revisions(ctx context.Context, db pg.DB, id ID, before, limit int) ([]Revision, error) {
	rows, err := db.Query(ctx, `
		select r.number, r.base, r.at, r.import_id, i.source, null::text[],
			r.document - 'private',
			(select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(r.provenance) where key !~ '^private(\.|$)'),
			r.erased_at is not null
		from place_revisions r
		left join imports i on i.id = r.import_id
		where r.place_id = $1 and ($2 = 0 or r.number < $2)
			and exists (select from published_places p where p.id = r.place_id) -- a hidden place is absent, with its history
		order by r.number desc
		limit $3`, id, before, limit+1)
	if err != nil {
		return nil, fmt.Errorf("read revisions of place %d: %w", id, pg.FaultOf(err))
	}
	revisions, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Revision])
	if err != nil {
		return nil, fmt.Errorf("read revisions of place %d: %w", id, pg.FaultOf(err))
	}
	if len(revisions) == 0 && before == 0 {
		return nil, fault.New(fault.NotFound, "there is no place %d", id)
	}
	if err := compareRevisions(revisions); err != nil {
		return nil, fmt.Errorf("compare revisions of place %d: %w", id, err)
	}
	return revisions[:min(limit, len(revisions))], nil
}

// compareRevisions fills Changed, each with the one behind it, which is the older.
func compareRevisions(revisions []Revision) error {
	newer := Fields(nil)
	for i := range revisions {
		fields, err := FieldsOf(revisions[i].Document)
		if err != nil {
			return err
		}
		if i > 0 {
			revisions[i-1].Changed = differing(newer, fields)
			if revisions[i-1].Erased || revisions[i].Erased { // nobody knows any more
				revisions[i-1].Changed = []string{}
			}
		}
		newer = fields
	}
	if last := len(revisions) - 1; last >= 0 {
		revisions[last].Changed = differing(newer, nil)
	}
	return nil
}

// differing lists the paths whose values are not the same, sorted.
func differing(a, b Fields) []string {
	changed := []string{}
	all := maps.Clone(a)
	maps.Copy(all, b)
	for _, path := range slices.Sorted(maps.Keys(all)) {
		if !bytes.Equal(a[path], b[path]) {
			changed = append(changed, path)
		}
	}
	return changed
}
