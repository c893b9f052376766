package moderation

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
)

// Submission is what someone sends: one proposed change to one place.
type Submission struct {
	Action       Action          `json:"action"`
	PlaceID      places.ID       `json:"place_id,omitempty"`      // all but Create
	BaseRevision int             `json:"base_revision,omitempty"` // that the author saw; all but Create, Report and what is about a photo
	Place        json.RawMessage `json:"place,omitempty"`         // Create: the fields of the new place
	Patch        json.RawMessage `json:"patch,omitempty"`         // Edit: JSON Merge Patch (RFC 7396)
	Position     *orb.Point      `json:"position,omitempty"`      // Move: longitude, latitude
	Until        string          `json:"until,omitempty"`         // Close: the last day closed, YYYY-MM-DD; empty is for good
	Revision     int             `json:"revision,omitempty"`      // Revert: the one to go back to
	Revisions    []int           `json:"revisions,omitempty"`     // Erase: those whose content must go; none is the whole place
	Into         places.ID       `json:"into,omitempty"`          // Merge: the place that stays
	Face         string          `json:"face,omitempty"`          // Hide: refused or withheld
	Photo        string          `json:"photo,omitempty"`         // Photo, and Create with one: the id of the upload; Hide and Report: the number of one photo of the place
	Alt          json.RawMessage `json:"alt,omitempty"`           // of such an upload: what it shows, a text or one per language
	Licence      string          `json:"licence,omitempty"`       // of such an upload: one of places.PhotoLicences
	Reason       string          `json:"reason,omitempty"`        // Report and what moderators do: one of Reasons
	Message      string          `json:"message,omitempty"`       // in the author's words
	Email        string          `json:"email,omitempty"`         // of a visitor who wants to be told
	Distinct     []places.ID     `json:"distinct,omitempty"`      // Create: look-alikes that the author says are others
	ClientAt     *time.Time      `json:"client_at,omitempty"`     // when the author did it, by their clock
}

// MaxSubmission bounds a request body, in bytes.
const MaxSubmission = 64 << 10

// DecodeSubmission reads one JSON object, strictly. Faults: Invalid for
// anything else, TooLarge beyond 64 KiB.
func DecodeSubmission(body io.Reader) (Submission, error) {
	var s Submission
	text, err := io.ReadAll(io.LimitReader(body, MaxSubmission+1))
	if err != nil {
		return s, fault.Wrap(fault.Invalid, err, "the request body could not be read")
	}
	if len(text) > MaxSubmission {
		return s, fault.New(fault.TooLarge, "a contribution is at most %d bytes", MaxSubmission)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		return s, undecodable(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return s, fault.New(fault.Invalid, "the request body goes on after the contribution")
	}
	return s, nil
}

// undecodable says what is wrong with a body that is no contribution, where encoding/json tells.
func undecodable(err error) error {
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		return fault.InvalidField("/"+strings.ReplaceAll(wrongType.Field, ".", "/"), "is a JSON %s, which it cannot be", wrongType.Value)
	}
	if name, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		return fault.InvalidField("/"+strings.Trim(name, `"`), "a contribution has no such member")
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fault.Wrap(fault.Invalid, err, "the request body is not JSON from byte %d on", syntax.Offset)
	}
	return fault.Wrap(fault.Invalid, err, "the request body is not a contribution")
}

// Proposal is a submission once checked: what it would do, in the terms of a document.
type Proposal struct {
	// Patch changes fields by path (see places.Fields); a JSON null removes one.
	Patch     places.Fields `json:"patch,omitempty"`
	Revision  int           `json:"revision,omitempty"`
	Revisions []int         `json:"revisions,omitempty"`
	Into      places.ID     `json:"into,omitempty"`
	Face      string        `json:"face,omitempty"`
	Reason    string        `json:"reason,omitempty"`
	Message   string        `json:"message,omitempty"`
	Distinct  []places.ID   `json:"distinct,omitempty"`
	Imported  *FromImport   `json:"imported,omitempty"`
	Photo     int64         `json:"photo,omitempty" doc:"The number of the photo that it is about"`
	Undoes    string        `json:"undoes,omitempty" doc:"The contribution that it undoes, by its name in the public log"`
	With      *places.Photo `json:"with,omitempty" doc:"What is said of the photo that came with a creation; once the place is accepted, it waits as a contribution of its own"`

	shown places.Photo // Photo: what is said of it; Patch, or With, holds it once its upload is found
}

// maxMessage bounds what people write beside a change, in characters.
const maxMessage = 2000

// Check turns a submission into a proposal. All that is wrong is said at once,
// in one Invalid fault with a JSON pointer per field.
func (s Submission) Check(taxonomy *places.Taxonomy, now time.Time) (Proposal, error) {
	c := checker{taxonomy: taxonomy}
	p := Proposal{Revision: s.Revision, Revisions: s.Revisions, Into: s.Into, Face: s.Face, Reason: s.Reason, Distinct: s.Distinct}
	p.Message = c.text("/message", s.Message, 0, maxMessage)
	c.target(s)
	switch s.Action {
	case Create:
		p.Patch = c.newPlace(s.Place)
		if s.Photo != "" || len(s.Alt) > 0 || s.Licence != "" {
			p.shown = c.photo(s)
		}
	case Edit:
		p.Patch = c.patch(s.Patch)
	case Move:
		p.Patch = c.move(s.Position)
	case Close:
		p.Patch = c.closing(s.Until, now)
	case Reopen:
		p.Patch = places.Fields{"state": quote(string(places.Open)), "closure": null}
	case Confirm:
		p.Patch = places.Fields{"verified_at": quote(now.UTC().Truncate(time.Second).Format(time.RFC3339))}
	case Report:
		c.reason(s.Reason)
		if s.Photo != "" {
			p.Photo = c.photoNumber(s.Photo)
		}
	case Revert, Hide, Restore, Merge, Erase:
		c.moderators(s)
		if s.takesPhotoOff() {
			p.Photo = c.photoNumber(s.Photo)
			p.Patch = places.Fields{places.PhotoPath(p.Photo): null}
		}
	case Photo:
		p.shown = c.photo(s)
	default:
		c.wrong("/action", "%q is none of %v", string(s.Action), AllActions)
	}
	c.contact(s.Email)
	return p, c.fault()
}

// contact checks the address of a visitor who wants to be told; none is none.
func (c *checker) contact(email string) {
	if email == "" {
		return
	}
	if _, err := mail.ParseAddress(email); err != nil || len(email) > 254 { // RFC 5321, 4.5.3.1.3
		c.wrong("/email", "this is not an e-mail address")
	}
}

// target checks that all but a creation name a place and the revision they saw.
func (c *checker) target(s Submission) {
	if s.Action == Create {
		return
	}
	if s.PlaceID <= 0 {
		c.wrong("/place_id", "which place?")
	}
	if s.BaseRevision > math.MaxInt32 {
		c.wrong("/base_revision", "no place has as many revisions")
	}
	if s.BaseRevision <= 0 && s.Action != Report && s.Action != Photo && !s.takesPhotoOff() {
		c.wrong("/base_revision", "which revision of the place did you see?")
	}
}

func (c *checker) reason(reason string) {
	if !slices.Contains(Reasons, reason) {
		c.wrong("/reason", "%q is none of %v", reason, Reasons)
	}
}

func (c *checker) moderators(s Submission) {
	c.reason(s.Reason)
	if s.Message == "" {
		c.wrong("/message", "say why, for those who made the place what it is")
	}
	if s.Action == Revert && (s.Revision <= 0 || s.Revision > math.MaxInt32) {
		c.wrong("/revision", "to which revision?")
	}
	if s.Action == Merge && (s.Into <= 0 || s.Into == s.PlaceID) {
		c.wrong("/into", "into which other place?")
	}
	if s.Action == Hide && !s.takesPhotoOff() && s.Face != "refused" && s.Face != "withheld" {
		c.wrong("/face", "refused (shown greyed with the reason) or withheld (only that something was)")
	}
}
