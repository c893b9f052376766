package main

import (
	"net/http"
	"strings"
	"time"

	"cartoquartiers/api"
	"cartoquartiers/internal/httpkit"
	"cartoquartiers/internal/photos"
	"cartoquartiers/moderation"
	"cartoquartiers/moderation/publiclog"
	"cartoquartiers/places"
	"cartoquartiers/tiles"
	"cartoquartiers/web"
)

// faces is everything that listens, from the outside in: every request is
// observed and gets its headers; what operators ask is answered even when the
// server is full; the rest is bounded and waits for the gate.
func (s *server) faces() http.Handler {
	within := httpkit.Within(s.limitOf, s.clock)(s.gate)
	bounded := httpkit.AtMost(s.command.MaxRequests, s.metrics)(within)
	metrics := s.metrics.Handler()
	operations := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/livez":
			httpkit.Live(w, r)
		case "/readyz":
			s.gate.Ready(w, r)
		case "/metrics":
			httpkit.SetRoute(r.Context(), "/metrics")
			metrics.ServeHTTP(w, r)
		case eventsPath: // has a bound of its own: whoever only listens takes nobody's place
			within.ServeHTTP(w, r)
		default:
			bounded.ServeHTTP(w, r)
		}
	})
	guarded := httpkit.Recover(s.metrics)(httpkit.SecurityHeaders(operations))
	return httpkit.Observe(s.logger, s.metrics, s.clock)(guarded)
}

// open opens the gate, or opens it anew with other categories: requests that are
// under way end with those that they began with.
func (s *server) open(taxonomy *places.Taxonomy) (err error) {
	if s.kept == nil {
		if s.intake, err = moderation.NewIntake(s.database.Pool); err != nil {
			return err
		}
		s.kept, s.counter = tiles.NewSource(s.snapshot, s.command.TileMemory<<20), new(publiclog.Counter)
		s.answers = api.NewAnswers(api.AnswerMemory)
		s.measureTiles(s.kept)
		s.measureAnswers(s.answers)
	}
	handler, err := s.handler(taxonomy)
	if err == nil {
		s.gate.Open(handler, s.check)
	}
	return err
}

// handler is what stands behind the gate: what programs talk to, and the pages.
func (s *server) handler(taxonomy *places.Taxonomy) (http.Handler, error) {
	road := *s.road
	road.Taxonomy = taxonomy
	programs, err := api.New(api.Deps{
		Pool: s.database.Pool, Intake: s.intake, Snapshot: s.snapshot, Taxonomy: taxonomy, Road: &road, Clock: s.clock,
		Logger: s.logger, Version: version(), Tiles: s.kept, Answers: s.answers, Basemap: s.basemap, BaseURL: s.command.BaseURL, Door: s.people.door, Letters: s.people.letters, LogKey: s.publicKey(), Counter: s.counter, Events: api.EventLimits{Streams: s.command.MaxStreams}, Stopping: s.stopping,
	})
	if err != nil {
		return nil, err
	}
	people := web.New(web.Deps{
		Pool: s.database.Pool, Intake: s.intake, Snapshot: s.snapshot, Taxonomy: taxonomy, Clock: s.clock, BaseURL: s.command.BaseURL, Door: s.people.door, Contact: s.command.Contact,
		Road: &road, LogKey: s.publicKey(), Counter: s.counter, Basemap: func() bool { return s.basemap.Archive() != nil }, BaseTile: s.baseTile,
		Links: s.people.links, Letters: s.people.letters, Passkeys: s.people.keys, Town: s.people.town, Persons: s.people.persons,
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		switch first {
		case "ogc", "api", "tiles", "log", "photos", "problems":
			programs.ServeHTTP(w, r)
		default:
			people.ServeHTTP(w, r)
		}
	}), nil
}

const (
	eventsPath = "/api/v1/events"
	photosPath = "/api/v1/photos"
	// photoWork is how long a photo may take to come, over a telephone's network, and to be developed.
	photoWork = 2 * time.Minute
	// maxStall is how long a caller may leave an answer untaken: a phone in a tunnel.
	maxStall = 30 * time.Second
	// maxBody is enough for any document of a place.
	maxBody = 1 << 20
)

// limitOf is the table of limits per route.
func (s *server) limitOf(r *http.Request) httpkit.Limit {
	limit := httpkit.Limit{Work: s.command.MaxWork, Stall: maxStall, Body: maxBody}
	switch {
	case isDownload(r), r.URL.Path == eventsPath:
		limit.Work = 0
	case r.Method == http.MethodPost && (r.URL.Path == photosPath || strings.HasPrefix(r.URL.Path, "/lieux/") && strings.HasSuffix(r.URL.Path, "/photo")):
		limit.Work, limit.Body = max(limit.Work, photoWork), photos.UsualLimits.Bytes+maxBody
	case r.Method == http.MethodPost && r.URL.Path == web.AdditionPath: // its other fields are read whatever the photo weighs
		limit.Work, limit.Body = max(limit.Work, photoWork), web.MaxAddition
	}
	return limit
}

// isDownload tells the formats that stream a whole collection.
func isDownload(r *http.Request) bool {
	if !strings.HasSuffix(r.URL.Path, "/items") {
		return false
	}
	format := r.URL.Query().Get("f")
	accept := r.Header.Get("Accept")
	return format == "csv" || format == "geojsonl" ||
		strings.Contains(accept, "text/csv") || strings.Contains(accept, "geo+json-seq")
}

// baseTile is a tile of the map under the places; nil without one.
func (s *server) baseTile(z int, x, y uint32) ([]byte, error) {
	archive := s.basemap.Archive()
	if archive == nil {
		return nil, nil
	}
	return archive.Tile(z, x, y)
}
