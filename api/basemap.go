package api

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/gorilla/mux"
	"github.com/klauspost/compress/gzip"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/httpkit"
	"cartoquartiers/tiles"
	"cartoquartiers/tiles/pmtiles"
)

const basemapPrefix = "/tiles/basemap/"

// asPMTiles is the whole archive.
var asPMTiles = httpkit.Format{Name: "pmtiles", MediaType: "application/vnd.pmtiles", Also: []string{"application/octet-stream"}}

func (s *server) basemapEndpoints() []endpoint {
	inPath := []parameter{
		{"z", "Zoom, 0 to 15.", whole(0, tiles.MaxZoom, 0), nil},
		{"x", "Column from the west.", whole(0, 1<<tiles.MaxZoom-1, 0), nil},
		{"y", "Row from the north.", whole(0, 1<<tiles.MaxZoom-1, 0), nil},
	}
	return []endpoint{
		{
			path: basemapPrefix + "{z}/{x}/{y}.mvt", id: "getBasemapTile", tag: "Tiles", summary: "A vector tile of the map under the places",
			about:  "Mapbox Vector Tile 2.1 in the layers of the Protomaps basemap schema. 204 where nothing lies, 404 on a server without a base map.",
			inPath: inPath, formats: []representation{{asMVT, nil}}, handle: s.basemapTile,
			statuses: []int{http.StatusOK, http.StatusNoContent, http.StatusNotModified},
		},
		{
			path: "/tiles/basemap.json", id: "getBasemapTileJSON", tag: "Tiles", summary: "Where the tiles of the base map are and what is in them",
			about:   "TileJSON 3.0.0. 404 on a server without a base map.",
			formats: []representation{{asJSON, tileJSON{}}}, handle: s.basemapJSON,
		},
		{
			path: "/tiles/basemap.pmtiles", id: "getBasemap", tag: "Tiles", summary: "The whole base map in one file",
			about:   "PMTiles 3, by ranges as its readers ask. 404 on a server without a base map.",
			formats: []representation{{asPMTiles, nil}}, handle: s.basemapFile,
			statuses: []int{http.StatusOK, http.StatusPartialContent, http.StatusNotModified},
		},
	}
}

// basemap is the archive that there is now. Faults: NotFound.
func (s *server) basemap(w http.ResponseWriter) (*pmtiles.Archive, error) {
	archive := s.Basemap.Archive()
	if archive == nil {
		return nil, fault.New(fault.NotFound, "this server has no base map")
	}
	w.Header().Add("Link", "<"+licenceURL("ODbL-1.0")+`>; rel="license"`)
	return archive, nil
}

func (s *server) basemapTile(w http.ResponseWriter, r *request) error {
	address, ok := tiles.ParseAddress(strings.TrimPrefix(r.URL.Path, basemapPrefix))
	if !ok {
		return badAddress(mux.Vars(r.Request))
	}
	archive, err := s.basemap(w)
	if err != nil {
		return err
	}
	if !address.Valid() || address.Z > archive.Info().High {
		return fault.New(fault.NotFound, "there is no tile %d/%d/%d", address.Z, address.X, address.Y)
	}
	tag := fmt.Sprintf("%x-%x-%d-%d-%d", archive.Modified().UnixNano(), archive.Size(), address.Z, address.X, address.Y)
	packed := takesGzip(r.Header.Get("Accept-Encoding"))
	if packed {
		tag += "-gzip"
	}
	w.Header().Add("Vary", "Accept-Encoding")
	if head(w, r, revalidated, tag, archive.Modified()) {
		return nil
	}
	tile, err := archive.Tile(address.Z, address.X, address.Y)
	if err != nil {
		return fmt.Errorf("read the base map: %w", err)
	}
	if tile == nil {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if packed {
		w.Header()["Content-Encoding"] = gzipCoding
		send(w, r, tile)
		return nil
	}
	return sendUnpacked(w, r, tile)
}

// sendUnpacked is for those who take no gzip.
func sendUnpacked(w http.ResponseWriter, r *request, packed []byte) error {
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return fmt.Errorf("unpack a tile of the base map: %w", err)
	}
	var plain bytes.Buffer
	if _, err := plain.ReadFrom(reader); err != nil {
		return fmt.Errorf("unpack a tile of the base map: %w", err)
	}
	send(w, r, plain.Bytes())
	return nil
}

func (s *server) basemapJSON(w http.ResponseWriter, r *request) error {
	archive, err := s.basemap(w)
	if err != nil {
		return err
	}
	info := archive.Info()
	described := tileJSON{
		TileJSON: "3.0.0", Name: r.say("Fond de carte", "Base map"), Version: "1.0." + strconv.FormatInt(archive.Modified().Unix(), 10),
		Scheme: "xyz", Tiles: []string{s.baseOf(r.Request) + basemapPrefix + "{z}/{x}/{y}.mvt"}, MinZoom: info.Low, MaxZoom: info.High,
		Bounds: []float64{info.Bound.Min[0], info.Bound.Min[1], info.Bound.Max[0], info.Bound.Max[1]}, VectorLayers: []vectorLayer{},
	}
	described.Attribution, _ = info.Metadata["attribution"].(string)
	layers, _ := info.Metadata["vector_layers"].([]any)
	for _, one := range layers {
		members, _ := one.(map[string]any)
		if id, ok := members["id"].(string); ok {
			described.VectorLayers = append(described.VectorLayers, vectorLayer{ID: id, Fields: map[string]string{}, MinZoom: info.Low, MaxZoom: info.High})
		}
	}
	return writeJSON(w, r, revalidated, described)
}

func (s *server) basemapFile(w http.ResponseWriter, r *request) error {
	archive, err := s.basemap(w)
	if err != nil {
		return err
	}
	header := w.Header()
	header["Content-Type"] = []string{asPMTiles.MediaType}
	header["Cache-Control"] = []string{revalidated}
	header["X-Content-Type-Options"] = noSniff
	header["Etag"] = []string{fmt.Sprintf(`"%x-%x"`, archive.Modified().UnixNano(), archive.Size())}
	http.ServeContent(w, r.Request, "", archive.Modified(), archive.File())
	return nil
}
