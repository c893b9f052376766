package verify

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"

	"cartoquartiers/internal/fault"
)

// get fetches an address below the map's. An answer that is not 200 is Invalid:
// the map is there and does not show what it must. No answer is Unavailable.
func (l *look) get(path string) ([]byte, error) {
	address := strings.TrimSuffix(l.options.URL, "/") + "/" + path
	request, err := http.NewRequestWithContext(l.ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "%q is not the address of a map", l.options.URL)
	}
	response, err := l.options.Client.Do(request)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "%s does not answer", address)
	}
	defer response.Body.Close() //nolint:errcheck // it was read to its end, or the error is told
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "%s stopped answering", address)
	}
	if response.StatusCode != http.StatusOK {
		return nil, refusal(path, response.StatusCode)
	}
	return body, nil
}

// lines are those of a JSONL answer.
func lines(body []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for line := range bytes.Lines(body) {
			if line = bytes.TrimSpace(line); len(line) > 0 && !yield(line) {
				return
			}
		}
	}
}

// tilePath is the part <N>[.p/<W>] of a tile's address (c2sp.org/tlog-tiles).
func tilePath(n int64, width int) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n /= 1000; n > 0; n /= 1000 {
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	if width < tileWidth {
		path += fmt.Sprintf(".p/%d", width)
	}
	return path
}

// refusal tells a map that is busy from one that does not have what it must.
func refusal(path string, status int) error {
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		return fault.New(fault.Unavailable, "the map is busy (%d at %s); try again in a moment", status, path)
	}
	return fault.New(fault.Invalid, "the map does not show %s, it answers %d", path, status)
}
