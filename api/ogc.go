package api

import "net/http"

// OGC API – Features, Part 1: https://docs.ogc.org/is/17-069r4/17-069r4.html.

// landing is the first page of the API (17-069r4, 7.2).
type landing struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	Attribution string `json:"attribution,omitempty" doc:"Whom to name when using the data"`
	Links       []link `json:"links"`
}

// conformance lists the requirements classes that are met (17-069r4, 7.4).
type conformance struct {
	ConformsTo []string `json:"conformsTo"`
}

var conformanceClasses = []string{
	"http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
	"http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
	"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
	"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
	"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
	"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
	"http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
	"http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters",
	"http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/create-replace-delete",
	"http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/update",
	"http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/features",
	"http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/optimistic-locking-etags",
}

func (s *server) ogcEndpoints() []endpoint {
	return append([]endpoint{
		{
			path: "/ogc", id: "getLandingPage", tag: "OGC API", summary: "Landing page",
			about:   "Where everything else is linked from. Paste this address into QGIS or GDAL.",
			formats: []representation{{asJSON, landing{}}, {asHTML, nil}}, handle: s.landing,
		},
		{
			path: "/ogc/conformance", id: "getConformance", tag: "OGC API", summary: "Conformance classes",
			formats: []representation{{asJSON, conformance{}}, {asHTML, nil}}, handle: s.conformance,
		},
		{
			path: "/ogc/collections", id: "getCollections", tag: "OGC API", summary: "The collections",
			formats: []representation{{asJSON, collectionList{}}, {asHTML, nil}}, handle: s.collections,
		},
	}, s.collectionEndpoints()...)
}

func (s *server) landing(w http.ResponseWriter, r *request) error {
	credit := s.credit(s.Snapshot.View())
	credit.head(w)
	page := landing{
		Title: "CartoQuartiers",
		Description: r.say("Les services et initiatives des quartiers, en données ouvertes.",
			"The services and initiatives of the neighbourhoods, as open data."),
		Attribution: credit.attribution,
		Links:       append(r.selfAndAlternates(asJSON, asHTML), s.landingLinks(r)...),
	}
	page.Links = append(page.Links, credit.links()...)
	if r.format.Name == asHTML.Name {
		return s.pages.write(w, r, "landing", page.Title, page)
	}
	return writeJSON(w, r, revalidated, page)
}

func (s *server) landingLinks(r *request) []link {
	return []link{
		{Href: r.base + "/ogc/api", Rel: "service-desc", Type: openAPI30Type, Title: r.say("Description de l'API (OpenAPI 3.0)", "Description of the API (OpenAPI 3.0)")},
		{Href: r.base + "/api/openapi.json", Rel: "service-desc", Type: openAPI31Type, Title: r.say("Description de l'API (OpenAPI 3.1)", "Description of the API (OpenAPI 3.1)")},
		{Href: r.base + "/api/docs", Rel: "service-doc", Type: "text/html", Title: r.say("Mode d'emploi de l'API", "How to use the API")},
		{Href: r.base + "/ogc/conformance", Rel: "conformance", Type: "application/json", Title: r.say("Classes de conformité", "Conformance classes")},
		{Href: r.base + "/ogc/conformance", Rel: relConformance, Type: "application/json"},
		{Href: r.base + "/ogc/collections", Rel: relData, Type: "application/json", Title: r.say("Les collections", "The collections")},
	}
}

func (s *server) conformance(w http.ResponseWriter, r *request) error {
	if r.format.Name == asHTML.Name {
		return s.pages.write(w, r, "conformance", r.say("Conformité", "Conformance"), conformanceClasses)
	}
	return writeJSON(w, r, rested, conformance{ConformsTo: conformanceClasses})
}
