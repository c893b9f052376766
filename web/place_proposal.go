package web

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// position reads the two coordinates; ok is false when they are none. A pair
// pasted into the first field, as maps give it, is taken apart.
func (f *placeForm) position() (at orb.Point, ok bool) {
	if lat, lon, pair := strings.Cut(f.Values["lat"], ", "); pair && f.Values["lon"] == "" {
		f.Values["lat"], f.Values["lon"] = strings.TrimSpace(lat), strings.TrimSpace(lon)
	}
	lat, err1 := strconv.ParseFloat(strings.Replace(f.Values["lat"], ",", ".", 1), 64)
	lon, err2 := strconv.ParseFloat(strings.Replace(f.Values["lon"], ",", ".", 1), 64)
	return orb.Point{lon, lat}, err1 == nil && err2 == nil && lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180
}

// addition is the contribution that adds the place of the form.
func (f *placeForm) addition(distinct []places.ID) (moderation.Submission, error) {
	place := make(map[string]any)
	for _, name := range []string{"name", "description"} {
		if texts := f.texts(name, nil); len(texts) > 0 {
			place[name] = texts
		}
	}
	if f.Values["category"] != "" {
		place["category"] = f.Values["category"]
	}
	if at, ok := f.position(); ok {
		place["position"] = at
	}
	if address := f.address(); len(address) > 0 {
		place["address"] = address
	}
	for _, name := range lineFields {
		if f.Values[name] != "" {
			place[name] = f.Values[name]
		}
	}
	if extra := f.extra(nil); len(extra) > 0 {
		place["extra"] = extra
	}
	text, err := json.Marshal(place)
	return moderation.Submission{
		Action: moderation.Create, Place: text, Distinct: distinct, Message: f.Values["message"], Email: f.Values["contact_email"],
	}, err
}

// correction is the contribution that changes what differs from before, and nothing else.
func (f *placeForm) correction(before map[string]string) (moderation.Submission, error) {
	patch := make(map[string]any)
	for _, name := range []string{"name", "description"} {
		if texts := f.texts(name, before); len(texts) > 0 {
			patch[name] = texts
		}
	}
	if f.Values["category"] != before["category"] && f.Values["category"] != "" {
		patch["category"] = f.Values["category"]
	}
	if at, ok := f.position(); ok && (f.Values["lat"] != before["lat"] || f.Values["lon"] != before["lon"]) {
		patch["position"] = at
	}
	for _, part := range addressFields {
		if f.Values["address_"+part] != before["address_"+part] {
			patch["address"] = orNil(f.address())
		}
	}
	for _, name := range lineFields {
		if text := f.Values[name]; text != before[name] {
			patch[name] = text
			if text == "" {
				patch[name] = nil
			}
		}
	}
	if extra := f.extra(before); len(extra) > 0 {
		patch["extra"] = extra
	}
	text, err := json.Marshal(patch)
	return moderation.Submission{
		Action: moderation.Edit, PlaceID: f.ID, BaseRevision: f.Base, Patch: text, Message: f.Values["message"], Email: f.Values["contact_email"],
	}, err
}

// texts are the languages in which a text is not as it was before; nil removes one.
func (f *placeForm) texts(name string, before map[string]string) map[string]any {
	texts := make(map[string]any)
	for _, one := range languageFields {
		text, language := f.Values[name+one.suffix], f.Main.language(name, one.suffix, one.language)
		switch {
		case text == before[name+one.suffix], language == "":
		case text == "":
			texts[language] = nil
		default:
			texts[language] = text
		}
	}
	return texts
}

func (f *placeForm) address() map[string]string {
	address := make(map[string]string)
	for _, part := range addressFields {
		if text := f.Values["address_"+part]; text != "" {
			address[part] = text
		}
	}
	return address
}

func orNil(address map[string]string) any {
	if len(address) == 0 {
		return nil
	}
	return address
}
