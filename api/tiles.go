package api

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/httpkit"
	"cartoquartiers/places"
	"cartoquartiers/tiles"
)

const (
	tilesPrefix = "/tiles/places/"
	tileRoute   = tilesPrefix + "{z}/{x}/{y}.mvt"
)

var asMVT = httpkit.Format{Name: "mvt", MediaType: "application/vnd.mapbox-vector-tile", Also: []string{"application/x-protobuf"}}

// tileParameters filter tiles; the other filters of items would make tiles that
// hardly anyone asks for twice.
var tileParameters = []string{"category", "group", "kind", "neighbourhood", "state", "open"}

func (s *server) tileEndpoints() []endpoint {
	inPath := []parameter{
		{"z", "Zoom, 0 to 22.", whole(0, tiles.MaxZoom, 0), nil},
		{"x", "Column from the west.", whole(0, 1<<tiles.MaxZoom-1, 0), nil},
		{"y", "Row from the north.", whole(0, 1<<tiles.MaxZoom-1, 0), nil},
	}
	filters := slices.DeleteFunc(slices.Clone(filterParameters), func(p parameter) bool {
		return !slices.Contains(tileParameters, p.name)
	})
	filters = append(filters, openParameter)
	return []endpoint{
		{
			path: tileRoute, id: "getPlacesTile", tag: "Tiles", summary: "A vector tile of places",
			about: "Mapbox Vector Tile 2.1. From zoom 13 on the layer `places`: feature id is the place's id; name, category, group, kind, state, and verified: the day on which somebody last said that it is right, in days since 1970-01-01. " +
				"128 of 4096 units around, a tile repeats places of its neighbours. Below, the layer `clusters`: cells with `count` and a count under the id of each group; " +
				"the counts of all tiles of a zoom add up to the number of places. 204 where nothing lies.",
			inPath: inPath, query: filters, formats: []representation{{asMVT, nil}}, handle: s.tile,
			statuses: []int{http.StatusOK, http.StatusNoContent, http.StatusNotModified},
		},
		{
			path: "/tiles/places.json", id: "getPlacesTileJSON", tag: "Tiles", summary: "Where the tiles of places are and what is in them",
			about: "TileJSON 3.0.0. Filters given here are passed on to the addresses of the tiles.",
			query: filters, formats: []representation{{asJSON, tileJSON{}}}, handle: s.tileJSON,
		},
	}
}

// tilesFirst answers well-formed requests of tiles before any router or
// middleware sees them: those cost a tenth of a kept tile (bench/README). What is
// wrong in any way takes the usual road, where it is told as usual.
func (s *server) tilesFirst(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, ours := strings.CutPrefix(r.URL.Path, tilesPrefix)
		if !ours || r.Method != http.MethodGet && r.Method != http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		address, ok := tiles.ParseAddress(path)
		filter, err := s.tileFilter(r)
		if !ok || !address.Valid() || err != nil || !takesMVT(r) {
			next.ServeHTTP(w, r)
			return
		}
		httpkit.SetRoute(r.Context(), tileRoute)
		w.Header()["Access-Control-Allow-Origin"] = anyOrigin
		w.Header()["Access-Control-Expose-Headers"] = exposed
		if err := s.writeTile(w, r, address, filter); err != nil {
			httpkit.Problem(w, r, err)
		}
	})
}

// takesMVT says whether Accept allows what tiles are. Nearly all say nothing, or anything.
func takesMVT(r *http.Request) bool {
	if accept := r.Header["Accept"]; len(accept) == 0 || len(accept) == 1 && accept[0] == "*/*" {
		return true
	}
	_, err := httpkit.Negotiate(r, []httpkit.Format{asMVT})
	return err == nil
}

// tile is the usual road, on which the contract and errors are.
func (s *server) tile(w http.ResponseWriter, r *request) error {
	given := strings.TrimPrefix(r.URL.Path, tilesPrefix)
	address, ok := tiles.ParseAddress(given)
	if !ok {
		return badAddress(mux.Vars(r.Request))
	}
	if !address.Valid() {
		return fault.New(fault.NotFound, "there is no tile %d/%d/%d", address.Z, address.X, address.Y)
	}
	filter, err := s.openFilter(r)
	if err != nil {
		return err
	}
	return s.writeTile(w, r.Request, address, filter)
}

// badAddress names the first part of an address that is no whole number.
func badAddress(parts map[string]string) error {
	for _, name := range []string{"z", "x", "y"} {
		number, err := strconv.ParseUint(parts[name], 10, 32)
		if err != nil || strconv.FormatUint(number, 10) != parts[name] {
			return fault.InvalidField(name, "%q is not a whole number", parts[name])
		}
	}
	return fault.New(fault.NotFound, "there is no such tile")
}

func (s *server) tileFilter(r *http.Request) (places.Filter, error) {
	if r.URL.RawQuery == "" {
		return places.Filter{}, nil
	}
	values, err := declared(r, tileParameters)
	if err != nil {
		return places.Filter{}, err
	}
	return s.openFilter(&request{values: values})
}

// Values of headers, shared by all answers because nobody changes them.
var (
	anyOrigin  = []string{"*"}
	exposed    = []string{"ETag, Link"}
	tileType   = []string{asMVT.MediaType}
	tileCache  = []string{revalidated}
	tileVary   = []string{"Accept-Encoding"}
	gzipCoding = []string{"gzip"}
	noSniff    = []string{"nosniff"}
)

func (s *server) writeTile(w http.ResponseWriter, r *http.Request, a tiles.Address, filter places.Filter) error {
	owed := s.tileCredit()
	header := w.Header()
	header["Link"], header["Cache-Control"], header["Vary"] = owed.link, tileCache, tileVary
	header["X-Content-Type-Options"] = noSniff
	tile := s.Tiles.Tile(a, filter)
	defer s.Tiles.Release(tile)
	compressed := takesGzip(r.Header.Get("Accept-Encoding")) && !tile.Empty()
	header["Etag"] = tile.PlainETag
	if compressed {
		header["Etag"] = tile.GzipETag
	}
	if holdsTile(r, tile) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	if tile.Empty() {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return s.sendTile(w, r, tile, compressed)
}

func (s *server) sendTile(w http.ResponseWriter, r *http.Request, tile *tiles.Tile, compressed bool) (err error) {
	var body []byte
	if compressed {
		body = s.Tiles.Gzip(tile)
		w.Header()["Content-Encoding"] = gzipCoding
	} else if body, err = s.Tiles.Plain(tile); err != nil {
		return err
	}
	w.Header()["Content-Type"] = tileType
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the caller left: nobody to tell
	}
	return nil
}

// holdsTile tells whether the caller names this tile, in either coding
// (RFC 9110, 13.1.2: If-None-Match compares weakly).
func holdsTile(r *http.Request, tile *tiles.Tile) bool {
	given := r.Header["If-None-Match"]
	if len(given) == 0 {
		return false
	}
	list := strings.Join(given, ",")
	return httpkit.ListsTag(list, strings.Trim(tile.PlainETag[0], `"`)) || httpkit.ListsTag(list, strings.Trim(tile.GzipETag[0], `"`))
}

// takesGzip reads Accept-Encoding (RFC 9110, 12.5.3).
func takesGzip(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		coding, weight, _ := strings.Cut(part, ";")
		if coding = strings.TrimSpace(coding); coding != "gzip" && coding != "*" {
			continue
		}
		weight, weighted := strings.CutPrefix(strings.TrimSpace(weight), "q=")
		return !weighted || strings.Trim(weight, "0.") != ""
	}
	return false
}

// tileCredit is what tiles owe: the licences of their sources. It is looked up
// again when a source was added, not at each publish as for items.
type tileCredit struct {
	sources []string
	link    []string
}

func (s *server) tileCredit() *tileCredit {
	view := s.Snapshot.View()
	used := view.Sources()
	if owed := s.owed.Load(); owed != nil && slices.Equal(owed.sources, used) {
		return owed
	}
	owed := &tileCredit{sources: used}
	for _, source := range view.KnownSources() {
		link := "<" + licenceURL(source.Licence) + `>; rel="license"`
		if slices.Contains(used, source.ID) && !slices.Contains(owed.link, link) {
			owed.link = append(owed.link, link)
		}
	}
	s.owed.Store(owed)
	return owed
}
