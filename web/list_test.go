package web

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"cartoquartiers/places"
)

var placeAttribute = regexp.MustCompile(`<li class="result" data-place="([0-9]+)"`)

// listed are the ids of the results of a page, in order; not those offered in
// the stead of none.
func listed(page string) []string {
	var ids []string
	page, _, _ = strings.Cut(page, `class="results__alike"`)
	for _, match := range placeAttribute.FindAllStringSubmatch(page, -1) {
		ids = append(ids, match[1])
	}
	return ids
}

func ids(all ...places.ID) []string {
	var texts []string
	for _, id := range all {
		texts = append(texts, fmt.Sprint(id))
	}
	return texts
}

func TestListAnswersQuestions(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	for address, want := range map[string][]string{
		"/lieux":                                                        ids(town.garden, town.library, town.hostile), // by theme, benches last
		"/lieux?q=mediatheque":                                          ids(town.library),
		"/lieux?q=JARDIN&group=nature":                                  ids(town.garden),
		"/lieux?q=jardin&group=culture":                                 nil,
		"/lieux?q=???":                                                  nil,
		"/lieux?category=library,community_garden":                      ids(town.garden, town.library),
		"/lieux?category=library&category=bench":                        ids(town.library, town.hostile),
		"/lieux?kind=initiative":                                        ids(town.garden),
		"/lieux?neighbourhood=centre":                                   ids(town.garden, town.library, town.hostile),
		"/lieux?neighbourhood=nowhere":                                  nil,
		"/lieux?wheelchair=yes,designated":                              ids(town.library),
		"/lieux?state=open,closed_temporarily,closed&group=sharing":     ids(town.closed),
		"/lieux?near=-1.5536,47.2184":                                   ids(town.library, town.hostile, town.garden),
		"/lieux?near=-1.5546,47.2190":                                   ids(town.garden, town.hostile, town.library),
		"/lieux?near=-1.5546,47.2190&q=jardin":                          ids(town.garden),
		"/lieux?bbox=-1.554,47.218,-1.553,47.2185":                      ids(town.library),
		"/lieux?near=-1.5546,47.2190&bbox=-1.554,47.218,-1.553,47.2185": ids(town.library),
	} {
		page := town.page(t, address)
		if got := listed(page); !slices.Equal(got, want) {
			t.Errorf("%s lists %v, want %v", address, got, want)
		}
		count := fmt.Sprintf(`data-count="%d"`, len(want))
		expect(t, address, page, count)
	}
}

func TestListSaysHowFar(t *testing.T) {
	t.Parallel()
	page := newTown(t).page(t, "/lieux?near=-1.5536,47.2184")
	expect(t, "the list", page, ">0\u00a0m<", ">40\u00a0m<", ">100\u00a0m<")
	expect(t, "the form", page, `name="near" value="-1.5536,47.2184"`)
}

func TestEmptyListsInvite(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	for address, want := range map[string]string{
		"/lieux?category=compost":                      "Personne n’a encore signalé de lieu « Composteur partagé » ici. Vous en connaissez un ?",
		"/lieux?q=zzz":                                 "Nous n’avons rien trouvé pour « zzz »",
		"/lieux?category=library&bbox=0,0,1,1":         `href="/lieux?category=library"`, // the way out keeps what, drops where
		"/lieux?group=health&neighbourhood=centre":     `href="/lieux?group=health"`,
		"/lieux?kind=initiative&wheelchair=designated": `href="/contribuer/lieu"`,
	} {
		expect(t, address, town.page(t, address), want)
	}
}

func TestWordsAreReadInOtherWays(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	typo := town.page(t, "/lieux?q=mediateque+jaques")
	expect(t, "a typo", typo, "Des noms qui ressemblent", "Médiathèque Jacques-Demy")
	expect(t, "a category", town.page(t, "/lieux?q=bibliotheque"), "Vouliez-vous dire", `<a href="/lieux?category=library">`)
	expect(t, "a neighbourhood", town.page(t, "/lieux?q=old+town&lang=en"), `<a href="/lieux?lang=en&amp;neighbourhood=centre">`)
	expect(t, "nothing of the kind", town.page(t, "/lieux?q=zzzzzz"), "not Vouliez-vous dire", "not Des noms qui ressemblent")
}

func TestAppliedConditionsCanBeLifted(t *testing.T) {
	t.Parallel()
	page := newTown(t).page(t, "/lieux?group=culture&neighbourhood=centre&q=Jacques&lang=en")
	expect(t, "the page", page, "<title>1 place · “Jacques”, Culture, Old Town · CartoQuartiers</title>",
		`href="/lieux?group=culture&amp;lang=en&amp;neighbourhood=centre"`, `href="/lieux?group=culture&amp;lang=en&amp;q=Jacques"`,
		`data-group="culture" aria-current="true"`, `<option value="centre" selected>Old Town</option>`)
}

// TestPagesNeitherSkipNorRepeat walks a list of many places by its links, in
// every order.
func TestPagesNeitherSkipNorRepeat(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	var many []places.Draft
	categories := []string{"library", "bench", "townhall", "compost", "cafe", "pitch"}
	for i := range 3*pageSize + 7 {
		many = append(many, draft(places.Document{
			Category: categories[i%len(categories)], Position: orb.Point{-1.5 + float64(i%9)/1000, 47.2 + float64(i/9)/1000},
			Name: places.Text{"und": fmt.Sprintf("Lieu %c", 'A'+i%5)},
		}, "local"))
	}
	want := map[string]bool{}
	published := publish(t, town.db, wednesday, many...)
	for _, p := range published {
		want[fmt.Sprint(p.Place)] = true
	}
	town.waitForSeq(t, published[len(published)-1].Seq)
	for _, question := range []string{"bbox=-1.6,47.1,-1.4,47.3", "near=-1.499,47.205", "q=lieu", "q=lieu&near=-1.499,47.205"} {
		got := map[string]bool{}
		for address := "/lieux?" + question; address != ""; {
			page := town.page(t, address)
			for _, id := range listed(page) {
				if got[id] {
					t.Errorf("%s repeats %s", question, id)
				}
				got[id] = true
			}
			address = nextLink(page)
		}
		for id := range want {
			if !got[id] {
				t.Errorf("%s skips %s", question, id)
			}
		}
	}
}

// TestOpenPagesGoOnWithoutTheLastPlace follows a link whose place is no longer found:
// the rest is shown, and nothing that stayed is skipped.
func TestOpenPagesGoOnWithoutTheLastPlace(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	var many []places.Draft
	for i := range pageSize + 3 {
		many = append(many, draft(places.Document{
			Category: "cafe", Position: orb.Point{-1.555, 47.212 + float64(i)/10000},
			Name: places.Text{"und": fmt.Sprintf("Comptoir %02d", i)}, OpeningHours: "24/7",
		}, "local"))
	}
	published := publish(t, town.db, wednesday, many...)
	town.waitForSeq(t, published[len(published)-1].Seq)
	first := town.page(t, "/lieux?open=now&q=comptoir")
	ids := listed(first)
	last := ids[len(ids)-1]
	next := nextLink(first)
	rest := listed(town.page(t, next))
	if len(ids) != pageSize || len(rest) != 3 || !strings.HasSuffix(next, "."+last) && !strings.Contains(next, "."+last+"&") {
		t.Fatalf("%d places, then %d by %s", len(ids), len(rest), next)
	}
	gone := listed(town.page(t, strings.Replace(next, "."+last, ".999999", 1)))
	if want := append([]string{last}, rest...); !slices.Equal(gone, want) {
		t.Errorf("without the last place %v, want %v", gone, want)
	}
	if answer := town.get(t, "/lieux?open=now&q=comptoir&after=x"); answer.Code != http.StatusBadRequest {
		t.Errorf("a mark of nobody's: %d", answer.Code)
	}
}

func nextLink(page string) string {
	_, rest, found := strings.Cut(page, `rel="next" href="`)
	if !found {
		return ""
	}
	link, _, _ := strings.Cut(rest, `"`)
	return strings.ReplaceAll(link, "&amp;", "&")
}

func TestDirectoryOrderHoldsEveryCategoryOnce(t *testing.T) {
	seen := map[string]bool{}
	tiers := tiersOf(taxonomy)
	for _, tier := range tiers {
		for _, id := range tier {
			if seen[id] {
				t.Errorf("%s stands in two tiers", id)
			}
			seen[id] = true
		}
	}
	if len(seen) != len(taxonomy.Categories) {
		t.Errorf("%d categories, want %d", len(seen), len(taxonomy.Categories))
	}
	if tiers[0][0] != "townhall" || !slices.Contains(tiers[len(tiers)-1], "bench") {
		t.Errorf("from %v to %v", tiers[0], tiers[len(tiers)-1])
	}
}

func TestListWithoutScriptIsAForm(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	page := town.page(t, "/lieux?q=jardin&category=community_garden")
	expect(t, "the form", page, `action="/lieux" method="get"`, `<input type="hidden" name="q" value="jardin">`,
		`name="category" value="community_garden" checked`, `<button class="button button--primary" type="submit">`, `<label for="neighbourhood">`)
	home := town.page(t, "/?q=jardin")
	expect(t, "the map page", home, `<noscript>`, `href="/lieux?q=jardin"`)
	if got := listed(home); !slices.Equal(got, ids(town.garden)) {
		t.Errorf("without a script the map page lists %v", got)
	}
}
