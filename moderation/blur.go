package moderation

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/internal/photos"
	"cartoquartiers/places"
)

// blurRule is the name of the rule by which a published photo is replaced by its
// blurred self.
const blurRule = "blur"

// Blurred says what became of a photo.
type Blurred struct {
	Version int   // of the contribution that brought it: what a decision names
	Seq     int64 // of the change, where it was published; wait for it to read one's own write
}

// BlurPhoto paints over parts of a photo, in every size, and deletes the files that
// showed them; a published one is replaced by a revision of its place. Faults: as of
// ReviewedPhoto; Invalid for rectangles that are not in the picture; Conflict where
// somebody else blurred or decided it meanwhile.
func (r *Road) BlurPhoto(ctx context.Context, db pg.DB, actor accounts.Actor, number int64, rectangles []photos.Rectangle, now time.Time) (Blurred, error) {
	if err := AllowedToModerate(actor, anywhere(actor)); err != nil {
		return Blurred{}, err
	}
	largest, err := r.ReviewedPhoto(ctx, db, actor, number, photos.Largest, now)
	if err != nil {
		return Blurred{}, err
	}
	defer func() { _ = largest.Close() }()
	if err := photos.CheckRectangles(rectangles); err != nil {
		return Blurred{}, err
	}
	file, err := io.ReadAll(largest)
	if err != nil {
		return Blurred{}, fault.Wrap(fault.Unavailable, err, "the store of photos does not answer")
	}
	picture, err := r.Photos.Darkroom.Cover(ctx, file, rectangles)
	if err != nil {
		return Blurred{}, err
	}
	var done Blurred
	err = r.keepPicture(ctx, db, picture, now.UTC(), func(tx pgx.Tx, name string) (err error) {
		b := blurring{actor: actor, number: number, seen: sha256.Sum256(file), picture: picture, file: name, now: now.UTC()}
		done, err = r.replacePicture(ctx, tx, b)
		return err
	})
	if err != nil {
		return Blurred{}, fmt.Errorf("blur photo %d: %w", number, err)
	}
	_ = r.SweepPhotos(ctx, db, now) // at once if it can be; the chore comes each minute
	return done, nil
}

// blurring is a blurred picture on its way into the place of the other one.
type blurring struct {
	actor   accounts.Actor
	number  int64
	seen    [32]byte // checksum of the one that was painted over
	picture photos.Picture
	file    string
	now     time.Time
}

// replacePicture locks in the order of a decision: contribution, place, photo.
func (r *Road) replacePicture(ctx context.Context, tx pgx.Tx, b blurring) (done Blurred, err error) {
	before, err := findPicture(ctx, tx, b.number, b.now, false)
	if err == nil {
		err = before.mayBeBlurred()
	}
	if err != nil {
		return done, err
	}
	c, err := find(ctx, tx, before.contribution, true)
	if err != nil {
		return done, err
	}
	var place places.ID
	err = tx.QueryRow(ctx, `select id from places where id = (select place_id from photos where id = $1) for update`, b.number).Scan(&place)
	if err != nil {
		return done, err
	}
	if before, err = findPicture(ctx, tx, b.number, b.now, true); err != nil {
		return done, err
	}
	if err := before.mayBeBlurred(); err != nil {
		return done, err
	}
	tag, err := tx.Exec(ctx, `
		with leftover as (
			insert into photo_leftovers (file, due_at) values ($2, $3)
		)
		update photos set file = $4, checksum = $5, bytes = $6 where id = $1 and checksum = $7`,
		b.number, before.file, b.now, b.file, checksumOf(b.picture), sizeOf(b.picture), b.seen[:])
	if err == nil && tag.RowsAffected() == 0 {
		err = fault.New(fault.Conflict, "somebody else has blurred this photo meanwhile; look at it again")
	}
	if err != nil {
		return done, err
	}
	if before.state == "published" {
		done.Version = c.Version
		done.Seq, err = r.publishBlurred(ctx, tx, b, c, place)
		return done, err
	}
	err = tx.QueryRow(ctx, `update contributions set version = version + 1 where id = $1 returning version`, c.ID).Scan(&done.Version)
	return done, err
}

// mayBeBlurred refuses what nobody is to see, and what is not yet a contribution of its own.
func (p pictureRow) mayBeBlurred() error {
	if p.state != "pending" && p.state != "published" {
		return fault.New(fault.Conflict, "this photo is %s; only one that waits or is shown can be blurred", p.state)
	}
	return nil
}

// publishBlurred makes the moderator's contribution by which the place shows the
// new file, and accepts it.
func (r *Road) publishBlurred(ctx context.Context, tx pgx.Tx, b blurring, c Contribution, place places.ID) (seq int64, err error) {
	live, err := places.FindLive(ctx, tx, []places.ID{place})
	if err != nil {
		return 0, err
	}
	fields, err := live[place].Document.Fields()
	if err != nil {
		return 0, err
	}
	path := places.PhotoPath(b.number)
	in := incoming{
		actor:      b.actor,
		submission: Submission{Action: Edit, PlaceID: place, BaseRevision: live[place].Revision},
		proposal:   Proposal{Photo: b.number, Patch: places.Fields{path: fields[path]}},
		envelope:   Envelope{Now: b.now},
		screening:  Screening{Reasons: []string{}},
	}
	in.place.position, in.place.category = live[place].Document.Position, live[place].Document.Category
	in.place.Group, in.place.Neighbourhood = c.Group, c.Neighbourhood
	body, err := json.Marshal(in.proposal)
	if err != nil {
		return 0, err
	}
	in.bodyHash = sha256.Sum256(body)
	blurs, err := r.store(ctx, tx, &in)
	if err != nil {
		return 0, err
	}
	by := decider{role: b.actor.Role, user: b.actor.User, rule: blurRule}
	decision, err := r.decide(ctx, tx, answer{contribution: blurs, verdict: Verdict{Outcome: Accepted}, by: by, at: b.now})
	return decision.Seq, err
}
