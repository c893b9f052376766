package moderation

import (
	"context"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/moderation/publiclog"
	"cartoquartiers/places"
)

// mergePlaces takes the contribution's place into the other one.
func (r *Road) mergePlaces(ctx context.Context, tx pgx.Tx, c Contribution, cause places.Cause, d *Decision) error {
	joined, err := places.MergeInto(ctx, tx, r.Taxonomy, cause, c.Place, c.Proposal.Into)
	if err != nil {
		return err
	}
	d.Seq, d.beside = joined.Seq, joined.Survivor
	return settlement{c.Place, c.Proposal.Into, pairMerged, c.Author, cause.At}.keep(ctx, tx)
}

// separatePlaces undoes a merge: the two are distinct, for ever.
func (r *Road) separatePlaces(ctx context.Context, tx pgx.Tx, c Contribution, cause places.Cause, d *Decision) error {
	var into places.ID
	if err := tx.QueryRow(ctx, `select merged_into from places where id = $1`, c.Place).Scan(&into); err != nil {
		return err
	}
	joined, err := places.Separate(ctx, tx, r.Taxonomy, cause, c.Place)
	if err != nil {
		return err
	}
	d.Revision, d.commitment, d.Seq, d.beside = joined.Place.Revision, joined.Place.Commitment, joined.Seq, joined.Survivor
	return settlement{c.Place, into, pairDistinct, c.Author, cause.At}.keep(ctx, tx)
}

func isMerged(ctx context.Context, tx pgx.Tx, id places.ID) (merged bool, err error) {
	err = tx.QueryRow(ctx, `select state = 'merged' from places where id = $1`, id).Scan(&merged)
	return merged, err
}

// logBeside writes the leaf of the revision that a decision made of another
// place than its own: of the one that stays, in a merge.
func logBeside(ctx context.Context, tx pgx.Tx, a answer, d Decision) error {
	if d.beside.Revision == 0 {
		return nil
	}
	_, err := publiclog.Append(ctx, tx, publiclog.Leaf{
		Event: publiclog.Decided, Item: a.contribution.Item, At: a.at, Place: d.beside.Place, Revision: d.beside.Revision,
		Outcome: string(Accepted), Rule: a.by.rule, Neighbourhood: a.contribution.Neighbourhood, Commitment: d.beside.Commitment,
	})
	return err
}
