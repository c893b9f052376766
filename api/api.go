package api

import (
	"cmp"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gorilla/mux"
	"github.com/jackc/pgx/v5/pgxpool"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/httpkit"
	"cartoquartiers/moderation"
	"cartoquartiers/moderation/following"
	"cartoquartiers/moderation/publiclog"
	"cartoquartiers/places"
	"cartoquartiers/places/snapshot"
	"cartoquartiers/tiles"
	"cartoquartiers/tiles/basemap"
)

// Deps is what the API answers from. All of it is needed, except Tiles,
// Answers and BaseURL, and Road where nobody contributes.
type Deps struct {
	Pool     *pgxpool.Pool
	Intake   *moderation.Intake // where contributions come in, shared with the pages; nil only where nobody contributes
	Snapshot *snapshot.Store
	Taxonomy *places.Taxonomy
	Road     *moderation.Road // that contributions take
	Clock    func() time.Time
	Logger   *slog.Logger
	Version  string          // of the program: a part of ETags, since another version may answer otherwise
	Tiles    *tiles.Source   // nil: one that keeps tileMemory
	Answers  *Answers        // pages of items that were asked for before; nil: one that keeps AnswerMemory
	Basemap  *basemap.Served // the map under the places; nil: none
	BaseURL  string          // "https://carte.example.fr", without a slash at the end; empty: as each request says
	Door     *accounts.Door  // that tells who asks; nil where everybody only reads what is public
	Events   EventLimits
	Stopping <-chan struct{}    // closed when the server stops, which ends the streams of events; nil: never
	Letters  *following.Letters // that people are told by; may be absent where nobody says how often
	LogKey   string             // the public log's verifier key; empty on a server that has none
	Counter  *publiclog.Counter // of the public log, shared with the pages; nil only where nobody contributes
}

// tileMemory is how many bytes of compressed tiles are kept: some ten thousand.
const tileMemory = 128 << 20

type server struct {
	Deps
	credits  credits
	owed     atomic.Pointer[tileCredit]
	counted  counted
	pages    pages
	contract contract

	feed    feed
	queued  queueWatch
	streams chan struct{} // a place for each stream of events

}

// New is the handler of every address of this package. Mount it at /ogc, /api,
// /tiles, /log, /photos and /problems.
func New(d Deps) (http.Handler, error) {
	if d.Tiles == nil {
		d.Tiles = tiles.NewSource(d.Snapshot, tileMemory)
	}
	if d.Answers == nil {
		d.Answers = NewAnswers(AnswerMemory)
	}
	if d.Counter == nil {
		d.Counter = new(publiclog.Counter)
	}
	d.Events = d.Events.orUsual()
	s := &server{Deps: d, feed: feed{pool: d.Pool}, streams: make(chan struct{}, d.Events.Streams)}
	var err error
	if s.pages, err = readPages(); err != nil {
		return nil, err
	}
	endpoints := s.endpoints()
	if s.contract, err = s.writeContract(endpoints); err != nil {
		return nil, err
	}
	return s.tilesFirst(httpkit.CORS(s.keptFirst(httpkit.Compress(s.logged(s.routes(endpoints)))))), nil
}

// routes makes the route table a router.
func (s *server) routes(endpoints []endpoint) *mux.Router {
	router := mux.NewRouter()
	router.Use(httpkit.NameRoutes)
	router.NotFoundHandler = httpkit.NotFound
	router.MethodNotAllowedHandler = httpkit.WrongMethod
	for _, e := range endpoints {
		methods := []string{e.method}
		if e.method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
		router.Handle(cmp.Or(e.route, e.path), s.serve(e)).Methods(methods...)
	}
	for path, methods := range methodsOf(endpoints) {
		router.Handle(path, otherMethods(methods))
	}
	return router
}

// logged gives each request the logger, unless operations already gave it one of its own.
func (s *server) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(httpkit.LoggerOr(r.Context(), s.Logger)))
	})
}

// endpoints is the route table.
func (s *server) endpoints() []endpoint {
	var all []endpoint
	for _, some := range [][]endpoint{
		s.ogcEndpoints(),
		s.itemChangeEndpoints(),
		s.placesEndpoints(),
		s.eventEndpoints(),
		s.tileEndpoints(),
		s.basemapEndpoints(),
		s.searchEndpoints(),
		s.contributionEndpoints(),
		s.moderationEndpoints(),
		s.ownerEndpoints(),
		s.photoEndpoints(),
		s.atomEndpoints(),
		s.followEndpoints(),
		s.duplicateEndpoints(),
		s.reviewEndpoints(),
		s.logEndpoints(),
		s.figureEndpoints(),
		s.bulkEndpoints(),
		s.communityEndpoints(),
		s.undoEndpoints(),
		s.contractEndpoints(),
		s.problemEndpoints(),
	} {
		all = append(all, some...)
	}
	return getUnlessSaid(all)
}

func getUnlessSaid(endpoints []endpoint) []endpoint {
	for i := range endpoints {
		endpoints[i].method = cmp.Or(endpoints[i].method, http.MethodGet)
	}
	return endpoints
}
