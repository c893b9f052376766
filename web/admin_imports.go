package web

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"cartoquartiers/moderation"
)

// importsPage lists the runs of importers, the newest first.
type importsPage struct {
	Runs []importText
	Next string
}

// importText is one run with what its report says.
type importText struct {
	ID                int64
	Source, File      string
	Started           time.Time
	Seconds           int // 0 where it did not finish
	Finished          bool
	Counts            []importCount
	Dropped           []importCount
	Waiting, Answered int
	Queue             string
}

type importCount struct {
	Label string
	Count int
}

// importReport is what the page tells of importers.Report.
type importReport struct {
	Seen       int            `json:"seen"`
	Records    int            `json:"records"`
	New        int            `json:"new"`
	Unchanged  int            `json:"unchanged"`
	Vanished   int            `json:"vanished"`
	Published  int            `json:"published"`
	Closed     int            `json:"closed"`
	Conflicts  int            `json:"conflicts"`
	Remembered int            `json:"remembered"`
	Dropped    map[string]int `json:"dropped"`
}

// importRows is how many runs a page has.
const importRows = 20

func (s *site) showImports(r *http.Request, v *view) (answer, error) {
	if _, err := s.administrator(r); err != nil {
		return answer{}, err
	}
	before, err := v.number("before", 0)
	if err != nil {
		return answer{}, err
	}
	runs, err := moderation.ImportRuns(r.Context(), s.Pool, int64(before), importRows+1)
	if err != nil {
		return answer{}, err
	}
	t, err := s.town(r.Context(), s.Snapshot.View())
	if err != nil {
		return answer{}, err
	}
	page := importsPage{}
	if len(runs) > importRows {
		runs = runs[:importRows]
		page.Next = v.Link(adminPath+"/imports", "before", runs[importRows-1].ID)
	}
	for _, run := range runs {
		text, err := v.importText(t, run)
		if err != nil {
			return answer{}, err
		}
		page.Runs = append(page.Runs, text)
	}
	return answer{template: "admin_imports", title: v.T("imports.title"), data: page, private: true}, nil
}

func (v *view) importText(t *town, run moderation.ImportRun) (importText, error) {
	text := importText{
		ID: run.ID, Source: v.sourceName(t, run.Source), File: run.File, Started: run.Started, Finished: !run.Finished.IsZero(),
		Waiting: run.Waiting, Answered: run.Answered, Queue: v.Link(queuePath, "import", strconv.FormatInt(run.ID, 10)),
	}
	if text.Finished {
		text.Seconds = max(1, int(run.Finished.Sub(run.Started).Seconds()+0.5))
	}
	var report importReport
	if err := json.Unmarshal(run.Report, &report); err != nil {
		return text, err
	}
	for _, one := range []struct {
		key   string
		count int
	}{
		{"seen", report.Seen}, {"records", report.Records}, {"new", report.New}, {"unchanged", report.Unchanged}, {"vanished", report.Vanished},
		{"published", report.Published}, {"closed", report.Closed}, {"conflicts", report.Conflicts}, {"remembered", report.Remembered},
	} {
		text.Counts = append(text.Counts, importCount{v.T("imports." + one.key), one.count})
	}
	for reason, count := range report.Dropped {
		text.Dropped = append(text.Dropped, importCount{reason, count})
	}
	slices.SortFunc(text.Dropped, func(a, b importCount) int { return b.Count - a.Count })
	return text, nil
}
