package moderation

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
)

// maxAlt bounds what a photo is said to show, in characters.
const maxAlt = 300

// photo checks what is said of a picture.
func (c *checker) photo(s Submission) places.Photo {
	if s.Photo == "" {
		c.wrong("/photo", "which picture? send it first, and give the id of the upload")
	}
	if !slices.Contains(places.PhotoLicences, s.Licence) {
		c.wrong("/licence", "%q is none of %v", s.Licence, places.PhotoLicences)
	}
	return places.Photo{Alt: c.alt(s.Alt), Licence: s.Licence}
}

func (c *checker) alt(given json.RawMessage) places.Text {
	before, alt := len(c.fields), places.Text{}
	if len(given) > 0 {
		for path, value := range texts("alt", 1, maxAlt)(c, "/alt", given) {
			var text string
			if json.Unmarshal(value, &text) == nil && text != "" {
				alt[strings.TrimPrefix(path, "alt.")] = text
			}
		}
	}
	if len(alt) == 0 && len(c.fields) == before {
		c.wrong("/alt", "say what the photo shows, for those who do not see it")
	}
	return alt
}

// photoNumber reads the number of a photo that is there.
func (c *checker) photoNumber(given string) int64 {
	number, err := strconv.ParseInt(given, 10, 64)
	if err != nil || number <= 0 {
		c.wrong("/photo", "%q is not the number of a photo", given)
	}
	return number
}

// takesPhotoOff tells the hiding of one photo from that of its place.
func (s Submission) takesPhotoOff() bool { return s.Action == Hide && s.Photo != "" }

func (c Contribution) takesPhotoOff() bool { return c.Action == Hide && c.Proposal.Photo != 0 }

// photoLicence is that of the photo that is proposed under a field path; empty for none.
func (p Proposal) photoLicence(path string) string {
	var photo places.Photo
	if !places.IsPhoto(path) || json.Unmarshal(p.Patch[path], &photo) != nil {
		return ""
	}
	return photo.Licence
}

// upload is a picture that was sent and waits for a contribution.
type upload struct {
	number        int64
	width, height int
	taken         string
}

// queueUploads looks for the pictures of photos. One that somebody sent with an
// account is theirs alone.
func queueUploads(batch *pgx.Batch, questions []*question) {
	for _, q := range questions {
		if q.of.submission.bringsPhoto() {
			q.queueUpload(batch)
		}
	}
}

func (q *question) queueUpload(batch *pgx.Batch) {
	in := q.of
	batch.Queue(`
		select id, width, height, coalesce(to_char(taken, 'YYYY-MM-DD'), '')
		from photos
		where upload_hash = $1
			and state = 'uploaded'
			and due_at > $2
			and (user_id is null or user_id = $3)`,
		accounts.HashSecret(in.submission.Photo), in.envelope.Now, in.actor.User).QueryRow(func(row pgx.Row) error {
		var u upload
		if err := row.Scan(&u.number, &u.width, &u.height, &u.taken); err != nil {
			return unlessNoRows(err)
		}
		in.upload = &u
		return nil
	})
}

// findPhoto says which photo a submission is about, and what it would publish; of a
// creation, what it came with. Who names no revision speaks of the live one.
func (in *incoming) findPhoto() error {
	s := &in.submission
	if s.BaseRevision == 0 && (s.Action == Photo || s.takesPhotoOff()) {
		s.BaseRevision = in.place.revision
	}
	if number := in.proposal.Photo; number != 0 { // hidden or reported
		if _, there := in.place.base[places.PhotoPath(number)]; !there {
			return fault.InvalidField("/photo", "the place has no photo %d", number)
		}
	}
	if !s.bringsPhoto() {
		return nil
	}
	if in.upload == nil {
		return fault.InvalidField("/photo", "there is no such upload; send the picture, and use its id within a day")
	}
	shown := in.proposal.shown
	shown.Role = string(in.actor.Role)
	shown.Width, shown.Height, shown.Taken = in.upload.width, in.upload.height, in.upload.taken
	in.proposal.Photo = in.upload.number
	if s.Action == Create {
		in.proposal.With = &shown
		return nil
	}
	text, err := json.Marshal(shown)
	in.proposal.Patch = places.Fields{places.PhotoPath(in.upload.number): text}
	return err
}

// publishPhoto accepts a photo, unless its bytes are gone, as after a refusal.
func (r *Road) publishPhoto(ctx context.Context, tx pgx.Tx, a answer, cause places.Cause, d *Decision) error {
	var there bool
	err := tx.QueryRow(ctx, `
		select exists (
			select from photos where id = $1 and gone_at is null and (due_at is null or due_at > $2)
		)`, a.contribution.Proposal.Photo, a.at).Scan(&there)
	if err != nil {
		return err
	}
	if !there {
		return fault.New(fault.Conflict, "the picture was deleted meanwhile; its author can send it again")
	}
	return r.publish(ctx, tx, a, cause, d)
}

// takePhotoOff publishes the place without a photo, whose bytes go at once.
func (r *Road) takePhotoOff(ctx context.Context, tx pgx.Tx, a answer, cause places.Cause, d *Decision) error {
	if err := r.publish(ctx, tx, a, cause, d); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `update photos set due_at = $2 where id = $1 and state = 'hidden'`, a.contribution.Proposal.Photo, a.at)
	return err
}

// photoFollows gives the picture of a contribution the state that follows from its
// verdict. What is refused stays for an appeal, unless it showed what it must not;
// what was taken back goes. What is accepted is settled by places.Publish.
func photoFollows(ctx context.Context, tx pgx.Tx, c Contribution, v Verdict, at time.Time) (err error) {
	switch {
	case c.Proposal.With != nil:
		return attachedFollows(ctx, tx, c, v, at)
	case c.Action != Photo || v.Outcome == Accepted:
	case v.Outcome.Open():
		_, err = tx.Exec(ctx, `
			update photos
			set state = 'pending', due_at = null
			where contribution_id = $1 and state = 'refused' and gone_at is null and due_at > $2`, c.ID, at)
	default:
		_, err = tx.Exec(ctx, `
			update photos
			set state = 'refused', due_at = $2
			where contribution_id = $1 and state = 'pending'`, c.ID, v.photoDue(at))
	}
	return err
}

// photoDue is when the bytes of a photo go that a verdict does not accept.
func (v Verdict) photoDue(at time.Time) time.Time {
	if v.Outcome == Refused && v.Reason != "personal_data" {
		return at.AddDate(0, 0, places.KeptDays)
	}
	return at
}
