package api

import (
	"net/http"
	"slices"
	"strings"
	"sync"

	"cartoquartiers/places"
	"cartoquartiers/places/snapshot"
)

// credit is what one owes for the places that are shown: whom to name, under
// which licences; and how far they reach and how many there are of each category,
// which is worked out at the same time.
type credit struct {
	seq         int64
	living      snapshot.Counts
	extent      *extent // nil when nothing is published
	attribution string
	licences    []string // SPDX, sorted
	link        []string // values of the Link header
}

// credits keeps the credit of the latest View.
type credits struct {
	mutex  sync.Mutex
	latest *credit
}

// licenceURL is where the text of a licence stands.
func licenceURL(spdx string) string {
	switch spdx {
	case places.LicenceODbL:
		return "https://opendatacommons.org/licenses/odbl/1-0/"
	case places.LicenceOuverte:
		return "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"
	}
	return "https://spdx.org/licenses/" + spdx + ".html"
}

// credit names the sources of the published places, and of nothing else. It is
// worked out again when something was published, from memory.
func (s *server) credit(view *snapshot.View) *credit {
	s.credits.mutex.Lock()
	defer s.credits.mutex.Unlock()
	if s.credits.latest != nil && s.credits.latest.seq == view.Seq() {
		return s.credits.latest
	}
	used := view.Counts(places.Filter{States: publishedStates}).Sources
	latest := &credit{seq: view.Seq(), extent: extentOf(view), living: view.Counts(places.Filter{})}
	var names []string
	for _, source := range view.KnownSources() {
		if used[source.ID] == 0 {
			continue
		}
		names = append(names, source.Attribution)
		if !slices.Contains(latest.licences, source.Licence) {
			latest.licences = append(latest.licences, source.Licence)
		}
	}
	slices.Sort(latest.licences)
	latest.attribution = strings.Join(names, " · ")
	for _, licence := range latest.licences {
		latest.link = append(latest.link, "<"+licenceURL(licence)+`>; rel="license"`)
	}
	s.credits.latest = latest
	return latest
}

// publishedStates are those of every place that has a published row.
var publishedStates = []places.State{places.Open, places.ClosedTemporarily, places.Closed}

// head says the licences in the header of an answer, for formats that have no place for them.
func (c *credit) head(w http.ResponseWriter) {
	if len(c.link) > 0 {
		w.Header()["Link"] = slices.Clone(c.link)
	}
}

// credited says the licences of what is published now in the header of an answer.
func (s *server) credited(w http.ResponseWriter) { s.credit(s.Snapshot.View()).head(w) }

// creditedFirst is a handler whose answer says the licences of what is published.
func (s *server) creditedFirst(handle func(http.ResponseWriter, *request) error) func(http.ResponseWriter, *request) error {
	return func(w http.ResponseWriter, r *request) error {
		if s.Snapshot != nil { // a log may stand alone
			s.credited(w)
		}
		return handle(w, r)
	}
}

func (c *credit) links() []link {
	links := make([]link, len(c.licences))
	for i, licence := range c.licences {
		links[i] = link{Href: licenceURL(licence), Rel: "license", Type: "text/html", Title: licence}
	}
	return links
}

// expression is the licences as an SPDX expression: each value is under one of them.
func (c *credit) expression() string { return strings.Join(c.licences, " AND ") }
