package httpkit

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

var longText = strings.Repeat("la maison de quartier ", 500)

func textPage(text, contentType string) http.Handler {
	return Compress(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if NotModified(w, r, "v1", time.Unix(1_700_000_000, 0)) {
			return
		}
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Length", strconv.Itoa(len(text)))
		_, _ = io.WriteString(w, text)
	}))
}

func decoded(t *testing.T, response *http.Response) string {
	t.Helper()
	var body io.Reader = response.Body
	switch response.Header.Get("Content-Encoding") {
	case "gzip":
		reader, err := gzip.NewReader(body)
		if err != nil {
			t.Fatal(err)
		}
		body = reader
	case "zstd":
		reader, err := zstd.NewReader(body)
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Close()
		body = reader
	}
	text, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestCompressFollowsAcceptEncoding(t *testing.T) {
	for accept, want := range map[string]string{
		"": "", "gzip": "gzip", "zstd, gzip": "zstd", "gzip, deflate, br, zstd": "zstd", "gzip, zstd;q=0.5": "gzip", "gzip;q=0": "", "br": "",
	} {
		response := ask(textPage(longText, "text/csv; charset=utf-8"), "/", "Accept-Encoding", accept)
		if got := response.Header.Get("Content-Encoding"); got != want {
			t.Errorf("%q: coding %q, want %q", accept, got, want)
		}
		if got := decoded(t, response); got != longText {
			t.Errorf("%q: the text changed on the way", accept)
		}
		if got := response.Header.Get("Vary"); got != "Accept-Encoding" {
			t.Errorf("%q: Vary = %q", accept, got)
		}
		wantTag := `"v1-` + want + `"`
		if want == "" {
			wantTag = `"v1"`
		}
		if got := response.Header.Get("ETag"); got != wantTag {
			t.Errorf("%q: ETag = %s, want %s", accept, got, wantTag)
		}
	}
}

func TestCompressLeavesSmallAndBinaryAlone(t *testing.T) {
	for text, contentType := range map[string]string{"small": "text/plain", longText: "application/vnd.mapbox-vector-tile"} {
		response := ask(textPage(text, contentType), "/", "Accept-Encoding", "gzip")
		if response.Header.Get("Content-Encoding") != "" || response.Header.Get("ETag") != `"v1"` || decoded(t, response) != text {
			t.Errorf("%s: %v", contentType, response.Header)
		}
	}
}

func TestConditionalRequestsUnderstandCompressedTags(t *testing.T) {
	page := textPage(longText, "application/geo+json")
	for _, c := range []struct {
		header, value, accept, tag string
		status                     int
	}{
		{"If-None-Match", `"v1-gzip"`, "gzip", `"v1-gzip"`, 304},
		{"If-None-Match", `"v0", W/"v1"`, "", `"v1"`, 304},
		{"If-None-Match", `"v1-gzip"`, "", `"v1"`, 200},
		{"If-None-Match", `"v0"`, "gzip", `"v1-gzip"`, 200},
		{"If-None-Match", `*`, "", `"v1"`, 304},
		{"If-Modified-Since", "Tue, 14 Nov 2023 22:13:20 GMT", "", `"v1"`, 304},
		{"If-Modified-Since", "Tue, 14 Nov 2023 22:13:19 GMT", "", `"v1"`, 200},
		{"If-Modified-Since", "nonsense", "", `"v1"`, 200},
	} {
		response := ask(page, "/", c.header, c.value, "Accept-Encoding", c.accept)
		if response.StatusCode != c.status || response.Header.Get("ETag") != c.tag {
			t.Errorf("%s %s (%s): %d %s", c.header, c.value, c.accept, response.StatusCode, response.Header.Get("ETag"))
		}
		if c.status == 304 && decoded(t, response) != "" {
			t.Errorf("%s %s: a 304 with a body", c.header, c.value)
		}
	}
}

func TestCompressReusesEncodersAndFlushes(t *testing.T) {
	page := Compress(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		for range 3 {
			_, _ = io.WriteString(w, longText)
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
		}
	}))
	for range 5 {
		if got := decoded(t, ask(page, "/", "Accept-Encoding", "zstd")); got != longText+longText+longText {
			t.Fatal("the text changed on the way")
		}
	}
}

func TestCompressCutsWhatPanics(t *testing.T) {
	page := Compress(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, longText)
		panic(http.ErrAbortHandler)
	}))
	server := httptest.NewServer(page)
	defer server.Close()
	response, err := http.Get(server.URL)
	if err == nil {
		defer func() { _ = response.Body.Close() }()
		_, err = io.ReadAll(response.Body)
	}
	if err == nil {
		t.Error("an aborted answer reads as complete")
	}
}

func TestCORSLetsAnyPageRead(t *testing.T) {
	response := ask(CORS(textPage(longText, "text/plain")), "/", "Origin", "https://exemple.fr")
	if response.Header.Get("Access-Control-Allow-Origin") != "*" || response.Header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("%v", response.Header)
	}
}
