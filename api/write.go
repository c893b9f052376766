package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"cartoquartiers/internal/httpkit"
)

// Cache-Control of answers: what follows the published places is kept but asked
// for again each time (a 304 costs nothing); what only a new program changes may rest.
const (
	revalidated = "public, no-cache"
	rested      = "public, max-age=3600"
)

// writeJSON answers a value; its tag is a hash of the bytes unless it has one.
func writeJSON(w http.ResponseWriter, r *request, cache string, value any) error {
	body, err := marshal(value)
	if err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	body = append(body, '\n')
	if w.Header().Get("ETag") != "" {
		send(w, r, body)
		return nil
	}
	writeBody(w, r, cache, body)
	return nil
}

// writeBody answers bytes that are made; their tag is a hash of them.
func writeBody(w http.ResponseWriter, r *request, cache string, body []byte) {
	sum := sha256.Sum256(body)
	if head(w, r, cache, hex.EncodeToString(sum[:12]), time.Time{}) {
		return
	}
	send(w, r, body)
}

// head sets the headers that every answer has, and reports whether that was all:
// the caller holds this very version.
func head(w http.ResponseWriter, r *request, cache, tag string, modified time.Time) bool {
	header := w.Header()
	header["Content-Type"] = []string{r.format.MediaType}
	header["Cache-Control"] = []string{cache}
	header["X-Content-Type-Options"] = []string{"nosniff"}
	header["Vary"] = append(header["Vary"], "Accept", "Accept-Language")
	return httpkit.NotModified(w, r.Request, tag, modified)
}

func send(w http.ResponseWriter, r *request, body []byte) {
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return
	}
	_, _ = w.Write(body) // the caller left: nobody to tell
}

// marshal is json.Marshal without escapes for HTML, which make links unreadable:
// these answers are never inside a page.
func marshal(value any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), nil
}
