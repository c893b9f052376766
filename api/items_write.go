package api

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"cartoquartiers/places"
)

// writeItems answers a page in the format that was asked for.
func (s *server) writeItems(w http.ResponseWriter, r *request, page itemsPage) error {
	switch {
	case r.format.Name == asHTML.Name:
		return s.writeItemsHTML(w, r, page)
	case streams(r.format.Name):
		return s.writePageLines(w, r, page)
	}
	buffer := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buffer)
	buffer.Reset()
	if err := writeFeatureCollection(buffer, r, page); err != nil {
		return err
	}
	s.finish(w, r, buffer.Bytes())
	return nil
}

// buffers hold pages while they are made: 6 MB at 10,000 items, too much to
// leave to the garbage collector for each request.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// finish sends a body whose tag is already set, or tags it by its bytes.
func (s *server) finish(w http.ResponseWriter, r *request, body []byte) {
	if w.Header().Get("ETag") == "" {
		writeBody(w, r, revalidated, body)
		return
	}
	send(w, r, body)
}

// collectionHead are the members of a GeoJSON FeatureCollection before its
// features (17-069r4, 7.16; GeoJSON allows foreign members, RFC 7946, 6.1).
type collectionHead struct {
	NumberMatched  int       `json:"numberMatched" doc:"How many items the filter finds, exactly"`
	NumberReturned int       `json:"numberReturned" doc:"How many of them are in this page"`
	TimeStamp      time.Time `json:"timeStamp" doc:"When what is shown became so: the last change of the data"`
	Attribution    string    `json:"attribution,omitempty" doc:"Whom to name when using the data"`
	Licence        string    `json:"license,omitempty" doc:"SPDX identifiers of the licences"`
	Links          []link    `json:"links"`
}

// writeFeatureCollection copies rendered features between a head and a tail;
// nothing is decoded.
func writeFeatureCollection(buffer *bytes.Buffer, r *request, page itemsPage) error {
	links := r.selfAndAlternates(asGeoJSON, asHTML, asCSV, asGeoJSONLines)
	if page.next != "" {
		links = append(links, link{Href: page.next, Rel: "next", Type: asGeoJSON.MediaType, Title: r.say("Page suivante", "Next page")})
	}
	links = append(links, link{Href: r.base + r.URL.Path[:len(r.URL.Path)-len("/items")], Rel: "collection", Type: asJSON.MediaType})
	top, err := marshal(collectionHead{
		NumberMatched: page.matched, NumberReturned: len(page.features), TimeStamp: page.view.UpdatedAt(),
		Attribution: page.credit.attribution, Licence: page.credit.expression(), Links: append(links, page.credit.links()...),
	})
	if err != nil {
		return fmt.Errorf("write the head of a page: %w", err)
	}
	size := len(top) + 64
	for _, feature := range page.features {
		size += len(feature) + 1
	}
	buffer.Grow(size)
	buffer.WriteString(`{"type":"FeatureCollection",`)
	buffer.Write(top[1 : len(top)-1])
	buffer.WriteString(`,"features":[`)
	for i, feature := range page.features {
		if i > 0 {
			buffer.WriteByte(',')
		}
		buffer.Write(feature)
	}
	buffer.WriteString("]}\n")
	return nil
}

// writePageLines answers one page in a format without a head: what would stand
// there is in header fields.
func (s *server) writePageLines(w http.ResponseWriter, r *request, page itemsPage) error {
	var body bytes.Buffer
	if err := writeLinesTo(&body, r.format.Name, slices.Values(page.features)); err != nil {
		return err
	}
	header := w.Header()
	header.Set("OGC-NumberMatched", strconv.Itoa(page.matched))
	header.Set("OGC-NumberReturned", strconv.Itoa(len(page.features)))
	if page.next != "" {
		linkHeaders(w, []link{{Href: page.next, Rel: "next", Type: bare(r.format.MediaType)}})
	}
	s.finish(w, r, body.Bytes())
	return nil
}

// writeLines streams; memory does not depend on how many there are.
func (s *server) writeLines(w http.ResponseWriter, r *request, features iter.Seq[[]byte]) error {
	if err := writeLinesTo(w, r.format.Name, features); err != nil {
		// Too late for a problem: the answer is cut, so that nobody takes it for whole.
		panic(http.ErrAbortHandler)
	}
	return nil
}

// streamBuffer is how many bytes are gathered before they go out.
const streamBuffer = 256 << 10

func writeLinesTo(w io.Writer, format string, features iter.Seq[[]byte]) error {
	if format == asCSV.Name {
		return writeCSV(w, features)
	}
	out := bufio.NewWriterSize(w, streamBuffer)
	for feature := range features {
		if format == asGeoJSONSeq.Name {
			_ = out.WriteByte(0x1e) // RS, RFC 8142, 2; an error stays for Flush
		}
		_, _ = out.Write(feature)
		if err := out.WriteByte('\n'); err != nil {
			return err
		}
	}
	return out.Flush()
}

func writeCSV(w io.Writer, features iter.Seq[[]byte]) error {
	out := csv.NewWriter(bufio.NewWriterSize(w, streamBuffer))
	if err := out.Write(places.CSVHeader); err != nil {
		return err
	}
	for feature := range features {
		record, err := places.CSVRecord(feature)
		if err != nil {
			return err
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
