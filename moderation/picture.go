package moderation

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/internal/photos"
	"cartoquartiers/internal/photos/store"
)

// Upload is a picture that was taken in, and waits for its contribution.
type Upload struct {
	ID            string // names it in the contribution; whoever knows it can use it
	Width, Height int    // of the largest size, in pixels
	Expires       time.Time
}

const (
	// uploadPrefix begins the id of an upload.
	uploadPrefix = "cqp_"
	// uploadTime is how long an upload waits for its contribution.
	uploadTime = 24 * time.Hour
	// writeTime is more than writing a picture into the store can take.
	writeTime = time.Hour
	// uploadsPerContribution: one takes a photo again, or thinks better of it.
	uploadsPerContribution = 2
)

// MaySendPhoto says, before a picture is read, whether an actor may send one now.
// Faults: Forbidden, TooMany beyond twice the day's quota of contributions and
// after many pictures that could not be used, Unavailable where no pictures are taken.
func (r *Road) MaySendPhoto(ctx context.Context, db pg.DB, actor accounts.Actor, now time.Time) error {
	if err := Allowed(actor, Create, Object{}); err != nil {
		return err
	}
	if r.Photos == nil {
		return fault.New(fault.Unavailable, "the store of photos does not answer")
	}
	if err := r.Photos.Darkroom.Patience(senderOf(actor), now); err != nil {
		return err
	}
	var today int
	err := db.QueryRow(ctx, `
		select count(*)
		from photos
		where uploaded_at > $3
			and case when $1 = 0 then prefix_hash = $2 and user_id is null else user_id = $1 end`,
		actor.User, actor.PrefixHash, now.Add(-24*time.Hour)).Scan(&today)
	if err != nil {
		return fmt.Errorf("count uploads: %w", pg.FaultOf(err))
	}
	if most := uploadsPerContribution * r.Policy.Quota(actor.Role, Photo, Record{}); today >= most {
		return fault.New(fault.TooMany, "%d photos in a day are enough for now; the others can wait until tomorrow", most)
	}
	return nil
}

// senderOf tells senders apart: an account, or the address prefix of a visitor, hashed.
func senderOf(actor accounts.Actor) string {
	if actor.User != 0 {
		return strconv.FormatInt(actor.User, 10)
	}
	return string(actor.PrefixHash)
}

// TakePhoto makes pictures of a file and keeps them, all sizes or none, until a
// contribution is made of them or a day has passed. Ask MaySendPhoto first. Faults:
// those of photos.Darkroom.Develop, Unavailable; Unauthenticated when the account
// was erased meanwhile.
func (r *Road) TakePhoto(ctx context.Context, db pg.DB, actor accounts.Actor, file []byte, now time.Time) (Upload, error) {
	picture, err := r.Photos.Darkroom.Develop(ctx, file)
	if err != nil {
		if !fault.Is(err, fault.Unavailable) {
			r.Photos.Darkroom.Spoilt(senderOf(actor), now)
		}
		return Upload{}, err
	}
	id, err := newUploadID()
	if err != nil {
		return Upload{}, err
	}
	now = now.UTC()
	u := Upload{ID: id, Width: picture.Width, Height: picture.Height, Expires: now.Add(uploadTime)}
	err = r.keepPicture(ctx, db, picture, now, func(tx pgx.Tx, file string) error {
		_, err := tx.Exec(ctx, `
			insert into photos (file, state, upload_hash, user_id, prefix_hash, width, height, bytes, checksum, taken, uploaded_at, due_at)
			values ($1, 'uploaded', $2, nullif($3::bigint, 0), $4, $5, $6, $7, $8, nullif($9, '')::date, $10, $11)`,
			file, accounts.HashSecret(id), actor.User, actor.PrefixHash, u.Width, u.Height, sizeOf(picture), checksumOf(picture),
			pastDay(picture.Taken, now), now, u.Expires)
		return unlessErased(err)
	})
	if err != nil {
		return Upload{}, fmt.Errorf("take a photo: %w", err)
	}
	return u, nil
}

func newUploadID() (string, error) {
	var random [32]byte
	if _, err := rand.Read(random[:]); err != nil {
		return "", fmt.Errorf("name an upload: %w", err)
	}
	return uploadPrefix + base64.RawURLEncoding.EncodeToString(random[:]), nil
}

// pastDay drops the day of a camera whose clock is ahead.
func pastDay(taken string, now time.Time) string {
	if taken > now.AddDate(0, 0, 1).Format(time.DateOnly) {
		return ""
	}
	return taken
}

func sizeOf(p photos.Picture) (bytes int) {
	for _, one := range p.Renditions {
		bytes += len(one.JPEG)
	}
	return bytes
}

func checksumOf(p photos.Picture) []byte {
	sum := sha256.Sum256(p.Renditions[len(p.Renditions)-1].JPEG)
	return sum[:]
}

// keepPicture writes a picture into the store and lets write bind its file in a
// transaction. Whatever is cut in between, SweepPhotos deletes the file.
func (r *Road) keepPicture(ctx context.Context, db pg.DB, picture photos.Picture, now time.Time, write func(tx pgx.Tx, file string) error) error {
	file, err := store.NewName()
	if err != nil {
		return err
	}
	if _, err := db.Exec(ctx, `insert into photo_leftovers (file, due_at) values ($1, $2)`, file, now.Add(writeTime)); err != nil {
		return pg.FaultOf(err)
	}
	if err := r.Photos.Keep(ctx, file, picture); err != nil {
		return err
	}
	return pg.InTx(ctx, db, func(tx pgx.Tx) error {
		if err := write(tx, file); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `delete from photo_leftovers where file = $1`, file)
		return err
	})
}

// PublishedPhoto opens a picture that everybody may see: of a place on the map.
// Faults: NotFound for all others, as for one that never was.
func (r *Road) PublishedPhoto(ctx context.Context, db pg.DB, file string, size int) (store.Reader, error) {
	var shown bool
	err := db.QueryRow(ctx, `
		select exists (
			select from photos p join published_places on published_places.id = p.place_id where p.file = $1 and p.state = 'published'
		)`, file).Scan(&shown)
	if err != nil {
		return nil, fmt.Errorf("find photo: %w", pg.FaultOf(err))
	}
	if !shown || r.Photos == nil {
		return nil, noPhoto()
	}
	return r.Photos.Read(ctx, file, size)
}

func noPhoto() error { return fault.New(fault.NotFound, "there is no such photo") }

// ReviewedPhoto opens a picture for a moderator, whatever its state. Faults:
// Forbidden for all but moderators, and outside their scope; NotFound.
func (r *Road) ReviewedPhoto(ctx context.Context, db pg.DB, actor accounts.Actor, number int64, size int, now time.Time) (store.Reader, error) {
	if err := AllowedToModerate(actor, anywhere(actor)); err != nil {
		return nil, err
	}
	p, err := findPicture(ctx, db, number, now, false)
	if err != nil {
		return nil, err
	}
	c, err := find(ctx, db, p.contribution, false)
	if err != nil {
		return nil, err
	}
	if err := AllowedToModerate(actor, c.object()); err != nil {
		return nil, err
	}
	if r.Photos == nil {
		return nil, noPhoto()
	}
	return r.Photos.Read(ctx, p.file, size)
}

// pictureRow is a row of the table photos whose bytes are there.
type pictureRow struct {
	file, state  string
	contribution int64
}

// findPicture finds one that is a part of a contribution. Faults: NotFound.
func findPicture(ctx context.Context, db pg.DB, number int64, now time.Time, lock bool) (p pictureRow, err error) {
	query := `
		select file, state, contribution_id
		from photos
		where id = $1 and contribution_id is not null and gone_at is null and (due_at is null or due_at > $2)`
	if lock {
		query += ` for update`
	}
	err = db.QueryRow(ctx, query, number, now.UTC()).Scan(&p.file, &p.state, &p.contribution)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, noPhoto()
	}
	if err != nil {
		return p, fmt.Errorf("find photo %d: %w", number, pg.FaultOf(err))
	}
	return p, nil
}
