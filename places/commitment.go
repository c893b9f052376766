package places

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"cartoquartiers/internal/jcs"
)

// Content is a revision as everybody may know it. Its canonical JSON (RFC 8785)
// is what the public log commits to; docs/verify.md describes it for others.
type Content struct {
	At         time.Time       // in UTC, without a fraction of a second
	Document   json.RawMessage // without its private part
	Footprint  []byte          // WKB, little-endian, EPSG:4326; nil for a point
	Place      ID
	Provenance json.RawMessage // Provenances without those of private fields
	Revision   int
}

// Canonical is the text that is committed to.
func (c Content) Canonical() ([]byte, error) {
	document, err := jcs.Canonical(c.Document)
	if err != nil {
		return nil, fmt.Errorf("write revision %d of place %d: %w", c.Revision, c.Place, err)
	}
	provenance, err := jcs.Canonical(c.Provenance)
	if err != nil {
		return nil, fmt.Errorf("write revision %d of place %d: %w", c.Revision, c.Place, err)
	}
	return c.around(document, provenance), nil
}

// around is Canonical of a content whose parts are canonical already.
func (c Content) around(document, provenance []byte) []byte {
	text := make([]byte, 0, 128+len(document)+hex.EncodedLen(len(c.Footprint))+len(provenance))
	// The members stand in canonical order.
	text = append(text, `{"at":"`...)
	text = c.At.UTC().AppendFormat(text, time.DateOnly+"T15:04:05Z")
	text = append(append(text, `","document":`...), document...)
	if len(c.Footprint) > 0 {
		text = append(hex.AppendEncode(append(text, `,"footprint":"`...), c.Footprint), '"')
	}
	text = strconv.AppendInt(append(text, `,"place":`...), int64(c.Place), 10)
	text = append(append(text, `,"provenance":`...), provenance...)
	text = strconv.AppendInt(append(text, `,"revision":`...), int64(c.Revision), 10)
	return append(text, '}')
}

// public leaves out what would tell that a private field is there.
func (p Provenances) public() Provenances {
	for path := range p {
		if IsPrivate(path) {
			kept := maps.Clone(p)
			maps.DeleteFunc(kept, func(path string, _ Provenance) bool { return IsPrivate(path) })
			return kept
		}
	}
	return p // nearly always
}

// IsPrivate tells the field paths (Fields) that are for agents and moderators alone.
func IsPrivate(path string) bool { return path == "private" || strings.HasPrefix(path, "private.") }

// Commit fixes a content without telling it: HMAC-SHA256 (RFC 2104) under a
// random 256-bit key. Who is given key and content can check it; without the key
// not even a short content can be guessed.
func Commit(key [32]byte, canonical []byte) (commitment [32]byte) {
	mac := hmac.New(sha256.New, key[:])
	mac.Write(canonical)
	mac.Sum(commitment[:0])
	return commitment
}
