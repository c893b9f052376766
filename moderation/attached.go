package moderation

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/jobs"
	"cartoquartiers/internal/pg"
	"cartoquartiers/internal/photos/store"
	"cartoquartiers/places"
)

// PhotoErrand names the errand that runs for a creation, by its number, once it is
// accepted with a photo: ProposePhoto.
const PhotoErrand = "photo_of_place"

// bringsPhoto tells the submissions that use an upload: a photo, and a creation that
// comes with one.
func (s Submission) bringsPhoto() bool {
	return s.Action == Photo || s.Action == Create && s.Photo != ""
}

// bindUpload makes an upload a part of the contribution that was stored just now.
func bindUpload(ctx context.Context, tx pgx.Tx, in *incoming, c Contribution) error {
	state := "pending"
	if c.Action == Create {
		state = "attached"
	}
	tag, err := tx.Exec(ctx, `
		update photos
		set state = $5, contribution_id = $2, place_id = nullif($3::bigint, 0), upload_hash = null, due_at = null
		where id = $1 and state = 'uploaded' and due_at > $4`, in.upload.number, c.ID, c.Place, in.envelope.Now, state)
	if err == nil && tag.RowsAffected() == 0 {
		err = fault.New(fault.Conflict, "this picture is a part of another contribution already; send it again")
	}
	return err
}

// attachedFollows does with the photo of a creation what follows from its verdict: an
// accepted one is proposed as soon as this is committed; one that is refused waits for an
// appeal, like any refused photo; what was taken back goes.
func attachedFollows(ctx context.Context, tx pgx.Tx, c Contribution, v Verdict, at time.Time) (err error) {
	switch {
	case v.Outcome == Accepted:
		return jobs.Run(ctx, tx, PhotoErrand, c.ID)
	case v.Outcome.Open():
		_, err = tx.Exec(ctx, `
			update photos
			set due_at = null
			where contribution_id = $1 and state = 'attached' and gone_at is null and due_at > $2`, c.ID, at)
	default:
		_, err = tx.Exec(ctx, `update photos set due_at = $2 where contribution_id = $1 and state = 'attached'`, c.ID, v.photoDue(at))
	}
	return err
}

// ProposePhoto makes of the photo that came with an accepted creation a contribution of
// its own about the new place, by the same author: it waits for a moderator like any
// other, and counts in no quota. Doing it again changes nothing; nor does it where nothing is left to propose, as
// after an erasure. It opens a transaction.
func (r *Road) ProposePhoto(ctx context.Context, db pg.DB, creation int64, now time.Time) error {
	err := pg.InTx(ctx, db, func(tx pgx.Tx) error {
		in, number, err := attachedTo(ctx, tx, creation)
		if err != nil || number == 0 {
			return err
		}
		in.envelope.Now = now.UTC().Truncate(time.Microsecond)
		if err := r.askFacts(ctx, tx, in); err != nil {
			return err
		}
		if err := in.screen(); err != nil && !fault.Is(err, fault.Forbidden) { // of a zone that came later: a person looks anyhow
			return err
		}
		c, err := r.store(ctx, tx, in)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			with sent as (
				update contributions set came_with = $4 where id = $2
			)
			update photos set state = 'pending', contribution_id = $2, place_id = $3 where id = $1`, number, c.ID, c.Place, creation)
		return err
	})
	if err != nil {
		return fmt.Errorf("propose the photo of contribution %d: %w", creation, err)
	}
	return nil
}

// errandTime is more than the errand is tried again for; what it left behind after that
// is found here.
const errandTime = 3 * time.Hour

// ProposeLeft proposes the photos of accepted creations whose errand was given up, and
// returns how many it found. One that fails does not hold up the others.
func (r *Road) ProposeLeft(ctx context.Context, db pg.DB, now time.Time) (found int, err error) {
	rows, err := db.Query(ctx, `
		select c.id
		from photos p
		join contributions c on c.id = p.contribution_id
		where p.state = 'attached' and p.due_at is null and p.gone_at is null and c.state = 'accepted' and c.decided_at < $1
		order by c.id
		limit 100`, now.UTC().Add(-errandTime))
	if err != nil {
		return 0, fmt.Errorf("find photos that were left behind: %w", err)
	}
	left, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	for _, creation := range left {
		err = errors.Join(err, r.ProposePhoto(ctx, db, creation, now))
	}
	return len(left), err
}

// attachedTo is the photo of a creation as a submission by its author; its number is 0
// where there is none to propose. It locks in the order of erasing: the author, the
// place, the contribution, the photo.
func attachedTo(ctx context.Context, tx pgx.Tx, creation int64) (in *incoming, number int64, err error) {
	for _, first := range []string{
		`select from users where id = (select user_id from contributions where id = $1) for key share`,
		`select from places where id = (select place_id from contributions where id = $1) for key share`,
	} {
		if _, err := tx.Exec(ctx, first, creation); err != nil {
			return nil, 0, err
		}
	}
	c, err := find(ctx, tx, creation, true)
	if err != nil || c.State != Accepted || c.Proposal.With == nil {
		return nil, 0, err
	}
	in = &incoming{
		actor:      accounts.Actor{User: c.Author, Role: c.Role, Organisation: c.Organisation},
		submission: Submission{Action: Photo, PlaceID: c.Place, BaseRevision: c.Revision},
		secretHash: c.secretHash,
	}
	err = tx.QueryRow(ctx, `
		select p.id, c.prefix_hash, coalesce(c.email, '')
		from photos p
		join contributions c on c.id = p.contribution_id
		where c.id = $1 and p.state = 'attached' and p.due_at is null
		for update of p`, creation).Scan(&number, &in.actor.PrefixHash, &in.submission.Email)
	if err != nil {
		return nil, 0, unlessNoRows(err)
	}
	value, err := json.Marshal(c.Proposal.With)
	in.proposal = Proposal{Photo: number, Patch: places.Fields{places.PhotoPath(number): value}}
	in.bodyHash = sha256.Sum256(value)
	return in, number, err
}

// PhotoProposal is the number of the contribution that the photo of a creation became;
// 0 for none, or not yet.
func PhotoProposal(ctx context.Context, db pg.DB, c Contribution) (id int64, err error) {
	if c.Proposal.With == nil {
		return 0, nil
	}
	err = db.QueryRow(ctx, `
		select contribution_id
		from photos
		where id = $1 and state not in ('uploaded', 'attached')`, c.Proposal.Photo).Scan(&id)
	if err := unlessNoRows(err); err != nil {
		return 0, fmt.Errorf("find the photo of contribution %d: %w", c.ID, pg.FaultOf(err))
	}
	return id, nil
}

// OwnPhoto opens the picture of a contribution for its author, while it waits and once it
// is published; moderators may see those of their scope. Faults: NotFound.
func (r *Road) OwnPhoto(ctx context.Context, db pg.DB, actor accounts.Actor, id int64, size int) (store.Reader, error) {
	c, _, err := FindOwn(ctx, db, actor, id)
	if err != nil {
		return nil, err
	}
	if c.Action != Photo && c.Proposal.With == nil || r.Photos == nil {
		return nil, noPhoto()
	}
	var file string
	err = db.QueryRow(ctx, `
		select file
		from photos
		where id = $1 and state in ('attached', 'pending', 'published') and due_at is null`, c.Proposal.Photo).Scan(&file)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, noPhoto()
	}
	if err != nil {
		return nil, fmt.Errorf("find the photo of contribution %d: %w", id, pg.FaultOf(err))
	}
	return r.Photos.Read(ctx, file, size)
}
