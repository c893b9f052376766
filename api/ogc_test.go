package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"cartoquartiers/places"
)

func TestLandingLeadsToEverything(t *testing.T) {
	t.Parallel()
	w := newWorld(t, draft("Médiathèque", "library", 0.5, 0.5))
	var landing struct {
		Title, Attribution string
		Links              []anyLink
	}
	w.into(&landing, "/ogc")
	if landing.Title != "CartoQuartiers" || landing.Attribution != "© les contributeurs OpenStreetMap" {
		t.Errorf("%+v", landing)
	}
	for _, rel := range []string{"self", "alternate", "service-desc", "service-doc", "conformance", "data", "license"} {
		href := hrefOf(landing.Links, rel)
		if href == "" {
			t.Errorf("no link %s", rel)
		} else if strings.HasPrefix(href, w.url) {
			w.body(http.StatusOK, href)
		}
	}
	var conformance struct{ ConformsTo []string }
	w.into(&conformance, "/ogc/conformance")
	for _, class := range []string{"core", "oas30", "html", "geojson"} {
		want := "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/" + class
		if !strings.Contains(strings.Join(conformance.ConformsTo, " "), want) {
			t.Errorf("%s is not declared", want)
		}
	}
}

func TestCollectionsDescribeThemselves(t *testing.T) {
	t.Parallel()
	w := newWorld(t, draft("A", "library", 0.5, 0.5), draft("B", "park", -1, 1.25))
	var answer struct {
		Collections []struct {
			ID, Title, Attribution, License string
			Extent                          struct{ Spatial struct{ BBox [][]float64 } }
			Links                           []anyLink
		}
	}
	w.into(&answer, "/ogc/collections", "Accept-Language", "en")
	if len(answer.Collections) != 3 || answer.Collections[0].ID != "places" || answer.Collections[0].Title != "Places" {
		t.Fatalf("%+v", answer)
	}
	first := answer.Collections[0]
	if box := first.Extent.Spatial.BBox[0]; box[0] != -1 || box[1] != 0.5 || box[2] != 0.5 || box[3] != 1.25 {
		t.Errorf("extent %v", box)
	}
	if first.License != places.LicenceODbL {
		t.Errorf("licence %q", first.License)
	}
	for _, collection := range answer.Collections {
		for _, link := range collection.Links {
			if strings.HasPrefix(link.Href, w.url) {
				w.body(http.StatusOK, link.Href)
			}
		}
	}
}

func TestEveryPageIsReadableHTML(t *testing.T) {
	t.Parallel()
	w := newWorld(t, draft("<b>Médiathèque</b>", "library", 0.5, 0.5))
	for _, path := range []string{
		"/ogc", "/ogc/conformance", "/ogc/collections", "/ogc/collections/places", "/ogc/collections/places/items",
		"/ogc/collections/places/items/1", "/ogc/collections/places/queryables", "/ogc/collections/places/schema",
		"/ogc/collections/neighbourhoods/items", "/ogc/collections/neighbourhoods/items/port",
		"/ogc/collections/categories/items", "/ogc/collections/categories/items/compost", "/api/docs",
	} {
		for _, language := range []string{"fr", "en"} {
			page := w.body(http.StatusOK, path, "Accept", "text/html", "Accept-Language", language)
			if !strings.Contains(page, `<html lang="`+language+`">`) || !strings.Contains(page, "<h1>") {
				t.Errorf("%s: not a page in %s:\n%s", path, language, page)
			}
			for _, forbidden := range []string{"<script", "style=", "<style", "src=\"http", "ZgotmplZ", "<b>Méd"} {
				if strings.Contains(page, forbidden) {
					t.Errorf("%s: %s in the page", path, forbidden)
				}
			}
		}
	}
}

func TestErrorsAreProblemsThatNameTheParameter(t *testing.T) {
	t.Parallel()
	w := newWorld(t, draft("A", "library", 0.5, 0.5))
	const items = "/ogc/collections/places/items"
	for _, c := range []struct {
		path, accept string
		status       int
		parameter    string
	}{
		{items + "?nope=1", "", 400, "nope"},
		{items + "?bbox=1,2,3", "", 400, "bbox"},
		{items + "?bbox=0,5,1,2", "", 400, "bbox"},
		{items + "?datetime=yesterday", "", 400, "datetime"},
		{items + "?datetime=2024-01-02/2024-01-01", "", 400, "datetime"},
		{items + "?category=nope", "", 400, "category"},
		{items + "?group=nope", "", 400, "group"},
		{items + "?kind=nope", "", 400, "kind"},
		{items + "?state=merged", "", 400, "state"},
		{items + "?wheelchair=perhaps", "", 400, "wheelchair"},
		{items + "?limit=0", "", 400, "limit"},
		{items + "?limit=x", "", 400, "limit"},
		{items + "?limit=1&limit=2", "", 400, "limit"},
		{items + "?sortby=colour", "", 400, "sortby"},
		{items + "?sortby=distance", "", 400, "near"},
		{items + "?near=91", "", 400, "near"},
		{items + "?q=!!", "", 400, "q"},
		{items + "?cursor=***", "", 400, "cursor"},
		{items + "?q=a&cursor=***", "", 400, "cursor"},
		{items + "?f=xml", "", 400, "f"},
		{items + "?a=%zz", "", 400, ""},
		{items, "image/png", 406, ""},
		{items + "/999", "", 404, ""},
		{items + "/abc", "", 404, ""},
		{"/ogc/collections/nope", "", 404, ""},
		{"/ogc/collections/neighbourhoods/items/nope", "", 404, ""},
		{"/ogc/collections/categories/items/nope", "", 404, ""},
		{"/ogc/collections/categories/items?cursor=nope", "", 404 - 4, "cursor"},
		{"/api/v1/places/999/revisions", "", 404, ""},
		{"/api/v1/changes?since=-1", "", 400, "since"},
	} {
		for _, language := range []string{"fr", "en"} {
			response := w.get(c.path, "Accept", c.accept, "Accept-Language", language)
			var problem struct {
				Type, Title, Detail string
				Status              int
				Errors              []struct{ Parameter, Detail string }
			}
			if err := json.NewDecoder(response.Body).Decode(&problem); err != nil {
				t.Errorf("%s: %v", c.path, err)
			}
			if response.StatusCode != c.status || problem.Status != c.status || problem.Detail == "" ||
				response.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s: %d %+v", c.path, response.StatusCode, problem)
			}
			if c.parameter != "" && (len(problem.Errors) != 1 || problem.Errors[0].Parameter != c.parameter) {
				t.Errorf("%s: names %+v, want %s", c.path, problem.Errors, c.parameter)
			}
		}
	}
	response, err := http.Post(w.url+"/ogc/collections", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", response.StatusCode)
	}
}
