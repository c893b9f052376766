package api_test

import (
	"strings"
	"testing"

	"cartoquartiers/places"
)

type searchResults struct {
	Results []struct {
		Type, ID, Name, Detail, Category, Group, Neighbourhood string
		Position, BBox                                         []float64
		Metres, Places                                         *int
	}
}

func (s searchResults) String() string {
	var lines []string
	for _, r := range s.Results {
		lines = append(lines, r.Type+" "+r.Name)
	}
	return strings.Join(lines, "|")
}

func TestSearchSuggests(t *testing.T) {
	t.Parallel()
	closed := draft("Jardin fermé", "park", 0.5, 0.5)
	closed.Document.State = places.Closed
	w := newWorld(t,
		draft("Le Jardin des Lilas", "park", 0.5, 0.5),
		draft("Jardin du Port", "park", 1.9, 1.9),
		draft("Jardin de l'Île", "park", 0.41, 0.4),
		draft("Médiathèque", "library", 0.4, 0.4),
		draft("", "park", 0.4, 0.4),
		closed,
	)
	for query, want := range map[string]string{
		"q=JARDIN&near=0.4,0.4":     "category Jardin partagé et jardins familiaux|place Jardin de l'Île|place Jardin du Port|place Le Jardin des Lilas",
		"q=jardin+lil":              "place Le Jardin des Lilas",
		"q=mediateque&limit=2":      "category Bibliothèque et médiathèque|place Médiathèque",
		"q=est":                     "neighbourhood Quartier de l'Est",
		"q=compost&lang=en":         "category Shared composter",
		"q=dechets":                 "group Déchets et tri",
		"q=xyzzy":                   "",
		"q=jardin+du&near=179,-17":  "place Jardin du Port",
		"q=jardin&limit=2&near=2,2": "category Jardin partagé et jardins familiaux|place Jardin du Port",
	} {
		var got searchResults
		w.into(&got, "/api/v1/search?"+query)
		if got.String() != want {
			t.Errorf("%s: %s; want %s", query, got, want)
		}
	}
	var one searchResults
	w.into(&one, "/api/v1/search?q=jardin+de+l+ile&near=0.4,0.4")
	found := one.Results[0]
	if found.ID == "" || found.Neighbourhood != "port" || found.Metres == nil || *found.Metres < 1000 || *found.Metres > 1200 ||
		found.Category != "park" || found.Group != "nature" || found.Position[0] != 0.41 || found.Detail != "Parc et square · Le Port" {
		t.Errorf("%+v", found)
	}
	var east searchResults
	w.into(&east, "/api/v1/search?q=est")
	if box := east.Results[0].BBox; len(box) != 4 || box[0] != 1 || box[2] != 2 || east.Results[0].ID != "est" {
		t.Errorf("%+v", east.Results[0])
	}
	w.body(400, "/api/v1/search?q=")
	w.body(400, "/api/v1/search?q=a&near=x")
}

func TestRevisionsChangesCountersCategories(t *testing.T) {
	t.Parallel()
	w := newWorld(t, draft("Un", "park", 0.5, 0.5), draft("Deux", "library", 1.5, 1.5))
	for i, name := range []string{"Un bis", "Un ter"} {
		again := draft(name, "park", 0.5, 0.5)
		again.Place, again.Base = 1, i+1
		w.publish(noon, again)
	}
	var history struct {
		Place     int
		Revisions []struct {
			Number   int
			Changed  []string
			Document struct{ Name map[string]string }
		}
		Links []anyLink
	}
	w.into(&history, "/api/v1/places/1/revisions?limit=2")
	if history.Place != 1 || len(history.Revisions) != 2 || history.Revisions[0].Document.Name["und"] != "Un ter" ||
		strings.Join(history.Revisions[0].Changed, " ") != "name.und" {
		t.Fatalf("%+v", history)
	}
	next := hrefOf(history.Links, "next")
	w.into(&history, next)
	if len(history.Revisions) != 1 || history.Revisions[0].Number != 1 || hrefOf(history.Links, "next") != "" {
		t.Errorf("%s: %+v", next, history)
	}
	if text := w.body(200, "/api/v1/places/1/revisions"); strings.Contains(text, "CANARY") {
		t.Error("the history shows what is private")
	}
	var feed struct {
		Changes []places.Change
		Next    int64
		More    bool
		Links   []anyLink
	}
	w.into(&feed, "/api/v1/changes?limit=3")
	if len(feed.Changes) != 3 || feed.Next != 3 || !feed.More {
		t.Fatalf("%+v", feed)
	}
	w.into(&feed, hrefOf(feed.Links, "next"))
	if len(feed.Changes) != 1 || feed.Next != 4 || feed.More || feed.Changes[0].Place != 1 || feed.Changes[0].Operation != places.Updated {
		t.Errorf("%+v", feed)
	}
	var counters struct {
		Total          int
		Groups         map[string]int
		Neighbourhoods map[string]int
	}
	w.into(&counters, "/api/v1/counters")
	if counters.Total != 2 || counters.Groups["nature"] != 1 || counters.Neighbourhoods["est"] != 1 {
		t.Errorf("%+v", counters)
	}
	var menu struct {
		Groups []struct {
			ID         string
			Labels     map[string]string
			Categories []struct{ ID, Icon string }
		}
	}
	w.into(&menu, "/api/v1/categories")
	if len(menu.Groups) != 13 || menu.Groups[0].Labels["fr"] != "Services publics" || menu.Groups[0].Categories[0].Icon == "" {
		t.Errorf("%+v", menu)
	}
}
