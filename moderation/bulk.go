package moderation

import (
	"context"
	"time"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
)

// MaxBulk bounds how many contributions one request decides.
const MaxBulk = 100

// Seen is a contribution at the version that a moderator saw.
type Seen struct {
	ID      int64 `json:"id"`
	Version int   `json:"version" doc:"That was read; another one is 412"`
}

// Result is what became of one of several: the decision, or the fault.
type Result struct {
	Seen
	Decision Decision
	Err      error
}

// DecideEach gives the same verdict to several contributions, each in a
// transaction of its own and as Decide would: what cannot be decided leaves the
// others decided. Results are in the order of the items.
//
// Faults of the whole: Forbidden for all but moderators; Invalid for a verdict
// that is not fit for several (Accepted without edits, or Refused), for none or for
// more than MaxBulk. Nothing is decided then.
func (r *Road) DecideEach(ctx context.Context, db pg.DB, actor accounts.Actor, v Verdict, items []Seen, now time.Time) ([]Result, error) {
	if err := AllowedToModerate(actor, anywhere(actor)); err != nil {
		return nil, err
	}
	if len(items) == 0 || len(items) > MaxBulk {
		return nil, fault.InvalidField("/contributions", "from 1 to %d contributions at once, not %d", MaxBulk, len(items))
	}
	if v.Outcome != Accepted && v.Outcome != Refused {
		return nil, fault.InvalidField("/outcome", "several are accepted or refused at once, never %q", string(v.Outcome))
	}
	v.Edits = nil // what fits one place fits no other
	if _, err := r.checkVerdict(v); err != nil {
		return nil, err
	}
	results := make([]Result, len(items))
	for i, item := range items {
		v.ID, v.Version = item.ID, item.Version
		results[i].Seen = item
		results[i].Decision, results[i].Err = r.Decide(ctx, db, actor, v, now)
	}
	return results, nil
}
