package web

import (
	"context"
	"encoding/json"

	"github.com/paulmach/orb"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/moderation"
)

// atlasPending is a place that the reader has proposed and that waits for an answer:
// the map shows it, dashed, to nobody else.
type atlasPending struct {
	ID       int64   `json:"id"` // of the contribution
	Lon      float64 `json:"lon"`
	Lat      float64 `json:"lat"`
	Category string  `json:"category"`
	Group    string  `json:"group"`
	Kind     string  `json:"kind"`
	Href     string  `json:"href"`
}

// waiting are the states in which a proposal is drawn dashed.
var waiting = []moderation.State{moderation.Pending, moderation.NeedsInfo, moderation.Escalated}

// mostPending is how many of one's own proposals the map shows.
const mostPending = 100

// pending are the new places among a reader's proposals that wait; none for visitors.
func (v *view) pending(ctx context.Context, actor accounts.Actor) ([]atlasPending, error) {
	if actor.User == 0 {
		return nil, nil
	}
	found, err := moderation.Own(ctx, v.site.Pool, actor, waiting, 0, mostPending)
	if err != nil {
		return nil, err
	}
	var all []atlasPending
	for _, c := range found {
		var at orb.Point
		if c.Action != moderation.Create || json.Unmarshal(c.Proposal.Patch["position"], &at) != nil {
			continue
		}
		category, _ := v.site.Taxonomy.Category(c.Category)
		all = append(all, atlasPending{
			ID: c.ID, Lon: at[0], Lat: at[1], Category: category.ID, Group: category.Group, Kind: string(category.Kind), Href: v.ownURL(c.ID),
		})
	}
	return all, nil
}
