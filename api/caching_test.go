package api_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

var readPaths = []string{
	"/ogc", "/ogc/conformance", "/ogc/collections", "/ogc/collections/places", "/ogc/collections/places/items",
	"/ogc/collections/places/items?q=jardin", "/ogc/collections/places/items?f=html", "/ogc/collections/places/items?f=csv",
	"/ogc/collections/places/items?f=csv&limit=5", "/ogc/collections/places/items?f=geojsonl&sortby=name", "/ogc/collections/places/items?f=geojsonseq",
	"/ogc/collections/places/items/1", "/ogc/collections/places/items/1?f=html", "/ogc/collections/places/schema",
	"/ogc/collections/neighbourhoods/items", "/ogc/collections/neighbourhoods/items/port", "/ogc/collections/categories/items",
	"/api/v1/search?q=jardin", "/api/v1/counters", "/api/v1/changes", "/api/v1/places/1/revisions", "/api/v1/categories",
	"/api/openapi.json", "/api/docs",
}

func TestEveryAnswerCanBeKeptAndAskedForAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, crowd(11, 120)...)
	for _, path := range readPaths {
		for _, coding := range []string{"identity", "gzip", "zstd"} {
			first := w.get(path, "Accept-Encoding", coding)
			tag := first.Header.Get("ETag")
			if !strings.HasPrefix(tag, `"`) || first.Header.Get("Cache-Control") == "" || !strings.Contains(strings.Join(first.Header.Values("Vary"), ","), "Accept") {
				t.Errorf("%s: %v", path, first.Header)
			}
			again := w.get(path, "Accept-Encoding", coding, "If-None-Match", tag)
			if again.StatusCode != http.StatusNotModified || again.Header.Get("ETag") != tag {
				t.Errorf("%s (%s): %d %s, want 304 %s", path, coding, again.StatusCode, again.Header.Get("ETag"), tag)
			}
			if plain := w.body(http.StatusOK, path); plain != unpack(t, first) {
				t.Errorf("%s (%s): the text changed on the way", path, coding)
			}
		}
	}
}

func unpack(t *testing.T, response *http.Response) string {
	t.Helper()
	var reader io.Reader = response.Body
	switch response.Header.Get("Content-Encoding") {
	case "gzip":
		unzipped, err := gzip.NewReader(reader)
		if err != nil {
			t.Fatal(err)
		}
		reader = unzipped
	case "zstd":
		decoder, err := zstd.NewReader(reader)
		if err != nil {
			t.Fatal(err)
		}
		defer decoder.Close()
		reader = decoder
	}
	text, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTagsChangeWithTheData(t *testing.T) {
	t.Parallel()
	w := newWorld(t, draft("Un", "park", 0.5, 0.5))
	const path = "/ogc/collections/places/items"
	before := w.get(path)
	if got := before.Header.Get("Last-Modified"); got != noon.Format(http.TimeFormat) {
		t.Errorf("Last-Modified = %s", got)
	}
	if got := w.get(path, "If-Modified-Since", noon.Format(http.TimeFormat)).StatusCode; got != http.StatusNotModified {
		t.Errorf("If-Modified-Since: %d", got)
	}
	w.publish(noon.Add(time.Hour), draft("Deux", "park", 0.5, 0.6))
	after := w.get(path, "If-None-Match", before.Header.Get("ETag"))
	if after.StatusCode != http.StatusOK || after.Header.Get("ETag") == before.Header.Get("ETag") {
		t.Errorf("after a change: %d %s", after.StatusCode, after.Header.Get("ETag"))
	}
	var page list
	w.into(&page, path)
	if !page.TimeStamp.Equal(noon.Add(time.Hour)) || page.NumberMatched != 2 {
		t.Errorf("%+v", page)
	}
	if english := w.get(path, "Accept-Language", "en").Header.Get("ETag"); english == after.Header.Get("ETag") {
		t.Error("two languages share a tag")
	}
}

func TestEveryAnswerCarriesItsLicence(t *testing.T) {
	t.Parallel()
	w := newWorld(t, crowd(12, 60)...)
	for _, path := range readPaths {
		if strings.Contains(path, "openapi") || strings.Contains(path, "docs") || strings.Contains(path, "conformance") || strings.Contains(path, "/schema") {
			continue // no data in them
		}
		links := strings.Join(w.get(path).Header.Values("Link"), ", ")
		for _, want := range []string{`<https://opendatacommons.org/licenses/odbl/1-0/>; rel="license"`, `<https://www.etalab.gouv.fr/licence-ouverte-open-licence/>; rel="license"`} {
			if !strings.Contains(links, want) {
				t.Errorf("%s: no %s in %q", path, want, links)
			}
		}
	}
	var page list
	w.into(&page, "/ogc/collections/places/items?limit=1")
	if !strings.Contains(page.Attribution, "© les contributeurs OpenStreetMap") || page.License != "ODbL-1.0 AND etalab-2.0" || page.Features[0].Properties["licence"] == "" {
		t.Errorf("%+v", page)
	}
	if text := w.body(200, "/ogc/collections/places/items?f=html"); !strings.Contains(text, "© les contributeurs OpenStreetMap") {
		t.Error("the page does not name the contributors")
	}
}

func TestHeadIsGetWithoutABody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, crowd(13, 60)...)
	for _, path := range readPaths {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodHead, w.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := noRedirects.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if get := w.get(path); response.StatusCode != 200 || len(body) != 0 || response.Header.Get("ETag") != get.Header.Get("ETag") {
			t.Errorf("%s: %d, %d bytes, %s", path, response.StatusCode, len(body), response.Header.Get("ETag"))
		}
	}
}

func TestAnyPageMayRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, draft("Un", "park", 0.5, 0.5))
	for _, path := range append(readPaths, "/nowhere") {
		if got := w.get(path, "Origin", "https://ailleurs.example").Header.Get("Access-Control-Allow-Origin"); got != "*" {
			t.Errorf("%s: %q", path, got)
		}
	}
}

func TestASinglePlaceLinksAndLeads(t *testing.T) {
	t.Parallel()
	w := newWorld(t, draft("Un", "park", 0.5, 0.5), draft("Double", "park", 0.5, 0.5))
	var place anyFeature
	w.into(&place, "/ogc/collections/places/items/1")
	for _, rel := range []string{"self", "alternate", "collection", "license", "version-history"} {
		href := hrefOf(place.Links, rel)
		if href == "" || strings.HasPrefix(href, w.url) && w.get(href).StatusCode != http.StatusOK {
			t.Errorf("link %s: %q", rel, href)
		}
	}
	if text := w.body(200, "/ogc/collections/places/items/1"); strings.Contains(text, "CANARY") {
		t.Error("a place shows what is private")
	}
	for _, statement := range []string{
		`update places set state = 'merged', merged_into = 1 where id = 2`,
		`delete from published_places where id = 2`,
		`insert into changes (seq, place_id, revision, operation, at) values (3, 2, 1, 'remove', now())`,
	} {
		if _, err := w.pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.store.WaitFor(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	response := w.get("/ogc/collections/places/items/2")
	if response.StatusCode != http.StatusPermanentRedirect || response.Header.Get("Location") != w.url+"/ogc/collections/places/items/1" {
		t.Errorf("merged: %d to %s", response.StatusCode, response.Header.Get("Location"))
	}
}
