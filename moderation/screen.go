package moderation

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
)

// Screening is what machines noticed about a contribution. All of it is kept.
type Screening struct {
	Risk        int         `json:"risk"`    // 0 to 100
	Reasons     []string    `json:"reasons"` // what made the risk, by name
	ForceReview bool        `json:"force_review,omitempty"`
	Zone        string      `json:"zone,omitempty"` // the reason of the moderation zone it lies in
	Lookalikes  []Lookalike `json:"lookalikes,omitempty"`
	Behind      int         `json:"behind,omitempty"` // revisions since the one the author saw
	MovedMetres float64     `json:"moved_metres,omitempty"`
}

// weights says how much each reason adds to the risk.
var weights = map[string]int{
	"anonymous": 10, "lookalike": 40, "stale_base": 15, "moved_far": 25, "moved": 5,
	"renamed": 10, "recategorised": 10, "closes": 20, "links": 25, "shouting": 10, "repeated_text": 40, "zone": 30,
}

func (s *Screening) notice(reason string) {
	if slices.Contains(s.Reasons, reason) {
		return
	}
	s.Reasons = append(s.Reasons, reason)
	s.Risk = min(100, s.Risk+weights[reason])
}

// farMetres is a move that is more than a correction.
const farMetres = 100

var link = regexp.MustCompile(`(?i)https?://|www\.`)

// comparedWithBase are the fields of which noticeContent reads what they were.
var comparedWithBase = []string{"name." + places.Undetermined, "category", "position"}

// looksAtBase says whether the document that the author saw is needed. To read it and
// take it apart is a tenth of the work of a submission.
func (in *incoming) looksAtBase() bool {
	return in.proposal.Photo != 0 || slices.ContainsFunc(comparedWithBase, func(path string) bool {
		_, proposed := in.proposal.Patch[path]
		return proposed
	})
}

// noticeContent looks at the proposal and the place alone. It is pure.
func (s *Screening) noticeContent(p Proposal, base places.Fields, isNew bool) {
	if name, named := p.Patch["name."+places.Undetermined]; named && !isNew && string(name) != string(base["name."+places.Undetermined]) {
		s.notice("renamed")
	}
	if category, changed := p.Patch["category"]; changed && !isNew && string(category) != string(base["category"]) {
		s.notice("recategorised")
	}
	if string(p.Patch["state"]) == `"closed"` {
		s.notice("closes")
	}
	if position, moves := p.Patch["position"]; moves && !isNew {
		s.MovedMetres = distance(base["position"], position)
		if s.MovedMetres > farMetres {
			s.notice("moved_far")
		} else if s.MovedMetres > 0 {
			s.notice("moved")
		}
	}
	written := []string{"name.und", "name.fr", "description.und", "description.fr", "operator"}
	for path := range p.Patch {
		if strings.HasPrefix(path, extraPrefix) {
			written = append(written, path)
		}
	}
	for _, path := range written {
		text := string(p.Patch[path])
		if link.MatchString(text) {
			s.notice("links")
		}
		if len(text) > 12 && strings.ToUpper(text) == text && strings.ToLower(text) != text {
			s.notice("shouting")
		}
	}
}

func distance(from, to json.RawMessage) float64 {
	var a, b orb.Point
	if json.Unmarshal(from, &a) != nil || json.Unmarshal(to, &b) != nil {
		return 0
	}
	return math.Round(geo.DistanceHaversine(a, b)*10) / 10
}

// small is an edit that neither moves far nor renames, recategorises nor closes.
func (s Screening) small() bool {
	for _, reason := range []string{"renamed", "recategorised", "moved_far", "closes", "links"} {
		if slices.Contains(s.Reasons, reason) {
			return false
		}
	}
	return true
}

// noticeZones looks at the moderation zones of the position. A zone that blocks
// visitors is a Forbidden fault for them, with its reason.
func (s *Screening) noticeZones(zones []zone, actor accounts.Actor) error {
	for _, z := range zones {
		s.Zone, s.ForceReview = z.reason, true
		s.notice("zone")
		if z.effect == "block_anonymous" && actor.Role == accounts.Visitor {
			return fault.New(fault.Forbidden, "for now only people with an account can change this part of the map: %s", z.reason)
		}
	}
	return nil
}

// checkQuota refuses the contribution that is one too many, with a TooMany fault.
func (in *incoming) checkQuota(policy Policy) error {
	quota := policy.Quota(in.actor.Role, in.submission.Action, in.record)
	switch {
	case in.today < quota || in.actor.Role == accounts.Importer:
		return nil
	case in.submission.Action == Confirm:
		return fault.New(fault.TooMany, "%d confirmations in a day are enough for now; other contributions are counted apart", quota)
	}
	return fault.New(fault.TooMany, "%d contributions in a day are enough for now; the others can wait until tomorrow", quota)
}

// screen looks at everything that machines can see.
func (in *incoming) screen() error {
	s := &in.screening
	s.Reasons = []string{}
	if in.actor.Role == accounts.Visitor {
		s.notice("anonymous")
	}
	s.noticeContent(in.proposal, in.place.base, in.submission.Action == Create)
	if base := in.submission.BaseRevision; base > 0 && base < in.place.revision {
		s.Behind = in.place.revision - base
		s.notice("stale_base")
	}
	if in.repeated {
		s.notice("repeated_text")
	}
	if err := s.noticeZones(in.zones, in.actor); err != nil {
		return err
	}
	return s.noticeLookalikes(in.lookalikes, in)
}
