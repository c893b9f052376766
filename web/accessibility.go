package web

import (
	"net/http"
	"strings"
)

// accessibilityPage is the statement that a public body must publish (article 47 of
// the French law of 11 February 2005): what was checked, what is not reachable and
// what to use instead, and whom to tell.
type accessibilityPage struct {
	Contact     string // where people write to the town; empty: it has not said
	ContactText string
	Gaps        []accessibilityGap
}

// accessibilityGap is something that not everybody can use, and the other way.
type accessibilityGap struct {
	What, Instead string
}

// accessibilityGaps are keys of the catalogue, see docs/accessibility.md.
var accessibilityGaps = []string{"map", "drawing", "blur", "photos", "names"}

func (s *site) showAccessibility(_ *http.Request, v *view) (answer, error) {
	page := accessibilityPage{Contact: s.Contact, ContactText: strings.TrimPrefix(s.Contact, "mailto:")}
	for _, gap := range accessibilityGaps {
		page.Gaps = append(page.Gaps, accessibilityGap{v.T("access.gap." + gap), v.T("access.instead." + gap)})
	}
	return answer{template: "accessibility", title: v.T("access.title"), data: page}, nil
}
