package moderation

import (
	"context"
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
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
	for _, path := range []string{"name.und", "name.fr", "description.und", "description.fr", "operator"} {
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

// zoneAt finds what moderation zones say of a position. A zone that blocks
// visitors is a Forbidden fault for them, with its reason.
func (s *Screening) zoneAt(ctx context.Context, tx pgx.Tx, actor accounts.Actor, at orb.Point, now time.Time) error {
	rows, err := tx.Query(ctx, `
		select effect, reason
		from moderation_zones
		where st_covers(area, st_setsrid(st_makepoint($1, $2), 4326)) and until > $3
		order by id`, at[0], at[1], now)
	if err != nil {
		return err
	}
	var effect, reason string
	_, err = pgx.ForEachRow(rows, []any{&effect, &reason}, func() error {
		s.Zone, s.ForceReview = reason, true
		s.notice("zone")
		if effect == "block_anonymous" && actor.Role == accounts.Visitor {
			return fault.New(fault.Forbidden, "for now only people with an account can change this part of the map: %s", reason)
		}
		return nil
	})
	return err
}

// repeated notices the same message or description sent before by the same hand.
func (s *Screening) repeated(ctx context.Context, tx pgx.Tx, actor accounts.Actor, p Proposal, now time.Time) error {
	text, ok := p.Patch["description."+places.Undetermined]
	if !ok {
		return nil
	}
	var before bool
	err := tx.QueryRow(ctx, `
		select exists (
			select from contributions
			where (user_id = nullif($1, 0) or prefix_hash = $2)
				and received_at > $3
				and body -> 'patch' -> 'description.und' = $4
		)`, actor.User, actor.PrefixHash, now.AddDate(0, 0, -30), text).Scan(&before)
	if before {
		s.notice("repeated_text")
	}
	return err
}

// Quota is how many contributions an author may make in a day.
func Quota(role accounts.Role, record Record) int {
	switch role {
	case accounts.Visitor:
		return 5
	case accounts.Resident, accounts.Member:
		return min(20+4*record.Accepted, 500)
	case accounts.Agent, accounts.Moderator, accounts.Admin, accounts.Importer:
	}
	return 10_000 // enough for a day's walk or a bulk correction; a runaway script is stopped
}

// checkQuota refuses the contribution that is one too many, with a TooMany fault.
func checkQuota(ctx context.Context, tx pgx.Tx, actor accounts.Actor, record Record, now time.Time) error {
	if actor.Role == accounts.Importer {
		return nil
	}
	var today int
	err := tx.QueryRow(ctx, `
		select count(*)
		from contributions
		where received_at > $3
			and case when $1 = 0 then user_id is null and prefix_hash = $2 else user_id = $1 end`,
		actor.User, actor.PrefixHash, now.Add(-24*time.Hour)).Scan(&today)
	if err != nil {
		return err
	}
	if quota := Quota(actor.Role, record); today >= quota {
		return fault.New(fault.TooMany, "%d contributions in a day are enough for now; the others can wait until tomorrow", quota)
	}
	return nil
}

// screen looks at everything that machines can see.
func (r *Road) screen(ctx context.Context, tx pgx.Tx, in *incoming) error {
	s := &in.screening
	s.Reasons = []string{}
	if in.actor.Role == accounts.Visitor {
		s.notice("anonymous")
	}
	isNew := in.submission.Action == Create
	s.noticeContent(in.proposal, in.place.base, isNew)
	if !isNew && in.submission.BaseRevision > 0 && in.submission.BaseRevision < in.place.live.Revision {
		s.Behind = in.place.live.Revision - in.submission.BaseRevision
		s.notice("stale_base")
	}
	if err := s.zoneAt(ctx, tx, in.actor, in.place.position, in.envelope.Now); err != nil {
		return err
	}
	if err := s.repeated(ctx, tx, in.actor, in.proposal, in.envelope.Now); err != nil {
		return err
	}
	if !isNew {
		return nil
	}
	return r.screenLookalikes(ctx, tx, in)
}
