package web

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"cartoquartiers/places"
)

// TestEmbedAndPrint: only the embedded map may be framed — the server says
// frame-ancestors 'none' of all that say nothing —, its snippet keeps the question,
// and paper numbers it.
func TestEmbedAndPrint(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	for address, want := range map[string]string{"/embed?group=culture": "frame-ancestors *", "/": "", "/integrer": "", "/imprimer": "", "/embed?bbox=wrong": ""} {
		recorder := httptest.NewRecorder()
		town.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, address, nil))
		policy := recorder.Header().Get("Content-Security-Policy")
		if !strings.Contains(policy, want) || (want == "") != (policy == "") || recorder.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s: policy %q, cookie %q", address, policy, recorder.Header().Get("Set-Cookie"))
		}
		if want != "" && !strings.Contains(policy, "script-src 'self'") {
			t.Errorf("%s: the rest of the policy is lost: %q", address, policy)
		}
	}
	frame := town.page(t, "/embed?group=culture")
	expect(t, "the frame", frame, `<base target="_blank">`, `data-stop="peek"`, "Médiathèque Jacques-Demy", "not Jardin des Fonderies", `not class="bar"`)
	page := town.page(t, "/integrer?group=culture&category=library&neighbourhood=centre&bbox=-1.6,47.1,-1.5,47.3&height=640&lang=en")
	expect(t, "the snippet", page,
		"&lt;iframe src=&#34;http://example.com/embed?bbox=-1.6%2C47.1%2C-1.5%2C47.3&amp;amp;category=library&amp;amp;group=culture&amp;amp;lang=en&amp;amp;neighbourhood=centre",
		"height=&#34;640&#34;", `<iframe class="preview preview--640" src="/embed?`)
	expect(t, "another height", town.page(t, "/integrer?height=7"), "height=&#34;480&#34;")
	page = town.page(t, "/imprimer?group=culture,nature")
	expect(t, "the paper", page, "2 lieux", "Nature en ville", "mardi–vendredi 10 h – 12 h 30, 14 h – 18 h ; samedi 10 h – 18 h", "02\u00a040\u00a041\u00a056\u00a000", "not class=\"note\"")
	if got := strings.Count(page, `class="paper__place"`); got != 2 {
		t.Errorf("%d places on paper", got)
	}
}

// TestOpenNow is asked at half past twelve on a Wednesday, when the library is closed, and later.
func TestOpenNow(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	if got := listed(town.page(t, "/lieux?open=now")); len(got) != 0 {
		t.Errorf("%v are open at noon", got)
	}
	shelter := draft(places.Document{
		Category: "food_sharing", Position: orb.Point{-1.554, 47.218}, Name: places.Text{"fr": "Accueil de nuit"}, OpeningHours: "24/7",
	}, "local")
	published := publish(t, town.db, wednesday, shelter)
	town.waitForSeq(t, published[0].Seq)
	for _, address := range []string{"/lieux?open=now", "/lieux?open=now&q=nuit", "/lieux?open=now&near=-1.5536,47.2184"} {
		page := town.page(t, address)
		if got := listed(page); !slices.Equal(got, ids(published[0].Place)) {
			t.Errorf("%s lists %v", address, got)
		}
		expect(t, address, page, "Ouvert maintenant", "<h1>1 lieu</h1>")
	}
}
