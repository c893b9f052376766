package httpkit

import (
	"net/http"
	"strings"
	"time"
)

// NotModified sets ETag and Last-Modified, and answers 304 when the caller holds
// this very version (RFC 9110, 13.2.2: If-None-Match decides alone when it is
// there). The tag is given without quotes and names the bytes of the answer
// before compression; Compress makes it strong for what is sent. A zero modified
// sets no Last-Modified.
func NotModified(w http.ResponseWriter, r *http.Request, tag string, modified time.Time) bool {
	header := w.Header()
	header["Etag"] = []string{`"` + tag + `"`} // the canonical key, set directly: this is the hot path
	if !modified.IsZero() {
		header["Last-Modified"] = []string{modified.UTC().Format(http.TimeFormat)}
	}
	if !holds(r, tag, modified) {
		return false
	}
	w.WriteHeader(http.StatusNotModified)
	return true
}

func holds(r *http.Request, tag string, modified time.Time) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	if candidates := r.Header["If-None-Match"]; len(candidates) > 0 {
		return ListsTag(strings.Join(candidates, ","), tag)
	}
	since, err := http.ParseTime(r.Header.Get("If-Modified-Since"))
	return err == nil && !modified.IsZero() && !modified.Truncate(time.Second).After(since)
}

// ListsTag reports whether a list of entity tags (RFC 9110, 8.8.3), weak or
// strong, holds the tag, or is "*".
func ListsTag(list, tag string) bool {
	for candidate := range strings.SplitSeq(list, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == `"`+tag+`"` {
			return true
		}
	}
	return false
}
