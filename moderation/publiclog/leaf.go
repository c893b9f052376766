package publiclog

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
)

// Event says what a leaf tells of.
type Event string

// The events.
const (
	Received Event = "received" // a contribution came in
	Decided  Event = "decided"  // it was answered, by a person or a rule
	Hidden   Event = "hidden"   // a place is not published any more
	Restored Event = "restored" // it is again
	Merged   Event = "merged"   // a place became another one: Into
	Reverted Event = "reverted" // a new revision undoes others
	Erased   Event = "erased"   // the content of a revision is gone; of the whole place with Revision 0; of the contribution itself with Place 0
	Imported Event = "imported" // a run published Count revisions: the rows under Root
)

// AllEvents lists every event.
var AllEvents = []Event{Received, Decided, Hidden, Restored, Merged, Reverted, Erased, Imported}

// Leaf is one entry of the log. Zero values are left out of it.
type Leaf struct {
	Event         Event
	Item          string    // UUID of the contribution, the case or the import
	At            time.Time // its day alone, in UTC, is told
	Place         places.ID
	Revision      int
	Into          places.ID // what a merged place became
	Outcome       string    // accepted, refused, …; this and the next three are codes, never free text
	Reason        string
	Rule          string // that decided, where no person did
	Neighbourhood string
	Commitment    [32]byte // places.Commit of the content
	Count         int
	Root          [32]byte
}

// leafVersion is the version of the format below.
const leafVersion = 1

// entry is a leaf as the log holds it: the members in alphabetical order, so
// that encoding/json writes the canonical form (RFC 8785).
type entry struct {
	Commitment    string    `json:"c,omitempty"`
	Count         int       `json:"count,omitempty"`
	Day           string    `json:"day"`
	Event         Event     `json:"event"`
	Into          places.ID `json:"into,omitempty"`
	Item          string    `json:"item"`
	Neighbourhood string    `json:"neighbourhood,omitempty"`
	// Nonce makes two leaves that say the same two leaves: one cannot stand for both.
	Nonce    string    `json:"nonce"`
	Outcome  string    `json:"outcome,omitempty"`
	Place    places.ID `json:"place,omitempty"`
	Reason   string    `json:"reason,omitempty"`
	Revision int       `json:"revision,omitempty"`
	Root     string    `json:"root,omitempty"`
	Rule     string    `json:"rule,omitempty"`
	Version  int       `json:"v"`
}

// encode writes the leaf's entry, under a nonce of its own.
func (l Leaf) encode() ([]byte, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	var nonce [8]byte
	if _, err := rand.Read(nonce[:]); err != nil {
		return nil, err
	}
	return json.Marshal(entry{
		Commitment: hexOrNone(l.Commitment), Count: l.Count, Day: l.At.UTC().Format(time.DateOnly), Event: l.Event,
		Into: l.Into, Item: l.Item, Neighbourhood: l.Neighbourhood, Nonce: hex.EncodeToString(nonce[:]), Outcome: l.Outcome,
		Place: l.Place, Reason: l.Reason, Revision: l.Revision, Root: hexOrNone(l.Root), Rule: l.Rule, Version: leafVersion,
	})
}

func hexOrNone(hash [32]byte) string {
	if hash == [32]byte{} {
		return ""
	}
	return hex.EncodeToString(hash[:])
}

var (
	aUUID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	aCode = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,63}$`)
)

// check keeps out what must never be public for ever: anything but codes.
func (l Leaf) check() error {
	if !known(l.Event) {
		return fmt.Errorf("log: %q is not an event", l.Event)
	}
	if !aUUID.MatchString(l.Item) {
		return fmt.Errorf("log: the item %q is not a UUID", l.Item)
	}
	for _, code := range []string{l.Outcome, l.Reason, l.Rule, l.Neighbourhood} {
		if code != "" && !aCode.MatchString(code) {
			return fmt.Errorf("log: %q is free text; the log takes codes", code)
		}
	}
	return nil
}

func known(event Event) bool {
	for _, one := range AllEvents {
		if one == event {
			return true
		}
	}
	return false
}

// ParseLeaf reads an entry of the log. It refuses what this version does not
// know, so that nothing unseen counts as checked.
func ParseLeaf(text []byte) (Leaf, error) {
	var e entry
	if err := json.Unmarshal(text, &e); err != nil {
		return Leaf{}, fault.Wrap(fault.Invalid, err, "an entry of the log is not JSON")
	}
	day, err := time.Parse(time.DateOnly, e.Day)
	if err != nil || e.Version != leafVersion {
		return Leaf{}, fault.New(fault.Invalid, "an entry of the log has the version %d and the day %q", e.Version, e.Day)
	}
	leaf := Leaf{
		Event: e.Event, Item: e.Item, At: day, Place: e.Place, Revision: e.Revision, Into: e.Into, Outcome: e.Outcome,
		Reason: e.Reason, Rule: e.Rule, Neighbourhood: e.Neighbourhood, Count: e.Count,
	}
	if leaf.Commitment, err = hashOf(e.Commitment); err != nil {
		return Leaf{}, err
	}
	if leaf.Root, err = hashOf(e.Root); err != nil {
		return Leaf{}, err
	}
	if err := leaf.check(); err != nil {
		return Leaf{}, fault.Wrap(fault.Invalid, err, "an entry of the log is not understood")
	}
	return leaf, nil
}

// hashOf reads a hash in hexadecimal; empty is none.
func hashOf(text string) (hash [32]byte, err error) {
	if text == "" {
		return hash, nil
	}
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(hash) {
		return hash, fault.New(fault.Invalid, "%q is not a SHA-256 hash in hexadecimal", text)
	}
	return [32]byte(raw), nil
}

// Row is one revision that an import published, as its list has it.
type Row struct {
	Place      places.ID
	Revision   int
	Commitment [32]byte
}

// Line is the row's text, canonical JSON: the leaf of the run's own Merkle tree.
func (r Row) Line() []byte {
	return fmt.Appendf(nil, `{"c":"%x","place":%d,"revision":%d}`, r.Commitment, r.Place, r.Revision)
}

// RowsRoot is the RFC 6962 root over the lines of the rows in the order given;
// none have the root of the empty tree.
func RowsRoot(rows []Row) [32]byte {
	var stack Frontier
	for _, row := range rows {
		stack.Push(tlog.RecordHash(row.Line()))
	}
	return stack.Root()
}
