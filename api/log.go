package api

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/gorilla/mux"
	"golang.org/x/mod/sumdb/tlog"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/httpkit"
	"cartoquartiers/internal/pg"
	"cartoquartiers/moderation/publiclog"
	"cartoquartiers/places"
)

// publicLog answers below /log/.
type publicLog struct {
	db        pg.DB
	publicKey string
}

const (
	// immutable is for what can never say anything else: tiles of a signed tree.
	immutable = "public, max-age=31536000, immutable"
	// fleeting is for what grows by the second (c2sp.org/tlog-tiles).
	fleeting = "public, max-age=1"
	asLines  = "application/jsonl; charset=utf-8"
)

// NewLog is the handler of the public log: the addresses of c2sp.org/tlog-tiles
// below the prefix /log, and what is needed to check contents against it.
// publicKey is the log's verifier key; empty on a server that has none, which then
// answers everything else. docs/verify.md is for whoever reads it.
func NewLog(db pg.DB, publicKey string) http.Handler {
	l := &publicLog{db: db, publicKey: publicKey}
	router := mux.NewRouter()
	router.Use(httpkit.NameRoutes)
	router.NotFoundHandler = httpkit.NotFound
	router.MethodNotAllowedHandler = httpkit.WrongMethod
	for path, handler := range map[string]httpkit.Handler{
		"/log/checkpoint":           l.checkpoint,
		"/log/checkpoints":          l.checkpoints,
		"/log/key":                  l.key,
		"/log/tile/{tile:.+}":       l.tile,
		"/log/entries/{entries:.+}": l.entries,
		"/log/receipts/{leaf}":      l.receipt,
		"/log/imports/{item}":       l.importRows,
		"/log/revisions":            l.revisions,
	} {
		router.Handle(path, handler).Methods(http.MethodGet, http.MethodHead)
	}
	return httpkit.CORS(httpkit.Compress(router))
}

func answer(w http.ResponseWriter, mediaType, caching string, body []byte) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Cache-Control", caching)
	_, _ = w.Write(body) // the caller left; the answer has begun and cannot become an error
}

func (l *publicLog) checkpoint(w http.ResponseWriter, r *http.Request) error {
	_, text, err := publiclog.LatestNote(r.Context(), l.db)
	if err != nil {
		return err
	}
	answer(w, "text/plain; charset=utf-8", fleeting, []byte(text))
	return nil
}

func (l *publicLog) key(w http.ResponseWriter, _ *http.Request) error {
	if l.publicKey == "" {
		return fault.New(fault.Unavailable, "this server does not hold the log's key")
	}
	answer(w, "text/plain; charset=utf-8", fleeting, []byte(l.publicKey+"\n"))
	return nil
}

// checkpointsPage is the most checkpoints of one answer.
const checkpointsPage = 1000

// checkpoints lists what was signed, one JSON string per line.
func (l *publicLog) checkpoints(w http.ResponseWriter, r *http.Request) error {
	after, err := wholeNumber(r, "after", -1)
	if err != nil {
		return err
	}
	notes, err := publiclog.CheckpointsAfter(r.Context(), l.db, after, checkpointsPage)
	if err != nil {
		return err
	}
	var body []byte
	for _, text := range notes {
		line, err := json.Marshal(text)
		if err != nil {
			return err
		}
		body = append(append(body, line...), '\n')
	}
	answer(w, asLines, fleeting, body)
	return nil
}

func wholeNumber(r *http.Request, name string, otherwise int64) (int64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return otherwise, nil
	}
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fault.InvalidField(name, "%q is not a whole number", text)
	}
	return value, nil
}

// tile answers /log/tile/<L>/<N>[.p/<W>] and /log/tile/entries/<N>[.p/<W>].
func (l *publicLog) tile(w http.ResponseWriter, r *http.Request) error {
	return l.tileAt(w, r, mux.Vars(r)["tile"])
}

// entries answers the shorter /log/entries/<N>[.p/<W>].
func (l *publicLog) entries(w http.ResponseWriter, r *http.Request) error {
	return l.tileAt(w, r, "entries/"+mux.Vars(r)["entries"])
}

func (l *publicLog) tileAt(w http.ResponseWriter, r *http.Request, path string) error {
	if rest, ok := strings.CutPrefix(path, "entries/"); ok {
		path = "data/" + rest // as package tlog calls them
	}
	tile, err := tlog.ParseTilePath("tile/8/" + path)
	if err != nil {
		return fault.New(fault.NotFound, "there is nothing at %s", r.URL.Path)
	}
	content, err := publiclog.Tile(r.Context(), l.db, tile)
	if err != nil {
		return err
	}
	answer(w, "application/octet-stream", immutable, content)
	return nil
}

// receipt proves that a leaf is in the tree; 503 with Retry-After in the second before it is.
func (l *publicLog) receipt(w http.ResponseWriter, r *http.Request) error {
	leaf, err := hex.DecodeString(mux.Vars(r)["leaf"])
	if err != nil || len(leaf) != tlog.HashSize {
		return fault.New(fault.NotFound, "there is nothing at %s", r.URL.Path)
	}
	inclusion, err := publiclog.Prove(r.Context(), l.db, [32]byte(leaf))
	if fault.Is(err, fault.Unavailable) {
		w.Header().Set("Retry-After", "1")
	}
	if err != nil {
		return err
	}
	body, err := json.Marshal(inclusion)
	if err != nil {
		return err
	}
	answer(w, "application/json", fleeting, body)
	return nil
}

// importRows lists what an import published: the lines under the root of its leaf.
func (l *publicLog) importRows(w http.ResponseWriter, r *http.Request) error {
	var body []byte
	err := publiclog.EachImportRow(r.Context(), l.db, mux.Vars(r)["item"], func(row publiclog.Row) error {
		body = append(append(body, row.Line()...), '\n')
		return nil
	})
	if err != nil {
		return err
	}
	answer(w, asLines, immutable, body)
	return nil
}

// revisionsPage is the most revisions of one answer.
const revisionsPage = 1000

// revisions lists public revisions with their keys, behind ?after=PLACE.REVISION;
// an empty answer is the end.
func (l *publicLog) revisions(w http.ResponseWriter, r *http.Request) error {
	place, revision, err := afterRevision(r)
	if err != nil {
		return err
	}
	opened, err := publiclog.Revisions(r.Context(), l.db, place, revision, revisionsPage)
	if err != nil {
		return err
	}
	var body []byte
	for _, one := range opened {
		body = append(append(body, one.Line...), '\n')
	}
	answer(w, asLines, fleeting, body)
	return nil
}

func afterRevision(r *http.Request) (place places.ID, revision int, err error) {
	text := r.URL.Query().Get("after")
	if text == "" {
		return 0, 0, nil
	}
	first, second, _ := strings.Cut(text, ".")
	id, err1 := strconv.ParseInt(first, 10, 64)
	revision, err2 := strconv.Atoi(second)
	if err1 != nil || err2 != nil {
		return 0, 0, fault.InvalidField("after", "%q is not a place and a revision, 12.3", text)
	}
	return places.ID(id), revision, nil
}
