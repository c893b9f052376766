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
)

// The formats of the log.
var (
	asText      = httpkit.Format{Name: "text", MediaType: "text/plain; charset=utf-8"}
	asOctets    = httpkit.Format{Name: "octets", MediaType: "application/octet-stream"}
	asJSONLines = httpkit.Format{Name: "jsonl", MediaType: "application/jsonl; charset=utf-8"}
)

// logEndpoints are the addresses of c2sp.org/tlog-tiles below the prefix /log, and
// what is needed to check contents against it. docs/verify.md is for whoever reads
// it. A server without the log's key answers everything but the key.
func (s *server) logEndpoints() []endpoint { return s.logEndpointsOf(s.Pool) }

func (s *server) logEndpointsOf(db pg.DB) []endpoint {
	const tag = "Public log"
	l := &publicLog{db: db, publicKey: s.LogKey}
	note, octets, lines := []representation{{asText, nil}}, []representation{{asOctets, nil}}, []representation{{asJSONLines, nil}}
	return alone([]endpoint{
		{
			path: "/log/checkpoint", id: "getCheckpoint", tag: tag, summary: "The last signed tree, a signed note",
			formats: note, handle: plainly(l.checkpoint),
		},
		{
			path: "/log/checkpoints", id: "getCheckpoints", tag: tag, summary: "Every tree that was signed, the smallest first, a JSON text a line",
			query: []parameter{{"after", "Only trees with more entries than this.", number(), 0}}, formats: lines, handle: plainly(l.checkpoints),
		},
		{
			path: "/log/key", id: "getLogKey", tag: tag, summary: "The key that checks the signatures",
			formats: note, handle: plainly(l.key),
		},
		{
			path: "/log/tile/{tile}", route: "/log/tile/{tile:.+}", id: "getLogTile", tag: tag, summary: "Hashes of the tree, or with `entries/` its entries",
			about:  "`{L}/{N}`, `{L}/{N}.p/{W}` or `entries/{N}`; the number is written as c2sp.org/tlog-tiles says, x001/234.",
			inPath: []parameter{{"tile", "Level and number", text(), "0/000"}}, formats: octets, handle: plainly(l.tile),
		},
		{
			path: "/log/entries/{entries}", route: "/log/entries/{entries:.+}", id: "getLogEntries", tag: tag, summary: "Entries of the log, each behind its length",
			inPath: []parameter{{"entries", "The number of the tile", text(), "000"}}, formats: octets, handle: plainly(l.entries),
		},
		{
			path: "/log/receipts/{leaf}", id: "getInclusion", tag: tag, summary: "The proof that a leaf is in the signed tree",
			about:  "503 with `Retry-After` in the second before it is.",
			inPath: []parameter{{"leaf", "The hash of the leaf, hexadecimal", text(), nil}}, formats: []representation{{asJSON, publiclog.Inclusion{}}}, handle: plainly(l.receipt),
		},
		{
			path: "/log/imports/{item}", id: "getImportRows", tag: tag, summary: "What an import published, a line for each revision",
			inPath: []parameter{{"item", "The name of the import in the log, a UUID", text(), nil}}, formats: lines, handle: plainly(l.importRows),
		},
		{
			path: "/log/revisions", id: "getOpenedRevisions", tag: tag, summary: "Public revisions with the keys that open their commitments, a line each",
			query: []parameter{{"after", "Only what follows this place and revision, `12.3`.", text(), "0.0"}}, formats: lines, handle: s.creditedFirst(plainly(l.revisions)),
		},
	})
}

// alone are endpoints that answer 200 and nothing else when they succeed.
func alone(endpoints []endpoint) []endpoint {
	for i := range endpoints {
		endpoints[i].statuses = []int{http.StatusOK}
	}
	return endpoints
}

// plainly is a handler that needs nothing of what was negotiated.
func plainly(handle func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *request) error {
	return func(w http.ResponseWriter, r *request) error { return handle(w, r.Request) }
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
	answer(w, asText.MediaType, fleeting, []byte(text))
	return nil
}

func (l *publicLog) key(w http.ResponseWriter, _ *http.Request) error {
	if l.publicKey == "" {
		return fault.New(fault.Unavailable, "this server does not hold the log's key")
	}
	answer(w, asText.MediaType, fleeting, []byte(l.publicKey+"\n"))
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
	answer(w, asJSONLines.MediaType, fleeting, body)
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
	answer(w, asOctets.MediaType, immutable, content)
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
	answer(w, asJSON.MediaType, fleeting, body)
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
	answer(w, asJSONLines.MediaType, immutable, body)
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
	answer(w, asJSONLines.MediaType, fleeting, body)
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
