package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"cartoquartiers/geo"
	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
)

// question is what a list is asked: the filter that everybody shares, and what
// only people add. Parameters it does not know are left alone: the links that
// people pass on carry all sorts.
type question struct {
	places.Filter
	Text  string     // words to search, empty for none
	Near  *orb.Point // longitude, latitude; results then come from the nearest on
	After string     // where the page before ended
}

// openNow is the value of the parameter open that asks for what is surely open now.
const openNow = "now"

// longestText is how many characters of a search are read.
const longestText = 200

// readQuestion reads query parameters. Faults are Invalid and name the parameter.
func (s *site) readQuestion(query url.Values) (question, error) {
	q := question{
		Filter: places.Filter{
			Categories:     listOf[string](query, "category"),
			Groups:         listOf[string](query, "group"),
			Kinds:          listOf[places.Kind](query, "kind"),
			Neighbourhoods: listOf[string](query, "neighbourhood"),
			Wheelchairs:    listOf[places.Wheelchair](query, "wheelchair"),
			States:         listOf[places.State](query, "state"),
		},
		Text:  strings.Join(strings.Fields(query.Get("q")), " "),
		After: query.Get("after"),
	}
	if utf8.RuneCountInString(q.Text) > longestText || !utf8.ValidString(q.Text) || strings.ContainsRune(q.Text, 0) {
		return q, fault.InvalidField("q", "at most %d characters of text", longestText)
	}
	if query.Get("open") == openNow {
		q.OpenAt = s.Clock().Truncate(time.Minute).In(s.zone)
	}
	if err := q.readPlace(query); err != nil {
		return q, err
	}
	return q, q.Validate(s.Taxonomy)
}

// listOf reads a parameter that is repeated by forms and joined by commas in links.
func listOf[T ~string](query url.Values, name string) []T {
	var values []T
	for _, part := range strings.Split(strings.Join(query[name], ","), ",") {
		if value := T(strings.TrimSpace(part)); value != "" && !slices.Contains(values, value) {
			values = append(values, value)
		}
	}
	return values
}

func (q *question) readPlace(query url.Values) error {
	if text := query.Get("bbox"); text != "" {
		box, err := geo.ParseBBox(text)
		if err != nil {
			return fault.InvalidField("bbox", "%v", err)
		}
		q.BBox = &box
	}
	if text := query.Get("near"); text != "" {
		point, ok := parsePoint(text)
		if !ok {
			return fault.InvalidField("near", "must be longitude,latitude in degrees")
		}
		q.Near = &point
	}
	return nil
}

func parsePoint(text string) (orb.Point, bool) {
	first, second, found := strings.Cut(text, ",")
	lon, err1 := strconv.ParseFloat(strings.TrimSpace(first), 64)
	lat, err2 := strconv.ParseFloat(strings.TrimSpace(second), 64)
	// Written so that NaN is refused too.
	if !found || err1 != nil || err2 != nil || !(lon >= -180 && lon <= 180 && lat >= -90 && lat <= 90) {
		return orb.Point{}, false
	}
	return orb.Point{lon, lat}, true
}

// narrowed reports whether anything but the place on the map restricts the question.
func (q question) narrowed() bool {
	return q.Text != "" || len(q.Categories)+len(q.Groups)+len(q.Kinds)+len(q.Neighbourhoods)+len(q.Wheelchairs)+len(q.States) > 0 || !q.OpenAt.IsZero()
}
