package moderation

import (
	"cmp"
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/moderation/publiclog"
	"cartoquartiers/places"
)

// promise makes the leaf that says that a contribution came in, and the receipt
// that its author can hold against the log; empty where nothing is signed.
func (r *Road) promise(in *incoming, c Contribution) (string, error) {
	canonical, err := canonicalProposal(c.Action, c.Place, in.body)
	if err != nil {
		return "", err
	}
	in.leaf, err = publiclog.Leaf{
		Event: publiclog.Received, Item: c.Item, At: c.Received, Place: c.Place,
		Neighbourhood: c.Neighbourhood, Commitment: places.Commit(in.key, canonical),
	}.Entry()
	if err != nil || r.Signer == nil {
		return "", err
	}
	receipt := in.leaf.Receipt()
	receipt.Key, receipt.DecideBy = in.key, c.Deadline
	return r.Signer.Promise(receipt)
}

// canonicalProposal is what a receipt commits to: action, place and proposal, as
// encoding/json writes objects decoded into maps — members sorted, no spaces.
func canonicalProposal(action Action, place places.ID, body []byte) ([]byte, error) {
	var proposal map[string]any
	if err := json.Unmarshal(body, &proposal); err != nil {
		return nil, err
	}
	return json.Marshal(map[string]any{"action": action, "place_id": place, "proposal": proposal})
}

// events are the actions whose acceptance the log tells by a name of their own.
var events = map[Action]publiclog.Event{
	Hide: publiclog.Hidden, Restore: publiclog.Restored, Merge: publiclog.Merged, Revert: publiclog.Reverted,
	Erase: publiclog.Erased,
}

// logDecided writes the leaf of an answer: one, whoever gave it.
func logDecided(ctx context.Context, tx pgx.Tx, a answer, d Decision) error {
	c, v := a.contribution, a.verdict
	leaf := publiclog.Leaf{
		Event: publiclog.Decided, Item: c.Item, At: a.at, Place: d.Place, Revision: d.Revision, Into: c.Proposal.Into,
		Outcome: string(v.Outcome), Reason: v.Reason, Rule: a.by.rule, Neighbourhood: c.Neighbourhood, Commitment: d.commitment,
	}
	event, own := events[c.Action]
	own = own && !c.takesPhotoOff() // the place stays: it is one more revision
	if own && v.Outcome == Accepted {
		leaf.Event = event
		leaf.Reason = cmp.Or(leaf.Reason, c.Proposal.Reason)
	}
	if leaf.Event == publiclog.Erased {
		return logErased(ctx, tx, a, leaf)
	}
	if _, err := publiclog.Append(ctx, tx, leaf); err != nil {
		return err
	}
	return logBeside(ctx, tx, a, d)
}
