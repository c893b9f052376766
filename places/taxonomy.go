package places

import (
	"bytes"
	_ "embed" // for the shipped taxonomy
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"

	"cartoquartiers/internal/fault"
)

//go:embed categories.csv
var shippedTaxonomy []byte

// Group gathers categories for people: a chip, a colour.
type Group struct {
	ID      string
	LabelFr string
	LabelEn string
	Colour  GroupColour // as it ships, unless a town says otherwise
}

// Category says what a place is.
type Category struct {
	ID           string
	Group        string
	Kind         Kind
	LabelFr      string
	LabelEn      string
	Icon         string  // "maki:post" or "temaki:bench"
	MinZoom      int     // from which zoom the map shows it by default
	VerifyDays   int     // after how many days without confirmation it wants verifying
	MatchMetres  float64 // within which two unnamed ones may be the same
	OSMRule      string  // see importers/osm
	Order        int     // its row, which breaks ties between rules
	Pictogram    string  // id of the category whose pictogram it has: its own, unless a town says otherwise
	Hidden       bool    // a town does not offer it: no choice of forms and filters, not drawn on the map unless asked for; its places stay published
	groupLabelFr string
}

// Taxonomy is the list of categories and groups, in the order of its file.
type Taxonomy struct {
	Groups     []Group
	Categories []Category
	byID       map[string]*Category
	extra      map[string][]ExtraField // that a town has defined, by category
}

// groupLabelsEn completes the file, which names groups in French only.
var groupLabelsEn = map[string]string{
	"civic": "Public services", "community": "Community life", "sharing": "Sharing and reuse",
	"nature": "Nature in the city", "waste": "Waste and sorting", "education": "Education and childcare",
	"culture": "Culture", "health": "Health", "solidarity": "Solidarity and support",
	"sports": "Sports and leisure", "amenities": "Street comfort", "mobility": "Mobility",
	"commerce": "Local shops",
}

// ShippedTaxonomy is the one in the binary.
func ShippedTaxonomy() *Taxonomy {
	taxonomy, err := ReadTaxonomy(bytes.NewReader(shippedTaxonomy))
	if err != nil {
		panic("the shipped taxonomy does not read: " + err.Error()) // a build that cannot work; a test reads it
	}
	return taxonomy
}

var taxonomyHeader = []string{
	"group", "group_fr", "id", "kind", "label_fr", "label_en", "icon", "min_zoom", "verify_days", "match_metres", "rule",
}

// ReadTaxonomy reads a taxonomy file: CSV with the columns of the shipped one.
// Errors are Invalid faults that name the line.
func ReadTaxonomy(file io.Reader) (*Taxonomy, error) {
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the taxonomy is not CSV")
	}
	if len(rows) < 2 || !slices.Equal(rows[0], taxonomyHeader) {
		return nil, fault.New(fault.Invalid, "the taxonomy needs the columns %v and at least one category", taxonomyHeader)
	}
	taxonomy := &Taxonomy{byID: make(map[string]*Category)}
	for i, row := range rows[1:] {
		category, err := readCategory(row)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "taxonomy line %d: %v", i+2, err)
		}
		category.Order = i
		taxonomy.Categories = append(taxonomy.Categories, category)
	}
	return taxonomy, taxonomy.index()
}

func readCategory(row []string) (Category, error) {
	c := Category{
		Group: row[0], groupLabelFr: row[1], ID: row[2], Kind: Kind(row[3]),
		LabelFr: row[4], LabelEn: row[5], Icon: row[6], OSMRule: row[10], Pictogram: row[2],
	}
	if c.ID == "" || c.Group == "" || c.LabelFr == "" {
		return c, fmt.Errorf("id, group and label_fr must not be empty")
	}
	if !slices.Contains(AllKinds, c.Kind) {
		return c, fmt.Errorf("kind %q is none of %v", c.Kind, AllKinds)
	}
	var err error
	if c.MinZoom, err = strconv.Atoi(row[7]); err != nil {
		return c, fmt.Errorf("min_zoom %q is not a whole number", row[7])
	}
	if c.VerifyDays, err = strconv.Atoi(row[8]); err != nil {
		return c, fmt.Errorf("verify_days %q is not a whole number", row[8])
	}
	if c.MatchMetres, err = strconv.ParseFloat(row[9], 64); err != nil {
		return c, fmt.Errorf("match_metres %q is not a number", row[9])
	}
	return c, nil
}

func (t *Taxonomy) index() error {
	for i := range t.Categories {
		category := &t.Categories[i]
		if t.byID[category.ID] != nil {
			return fault.New(fault.Invalid, "the taxonomy has the category %q twice", category.ID)
		}
		t.byID[category.ID] = category
		if !slices.ContainsFunc(t.Groups, func(g Group) bool { return g.ID == category.Group }) {
			english := groupLabelsEn[category.Group]
			if english == "" {
				english = category.groupLabelFr
			}
			t.Groups = append(t.Groups, Group{ID: category.Group, LabelFr: category.groupLabelFr, LabelEn: english, Colour: colourOf(category.Group)})
		}
	}
	return nil
}

// colourOf is the shipped colour of a group; one that does not ship has that of shops.
func colourOf(group string) GroupColour {
	if colour, known := shippedColours[group]; known {
		return colour
	}
	return shippedColours["commerce"]
}

// Category finds one by id.
func (t *Taxonomy) Category(id string) (Category, bool) {
	category, ok := t.byID[id]
	if !ok {
		return Category{}, false
	}
	return *category, true
}

// FindGroup finds a group by id.
func (t *Taxonomy) FindGroup(id string) (Group, bool) {
	at := slices.IndexFunc(t.Groups, func(g Group) bool { return g.ID == id })
	if at < 0 {
		return Group{}, false
	}
	return t.Groups[at], true
}

// GroupOf is the group id of a category id, empty if there is no such category.
func (t *Taxonomy) GroupOf(category string) string {
	found, _ := t.Category(category)
	return found.Group
}

// Label is the category's label in a language, French unless English is asked for.
func (c Category) Label(language string) string {
	if language == "en" && c.LabelEn != "" {
		return c.LabelEn
	}
	return c.LabelFr
}

// Label is the group's label in a language, French unless English is asked for.
func (g Group) Label(language string) string {
	if language == "en" {
		return g.LabelEn
	}
	return g.LabelFr
}
