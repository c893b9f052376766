package web

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"io"
	"strconv"
	"strings"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// picture is a photo of a place as its page shows it.
type picture struct {
	Src, Sources  string // the middle size, and all of them for srcset
	Full          string // the largest
	Alt           string
	Credit        string
	Licence       string
	LicenceURL    string
	Width, Height int // of Src, in pixels, so that nothing moves when it comes
}

// pictures are the photos of a place, the oldest first.
func (v *view) pictures(p published) (all []picture) {
	for _, one := range p.Photos {
		if len(one.Sizes) == 0 {
			continue
		}
		middle, largest := one.Sizes[len(one.Sizes)/2], one.Sizes[len(one.Sizes)-1]
		shown := picture{
			Src: middle.URL, Full: largest.URL, Alt: one.Alt, Width: middle.Width, Height: middle.Height,
			Credit: v.textOr("role."+one.Credit, one.Credit), Licence: v.licenceName(one.Licence), LicenceURL: licenceURLs[one.Licence],
		}
		if v.Language == "en" && one.AltEn != "" {
			shown.Alt = one.AltEn
		}
		for _, size := range one.Sizes {
			shown.Sources = joinWords(", ", shown.Sources, size.URL+" "+strconv.Itoa(size.Width)+"w")
		}
		all = append(all, shown)
	}
	return all
}

// photoText says in the history which photo came or went: what it shows.
func (v *view) photoText(value json.RawMessage) string {
	var photo places.Photo
	if json.Unmarshal(value, &photo) != nil {
		return ""
	}
	return photo.Alt.In(v.Language)
}

// ownPicture is the photo of a contribution, for its author.
type ownPicture struct {
	Source       template.URL // the picture itself: no address may hold the code of a visitor
	Alt          string
	Waits        bool  // with the place that it came with
	Contribution int64 // its own, where it came with a place that is accepted; 0 for none
}

// ownPictureSize is the smallest size: it stands in the page.
const ownPictureSize = 320

// ownPicture is nil for a contribution without a photo. One that its author may not see
// any more has no source.
func (v *view) ownPicture(ctx context.Context, actor accounts.Actor, c moderation.Contribution) (*ownPicture, error) {
	if c.Action != moderation.Photo && c.Proposal.With == nil || !c.Erased.IsZero() {
		return nil, nil //nolint:nilnil // there is none, and nothing is wrong
	}
	shown := &ownPicture{Alt: v.photoText(c.Proposal.Patch[places.PhotoPath(c.Proposal.Photo)])}
	var err error
	if with := c.Proposal.With; with != nil {
		shown.Alt, shown.Waits = with.Alt.In(v.Language), c.State.Open()
		if shown.Contribution, err = moderation.PhotoProposal(ctx, v.site.Pool, c); err != nil {
			return nil, err
		}
	}
	picture, err := v.site.Road.OwnPhoto(ctx, v.site.Pool, actor, c.ID, ownPictureSize)
	if fault.Is(err, fault.NotFound) {
		return shown, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = picture.Close() }()
	file, err := io.ReadAll(picture)
	shown.Source = template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(file)) //nolint:gosec // base64 of a JPEG that we wrote
	return shown, err
}

// PhotoCode opens to a visitor the contribution of the photo: the secret is that of the
// place that it came with.
func (p *ownPage) PhotoCode() string {
	code := p.Code
	if _, fragment, link := strings.Cut(code, "#"); link {
		code = fragment
	}
	_, secret, _ := strings.Cut(strings.TrimSpace(code), ".")
	return codeOf(p.Photo.Contribution, secret)
}
