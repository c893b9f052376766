package demo

import (
	"math"
	"slices"

	"github.com/paulmach/orb"

	"cartoquartiers/importers"
)

const (
	townName = "Port-Ambrelle"
	postcode = "85995" // given to nobody
)

// origin is the old bridge, in EPSG:4326: open sea, where no real place can get in the way.
var origin = orb.Point{-2.85, 46.75}

// Metres in a degree of latitude, and of longitude at the town's latitude; exact
// enough over two kilometres.
const metresPerDegree = 111_320

// metres turns a position in metres east and north of the bridge into longitude
// and latitude with seven decimals.
func metres(x, y float64) orb.Point {
	east := metresPerDegree * math.Cos(origin[1]*math.Pi/180)
	return orb.Point{round7(origin[0] + x/east), round7(origin[1] + y/metresPerDegree)}
}

func round7(degrees float64) float64 { return math.Round(degrees*1e7) / 1e7 }

// quarter is one neighbourhood; its ground and streets are in metres from the bridge.
type quarter struct {
	ref     string
	name    string
	english string
	ground  orb.Ring
	streets []street
}

type street struct {
	name string
	line orb.LineString
}

// The river runs from the hills to the harbour and parts the town; neighbourhoods
// share its middle, and two roads, as their borders.
var (
	quays     = []orb.Point{{-1300, -120}, {-1000, -75}, {-700, -60}, {-460, 5}, {-250, 40}, {0, 45}, {200, 20}}
	upstream  = []orb.Point{{200, 20}, {430, 75}, {650, 160}, {960, 255}, {1300, 420}}
	northRoad = []orb.Point{{200, 20}, {260, 500}, {320, 1050}}
	southRoad = []orb.Point{{200, 20}, {160, -450}, {120, -1000}}
)

var quarters = []quarter{
	{
		ref: "vieux-port", name: "Vieux-Port", english: "Old Harbour",
		ground: ring(quays, northRoad, []orb.Point{{-120, 1080}, {-500, 1000}, {-860, 880}, {-1150, 650}, {-1290, 260}}),
		streets: []street{
			{"Quai Lescot", orb.LineString{{-1150, -20}, {-700, 15}, {-260, 110}, {150, 95}}},
			{"Rue de la Criée", orb.LineString{{-900, 120}, {-850, 520}}},
			{"Rue du Phare", orb.LineString{{-600, 80}, {-540, 620}}},
			{"Grande Rue", orb.LineString{{-950, 300}, {180, 330}}},
			{"Rue des Conserveries", orb.LineString{{-350, 160}, {-300, 800}}},
			{"Rue de l'Amiral", orb.LineString{{-1000, 520}, {220, 600}}},
			{"Rue des Voiliers", orb.LineString{{0, 140}, {60, 850}}},
			{"Rue Saint-Clément", orb.LineString{{-700, 760}, {200, 800}}},
		},
	},
	{
		ref: "bellevue", name: "Bellevue", english: "Bellevue",
		ground: ring(upstream, []orb.Point{{1350, 700}, {1250, 950}, {800, 1150}, {560, 1120}}, reversed(northRoad)),
		streets: []street{
			{"Avenue de Bellevue", orb.LineString{{300, 200}, {750, 520}, {1180, 850}}},
			{"Rue des Genêts", orb.LineString{{360, 420}, {420, 980}}},
			{"Boulevard de l'Hôpital", orb.LineString{{420, 700}, {1200, 720}}},
			{"Rue Marie-Curie", orb.LineString{{620, 300}, {600, 1020}}},
			{"Rue des Tours", orb.LineString{{900, 380}, {860, 1040}}},
			{"Rue du Kiosque", orb.LineString{{480, 180}, {1150, 460}}},
			{"Allée des Embruns", orb.LineString{{1050, 450}, {1060, 900}}},
		},
	},
	{
		ref: "tanneries", name: "Les Tanneries", english: "The Tanneries",
		ground: ring(reversed(quays), []orb.Point{{-1290, -420}, {-1200, -700}, {-900, -900}, {-600, -1050}, {-250, -1060}}, reversed(southRoad)),
		streets: []street{
			{"Quai des Tanneurs", orb.LineString{{-1150, -180}, {-700, -140}, {-260, -45}, {150, -60}}},
			{"Rue des Cuves", orb.LineString{{-900, -220}, {-860, -760}}},
			{"Rue du Bief", orb.LineString{{-1100, -420}, {80, -380}}},
			{"Rue de la Corroierie", orb.LineString{{-560, -200}, {-520, -950}}},
			{"Rue du Foulon", orb.LineString{{-1000, -640}, {100, -620}}},
			{"Passage des Écorces", orb.LineString{{-250, -130}, {-220, -900}}},
			{"Rue de la Halle", orb.LineString{{-30, -120}, {0, -900}}},
		},
	},
	{
		ref: "marais", name: "Les Marais", english: "The Marshes",
		ground: ring(southRoad, []orb.Point{{420, -1010}, {700, -950}, {1020, -720}, {1250, -500}, {1340, -80}}, reversed(upstream)),
		streets: []street{
			{"Chemin de halage", orb.LineString{{260, -20}, {650, 90}, {1230, 310}}},
			{"Rue des Saules", orb.LineString{{240, -250}, {1150, -150}}},
			{"Rue du Vieux-Moulin", orb.LineString{{500, -30}, {480, -880}}},
			{"Route du Gué", orb.LineString{{200, -550}, {1100, -480}}},
			{"Impasse des Roseaux", orb.LineString{{800, 50}, {820, -420}}},
			{"Chemin du Belvédère", orb.LineString{{1050, 120}, {1000, -600}}},
			{"Rue des Loutres", orb.LineString{{220, -780}, {720, -800}}},
		},
	},
}

// ring joins borders, each of which begins where the one before ends or further
// on, into one closed ring.
func ring(borders ...[]orb.Point) orb.Ring {
	var joined orb.Ring
	for _, border := range borders {
		joined = append(joined, border...)
	}
	return slices.Compact(append(joined, joined[0]))
}

func reversed(border []orb.Point) []orb.Point {
	back := orb.LineString(border).Clone()
	back.Reverse()
	return back
}

// neighbourhoodLevel is the OSM admin_level of a quartier.
const neighbourhoodLevel = 10

func (q quarter) boundary() importers.Boundary {
	return importers.Boundary{
		Ref: q.ref, Name: q.name, Names: map[string]string{"fr": q.name, "en": q.english},
		Level: neighbourhoodLevel, Area: orb.MultiPolygon{{onGlobe(q.ground)}},
	}
}

// onGlobe is a ring in degrees, counter-clockwise as RFC 7946 wants outer rings.
func onGlobe(ground orb.Ring) orb.Ring {
	globe := make(orb.Ring, len(ground))
	for i, p := range ground {
		globe[i] = metres(p[0], p[1])
	}
	if globe.Orientation() == orb.CW {
		globe.Reverse()
	}
	return globe
}
