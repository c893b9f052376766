package places

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/photos"
)

// Photo is a picture of a place, as its documents tell it: under its number in
// the table photos, so that two people who add one do not collide.
type Photo struct {
	File    string `json:"file"`            // its name in the store and in its address; Publish sees to it
	Alt     Text   `json:"alt"`             // what it shows, for those who do not see it
	Licence string `json:"licence"`         // one of PhotoLicences
	Role    string `json:"role,omitempty"`  // of who sent it, never who
	Taken   string `json:"taken,omitempty"` // the day, YYYY-MM-DD
	Width   int    `json:"width"`           // of the largest size, in pixels
	Height  int    `json:"height"`
}

// PhotoLicences are those under which a photo can be given, as SPDX identifiers.
var PhotoLicences = []string{LicenceBYSA, LicenceZero, LicenceOuverte}

// KeptDays is how long the bytes of a photo stay after it was refused, or after a
// revision took it off its place: an appeal, or going back, can still show it.
const KeptDays = 14

// ShownPhoto is a photo as the feature of its place tells it.
type ShownPhoto struct {
	ID      int64       `json:"id"`
	Alt     string      `json:"alt"`
	AltEn   string      `json:"alt_en,omitempty"`
	Licence string      `json:"licence"`
	Credit  string      `json:"credit,omitempty"` // the role
	Taken   string      `json:"taken,omitempty"`
	Sizes   []PhotoSize `json:"sizes"` // the smallest first
}

// PhotoSize is one size of a photo, in pixels. URL is relative to this server.
type PhotoSize struct {
	URL    string `json:"url"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
}

// IsPhoto tells the field paths (Fields) that are photos.
func IsPhoto(path string) bool { return strings.HasPrefix(path, photoPrefix) }

// PhotoPath is the field path of a photo.
func PhotoPath(number int64) string { return photoPrefix + strconv.FormatInt(number, 10) }

const photoPrefix = "photos."

// PhotoURL is where a size of a picture is served, without scheme and host.
func PhotoURL(file string, size int) string {
	return "/photos/" + file + "-" + strconv.Itoa(size) + ".jpg"
}

// shownPhotos are the photos of a document, in the order in which they came.
func shownPhotos(all map[string]Photo) (shown []ShownPhoto) {
	for key, one := range all {
		number, _ := strconv.ParseInt(key, 10, 64) // the keys are numbers of rows
		photo := ShownPhoto{
			ID: number, Alt: one.Alt.Plain(), AltEn: otherName(one.Alt, "en"),
			Licence: one.Licence, Credit: one.Role, Taken: one.Taken,
		}
		for _, size := range photos.Sizes {
			width, height := photos.Fit(one.Width, one.Height, size)
			photo.Sizes = append(photo.Sizes, PhotoSize{PhotoURL(one.File, size), width, height})
		}
		shown = append(shown, photo)
	}
	slices.SortFunc(shown, func(a, b ShownPhoto) int { return int(a.ID - b.ID) })
	return shown
}

func (w *members) shownPhotos(name string, all []ShownPhoto) {
	if len(all) == 0 {
		return
	}
	w.name(name)
	text, err := marshal(all) // few places have any
	w.to = append(w.to, text...)
	if err != nil {
		w.err = err
	}
}

// settlePhotos makes the table agree with what is being published: drafts get the
// names that the files of their photos have today, and lose photos whose bytes are
// gone or have to go; the photos that they hold are published, those that their
// places held so far are hidden. The places are locked.
func settlePhotos(ctx context.Context, tx pgx.Tx, drafts []Draft, ids []ID, at time.Time) error {
	var all []int64 // that the drafts hold
	for _, draft := range drafts {
		all = append(all, numbersOf(draft.Document.Photos)...)
	}
	files, err := filesOf(ctx, tx, all, at)
	if err != nil {
		return fmt.Errorf("settle photos: %w", err)
	}
	for i := range drafts {
		if len(drafts[i].Document.Photos) == 0 {
			continue
		}
		settleDraft(&drafts[i], files)
		_, err := tx.Exec(ctx, `update photos set state = 'published', place_id = $2, due_at = null where id = any($1)`,
			numbersOf(drafts[i].Document.Photos), ids[i])
		if err != nil {
			return fmt.Errorf("publish photos of place %d: %w", ids[i], err)
		}
	}
	if !slices.ContainsFunc(drafts, func(d Draft) bool { return d.Place != 0 }) {
		return nil // new places had none
	}
	_, err = tx.Exec(ctx, `
		update photos
		set state = 'hidden', due_at = $3
		where place_id = any($1) and state = 'published' and id <> all($2)`,
		ids, slices.AppendSeq([]int64{}, maps.Keys(files)), at.AddDate(0, 0, KeptDays)) // never nil, which is NULL
	if err != nil {
		return fmt.Errorf("hide photos: %w", err)
	}
	return nil
}

func numbersOf(all map[string]Photo) (numbers []int64) {
	for key := range all {
		number, _ := strconv.ParseInt(key, 10, 64) // the keys are numbers of rows
		numbers = append(numbers, number)
	}
	return numbers
}

// filesOf are the names of the files of those photos that can be shown, by number.
func filesOf(ctx context.Context, tx pgx.Tx, numbers []int64, at time.Time) (map[int64]string, error) {
	files := make(map[int64]string)
	if len(numbers) == 0 {
		return files, nil
	}
	rows, err := tx.Query(ctx, `
		select id, file
		from photos
		where id = any($1)
			and state in ('pending', 'published', 'hidden', 'refused')
			and gone_at is null
			and (due_at is null or due_at > $2)
		order by id
		for update`, numbers, at)
	if err != nil {
		return nil, err
	}
	var number int64
	var file string
	_, err = pgx.ForEachRow(rows, []any{&number, &file}, func() error {
		files[number] = file
		return nil
	})
	return files, err
}

// settleDraft changes copies: the maps may be those of a revision that was read.
func settleDraft(draft *Draft, files map[int64]string) {
	settled := maps.Clone(draft.Document.Photos)
	for key, photo := range settled {
		number, _ := strconv.ParseInt(key, 10, 64) // the keys are numbers of rows
		if photo.File = files[number]; photo.File != "" {
			settled[key] = photo
			continue
		}
		delete(settled, key)
		draft.Provenance = maps.Clone(draft.Provenance)
		delete(draft.Provenance, photoPrefix+key)
	}
	draft.Document.Photos = settled
}
