package web

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"cartoquartiers/docs"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation/publiclog"
)

// entriesShown is how many entries of the log a page tells.
const entriesShown = 25

// logPage is the public log for people.
type logPage struct {
	Size     int64
	LastDay  string // of the newest entry: the log knows days, no hours
	Key      string // empty on a server without it
	Note     string // the signed tree
	Entries  []entryText
	Older    string // URL of the entries before these
	Newest   string // URL of the first page, on later ones
	Figures  []figuresRow
	Refusals []refusalRow
	Days     int // after which what is open is overdue
	Check    receiptPage
}

// figuresRow are the figures of the town or of one neighbourhood.
type figuresRow struct {
	Name string
	*publiclog.Counts
}

type refusalRow struct {
	Reason string
	Count  int
}

// showLog tells what the log says: its last signed tree, its last entries, and how
// the town answers, counted from them.
func (s *site) showLog(r *http.Request, v *view) (answer, error) {
	page := logPage{Key: s.LogKey, Check: receiptPage{Base: v.Base()}}
	var err error
	if page.Size, page.Note, err = publiclog.LatestNote(r.Context(), s.Pool); err != nil && !fault.Is(err, fault.NotFound) {
		return answer{}, err
	}
	t, err := s.town(r.Context(), s.Snapshot.View())
	if err != nil {
		return answer{}, err
	}
	if page.Size > 0 {
		if err := v.fillLog(r.Context(), t, &page); err != nil {
			return answer{}, err
		}
	}
	return answer{template: "log", title: v.T("log.title"), data: page}, nil
}

func (v *view) fillLog(ctx context.Context, t *town, page *logPage) error {
	end, err := v.entriesEnd(page.Size)
	if err != nil {
		return err
	}
	entries, err := publiclog.Entries(ctx, v.site.Pool, backFrom(end, entriesShown))
	if err != nil {
		return err
	}
	slices.Reverse(entries)
	for _, entry := range entries {
		page.Entries = append(page.Entries, v.entryText(t, entry))
	}
	if len(entries) > 0 {
		page.LastDay = v.Date(entries[0].Leaf.At)
	}
	if end > entriesShown {
		page.Older = v.Link("/journal", "before", end-entriesShown)
	}
	if end < page.Size {
		page.Newest = v.Link("/journal")
		return nil // figures stand on the first page
	}
	return v.fillFigures(ctx, t, page)
}

// entriesEnd is the position behind the last entry to show.
func (v *view) entriesEnd(size int64) (int64, error) {
	given := v.request.Query().Get("before")
	if given == "" {
		return size, nil
	}
	end, err := strconv.ParseInt(given, 10, 64)
	if err != nil || end < 1 {
		return 0, fault.InvalidField("before", "%q is not from a link of ours", given)
	}
	return min(end, size), nil
}

// backFrom are the positions of the last entries before one.
func backFrom(end int64, count int) []int64 {
	var positions []int64
	for i := max(0, end-int64(count)); i < end; i++ {
		positions = append(positions, i)
	}
	return positions
}

func (v *view) fillFigures(ctx context.Context, t *town, page *logPage) error {
	figures, err := v.site.Counter.Figures(ctx, v.site.Pool, v.site.Clock(), v.site.Road.DecisionDays)
	if err != nil {
		return err
	}
	page.Days = figures.DecisionDays
	for code, counts := range figures.Neighbourhoods {
		name := v.T("log.outside")
		if code != "" {
			name = neighbourhoodName(t, code, v.Language)
		}
		page.Figures = append(page.Figures, figuresRow{name, counts})
	}
	slices.SortFunc(page.Figures, func(a, b figuresRow) int { return strings.Compare(a.Name, b.Name) })
	page.Figures = append([]figuresRow{{v.T("log.town"), &figures.Town}}, page.Figures...)
	for _, reason := range slices.Sorted(maps.Keys(figures.Town.Refusals)) {
		page.Refusals = append(page.Refusals, refusalRow{v.reasonText(reason), figures.Town.Refusals[reason]})
	}
	slices.SortStableFunc(page.Refusals, func(a, b refusalRow) int { return cmp.Compare(b.Count, a.Count) })
	return nil
}

// reasonText says a code of moderation.Reasons.
func (v *view) reasonText(code string) string { return v.textOr("reason."+code, code) }

// entryPage is one entry of the log with the proof that it is in it.
type entryPage struct {
	entryText
	Raw, Leaf string
	Proof     []string
	Note      string
	Base      string
}

func (s *site) showEntry(r *http.Request, v *view) (answer, error) {
	index, err := strconv.ParseInt(mux.Vars(r)["index"], 10, 64)
	if err != nil {
		return answer{}, fault.New(fault.NotFound, "entries have no such numbers")
	}
	entries, err := publiclog.Entries(r.Context(), s.Pool, []int64{index})
	if err != nil {
		return answer{}, err
	}
	if len(entries) == 0 {
		return answer{}, fault.New(fault.NotFound, "the log has no entry %d", index)
	}
	t, err := s.town(r.Context(), s.Snapshot.View())
	if err != nil {
		return answer{}, err
	}
	proof, err := publiclog.Prove(r.Context(), s.Pool, entries[0].Hash())
	if err != nil {
		return answer{}, err
	}
	page := entryPage{
		entryText: v.entryText(t, entries[0]), Raw: entries[0].Text, Leaf: proof.Leaf, Proof: proof.Proof, Note: proof.Checkpoint, Base: v.Base(),
	}
	return answer{template: "entry", title: v.T("log.entry", "index", index), data: page}, nil
}

// Verifier are the files with which people check the log without this program.
func (*view) Verifier() []string { return docs.VerifierFiles }

// serveVerifier hands out a file of the verifier that knows nothing of this program.
func serveVerifier(w http.ResponseWriter, r *http.Request) {
	name := path.Base(r.URL.Path)
	text, err := docs.Verifier.ReadFile("verify/" + name)
	if err != nil {
		http.NotFound(w, r) // the route lets none but docs.VerifierFiles through
		return
	}
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	w.Header().Set("Cache-Control", "public, no-cache")
	_, _ = w.Write(text) // the caller hung up: nobody is left to tell
}
