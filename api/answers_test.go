package api_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/gzip"

	"cartoquartiers/api"
)

// twins are servers over one world: one keeps answers, the other makes each anew.
type twins struct {
	*world
	deps         api.Deps
	kept, anew   http.Handler
	keptIn       *api.Answers
	lastTag      string
	lastModified string
}

func newTwins(t *testing.T, places int) *twins {
	t.Helper()
	var deps api.Deps
	w := newWorldWith(t, func(d *api.Deps) { deps = *d }, crowd(31, places)...)
	both := &twins{world: w, keptIn: api.NewAnswers(8 << 20)}
	both.deps = deps
	both.kept, both.anew = both.server(both.keptIn), both.server(api.NewAnswers(0))
	return both
}

func (b *twins) server(answers *api.Answers) http.Handler {
	b.t.Helper()
	deps := b.deps
	deps.Answers = answers
	handler, err := api.New(deps)
	if err != nil {
		b.t.Fatal(err)
	}
	return handler
}

func answerOf(t testing.TB, handler http.Handler, method, path string, header http.Header) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	r.Header = header.Clone()
	w := httptest.NewRecorder()
	id := strconv.Itoa(rand.Int()) // of what stands in front
	w.Header().Set("X-Request-Id", id)
	handler.ServeHTTP(w, r)
	if got := w.Header().Get("X-Request-Id"); got != id {
		t.Errorf("%s %s: answer %s to request %s", method, path, got, id)
	}
	w.Header().Del("X-Request-Id")
	return w
}

const boxOfAll = itemsPath + "?bbox=-180,-90,180,90&limit=50"

// Whatever is asked, between whatever is published: a server that keeps answers
// gives byte for byte what one gives that does not.
func TestKeptAnswersAreWhatWouldBeMadeAnew(t *testing.T) {
	t.Parallel()
	w := newTwins(t, 150)
	random := rand.New(rand.NewPCG(33, 34))
	for i := range 120 {
		if random.IntN(6) == 0 {
			w.publish(noon, crowd(uint64(1000+i), 1)...)
		}
		path := anyPath(random)
		for range 12 {
			w.sameFromBoth([]string{"GET", "GET", "GET", "HEAD"}[random.IntN(4)], path, w.anyHeader(random))
		}
	}
	if stats := w.keptIn.Stats(); stats.Hits < 200 || stats.Misses < 200 {
		t.Errorf("%+v: this test tests little", stats)
	}
}

func (b *twins) sameFromBoth(method, path string, header http.Header) {
	b.t.Helper()
	want, got := answerOf(b.t, b.anew, method, path, header), answerOf(b.t, b.kept, method, path, header)
	if want.Code == http.StatusOK {
		b.lastTag, b.lastModified = want.Header().Get("ETag"), want.Header().Get("Last-Modified")
	}
	if got.Header().Get("Content-Encoding") != "" {
		// The length of a coding is known only once it is kept.
		if length := got.Header().Get("Content-Length"); length != "" && method == http.MethodGet && length != strconv.Itoa(got.Body.Len()) {
			b.t.Errorf("%s: %s bytes announced, %d sent", path, length, got.Body.Len())
		}
		got.Header().Del("Content-Length")
	}
	same := maps.EqualFunc(want.Header(), got.Header(), func(x, y []string) bool { return fmt.Sprint(x) == fmt.Sprint(y) })
	if got.Code != want.Code || !same || !bytes.Equal(got.Body.Bytes(), want.Body.Bytes()) {
		b.t.Fatalf("%s %s %v:\nkept %d %v %d bytes\nanew %d %v %d bytes", method, path, header,
			got.Code, got.Header(), got.Body.Len(), want.Code, want.Header(), want.Body.Len())
	}
}

func anyPath(random *rand.Rand) string {
	one := func(values ...string) string { return values[random.IntN(len(values))] }
	return itemsPath + "?" +
		one("limit=50", "limit=50", "limit=50", "limit=2", "limit=1", "limit=0", "f=html", "f=csv&limit=9", "f=csv", "f=geojsonl&limit=20", "q=jardin", "sortby=name", "colour=red") +
		one("", "", "", "&bbox=0,0,1,1", "&state=closed", "&group=nature", "&neighbourhood=ouest", "&cursor=x", "&lang=en")
}

// anyHeader has each of its fields seldom, so that the same comes again.
func (b *twins) anyHeader(random *rand.Rand) http.Header {
	header := make(http.Header)
	seldom := func(name string, values ...string) {
		if value := values[random.IntN(len(values))]; value != "" && random.IntN(5) == 0 {
			header.Set(name, value)
		}
	}
	seldom("Accept", "*/*", "text/html", "application/geo+json", "image/png")
	seldom("Accept-Encoding", "gzip", "gzip, deflate, br", "gzip, deflate, br, zstd", "identity")
	seldom("Accept-Language", "en", "fr")
	seldom("Authorization", "Bearer nobody")
	seldom("Origin", "https://ailleurs.example")
	seldom("If-None-Match", `"nothing"`, "*", b.lastTag, "W/"+b.lastTag)
	seldom("If-Modified-Since", b.lastModified, "Mon, 01 Jan 2001 00:00:00 GMT")
	return header
}

// Who has published reads it in the next answer, while others ask the same
// without a pause; and no answer is older than what was published when it was asked for.
func TestKeptAnswersEndWithEveryPublish(t *testing.T) {
	t.Parallel()
	w := newTwins(t, 60)
	done := make(chan struct{})
	var readers sync.WaitGroup
	for i := range 4 {
		coding := []string{"identity", "gzip", "zstd", "gzip"}[i]
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					w.askedInTime(boxOfAll, coding)
				}
			}
		})
	}
	defer readers.Wait()
	defer close(done)
	for i := range 25 {
		name := fmt.Sprintf("Verger %d", i)
		w.publish(noon, draft(name, "compost", 0.5+float64(i)/1e6, 0.5))
		for range 3 {
			answer := answerOf(t, w.kept, "GET", itemsPath+"?bbox=0.5,0.5,0.50003,0.5&limit=100", http.Header{"Accept-Encoding": {"gzip"}})
			reader, err := gzip.NewReader(answer.Body)
			if err != nil {
				t.Fatal(err)
			}
			var text bytes.Buffer
			if _, err := text.ReadFrom(reader); err != nil || !strings.Contains(text.String(), `"`+name+`"`) {
				t.Fatalf("%s is published and not in the answer, %v", name, err)
			}
		}
	}
	if w.keptIn.Stats().Hits < 25 {
		t.Errorf("%+v: this test tests little", w.keptIn.Stats())
	}
}

// askedInTime asks once; the tag begins with the number of the last change.
func (b *twins) askedInTime(path, coding string) {
	before := b.store.View().Seq()
	answer := answerOf(b.t, b.kept, "GET", path, http.Header{"Accept-Encoding": {coding}})
	after := b.store.View().Seq()
	number, _, _ := strings.Cut(strings.Trim(answer.Header().Get("ETag"), `"`), "-")
	if seq, err := strconv.ParseInt(number, 36, 64); err != nil || seq < before || seq > after {
		b.t.Errorf("%s: an answer of change %d, %v, between %d and %d", answer.Header().Get("ETag"), seq, err, before, after)
	}
}

// A server made with other categories shares the memory and not the answers.
func TestAnswersOfAnotherServerAreNotGiven(t *testing.T) {
	t.Parallel()
	w := newTwins(t, 60)
	for range 3 {
		answerOf(t, w.kept, "GET", boxOfAll, nil)
	}
	w.deps.Version = "another"
	another := w.server(w.keptIn)
	hits := w.keptIn.Stats().Hits
	got, old := answerOf(t, another, "GET", boxOfAll, nil), answerOf(t, w.kept, "GET", boxOfAll, nil)
	if got.Header().Get("ETag") == old.Header().Get("ETag") || w.keptIn.Stats().Hits != hits+1 {
		t.Errorf("%v and %v, %+v", got.Header(), old.Header(), w.keptIn.Stats())
	}
}

// A flood of questions that nobody asks again keeps nothing, and pushes nothing out.
func TestAFloodOfBoxesIsNotKept(t *testing.T) {
	t.Parallel()
	w := newTwins(t, 60)
	for range 2 {
		answerOf(t, w.kept, "GET", boxOfAll, nil)
	}
	count, bytes := w.keptIn.Settled()
	before := w.keptIn.Stats()
	for i := range 300 {
		answerOf(t, w.kept, "GET", fmt.Sprintf("%s?bbox=%d,0,180,90", itemsPath, -i%180), http.Header{"Accept": {fmt.Sprintf("*/*;q=0.%d", i+1)}})
		if i%10 == 0 { // too long to be remembered
			answerOf(t, w.kept, "GET", itemsPath+"?category="+strings.Repeat("compost,", 400), nil)
		}
	}
	answerOf(t, w.kept, "GET", boxOfAll, nil)
	if nowCount, nowBytes := w.keptIn.Settled(); count != 1 || nowCount != count || nowBytes != bytes || w.keptIn.Stats().Hits != before.Hits+1 {
		t.Errorf("before the flood %d answers, %d bytes, after it %d, %d; %+v", count, bytes, nowCount, nowBytes, w.keptIn.Stats())
	}
}

// Who asks everything twice fills the memory and no more than that.
func TestKeptAnswersAreBounded(t *testing.T) {
	t.Parallel()
	w := newTwins(t, 60)
	const most = 100_000
	small := api.NewAnswers(most)
	server := w.server(small)
	sent := 0
	for i := range 60 {
		for range 2 {
			sent += answerOf(t, server, "GET", boxOfAll+"&neighbourhood="+strings.Repeat(",", i), nil).Body.Len()
		}
	}
	each := sent / 120
	if count, bytes := small.Settled(); count == 0 || count*each > most || bytes > most {
		t.Errorf("%d answers of %d bytes each are kept, of %d bytes at most", count, each, most)
	}
}
