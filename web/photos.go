package web

import (
	"encoding/json"
	"strconv"

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
