package synth

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"cartoquartiers/places"
)

// place is a document with what the published row says besides.
type place struct {
	document      places.Document
	group         string
	neighbourhood string
	at            time.Time
	key           uint64
}

var provenance = places.Provenances{"position": {Source: "osm", Licence: places.LicenceODbL}}

// town is where places are likely, and what they are likely to be.
type town struct {
	quarters   []quarter
	categories []places.Category
}

// quarter is a dense spot; places lie around it, thinning out.
type quarter struct {
	code   string
	centre orb.Point
	spread float64 // degrees
	weight float64
}

// The centre of Nantes, and how many quarters and categories a town has here.
var nantes = orb.Point{-1.5536, 47.2184}

const (
	quarterCount  = 48
	categoryCount = 40
)

func newTown(random *rand.Rand) *town {
	t := &town{categories: places.ShippedTaxonomy().Categories[:categoryCount]}
	for i := range quarterCount {
		distance := math.Abs(random.NormFloat64()) * 0.13
		angle := random.Float64() * 2 * math.Pi
		t.quarters = append(t.quarters, quarter{
			code:   fmt.Sprintf("quartier-%d", i+1),
			centre: orb.Point{nantes[0] + distance*math.Cos(angle)*1.4, nantes[1] + distance*math.Sin(angle)},
			spread: 0.012 + random.Float64()*0.023,
			weight: 1 / (1 + distance*10),
		})
	}
	return t
}

func (t *town) quarter(random *rand.Rand) quarter {
	for {
		q := t.quarters[random.IntN(len(t.quarters))]
		if random.Float64() < q.weight {
			return q
		}
	}
}

var (
	firstWords  = []string{"Maison", "Atelier", "Espace", "Jardin", "École", "Bibliothèque", "Le Café", "Ressourcerie", "Salle", "Point"}
	secondWords = []string{"Bellamy", "Jules-Verne", "de l'Erdre", "des Olivettes", "Talensac", "Bouffay", "de Doulon", "Procé", "Zola", "Île"}
	streets     = []string{"rue de Strasbourg", "quai de la Fosse", "rue Crébillon", "boulevard Dalby", "route de Vannes", "rue du Maréchal-Joffre"}
)

// place draws one: seven of ten have a name, half an address and opening hours.
func (t *town) place(random *rand.Rand) place {
	q := t.quarter(random)
	category := t.categories[int(math.Abs(random.NormFloat64())*14)%len(t.categories)]
	d := places.Document{
		Kind: category.Kind, Category: category.ID, State: places.Open,
		Position: orb.Point{
			round7(q.centre[0] + random.NormFloat64()*q.spread*1.4),
			round7(q.centre[1] + random.NormFloat64()*q.spread),
		},
		Identifiers: map[string]string{places.IdentifierOSM: fmt.Sprintf("node/%d", random.Uint32())},
	}
	if random.IntN(50) == 0 {
		d.State = places.Closed
	}
	if random.IntN(10) < 7 {
		d.Name = places.Text{places.Undetermined: fmt.Sprintf("%s %s %d",
			pick(random, firstWords), pick(random, secondWords), random.IntN(2000))}
	}
	d.Wheelchair = pick(random, []places.Wheelchair{"", "", places.WheelchairYes, places.WheelchairNo, places.WheelchairLimited})
	if random.IntN(2) == 0 {
		d.Address = &places.Address{Street: pick(random, streets), Housenumber: fmt.Sprint(1 + random.IntN(200)), Postcode: "44000", City: "Nantes"}
		d.OpeningHours = "Mo-Fr 09:00-12:30,14:00-18:00; Sa 10:00-13:00"
		d.Phone = fmt.Sprintf("+33240%06d", random.IntN(1_000_000))
		d.Website = fmt.Sprintf("https://www.example.org/lieux/%d", random.Uint32())
	}
	at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(random.IntN(2*365*86400)) * time.Second)
	return place{document: d, group: category.Group, neighbourhood: q.code, at: at}
}

func pick[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }

func round7(degrees float64) float64 { return math.Round(degrees*1e7) / 1e7 }

// escape writes a text for COPY's text format.
var escape = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`).Replace

// unaccent covers the letters of the words above.
var unaccent = strings.NewReplacer("é", "e", "è", "e", "î", "i", "'", " ", "-", " ")

// lexemes is the tsvector of a name, as publishing makes it.
func lexemes(name string) string {
	words := strings.Fields(unaccent.Replace(strings.ToLower(name)))
	for i, word := range words {
		words[i] = fmt.Sprintf("'%s':%dA", word, i+1)
	}
	return strings.Join(words, " ")
}
