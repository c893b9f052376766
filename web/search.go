package web

import (
	"context"
	"strings"
	"unicode"

	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
	"cartoquartiers/places/snapshot"
)

// findText gives the places whose words begin with those asked for: by name, or
// from the nearest on. After is a places.Mark.
func (s *site) findText(ctx context.Context, view *snapshot.View, q question, limit int) (results, error) {
	var found results
	if !strings.ContainsFunc(q.Text, isWordRune) {
		return found, nil // "???" is no mistake of a person; it finds nothing
	}
	after, err := places.ParseMark(q.After)
	if err != nil {
		return found, fault.InvalidField("after", "%q is not from a link of ours", q.After)
	}
	ask := places.Question{Filter: q.Filter, Text: q.Text, Sort: places.ByName, Near: q.Near, After: after, Limit: limit}
	if q.Near != nil {
		ask.Sort = places.ByDistance
	}
	if found.count, err = places.Count(ctx, s.Pool, ask); err != nil {
		return found, err
	}
	page, err := places.Find(ctx, s.Pool, ask)
	if err != nil {
		return found, err
	}
	for _, id := range page.IDs {
		if row, ok := view.Find(id); ok {
			found.rows = append(found.rows, q.measured(row))
		}
	}
	if page.More {
		found.next = page.Next.String()
	}
	return found, nil
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
