package moderation

import (
	"context"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/moderation/publiclog"
	"cartoquartiers/places"
)

// erase makes the content of the contribution's place be gone, or of the
// revisions that it names. What still waits about the place is superseded.
func (r *Road) erase(ctx context.Context, tx pgx.Tx, a answer, cause places.Cause, d *Decision) (err error) {
	c := a.contribution
	if len(c.Proposal.Revisions) == 0 {
		if err := supersedeAll(ctx, tx, c, a); err != nil {
			return err
		}
	}
	d.Seq, err = places.Erase(ctx, tx, cause, c.Place, c.Proposal.Revisions)
	return err
}

// supersedeAll closes what waits about a place that is being erased, but this contribution.
func supersedeAll(ctx context.Context, tx pgx.Tx, c Contribution, a answer) error {
	rows, err := tx.Query(ctx, selectContribution+`
		where c.place_id = $1 and c.id <> $2 and c.state in ('pending', 'needs_info', 'escalated')
		order by c.id
		for update of c`, c.Place, c.ID)
	if err != nil {
		return err
	}
	waiting, err := pgx.CollectRows(rows, scanContribution)
	if err != nil {
		return err
	}
	for _, one := range waiting {
		if err := step(ctx, tx, one, Superseded, decider{role: accounts.Moderator, rule: "erased"}, a.at); err != nil {
			return err
		}
	}
	return nil
}

// logErased writes the leaf of an erasure: of the whole place, or one for each revision.
func logErased(ctx context.Context, tx pgx.Tx, a answer, leaf publiclog.Leaf) error {
	revisions := a.contribution.Proposal.Revisions
	if len(revisions) == 0 {
		revisions = []int{0}
	}
	for _, number := range revisions {
		leaf.Revision = number
		if _, err := publiclog.Append(ctx, tx, leaf); err != nil {
			return err
		}
	}
	return nil
}
