package publiclog

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"cartoquartiers/internal/fault"
)

// LoggedWithin is the promise of every receipt: the leaf is in the signed tree by then.
const LoggedWithin = time.Minute

// receiptTitle is the second line of a signed receipt. A checkpoint has a number
// there, so that neither can be taken for the other.
const receiptTitle = "receipt v1"

// Promise signs a receipt for its author. The text is a signed note
// (c2sp.org/signed-note) that a person can read:
//
//	carte.example.fr/log
//	receipt v1
//	leaf 5f…            hash of the leaf, SHA-256(0x00 ‖ entry)
//	key 1c…             opens the commitment c of the entry; absent when there is none
//	received 2026-05-01T12:00:00Z
//	logged-by 2026-05-01T12:01:00Z
//	decided-by 2026-05-08T12:00:00Z      absent when nothing is to decide
//	entry {"c":…}
//
//	— carte.example.fr/log <signature>
func (s *Signer) Promise(r Receipt) (string, error) {
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n%s\nleaf %x\n", s.Origin(), receiptTitle, r.Leaf)
	if r.Key != [32]byte{} {
		fmt.Fprintf(&text, "key %x\n", r.Key)
	}
	fmt.Fprintf(&text, "received %s\nlogged-by %s\n", instant(r.At), instant(r.At.Add(LoggedWithin)))
	if !r.DecideBy.IsZero() {
		fmt.Fprintf(&text, "decided-by %s\n", instant(r.DecideBy))
	}
	fmt.Fprintf(&text, "entry %s\n", r.Entry)
	signed, err := s.sign(text.String())
	if err != nil {
		return "", fmt.Errorf("sign a receipt: %w", err)
	}
	return string(signed), nil
}

func instant(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// OpenPromise checks a signed receipt and reads it. An Invalid fault says what is
// wrong with it: the signature, or a leaf that is not the hash of the entry.
func OpenPromise(text, publicKey string) (Receipt, error) {
	body, err := openNote(text, publicKey)
	if err != nil {
		return Receipt{}, err
	}
	lines := strings.Split(strings.TrimSuffix(body, "\n"), "\n")
	if len(lines) < 2 || lines[1] != receiptTitle {
		return Receipt{}, fault.New(fault.Invalid, "this is signed by the log, but it is not a receipt")
	}
	var receipt Receipt
	for _, line := range lines[2:] {
		if err := receipt.read(line); err != nil {
			return Receipt{}, err
		}
	}
	if len(receipt.Entry) == 0 || receipt.Leaf != tlog.RecordHash(receipt.Entry) {
		return Receipt{}, fault.New(fault.Invalid, "the receipt's leaf is not the hash of its entry")
	}
	return receipt, nil
}

func (r *Receipt) read(line string) (err error) {
	name, value, _ := strings.Cut(line, " ")
	switch name {
	case "leaf":
		r.Leaf, err = hashOf(value)
	case "key":
		r.Key, err = hashOf(value)
	case "entry":
		r.Entry = []byte(value)
	case "received":
		r.At, err = time.Parse(time.RFC3339, value)
	case "decided-by":
		r.DecideBy, err = time.Parse(time.RFC3339, value)
	}
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "the receipt's line %q is not understood", name)
	}
	return nil
}

// LoggedBy is until when the log promised to hold the leaf.
func (r Receipt) LoggedBy() time.Time { return r.At.Add(LoggedWithin) }

// LeafName is the receipt's name at /log/receipts/.
func (r Receipt) LeafName() string { return hex.EncodeToString(r.Leaf[:]) }
