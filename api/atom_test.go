package api_test

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/places"
)

// readFeed is a feed as a reader understands it.
type readFeed struct {
	XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string   `xml:"http://www.w3.org/2005/Atom id"`
	Title   string   `xml:"http://www.w3.org/2005/Atom title"`
	Updated string   `xml:"http://www.w3.org/2005/Atom updated"`
	Author  struct {
		Name string `xml:"http://www.w3.org/2005/Atom name"`
	} `xml:"http://www.w3.org/2005/Atom author"`
	Links   []readLink `xml:"http://www.w3.org/2005/Atom link"`
	Entries []struct {
		ID      string     `xml:"http://www.w3.org/2005/Atom id"`
		Title   string     `xml:"http://www.w3.org/2005/Atom title"`
		Updated string     `xml:"http://www.w3.org/2005/Atom updated"`
		Links   []readLink `xml:"http://www.w3.org/2005/Atom link"`
		Summary string     `xml:"http://www.w3.org/2005/Atom summary"`
	} `xml:"http://www.w3.org/2005/Atom entry"`
}

type readLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
}

// owned gives a place to a new organisation, whose number it returns.
func (w *world) owned(place places.ID, name string) int64 {
	w.t.Helper()
	organisation, err := accounts.CreateOrganisation(w.t.Context(), w.pool, name, noon)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.pool.Exec(w.t.Context(), `update places set organisation_id = $2 where id = $1`, place, organisation); err != nil {
		w.t.Fatal(err)
	}
	return organisation
}

// feed reads one and checks what RFC 4287 asks of each (4.1.1, 4.1.2, 4.2.6).
func (w *world) feed(path string) (feed readFeed) {
	w.t.Helper()
	if err := xml.Unmarshal([]byte(w.body(http.StatusOK, path)), &feed); err != nil {
		w.t.Fatalf("%s: %v", path, err)
	}
	ids := map[string]bool{feed.ID: true}
	rels := func(links []readLink) (all []string) {
		for _, link := range links {
			all = append(all, link.Rel)
		}
		return all
	}
	if _, err := time.Parse(time.RFC3339, feed.Updated); err != nil || feed.Title == "" || feed.Author.Name == "" || !slices.Contains(rels(feed.Links), "self") {
		w.t.Errorf("%s: %+v", path, feed)
	}
	for _, entry := range feed.Entries {
		at, err := time.Parse(time.RFC3339, entry.Updated)
		if err != nil || at.Format(time.RFC3339) > feed.Updated || entry.Title == "" || ids[entry.ID] || !strings.HasPrefix(entry.ID, "tag:") {
			w.t.Errorf("%s: %+v", path, entry)
		}
		for _, rel := range []string{"alternate", "license"} {
			if !slices.Contains(rels(entry.Links), rel) {
				w.t.Errorf("%s: %s has no link %s", path, entry.ID, rel)
			}
		}
		ids[entry.ID] = true
	}
	return feed
}

func (f readFeed) titles() (all []string) {
	for _, entry := range f.Entries {
		all = append(all, entry.Title)
	}
	return all
}

func TestFeedsTellWhatChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, draft("Port <&> \"Quai\"", "library", 0.5, 0.5), draft("Ouest", "museum", 0.9, 1.5), draft("Est", "library", 1.5, 1.5))
	organisation := w.owned(3, "Les Lilas")
	agent := w.person("Ahmed", accounts.Agent)
	edited := w.submit(noon.Add(time.Hour), agent, `{"action":"edit","place_id":3,"base_revision":1,"patch":{"phone":"02 40 41 90 00","opening_hours":"Mo 09:00-12:00"}}`)
	if err := w.store.WaitFor(t.Context(), edited.Seq); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][]string{
		"all?bbox=0.4,0.4,0.6,0.6": {"Port <&> \"Quai\""},
		"all":                      {"Est", "Ouest", `Port <&> "Quai"`}, "neighbourhoods/ouest": {"Ouest", `Port <&> "Quai"`}, "neighbourhoods/port": {`Port <&> "Quai"`},
		"places/3": {"Est", "Est"}, "places/1": {`Port <&> "Quai"`}, fmt.Sprintf("organisations/%d", organisation): {"Est"},
	} {
		if got := w.feed("/api/v1/feeds/" + path).titles(); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	history := w.feed("/api/v1/feeds/places/3?lang=fr")
	if got := history.Entries[0].Summary + "; " + history.Entries[1].Summary; got != "A changé : horaires (syntaxe osm), téléphone; Nouveau sur la carte" {
		t.Errorf("summaries %q", got)
	}
	if english := w.feed("/api/v1/feeds/places/3?lang=en"); !strings.HasPrefix(english.Entries[0].Summary, "Changed: ") || english.Title != "Est · What changes on the map" {
		t.Errorf("in English %q, %q", english.Title, english.Entries[0].Summary)
	}
	first := w.get("/api/v1/feeds/all")
	w.bytesOf(first, http.StatusOK)
	if got := first.Header.Get("Content-Type"); got != "application/atom+xml; charset=utf-8" {
		t.Errorf("content type %s", got)
	}
	w.bytesOf(w.get("/api/v1/feeds/all", "If-None-Match", first.Header.Get("ETag")), http.StatusNotModified)
}

// What is hidden is in no feed, and has none.
func TestFeedsTellNothingOfWhatIsHidden(t *testing.T) {
	t.Parallel()
	w := newWorld(t, draft("Est", "library", 1.5, 1.5), draft("Ouest", "museum", 0.9, 1.5))
	organisation := w.owned(1, "Les Lilas")
	hide := `{"action":"hide","place_id":1,"base_revision":1,"face":"withheld","reason":"spam","message":"x"}`
	if err := w.store.WaitFor(t.Context(), w.submit(noon, w.person("Maud", accounts.Moderator), hide).Seq); err != nil {
		t.Fatal(err)
	}
	if got := w.feed("/api/v1/feeds/all").titles(); !slices.Equal(got, []string{"Ouest"}) {
		t.Errorf("all: %q", got)
	}
	if got := w.feed("/api/v1/feeds/neighbourhoods/est").Entries; len(got) != 0 {
		t.Errorf("its neighbourhood: %+v", got)
	}
	for _, path := range []string{"places/1", "places/99", "places/x", fmt.Sprintf("organisations/%d", organisation), "organisations/99", "neighbourhoods/nulle-part"} {
		w.body(http.StatusNotFound, "/api/v1/feeds/"+path)
	}
}
