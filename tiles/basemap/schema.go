package basemap

import (
	"strconv"
	"strings"
)

// Keys are those of which one makes an object be drawn.
var Keys = []string{
	"highway", "railway", "aeroway", "route", "waterway", "natural", "water", "landuse", "leisure", "amenity",
	"man_made", "building", "boundary", "place",
}

// form is which of an object's geometries is drawn.
type form uint8

const (
	point form = iota
	line
	area
	outline // of an area, as lines
)

// look is how an object is shown: in which layer, with which attributes, from
// which zoom on. An object may have several.
type look struct {
	layer string
	form  form
	from  int // first zoom
	kind  string
	more  []attribute
	named bool
	rank  int // what is lower is drawn first, and labelled last
}

// attribute is a member of a feature beside kind and names.
type attribute struct {
	name  string
	value any // string, bool or int
}

// LastZoom is that of the deepest tiles; maps draw on from there by enlarging.
const LastZoom = 15

// Draws tells from its tags whether an object is shown.
func Draws(tags map[string]string) bool { return len(looksOf(tags)) > 0 || isCoast(tags) }

func isCoast(tags map[string]string) bool { return tags["natural"] == "coastline" }

func looksOf(tags map[string]string) (looks []look) {
	for _, of := range []func(map[string]string) (look, bool){road, rail, water, waterway, land, building, boundary, settlement} {
		if one, ok := of(tags); ok {
			looks = append(looks, one)
		}
	}
	return looks
}

// roadClass is what a value of highway is drawn as.
type roadClass struct {
	kind string
	from int
	rank int
}

var roadClasses = map[string]roadClass{
	"motorway": {"highway", 5, 90}, "trunk": {"major_road", 6, 80}, "primary": {"major_road", 7, 70},
	"secondary": {"major_road", 9, 60}, "tertiary": {"major_road", 10, 50},
	"residential": {"minor_road", 12, 40}, "unclassified": {"minor_road", 12, 40}, "road": {"minor_road", 12, 40},
	"living_street": {"minor_road", 12, 40}, "raceway": {"minor_road", 13, 30}, "service": {"minor_road", 13, 30},
	"pedestrian": {"path", 13, 25}, "track": {"path", 13, 20}, "cycleway": {"path", 13, 20}, "path": {"path", 13, 20},
	"bridleway": {"path", 13, 20}, "footway": {"path", 14, 20}, "steps": {"path", 14, 20},
}

func road(tags map[string]string) (look, bool) {
	detail := tags["highway"]
	class, ok := roadClasses[strings.TrimSuffix(detail, "_link")]
	if !ok {
		return look{}, false
	}
	if tags["area"] == "yes" {
		return look{layer: "landuse", form: area, from: 14, kind: "pedestrian"}, detail == "pedestrian" || detail == "footway"
	}
	l := look{layer: "roads", form: line, from: class.from, kind: class.kind, named: true, rank: class.rank}
	l.more = append(l.more, attribute{"kind_detail", strings.TrimSuffix(detail, "_link")})
	if strings.HasSuffix(detail, "_link") {
		l.more, l.from = append(l.more, attribute{"is_link", true}), max(l.from, 11)
	}
	if tags["service"] != "" {
		l.more, l.from = append(l.more, attribute{"service", tags["service"]}), 14
	}
	return l.onLevel(tags), true
}

// onLevel says where a way goes above or below others.
func (l look) onLevel(tags map[string]string) look {
	if yes(tags["bridge"]) {
		l.more, l.rank = append(l.more, attribute{"is_bridge", true}), l.rank+100
	}
	if yes(tags["tunnel"]) || tags["covered"] == "yes" {
		l.more, l.rank = append(l.more, attribute{"is_tunnel", true}), l.rank-100
	}
	if tags["oneway"] == "yes" {
		l.more = append(l.more, attribute{"oneway", "yes"})
	}
	return l
}

func yes(value string) bool { return value != "" && value != "no" }

func rail(tags map[string]string) (look, bool) {
	l := look{layer: "roads", form: line, from: 11, rank: 45}
	switch detail := tags["railway"]; detail {
	case "rail", "light_rail", "subway", "tram", "narrow_gauge", "funicular", "monorail":
		l.kind, l.more = "rail", []attribute{{"kind_detail", detail}}
		if yes(tags["service"]) {
			l.from = 13
		}
		return l.onLevel(tags), true
	}
	switch {
	case tags["route"] == "ferry":
		l.kind, l.from, l.named = "ferry", 9, true
	case tags["man_made"] == "pier":
		l.kind, l.from = "pier", 13
	case tags["aeroway"] == "runway" || tags["aeroway"] == "taxiway":
		l.kind, l.from, l.more = "aeroway", 10, []attribute{{"kind_detail", tags["aeroway"]}}
	default:
		return l, false
	}
	return l, true
}

func water(tags map[string]string) (look, bool) {
	l := look{layer: "water", form: area, from: 4, kind: "water", named: true}
	switch {
	case tags["natural"] == "water":
		switch detail := tags["water"]; detail {
		case "river", "lake", "canal", "basin", "reservoir", "stream":
			l.kind = detail
		}
	case tags["waterway"] == "riverbank" || tags["waterway"] == "dock":
		l.kind = "river"
	case tags["landuse"] == "reservoir" || tags["landuse"] == "basin":
		l.kind = tags["landuse"]
	case tags["leisure"] == "swimming_pool":
		l.kind, l.from, l.named = "swimming_pool", 14, false
	default:
		return l, false
	}
	return l, true
}

func waterway(tags map[string]string) (look, bool) {
	from := map[string]int{"river": 8, "canal": 10, "stream": 13, "drain": 14, "ditch": 14}[tags["waterway"]]
	l := look{layer: "water", form: line, from: from, kind: tags["waterway"], named: true}
	return l.onLevel(tags), from > 0
}

// landKinds are the values by key that are drawn as land use, under the name that
// the schema has for them, and from which zoom.
var landKinds = map[string]map[string]struct {
	kind string
	from int
}{
	"landuse": {
		"forest": {"forest", 7}, "grass": {"grass", 11}, "meadow": {"meadow", 10}, "farmland": {"farmland", 9},
		"vineyard": {"farmland", 10}, "orchard": {"orchard", 10}, "cemetery": {"cemetery", 11}, "allotments": {"allotments", 12},
		"industrial": {"industrial", 10}, "commercial": {"commercial", 11}, "residential": {"residential", 9},
		"railway": {"railway", 12}, "military": {"military", 10}, "recreation_ground": {"recreation_ground", 11},
		"village_green": {"village_green", 12}, "quarry": {"quarry", 11},
	},
	"leisure": {
		"park": {"park", 9}, "garden": {"garden", 13}, "golf_course": {"golf_course", 10}, "nature_reserve": {"nature_reserve", 8},
		"pitch": {"pitch", 13}, "playground": {"playground", 14}, "stadium": {"stadium", 12}, "marina": {"marina", 12},
	},
	"natural": {
		"wood": {"wood", 7}, "scrub": {"scrub", 9}, "heath": {"scrub", 10}, "grassland": {"grassland", 10}, "wetland": {"wetland", 9},
		"beach": {"beach", 10}, "sand": {"sand", 10}, "bare_rock": {"bare_rock", 9}, "scree": {"bare_rock", 9}, "glacier": {"glacier", 6},
	},
	"amenity": {
		"hospital": {"hospital", 12}, "school": {"school", 13}, "university": {"university", 12}, "college": {"college", 12},
		"kindergarten": {"kindergarten", 14}, "parking": {"parking", 14},
	},
	"aeroway":  {"aerodrome": {"aerodrome", 9}, "apron": {"apron", 12}},
	"man_made": {"pier": {"pier", 12}, "bridge": {"bridge", 14}, "breakwater": {"pier", 12}},
}

func land(tags map[string]string) (look, bool) {
	for _, key := range []string{"aeroway", "amenity", "leisure", "landuse", "natural", "man_made"} {
		if found, ok := landKinds[key][tags[key]]; ok {
			return look{layer: "landuse", form: area, from: found.from, kind: found.kind}, true
		}
	}
	return look{}, false
}

func building(tags map[string]string) (look, bool) {
	l := look{layer: "buildings", form: area, from: 13, kind: "building"}
	if height, err := strconv.ParseFloat(strings.TrimSuffix(tags["height"], " m"), 64); err == nil && height > 0 && height < 1000 {
		l.more = []attribute{{"height", int(height)}}
	}
	return l, yes(tags["building"])
}

func boundary(tags map[string]string) (look, bool) {
	if tags["boundary"] != "administrative" {
		return look{}, false
	}
	levels := map[string]look{"2": {kind: "country", from: 4}, "4": {kind: "region", from: 6}, "6": {kind: "county", from: 8}, "8": {kind: "locality", from: 11}}
	l, ok := levels[tags["admin_level"]]
	level, _ := strconv.Atoi(tags["admin_level"]) // one of the four
	l.layer, l.form, l.more = "boundaries", outline, []attribute{{"kind_detail", level}}
	return l, ok
}

func settlement(tags map[string]string) (look, bool) {
	levels := map[string]look{
		"city": {kind: "locality", from: 4, rank: 60}, "town": {kind: "locality", from: 8, rank: 50},
		"village": {kind: "locality", from: 11, rank: 40}, "hamlet": {kind: "locality", from: 13, rank: 20},
		"suburb": {kind: "neighbourhood", from: 12, rank: 35}, "quarter": {kind: "neighbourhood", from: 13, rank: 30},
		"neighbourhood": {kind: "neighbourhood", from: 14, rank: 25}, "island": {kind: "island", from: 12, rank: 25},
	}
	l, ok := levels[tags["place"]]
	if !ok || tags["name"] == "" {
		return l, false
	}
	l.layer, l.form, l.named, l.more = "places", point, true, []attribute{{"kind_detail", tags["place"]}, {"min_zoom", l.from}}
	if population, err := strconv.Atoi(tags["population"]); err == nil && population > 0 {
		l.more, l.rank = append(l.more, attribute{"population", population}), l.rank+min(population/100_000, 30)
	}
	return l, true
}

// nameTags are the names that tiles carry.
var nameTags = []string{"name", "name:fr", "name:en"}

// attributes are all that a feature says, in the order in which tiles number keys.
func (l look) attributes(tags map[string]string) []attribute {
	all := append([]attribute{{"kind", l.kind}}, l.more...)
	for _, name := range nameTags {
		if l.named && tags[name] != "" && len(tags[name]) < 200 {
			all = append(all, attribute{name, tags[name]})
		}
	}
	return all
}
