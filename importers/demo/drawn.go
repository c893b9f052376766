package demo

import (
	"math"
	"slices"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// Drawn is something under the places, as OpenStreetMap would say it: one of the
// geometries is there. Longitude, latitude.
type Drawn struct {
	Tags  map[string]string
	Point orb.Point
	Line  orb.LineString
	Areas orb.MultiPolygon
}

// The land around the town, in metres from the bridge. Land is to the left of the coast.
var (
	coast = orb.LineString{
		{-1390, 40}, {-1405, -150}, {-1345, -480}, {-1250, -770}, {-1010, -940}, {-930, -990}, {-610, -1130}, {-240, -1150},
		{60, -1110}, {310, -1160}, {640, -1120}, {900, -1030}, {1110, -900}, {1270, -800}, {1420, -600}, {1490, -470}, {1560, -280},
		{1660, -120}, {1700, 150}, {1760, 320}, {1720, 560}, {1640, 760}, {1490, 1060}, {1290, 1220}, {1060, 1330}, {800, 1310},
		{540, 1290}, {300, 1210}, {-60, 1230}, {-300, 1150}, {-560, 1110}, {-780, 1050}, {-960, 960}, {-1130, 800}, {-1270, 690},
		{-1360, 480}, {-1400, 260}, {-1390, 40},
	}
	greens = []struct {
		key, value, name string
		ground           orb.Ring
	}{
		{"natural", "wood", "Bois des Corneilles", orb.Ring{{1290, 990}, {1380, 680}, {1620, 420}, {1660, 600}, {1560, 860}, {1400, 1080}, {1250, 1190}, {1080, 1260}, {900, 1240}, {960, 1160}, {1290, 990}}},
		{"natural", "wetland", "", orb.Ring{{1090, -90}, {1320, -60}, {1480, -250}, {1400, -520}, {1230, -620}, {1090, -520}, {1060, -300}, {1090, -90}}},
		{"natural", "beach", "Plage du Couchant", orb.Ring{{-1345, -480}, {-1250, -770}, {-1010, -940}, {-980, -915}, {-1215, -730}, {-1305, -470}, {-1345, -480}}},
		{"leisure", "park", "Jardin de la Lizeuse", orb.Ring{{300, -50}, {470, -5}, {470, -105}, {320, -140}, {300, -50}}},
		{"leisure", "park", "Parc du Kiosque", orb.Ring{{660, 310}, {840, 385}, {825, 490}, {770, 500}, {650, 410}, {660, 310}}},
		{"leisure", "park", "Square de l'Amiral", orb.Ring{{-260, 360}, {-120, 365}, {-125, 470}, {-270, 460}, {-260, 360}}},
		{"leisure", "park", "Jardin des Cuves", orb.Ring{{-500, -410}, {-340, -405}, {-345, -520}, {-495, -530}, {-500, -410}}},
		{"landuse", "meadow", "", orb.Ring{{420, 1180}, {560, 1150}, {800, 1180}, {780, 1270}, {560, 1260}, {420, 1180}}},
		{"landuse", "meadow", "", orb.Ring{{1320, 240}, {1400, 420}, {1660, 360}, {1690, 160}, {1600, 40}, {1400, 60}, {1320, 240}}},
	}
)

// BaseMap is the ground of the town: coast, river, streets, houses, parks.
func BaseMap() []Drawn {
	river := theRiver()
	all := []Drawn{
		along(coast, "natural", "coastline"),
		within(banks(river), "natural", "water", "water", "river", "name", "La Lizeuse"),
		along(river, "waterway", "river", "name", "La Lizeuse"),
		{Tags: map[string]string{"place": "town", "name": townName, "population": "18400"}, Point: metres(-80, 200)},
	}
	for _, green := range greens {
		all = append(all, within(green.ground, green.key, green.value, "name", green.name))
	}
	streets := townStreets()
	for _, s := range streets {
		all = append(all, along(s.line, append([]string{"name", s.name}, wayTags(s)...)...))
	}
	return append(all, houses(streets)...)
}

// theRiver runs from the sea to the hills.
func theRiver() orb.LineString {
	river := append(append(orb.LineString{{-1450, -150}}, quays...), upstream[1:]...)
	return append(river, orb.Point{1420, 520}, orb.Point{1500, 700})
}

func along(line orb.LineString, tags ...string) Drawn {
	d := Drawn{Tags: pairs(tags)}
	for _, p := range line {
		d.Line = append(d.Line, metres(p[0], p[1]))
	}
	return d
}

func within(ground orb.Ring, tags ...string) Drawn {
	return Drawn{Tags: pairs(tags), Areas: orb.MultiPolygon{{onGlobe(ground)}}}
}

func pairs(tags []string) map[string]string {
	all := make(map[string]string)
	for i := 0; i < len(tags); i += 2 {
		if tags[i+1] != "" {
			all[tags[i]] = tags[i+1]
		}
	}
	return all
}

// banks are the sides of the river: wide in the harbour, narrow in the hills.
func banks(river orb.LineString) orb.Ring {
	var left, right []orb.Point
	for i, p := range river {
		before, after := river[max(i-1, 0)], river[min(i+1, len(river)-1)]
		length := planar.Distance(before, after)
		across := orb.Point{-(after[1] - before[1]) / length, (after[0] - before[0]) / length}
		half := math.Max(18, 26-p[0]*0.016)
		left = append(left, orb.Point{p[0] + half*across[0], p[1] + half*across[1]})
		right = append(right, orb.Point{p[0] - half*across[0], p[1] - half*across[1]})
	}
	return ring(left, reversed(right))
}

// townStreets are those of all quarters, the two roads between them, and the
// bridge where these meet.
func townStreets() []street {
	var all []street
	for _, q := range quarters {
		all = append(all, q.streets...)
	}
	all = append(all,
		street{"Avenue du Large", append(orb.LineString{{206, 75}}, northRoad[1:]...)},
		street{"Avenue du Midi", append(orb.LineString{{192, -35}}, southRoad[1:]...)},
		street{"Pont Vieux", orb.LineString{{206, 75}, {200, 20}, {192, -35}}},
	)
	return meeting(all)
}

// meeting leads the ends of streets on to the next street, where one is near.
func meeting(streets []street) []street {
	const near = 160 // metres
	longer := slices.Clone(streets)
	for i, s := range streets {
		line := s.line.Clone()
		if next, ok := nearest(line[0], streets, i); ok && planar.Distance(line[0], next) < near {
			line = append(orb.LineString{next}, line...)
		}
		last := line[len(line)-1]
		if next, ok := nearest(last, streets, i); ok && planar.Distance(last, next) < near {
			line = append(line, next)
		}
		longer[i].line = line
	}
	return longer
}

// nearest is the point of any other street that is nearest to an end; false for
// those across the river.
func nearest(end orb.Point, streets []street, own int) (best orb.Point, ok bool) {
	least := math.Inf(1)
	for i, s := range streets {
		for j := 1; i != own && j < len(s.line); j++ {
			a, b := s.line[j-1], s.line[j]
			dx, dy := b[0]-a[0], b[1]-a[1]
			t := min(max(((end[0]-a[0])*dx+(end[1]-a[1])*dy)/(dx*dx+dy*dy), 0), 1)
			on := orb.Point{a[0] + t*dx, a[1] + t*dy}
			if d := planar.Distance(end, on); d < least {
				best, least = on, d
			}
		}
	}
	middle := orb.Point{(end[0] + best[0]) / 2, (end[1] + best[1]) / 2}
	return best, !planar.RingContains(banks(theRiver()), middle)
}

// wayTags tells from its name what a street is.
func wayTags(s street) []string {
	kind, _, _ := strings.Cut(s.name, " ")
	switch kind {
	case "Avenue", "Boulevard":
		return []string{"highway", "secondary"}
	case "Pont":
		return []string{"highway", "secondary", "bridge", "yes"}
	case "Quai", "Route", "Grande":
		return []string{"highway", "tertiary"}
	case "Passage", "Chemin", "Allée":
		return []string{"highway", "footway"}
	}
	return []string{"highway", "residential"}
}

// houses stand on the plots of every street that no other street, no park and no
// water takes.
func houses(streets []street) (all []Drawn) {
	const width, depth = 19.0, 13.0
	river := theRiver()
	for _, s := range streets {
		for _, p := range s.plots() {
			wide, deep := width+float64(p.number*7%5), depth+float64(p.number*11%7)
			house := p.building(wide, deep)
			if clear(house, s, streets) && planar.DistanceFrom(river, house.Bound().Center()) > 60 {
				all = append(all, within(house, "building", "yes"))
			}
		}
	}
	return all
}

// clear tells that a house is on dry land, in no park and on no other street.
func clear(house orb.Ring, own street, streets []street) bool {
	middle := house.Bound().Center()
	if !planar.RingContains(orb.Ring(coast), middle) {
		return false
	}
	for _, green := range greens {
		if planar.RingContains(green.ground, middle) {
			return false
		}
	}
	const room = 15 // metres from the middle of a house to that of a street
	for _, s := range streets {
		if s.name != own.name && planar.DistanceFrom(s.line, middle) < room {
			return false
		}
	}
	return true
}
