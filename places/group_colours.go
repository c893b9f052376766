package places

import (
	"cmp"
	"fmt"
	"slices"

	"cartoquartiers/internal/colours"
	"cartoquartiers/internal/fault"
)

// GroupColour is the colour of a group as #rrggbb: on the white of the day, and on the
// dark of the night.
type GroupColour struct {
	Day   string
	Night string
}

// shippedColours are those of web/src/styles/tokens.css; a test compares them.
var shippedColours = map[string]GroupColour{
	"civic": {"#345fb2", "#91b7fe"}, "community": {"#7b489e", "#cda4ec"}, "sharing": {"#953d7c", "#e79bce"},
	"nature": {"#1e7729", "#8aca8b"}, "waste": {"#67680b", "#bbbe67"}, "education": {"#865901", "#e1ad63"},
	"culture": {"#a43a41", "#f69a9a"}, "health": {"#9f3960", "#f199b4"}, "solidarity": {"#a33e25", "#f59d87"},
	"sports": {"#06726e", "#51cec7"}, "amenities": {"#106c8f", "#64c4f0"}, "mobility": {"#5d53ae", "#b0adfb"},
	"commerce": {"#56616e", "#aab4c0"},
}

// What the colour of a group has to reach (docs/decisions/0024).
const (
	leastContrast = 5.6 // to 1, on what the map's discs lie on
	leastDistance = 10  // in CIE L*a*b*: below, two discs beside each other may look the same
	dayGround     = "#ffffff"
	nightGround   = "#12181d"
)

// ColourProblem is one reason why a colour cannot be that of a group.
type ColourProblem struct {
	Night  bool         // of the night's colour; else of the day's
	Colour string       // that was wanted
	Eyes   colours.Eyes // that do not tell it apart from another group's; empty: it is the contrast
	Group  string       // the other group
	Got    float64      // contrast to 1, or distance
	Least  float64      // that it takes
}

// CheckColour finds what speaks against a colour of a group beside those of the others,
// worst first; nothing when it may be taken. The contrast is that of the shipped colours.
// Two groups that eyes tell apart as they ship have to stay so; those that only their
// pictograms tell apart (web/test/unit/style.test.ts lists them) may. Faults: NotFound, Invalid.
func (t *Taxonomy) CheckColour(group string, wanted GroupColour) ([]ColourProblem, error) {
	if _, known := t.FindGroup(group); !known {
		return nil, fault.New(fault.NotFound, "there is no group %q", group)
	}
	var problems []ColourProblem
	for _, night := range []bool{false, true} {
		found, err := t.checkColour(group, wanted.At(night), night)
		if err != nil {
			return nil, err
		}
		problems = append(problems, found...)
	}
	slices.SortStableFunc(problems, func(a, b ColourProblem) int { return cmp.Compare(a.Got/a.Least, b.Got/b.Least) })
	return problems, nil
}

// At is the colour of the day or of the night.
func (c GroupColour) At(night bool) string {
	if night {
		return c.Night
	}
	return c.Day
}

func (t *Taxonomy) checkColour(group, wanted string, night bool) (problems []ColourProblem, err error) {
	field, ground := "day", parsed(dayGround)
	if night {
		field, ground = "night", parsed(nightGround)
	}
	colour, err := colours.Parse(wanted)
	if err != nil {
		return nil, fault.InvalidField(field, "%q is not a colour like #1e7729", wanted)
	}
	if got := colours.Contrast(colour, ground); got < leastContrast {
		problems = append(problems, ColourProblem{Night: night, Colour: wanted, Got: got, Least: leastContrast})
	}
	own := parsed(colourOf(group).At(night))
	for _, other := range t.Groups {
		if other.ID == group {
			continue
		}
		theirs, shipped := parsed(other.Colour.At(night)), parsed(colourOf(other.ID).At(night))
		for _, eyes := range colours.AllEyes {
			got := colours.Distance(colour, theirs, eyes)
			if got < leastDistance && colours.Distance(own, shipped, eyes) >= leastDistance {
				problems = append(problems, ColourProblem{Night: night, Colour: wanted, Eyes: eyes, Group: other.ID, Got: got, Least: leastDistance})
				break // that all eyes do not tell them apart says more than that some do not
			}
		}
	}
	return problems, nil
}

// parsed reads what was checked when it was kept.
func parsed(text string) colours.Colour {
	colour, err := colours.Parse(text)
	if err != nil {
		panic(fmt.Sprintf("a kept colour: %v", err))
	}
	return colour
}

// fault is the problem as programs read it; pages say it in their own words.
func (p ColourProblem) fault() error {
	field := "day"
	if p.Night {
		field = "night"
	}
	if p.Eyes == "" {
		return fault.InvalidField(field, "%s has a contrast of %.1f to 1, and needs %.1f", p.Colour, p.Got, p.Least)
	}
	return fault.InvalidField(field, "%s is %.1f from the colour of %s (%s), and has to be %.0f away", p.Colour, p.Got, p.Group, p.Eyes, p.Least)
}
