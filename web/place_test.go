package web

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"cartoquartiers/places"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var assetHash = regexp.MustCompile(`\?v=[0-9a-f]+`)

// golden compares a text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	got = assetHash.ReplaceAllString(got, "?v=HASH")
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what it was; see git diff after go test ./web -update\ngot:\n%s", file, got)
	}
}

func TestFragmentsAreWhatIslandsGet(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	card := fmt.Sprintf("/lieux/%d?fragment=card", town.library)
	golden(t, "card.fr.html", town.page(t, card, "Accept-Language", "fr"))
	golden(t, "card.en.html", town.page(t, card, "Accept-Language", "en"))
	golden(t, "list.fr.html", town.page(t, "/lieux?near=-1.5536,47.2184&fragment=list&group=culture,nature"))
}

func TestPlacePageTellsEverything(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	page := town.page(t, fmt.Sprintf("/lieux/%d", town.library))
	expect(t, "the page", page,
		"<h1><bdi>Médiathèque Jacques-Demy</bdi></h1>", "Bibliothèque et médiathèque", "24 quai de la Fosse, 44000 Nantes",
		"Fermé, ouvre à 14 h", "vérifié", "il y a 3 semaines", "10 h – 12 h 30, 14 h – 18 h", "Jours fériés : fermé",
		`href="tel:&#43;33240415600"`, "02\u00a040\u00a041\u00a056\u00a000", `href="mailto:bm@example.org"`,
		`href="https://www.example.org/bm/" rel="noopener nofollow"`, "example.org/bm", "Accessible en fauteuil roulant",
		"Ville de Nantes", "licence ODbL 1.0", `href="https://www.openstreetmap.org/way/25191432"`,
		fmt.Sprintf(`href="/ogc/collections/places/items/%d"`, town.library), "À deux pas", "Jardin des Fonderies",
		"Première publication", `<a href="/lieux?neighbourhood=centre">`, "mars 2025")
	garden := town.page(t, fmt.Sprintf("/lieux/%d", town.garden))
	expect(t, "hours beyond the parser", garden, "We 10:00-16:00/90", "tels qu’ils sont écrits")
	closed := town.page(t, fmt.Sprintf("/lieux/%d?lang=en", town.closed))
	expect(t, "the closed place", closed, "Closed for good", "pictogram--closed", "not badge--good")
}

func TestPlacePageAsksForWhatIsMissing(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	kiosk := draft(places.Document{
		Category: "bicycle_repair", Position: orb.Point{-1.5536, 47.2189}, Identifiers: map[string]string{"osm": "node/42"}, Phone: "+33240000000",
	}, "osm")
	published := publish(t, town.db, wednesday, kiosk)[0]
	town.waitForSeq(t, published.Seq)
	expect(t, "the kiosk", town.page(t, fmt.Sprintf("/lieux/%d", published.Place)),
		"Personne n’a encore indiqué : horaires, accessibilité, adresse, site web.", fmt.Sprintf(`href="/lieux/%d/modifier"`, published.Place))
	expect(t, "the library, complete", town.page(t, fmt.Sprintf("/lieux/%d", town.library)), "not Personne n’a encore indiqué")
	expect(t, "the bench", town.page(t, fmt.Sprintf("/lieux/%d", town.hostile)), "not Personne n’a encore indiqué")
}

func TestHistoryTellsChangesInWords(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	live, err := places.FindLive(t.Context(), town.db, []places.ID{town.library})
	if err != nil {
		t.Fatal(err)
	}
	next := live[town.library]
	next.Document.OpeningHours = "Mo-Fr 09:00-18:00"
	next.Document.Phone = ""
	next.Document.Wheelchair = places.WheelchairLimited
	next.Document.Name["fr"] = "Médiathèque Demy"
	next.Document.Position[0] += 0.0001
	delete(next.Provenance, "phone")
	next.Provenance["name.fr"] = places.Provenance{Source: "local", Licence: places.LicenceOuverte, At: wednesday}
	second := publish(t, town.db, wednesday.Add(-time.Hour), places.Draft{
		Place: town.library, Base: next.Revision, Document: next.Document, Provenance: next.Provenance,
	})
	town.waitForSeq(t, second[0].Seq)
	page := town.page(t, fmt.Sprintf("/lieux/%d", town.library))
	expect(t, "the history", page, "Modification locale", "aujourd’hui", "déplacé de 10\u00a0m",
		"<del><bdi>&#43;33240415600</bdi></del></li>", "<ins><bdi>Médiathèque Demy</bdi></ins>", "Nom (Français)",
		"<del><bdi>Accessible en fauteuil roulant</bdi></del> → <ins><bdi>Accès partiel en fauteuil roulant</bdi></ins>",
		"Habitants, associations et agents")
}

func TestLinkedDataIsJSONOfSchemaOrg(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	for _, id := range []places.ID{town.library, town.hostile} {
		page := town.page(t, fmt.Sprintf("/lieux/%d", id))
		_, rest, _ := strings.Cut(page, `<script type="application/ld+json">`)
		text, _, _ := strings.Cut(rest, "</script>")
		var linked map[string]any
		if err := json.Unmarshal([]byte(text), &linked); err != nil {
			t.Fatalf("place %d: %v in %s", id, err, text)
		}
		if linked["@context"] != "https://schema.org" || linked["@id"] != fmt.Sprintf("http://example.com/lieux/%d", id) {
			t.Errorf("place %d: %v", id, linked)
		}
		if hours, _ := linked["openingHoursSpecification"].([]any); id == town.library && (linked["@type"] != "Library" || len(hours) != 9) {
			t.Errorf("the library: %v with %d hours", linked["@type"], len(hours))
		}
	}
}

func TestTelephoneAndWebsiteForReading(t *testing.T) {
	for phone, want := range map[string]string{
		"+33240415600": "02\u00a040\u00a041\u00a056\u00a000", "+37793152863": "+37793152863", "": "", "+3324041560": "+3324041560",
	} {
		if got := phoneText(phone); got != want {
			t.Errorf("phoneText(%q) = %q, want %q", phone, got, want)
		}
	}
	for website, want := range map[string]string{
		"https://www.example.org/": "example.org", "http://example.org/a/b": "example.org/a/b", "nonsense": "nonsense",
	} {
		if got := websiteText(website); got != want {
			t.Errorf("websiteText(%q) = %q, want %q", website, got, want)
		}
	}
}

func TestAgo(t *testing.T) {
	s := &site{catalogue: readCatalogues(), Deps: Deps{Clock: func() time.Time { return wednesday }}, zone: time.UTC}
	for _, c := range []struct {
		at              time.Time
		french, english string
	}{
		{wednesday.Add(-time.Minute), "aujourd’hui", "today"},
		{wednesday.Add(-13 * time.Hour), "hier", "yesterday"},
		{wednesday.AddDate(0, 0, -13), "il y a 13 jours", "13 days ago"},
		{wednesday.AddDate(0, 0, -21), "il y a 3 semaines", "3 weeks ago"},
		{wednesday.AddDate(0, 0, -31), "il y a 4 semaines", "4 weeks ago"},
		{wednesday.AddDate(0, 0, -32), "le 14 février 2026", "on 14 February 2026"},
		{time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC), "le 1er mars 2025", "on 1 March 2025"},
		{wednesday.AddDate(0, 0, 2), "le 20 mars 2026", "on 20 March 2026"},
	} {
		for language, want := range map[string]string{"fr": c.french, "en": c.english} {
			v := &view{site: s, Language: language}
			if got := v.Ago(c.at); got != want {
				t.Errorf("%v in %s: %q, want %q", c.at, language, got, want)
			}
		}
	}
}
