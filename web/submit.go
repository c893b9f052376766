package web

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
)

// maxForm bounds what a form of ours may hold, in bytes.
const maxForm = 256 << 10

// readForm reads the fields of a form that was sent.
func readForm(r *http.Request) error {
	r.Body = http.MaxBytesReader(nil, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return fault.Wrap(fault.Invalid, err, "the request body could not be read")
	}
	return nil
}

// newKey is a fresh idempotency key for a form: however often it is sent, it is
// one contribution. A UUID of version 4 (RFC 9562).
func newKey() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails: crypto/rand
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}

// keyAgain is the key of a form that is shown again: the one that it had, since some
// faults do not tell whether it arrived, unless that was used for something else.
func keyAgain(sent string, said saidFault) string {
	if !moderation.IsKey(sent) || said.fields["Idempotency-Key"] != "" {
		return newKey()
	}
	return sent
}

// submit takes the one road, and waits until this server shows what was accepted.
func (s *site) submit(r *http.Request, actor accounts.Actor, submission moderation.Submission, key string) (moderation.Received, error) {
	return s.submitAs(r, actor, submission, key, nil)
}

// submitAs is submit of a form that body tells from another one; nil: what it says.
func (s *site) submitAs(r *http.Request, actor accounts.Actor, submission moderation.Submission, key string, body []byte) (moderation.Received, error) {
	if body == nil {
		var err error
		if body, err = json.Marshal(submission); err != nil {
			return moderation.Received{}, err
		}
	}
	envelope := moderation.Envelope{Key: key, Body: body, Now: s.Clock()}
	received, err := s.Road.Submit(r.Context(), s.Intake, actor, submission, envelope)
	if moderation.CameTwice(err) { // of two clicks a browser shows the answer to the second
		received, err = s.Road.Submit(r.Context(), s.Intake, actor, submission, envelope)
	}
	if err != nil {
		return received, err
	}
	return received, s.Snapshot.WaitFor(r.Context(), received.Seq)
}
