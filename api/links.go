package api

import (
	"maps"
	"net/http"
	"strings"

	"cartoquartiers/internal/httpkit"
)

// link points to something related: RFC 8288, as OGC API – Features writes it (17-069r4, 7.2).
type link struct {
	Href     string `json:"href" doc:"Where it is"`
	Rel      string `json:"rel,omitempty" doc:"How it relates to this, IANA link relations or OGC's" example:"next"`
	Type     string `json:"type,omitempty" doc:"Media type of what is there" example:"application/geo+json"`
	Hreflang string `json:"hreflang,omitempty" doc:"Language of what is there"`
	Title    string `json:"title,omitempty" doc:"What it is, for people"`
}

// The formats of this API, by the value of the parameter f.
var (
	asJSON    = httpkit.Format{Name: "json", MediaType: "application/json"}
	asHTML    = httpkit.Format{Name: "html", MediaType: "text/html; charset=utf-8", Also: []string{"application/xhtml+xml"}}
	asGeoJSON = httpkit.Format{Name: "json", MediaType: "application/geo+json", Also: []string{"application/json", "application/vnd.geo+json"}}
	// The same under the name that some callers guess.
	asGeoJSONName = httpkit.Format{Name: "geojson", MediaType: "application/geo+json"}
	asCSV         = httpkit.Format{Name: "csv", MediaType: "text/csv; charset=utf-8"}
	// One feature a line; application/geo+json-seq (RFC 8142) puts a record separator before each.
	asGeoJSONLines = httpkit.Format{Name: "geojsonl", MediaType: "application/x-ndjson", Also: []string{"application/geojsonl", "application/geo+jsonl"}}
	asGeoJSONSeq   = httpkit.Format{Name: "geojsonseq", MediaType: "application/geo+json-seq"}
	asSchema       = httpkit.Format{Name: "json", MediaType: "application/schema+json", Also: []string{"application/json"}}
)

// OGC's link relations (https://defs.opengis.net/vocprez/object?uri=http://www.opengis.net/def/rel).
const (
	relQueryables  = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
	relSchema      = "http://www.opengis.net/def/rel/ogc/1.0/schema"
	relConformance = "http://www.opengis.net/def/rel/ogc/1.0/conformance"
	relData        = "data"
)

// selfAndAlternates links an answer to itself and to its other formats
// (17-069r4, /req/core/fc-links).
func (r *request) selfAndAlternates(formats ...httpkit.Format) []link {
	address := r.base + r.URL.EscapedPath()
	others := maps.Clone(r.values)
	others.Del("f")
	rest := others.Encode()
	if rest != "" {
		rest = "&" + rest
	}
	self := address
	if r.URL.RawQuery != "" {
		self += "?" + r.URL.RawQuery
	}
	links := make([]link, 0, len(formats)+4)
	for _, format := range formats {
		l := link{Href: address + "?f=" + format.Name + rest, Rel: "alternate", Type: bare(format.MediaType)}
		if format.Name == r.format.Name {
			l.Rel, l.Href = "self", self
		}
		l.Title = r.say("Ce document", "This document") + " (" + format.Name + ")"
		links = append(links, l)
	}
	return links
}

func bare(mediaType string) string {
	bare, _, _ := strings.Cut(mediaType, ";")
	return bare
}

// linkHeaders repeats links where formats without a place for them have one.
func linkHeaders(w http.ResponseWriter, links []link) {
	for _, l := range links {
		value := "<" + l.Href + `>; rel="` + l.Rel + `"`
		if l.Type != "" {
			value += `; type="` + l.Type + `"`
		}
		w.Header().Add("Link", value)
	}
}
