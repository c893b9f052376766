package api

import (
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/paulmach/orb"

	"cartoquartiers/geo"
	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
	"cartoquartiers/places/hours"
)

// parameter is one declared part of a query or a path.
type parameter struct {
	name   string
	about  string
	schema *huma.Schema
	sample any // an example value
}

// Limits of a page of items. A larger limit gets the largest page
// (OGC API – Features 17-069r4, 7.15.2 /req/core/fc-limit-response-1).
const (
	defaultLimit = 100
	maximumLimit = 10_000
)

// listParameters take several values: by comma, or by being repeated.
var listParameters = []string{"category", "group", "kind", "neighbourhood", "wheelchair", "state", "source", "action"}

var filterParameters = []parameter{
	{"bbox", "Box `west,south,east,north` in degrees; west greater than east crosses the antimeridian.", text(), "-1.7,47.1,-1.4,47.3"},
	{"datetime", "Instant or interval (`..` for open) of the last change, RFC 3339: `2024-01-01T00:00:00Z/..`. A date is its whole day, UTC.", text(), "2020-01-01T00:00:00Z/.."},
	{"category", "Category ids, several by comma.", text(), "compost,recycling"},
	{"group", "Group ids, several by comma.", text(), "nature"},
	{"kind", "`service` or `initiative`.", text(), "initiative"},
	{"neighbourhood", "Neighbourhood codes, several by comma.", text(), "centre"},
	{"wheelchair", "`yes`, `limited`, `no`, `designated`, several by comma.", text(), "yes,designated"},
	{"state", "`open`, `closed_temporarily`, `closed`; without it what stands today: open and closed_temporarily.", text(), "open"},
	{"source", "Source ids: who placed it on the map.", text(), "osm"},
}

// openParameter asks for a moment, so that only what memory answers takes it.
var openParameter = parameter{"open", "`now`: what is surely open at this minute, by its opening hours; places whose hours nobody told, or that leave a doubt, are left out.", oneOf("now"), nil}

// Headers of requests that change something.
var (
	keyHeader   = parameter{"Idempotency-Key", "A UUID of the caller: the same request again gives the first answer, for 30 days.", formatted("uuid"), "0b6f1c1e-8f6e-4f0e-9f57-0a9d1f7d1b11"}
	matchHeader = parameter{"If-Match", "The version that was read, by its ETag.", text(), `"3"`}
	lastHeader  = parameter{"Last-Event-ID", "The id of the last event that the reader has.", number(), nil}
)

func text() *huma.Schema { return &huma.Schema{Type: "string"} }

func whole(low, high, standard float64) *huma.Schema {
	return &huma.Schema{Type: "integer", Minimum: &low, Maximum: &high, Default: standard}
}

func oneOf(values ...any) *huma.Schema { return &huma.Schema{Type: "string", Enum: values} }

// list reads a parameter with several values; empty parts are left out.
func (r *request) list(name string) []string {
	var values []string
	for _, given := range r.values[name] {
		for part := range strings.SplitSeq(given, ",") {
			if part = strings.TrimSpace(part); part != "" {
				values = append(values, part)
			}
		}
	}
	return values
}

func typed[T ~string](values []string) []T {
	if values == nil {
		return nil
	}
	converted := make([]T, len(values))
	for i, value := range values {
		converted[i] = T(value)
	}
	return converted
}

// filter reads filterParameters. The fault names the wrong one.
func (r *request) filter(taxonomy *places.Taxonomy) (places.Filter, error) {
	filter := places.Filter{
		Categories: r.list("category"), Groups: r.list("group"), Kinds: typed[places.Kind](r.list("kind")),
		Neighbourhoods: r.list("neighbourhood"), Wheelchairs: typed[places.Wheelchair](r.list("wheelchair")),
		Sources: r.list("source"), States: typed[places.State](r.list("state")),
	}
	var err error
	if filter.BBox, err = readBBox(r.values.Get("bbox")); err != nil {
		return filter, err
	}
	if filter.UpdatedFrom, filter.UpdatedUntil, err = readDatetime(r.values.Get("datetime")); err != nil {
		return filter, err
	}
	return filter, filter.Validate(taxonomy)
}

func readBBox(given string) (*geo.BBox, error) {
	if given == "" {
		return nil, nil //nolint:nilnil // no box is no restriction
	}
	box, err := geo.ParseBBox(given)
	if err != nil {
		return nil, wrapField("bbox", err, "must be west,south,east,north in degrees, south not above north")
	}
	return &box, nil
}

func wrapField(name string, cause error, format string, args ...any) error {
	f := fault.InvalidField(name, format, args...)
	f.Err = cause
	return f
}

// readDatetime reads an instant or an interval (17-069r4, 7.15.4
// /req/core/fc-time-definition); both ends are included, a zero time is open.
// Instants are kept to the second, so a day is until its last one.
func readDatetime(given string) (from, until time.Time, err error) {
	if given == "" {
		return from, until, nil
	}
	start, end, isInterval := strings.Cut(given, "/")
	if !isInterval {
		end = start
	}
	open := func(text string) bool { return isInterval && (text == "" || text == "..") }
	if !open(start) {
		if from, err = readInstant(start, false); err != nil {
			return from, until, err
		}
	}
	if !open(end) {
		until, err = readInstant(end, true)
	}
	return from, until, err
}

// readInstant reads one end of an interval; a bare date is its first or its last second.
func readInstant(text string, last bool) (time.Time, error) {
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		if last {
			day = day.Add(24*time.Hour - time.Second)
		}
		return day, nil
	}
	instant, err := time.Parse(time.RFC3339, strings.ToUpper(text))
	if err != nil {
		return instant, wrapField("datetime", err, "%q is neither an RFC 3339 instant, nor an interval of two", text)
	}
	return instant.UTC(), nil
}

// limit reads the size of a page. Zero or less is refused, too much is cut to the maximum.
func (r *request) limit(standard, maximum int) (int, error) {
	given := r.values.Get("limit")
	if given == "" {
		return standard, nil
	}
	limit, err := strconv.Atoi(given)
	if err != nil || limit < 1 {
		return 0, wrapField("limit", err, "%q is not a whole number from 1", given)
	}
	return min(limit, maximum), nil
}

// near reads a position "longitude,latitude"; nil without one.
func (r *request) near() (*orb.Point, error) {
	given := r.values.Get("near")
	if given == "" {
		return nil, nil //nolint:nilnil // no position is nowhere in particular
	}
	lon, lat, _ := strings.Cut(given, ",")
	x, errX := strconv.ParseFloat(strings.TrimSpace(lon), 64)
	y, errY := strconv.ParseFloat(strings.TrimSpace(lat), 64)
	if errX != nil || errY != nil || !(x >= -180 && x <= 180 && y >= -90 && y <= 90) {
		return nil, fault.InvalidField("near", "%q is not a longitude and a latitude in degrees", given)
	}
	return &orb.Point{x, y}, nil
}

// openFilter is filter with openParameter: OpenAt is the minute that has begun.
func (s *server) openFilter(r *request) (places.Filter, error) {
	filter, err := r.filter(s.Taxonomy)
	if err != nil {
		return filter, err
	}
	switch given := r.values.Get("open"); given {
	case "":
	case "now":
		filter.OpenAt = s.Clock().Truncate(time.Minute).In(hours.Zone())
	default:
		return filter, fault.InvalidField("open", "%q is not now", given)
	}
	return filter, nil
}
