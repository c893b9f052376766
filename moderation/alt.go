package moderation

import (
	"encoding/json"
	"maps"

	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
)

// withAlt adds to the edits of a verdict what a moderator says that a photo shows, in
// the stead of its author's words. The decision keeps it among the edits.
func withAlt(c Contribution, v *Verdict, edits places.Fields) (places.Fields, error) {
	if v.Alt == nil {
		return edits, nil
	}
	path := places.PhotoPath(c.Proposal.Photo)
	var photo places.Photo
	if c.Action != Photo || json.Unmarshal(c.Proposal.Patch[path], &photo) != nil {
		return nil, fault.InvalidField("/alt", "only a photo has one")
	}
	var check checker
	photo.Alt = check.alt(v.Alt)
	if err := check.fault(); err != nil {
		return nil, err
	}
	value, err := json.Marshal(photo)
	if err != nil {
		return nil, err
	}
	if v.Edits, err = json.Marshal(map[string]json.RawMessage{"alt": v.Alt}); err != nil {
		return nil, err
	}
	changed := places.Fields{path: value}
	maps.Copy(changed, edits)
	return changed, nil
}
