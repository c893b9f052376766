package httpkit

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// smallestCompressed is the body size in bytes under which compressing gains
// nothing: it fits a packet as it is.
const smallestCompressed = 1000

// encoder is what gzip and zstd writers share.
type encoder interface {
	io.WriteCloser
	Flush() error
	Reset(w io.Writer)
}

type compressor struct {
	next     http.Handler
	encoders map[string]*sync.Pool
}

// Compress sends text as zstd or gzip to callers who take it, at the fastest
// level: pages of items are made anew for each request, and a higher level costs
// more than it saves (bench/README). What already has a Content-Encoding, is
// small, or is not text passes as it is. The ETag of a compressed answer gets the
// coding as a suffix, because a strong tag names the bytes that are sent
// (RFC 9110, 8.8.3.3); If-None-Match and If-Match are understood with it.
func Compress(next http.Handler) http.Handler {
	return &compressor{next: next, encoders: map[string]*sync.Pool{
		"gzip": {New: func() any {
			writer, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // fails for unknown levels only
			return writer
		}},
		"zstd": {New: func() any {
			writer, _ := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), // fails for unknown options only
				zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(256<<10))
			return writer
		}},
	}}
}

func (c *compressor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	coding := AcceptedCoding(r.Header.Get("Accept-Encoding"))
	if coding == "" {
		c.next.ServeHTTP(&varying{ResponseWriter: w}, r)
		return
	}
	writer := &compressedWriter{ResponseWriter: w, pool: c.encoders[coding], coding: coding, head: r.Method == http.MethodHead}
	writer.heldCompressed = dropSuffix(r.Header, "If-None-Match", coding)
	dropSuffix(r.Header, "If-Match", coding)
	c.next.ServeHTTP(writer, r)
	writer.finish() // not deferred: after a panic the answer must look cut, not complete
}

// AcceptedCoding reads Accept-Encoding: the coding that the caller takes and likes
// best, zstd if it does not mind, empty if neither. All that Compress sends depends on is this.
func AcceptedCoding(accept string) string {
	best, bestWeight := "", 0.0
	for part := range strings.SplitSeq(accept, ",") {
		coding, weight := weighted(part)
		coding = strings.ToLower(coding)
		if coding != "gzip" && coding != "zstd" {
			continue
		}
		if weight > bestWeight || weight == bestWeight && weight > 0 && coding == "zstd" {
			best, bestWeight = coding, weight
		}
	}
	return best
}

// dropSuffix turns "tag-gzip" into "tag" in a list of tags, and reports whether it did.
func dropSuffix(header http.Header, name, coding string) bool {
	list := strings.Join(header.Values(name), ",")
	plain := strings.ReplaceAll(list, "-"+coding+`"`, `"`)
	if plain == list {
		return false
	}
	header.Set(name, plain)
	return true
}

// varying says that the answer depends on Accept-Encoding even when it is sent plain.
type varying struct {
	http.ResponseWriter
	wrote bool
}

func (v *varying) WriteHeader(status int) {
	if !v.wrote && compressible(v.Header().Get("Content-Type")) {
		v.Header().Add("Vary", "Accept-Encoding")
	}
	v.wrote = true
	v.ResponseWriter.WriteHeader(status)
}

func (v *varying) Write(p []byte) (int, error) {
	if !v.wrote {
		v.WriteHeader(http.StatusOK)
	}
	return v.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (v *varying) Unwrap() http.ResponseWriter { return v.ResponseWriter }

type compressedWriter struct {
	http.ResponseWriter
	pool           *sync.Pool
	coding         string
	head           bool // no body follows
	heldCompressed bool // the caller named a tag of a compressed answer
	wrote          bool
	encoder        encoder // nil while sent plain
}

func (w *compressedWriter) WriteHeader(status int) {
	if w.wrote {
		return
	}
	w.wrote = true
	header := w.Header()
	switch {
	case status == http.StatusNotModified && w.heldCompressed:
		w.suffixTag(header)
	case w.worthwhile(status, header):
		header.Add("Vary", "Accept-Encoding")
		header.Set("Content-Encoding", w.coding)
		header.Del("Content-Length")
		w.suffixTag(header)
		if !w.head {
			w.encoder = w.pool.Get().(encoder)
			w.encoder.Reset(w.ResponseWriter)
		}
	case compressible(header.Get("Content-Type")):
		header.Add("Vary", "Accept-Encoding")
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *compressedWriter) worthwhile(status int, header http.Header) bool {
	if status == http.StatusNoContent || status == http.StatusNotModified || status < 200 {
		return false
	}
	if header.Get("Content-Encoding") != "" || !compressible(header.Get("Content-Type")) {
		return false
	}
	length, err := strconv.Atoi(header.Get("Content-Length"))
	return err != nil || length >= smallestCompressed
}

func compressible(contentType string) bool {
	bare, _, _ := strings.Cut(contentType, ";")
	if bare == "text/event-stream" { // small pieces that must not wait for more
		return false
	}
	return strings.HasPrefix(bare, "text/") || strings.HasSuffix(bare, "json") || strings.HasSuffix(bare, "xml") ||
		strings.HasSuffix(bare, "javascript") || strings.HasSuffix(bare, "geo+json-seq")
}

func (w *compressedWriter) suffixTag(header http.Header) {
	if tag := header.Get("ETag"); strings.HasSuffix(tag, `"`) {
		header.Set("ETag", tag[:len(tag)-1]+"-"+w.coding+`"`)
	}
}

func (w *compressedWriter) Write(p []byte) (int, error) {
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
	if w.encoder == nil {
		return w.ResponseWriter.Write(p)
	}
	return w.encoder.Write(p)
}

// FlushError sends what was written so far; http.ResponseController finds it.
func (w *compressedWriter) FlushError() error {
	if w.encoder != nil {
		if err := w.encoder.Flush(); err != nil {
			return err
		}
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap is for http.ResponseController.
func (w *compressedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// finish ends the coding.
func (w *compressedWriter) finish() {
	if w.encoder == nil {
		return
	}
	_ = w.encoder.Close() // the caller left
	w.encoder.Reset(nil)
	w.pool.Put(w.encoder)
}
