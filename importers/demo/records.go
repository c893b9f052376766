package demo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"cartoquartiers/importers"
	"cartoquartiers/places"
)

// builder makes the records of the town, the same ones for the same day.
type builder struct {
	taxonomy *places.Taxonomy
	today    time.Time
	dice     *rand.Rand
	grounds  map[string]*ground
	count    map[string]int // of each category, for refs
	phones   int
}

// records are all places of the town on a day (midnight UTC). The error is about
// places.csv, which a test reads.
func records(taxonomy *places.Taxonomy, today time.Time) ([]importers.Record, error) {
	rows, err := readRows()
	if err != nil {
		return nil, err
	}
	b := &builder{
		taxonomy: taxonomy, today: today, dice: rand.New(rand.NewPCG(1782, 1997)), // any two numbers, for ever
		grounds: make(map[string]*ground), count: make(map[string]int),
	}
	for _, q := range quarters {
		b.grounds[q.ref] = &ground{quarter: q, free: q.plots(b.dice)}
	}
	// What is wide chooses first: a bench finds room anywhere.
	rows = append(rows, furnitureRows()...)
	slices.SortStableFunc(rows, func(a, b row) int { return int(b.width*b.depth) - int(a.width*a.depth) })
	all := make([]importers.Record, 0, len(rows))
	for _, r := range rows {
		record, err := b.record(r)
		if err != nil {
			return nil, err
		}
		all = append(all, record)
	}
	return all, nil
}

func (b *builder) record(r row) (importers.Record, error) {
	category, ok := b.taxonomy.Category(r.category)
	if !ok {
		return importers.Record{}, fmt.Errorf("there is no category %q", r.category)
	}
	ground, ok := b.grounds[r.quarter]
	if !ok {
		return importers.Record{}, fmt.Errorf("there is no quarter %q", r.quarter)
	}
	plot, ok := ground.take(r.width, r.depth)
	if !ok {
		return importers.Record{}, fmt.Errorf("no room in %s for %q", r.quarter, r.name)
	}
	b.count[r.category]++
	record := importers.Record{
		Ref: fmt.Sprintf("%s-%d", r.category, b.count[r.category]), Version: 1, At: b.today,
		Document: places.Document{
			Kind: category.Kind, Category: category.ID, Categories: r.also, State: places.Open,
			OpeningHours: r.hours, Operator: r.operator,
		},
	}
	b.place(&record, r, plot)
	b.describe(&record.Document, r, plot)
	b.date(&record.Document, r)
	record.Tags = tags(record.Document)
	return record, nil
}

// place sets position and footprint.
func (b *builder) place(record *importers.Record, r row, plot plot) {
	if r.width == 0 {
		record.Document.Position = metres(plot.door[0], plot.door[1])
		return
	}
	building := plot.building(r.width, r.depth)
	middle, _ := planar.CentroidArea(building)
	record.Document.Position = metres(middle[0], middle[1])
	record.Footprint = orb.Polygon{onGlobe(building)}
}

// describe sets what a visitor reads. Things without a name have no address either.
func (b *builder) describe(d *places.Document, r row, plot plot) {
	d.Wheelchair = r.wheelchair
	if r.name == "" {
		return
	}
	d.Name = places.Text{"fr": r.name}
	if r.english != "" {
		d.Name["en"] = r.english
	}
	if r.description != "" {
		d.Description = places.Text{"fr": r.description}
	}
	d.Address = &places.Address{Street: plot.street, Housenumber: plot.housenumber(), Postcode: postcode, City: townName}
	d.Languages, d.Audiences = r.languages, r.audiences
	if d.Wheelchair == "" {
		d.Wheelchair = oftenAccessible[b.dice.IntN(len(oftenAccessible))]
	}
	if r.website != "" {
		d.Website = "https://" + r.website + ".port-ambrelle.example/"
		d.Email = "bonjour@" + r.website + ".port-ambrelle.example"
	}
	if r.hours != "" && r.hours != "24/7" && b.dice.IntN(4) > 0 {
		b.phones++
		d.Phone = fmt.Sprintf("+3326191%04d", 100+7*b.phones) // 02 61 91 is kept for fiction
	}
}

// oftenAccessible is how answers are spread where places.csv gives none.
var oftenAccessible = []places.Wheelchair{
	places.WheelchairYes, places.WheelchairYes, places.WheelchairLimited, places.WheelchairNo, "",
}

// date sets what follows the calendar.
func (b *builder) date(d *places.Document, r row) {
	if r.startedDays > 0 {
		d.StartsOn = b.day(-r.startedDays)
	}
	if r.endsDays > 0 {
		d.EndsOn = b.day(r.endsDays)
	}
	if days := b.verifiedDaysAgo(r); days > 0 {
		// In the middle of the day, so that it is the same date in every time zone of France.
		at := b.today.AddDate(0, 0, -days).Add(12 * time.Hour)
		d.VerifiedAt = &at
	}
	if n := r.notice; n != nil {
		d.Closure = &places.Closure{From: b.day(n.from), Until: b.day(n.until), Message: places.Text{"fr": n.message}}
		if n.closes {
			d.State = places.ClosedTemporarily
		}
	}
}

func (b *builder) day(days int) string { return b.today.AddDate(0, 0, days).Format(time.DateOnly) }

// verifiedDaysAgo is chance where places.csv does not say: four in ten this
// season, three this year, two long ago, one never (0).
func (b *builder) verifiedDaysAgo(r row) int {
	if r.verifiedDays > 0 {
		return r.verifiedDays
	}
	switch luck := b.dice.IntN(10); {
	case luck < 4:
		return 1 + b.dice.IntN(60)
	case luck < 7:
		return 60 + b.dice.IntN(300)
	case luck < 9:
		return 400 + b.dice.IntN(800)
	}
	return 0
}

// tags is the record as a source would have said it.
func tags(d places.Document) map[string]string {
	said := map[string]string{"category": d.Category}
	for key, value := range map[string]string{
		"name": d.Name.Plain(), "opening_hours": d.OpeningHours, "operator": d.Operator, "wheelchair": string(d.Wheelchair),
	} {
		if value != "" {
			said[key] = value
		}
	}
	return said
}
