package web

import (
	"net/http"
	"strconv"
	"strings"
)

// writeWithETag sends body, or 304 where the caller has it already (RFC 9110, 13.1.2).
func writeWithETag(w http.ResponseWriter, r *http.Request, etag string, body []byte) {
	w.Header().Set("ETag", etag)
	if matchesETag(r.Header.Get("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the caller hung up: nobody is left to tell
	}
}

// matchesETag compares weakly, as If-None-Match wants: a proxy that compresses
// makes a strong tag weak.
func matchesETag(header, etag string) bool {
	if strings.TrimSpace(header) == "*" {
		return true
	}
	for candidate := range strings.SplitSeq(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(candidate), "W/") == strings.TrimPrefix(etag, "W/") {
			return true
		}
	}
	return false
}
