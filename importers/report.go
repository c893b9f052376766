package importers

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"cartoquartiers/moderation/publiclog"
)

// Report is what a run found and did. Its JSON form is kept with the import and
// printed by --json.
type Report struct {
	Import   int64          `json:"import"`
	Source   string         `json:"source"`
	File     string         `json:"file"`
	SHA256   string         `json:"sha256"`
	DataAt   *time.Time     `json:"data_at,omitempty"`
	DryRun   bool           `json:"dry_run,omitempty"`
	Seen     int            `json:"seen"`     // objects looked at
	Records  int            `json:"records"`  // kept as candidates for the map
	Dropped  map[string]int `json:"dropped"`  // objects left out, by reason
	Partial  int            `json:"partial"`  // records whose geometry is known in part only
	Unusable map[string]int `json:"unusable"` // values left out of a record, by field

	// Verdicts on records, against what the source said last time.
	New             int `json:"new"`
	Unchanged       int `json:"unchanged"`
	TagsChanged     int `json:"tags_changed"`     // tags alone
	OutlineChanged  int `json:"outline_changed"`  // the outline alone, around the same point
	GeometryChanged int `json:"geometry_changed"` // the point alone
	BothChanged     int `json:"both_changed"`
	Returned        int `json:"returned"` // had vanished, is there again
	Redrawn         int `json:"redrawn"`  // the same place under another ref
	Vanished        int `json:"vanished"` // redrawn ones not counted
	Neighbourhoods  int `json:"neighbourhoods"`

	// What it meant for the map.
	Published  int    `json:"published"`  // revisions
	Closed     int    `json:"closed"`     // of them, places closed because their record vanished
	Conflicts  int    `json:"conflicts"`  // fields that now wait in the queue, and did not before
	Remembered int    `json:"remembered"` // fields in conflict that a person has decided before
	Relocated  int    `json:"relocated"`  // places whose neighbourhood changed though they did not
	RootHash   string `json:"root_hash,omitempty"`
}

func newReport(source Source, options Options) *Report {
	file := source.File()
	return &Report{
		Source: source.ID(), File: file.Name, SHA256: hex.EncodeToString(file.SHA256[:]), DryRun: options.DryRun,
	}
}

// finish completes the import's row, and tells the public log of it.
func (r *run) finish(ctx context.Context) error {
	r.report.Published = len(r.rows)
	root, err := publiclog.AppendImport(ctx, r.tx, r.report.Import, r.options.Now, r.rows)
	if err != nil {
		return err
	}
	var stored []byte
	if len(r.rows) > 0 {
		stored, r.report.RootHash = root[:], hex.EncodeToString(root[:])
	}
	text, err := json.Marshal(r.report)
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	_, err = r.tx.Exec(ctx, `
		update imports
		set finished_at = clock_timestamp(), data_at = $2, report = $3, root_hash = $4
		where id = $1`, r.report.Import, r.report.DataAt, text, stored)
	return err
}
