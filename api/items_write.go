package api

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"io"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"cartoquartiers/internal/jcs"
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
	links := r.pageLinks(page)
	top := appendHead(make([]byte, 0, 2<<10), page, links)
	pieces := page.joined()
	if w.Header().Get("ETag") == "" {
		writeBody(w, r, revalidated, slices.Concat(top, bytes.Join(pieces, nil), []byte(pageEnd)))
		return nil
	}
	sendPage(w, r, top, pieces)
	return nil
}

// pageEnd is what follows the features of a FeatureCollection.
const pageEnd = "]}\n"

// sendPage sends a page without making one text of it: 5 MB at 10,000 items would
// pass through memory twice more. Small pieces are gathered, long ones go as they are.
func sendPage(w http.ResponseWriter, r *request, top []byte, pieces [][]byte) {
	length := len(top) + len(pageEnd)
	for _, piece := range pieces {
		length += len(piece)
	}
	w.Header()["Content-Length"] = []string{strconv.Itoa(length)}
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return
	}
	out := gatherers.Get().(*bufio.Writer)
	defer gatherers.Put(out)
	out.Reset(w)
	_, _ = out.Write(top) // an error stays for Flush
	for _, piece := range pieces {
		_, _ = out.Write(piece)
	}
	_, _ = out.WriteString(pageEnd)
	_ = out.Flush() // the caller left: nobody to tell
	out.Reset(nil)
}

// gatherers hold what is sent next; a page of 100 items fits.
var gatherers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, 64<<10) }}

// finish sends a body whose tag is already set, or tags it by its bytes.
func (s *server) finish(w http.ResponseWriter, r *request, body []byte) {
	if w.Header().Get("ETag") == "" {
		writeBody(w, r, revalidated, body)
		return
	}
	send(w, r, body)
}

// pageLinks are those of a page: to itself, the next one, its collection, the licences.
func (r *request) pageLinks(page itemsPage) []link {
	links := r.selfAndAlternates(asGeoJSON, asHTML, asCSV, asGeoJSONLines)
	if page.next != "" {
		links = append(links, link{Href: page.next, Rel: "next", Type: asGeoJSON.MediaType, Title: r.say("Page suivante", "Next page")})
	}
	links = append(links, link{Href: r.base + r.URL.Path[:len(r.URL.Path)-len("/items")], Rel: "collection", Type: asJSON.MediaType})
	return append(links, page.credit.links()...)
}

// appendHead appends the members of a GeoJSON FeatureCollection before its
// features (17-069r4, 7.16; GeoJSON allows foreign members, RFC 7946, 6.1). By
// hand: encoding/json took a tenth of a page of 100 items.
func appendHead(to []byte, page itemsPage, links []link) []byte {
	to = append(to, `{"type":"FeatureCollection","numberMatched":`...)
	to = strconv.AppendInt(to, int64(page.matched), 10)
	to = append(to, `,"numberReturned":`...)
	to = strconv.AppendInt(to, int64(page.returned()), 10)
	to = append(to, `,"timeStamp":"`...)
	to = append(page.view.UpdatedAt().AppendFormat(to, time.RFC3339Nano), '"')
	to = appendMember(to, "attribution", page.credit.attribution)
	to = appendMember(to, "license", page.credit.expression())
	to = append(to, `,"links":[`...)
	for i, l := range links {
		if i > 0 {
			to = append(to, ',')
		}
		to = jcs.AppendString(append(to, `{"href":`...), l.Href)
		to = appendMember(to, "rel", l.Rel)
		to = appendMember(to, "type", l.Type)
		to = appendMember(to, "hreflang", l.Hreflang)
		to = append(appendMember(to, "title", l.Title), '}')
	}
	return append(to, `],"features":[`...)
}

// appendMember appends a member that is left out when empty.
func appendMember(to []byte, name, value string) []byte {
	if value == "" {
		return to
	}
	to = append(append(append(to, `,"`...), name...), `":`...)
	return jcs.AppendString(to, value)
}

// writePageLines answers one page in a format without a head: what would stand
// there is in header fields.
func (s *server) writePageLines(w http.ResponseWriter, r *request, page itemsPage) error {
	var body bytes.Buffer
	if err := writeLinesTo(&body, r.format.Name, page.each()); err != nil {
		return err
	}
	header := w.Header()
	header.Set("OGC-NumberMatched", strconv.Itoa(page.matched))
	header.Set("OGC-NumberReturned", strconv.Itoa(page.returned()))
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
