package web

import (
	"context"
	"net/http"

	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// hiddenPage is what stands at the address of a hidden place.
type hiddenPage struct {
	Heading, Reason, Since string
	Restore                *hideForm // for moderators
	Name, Category         string    // of what is refused visibly; empty of what is withheld
}

// offTheMap answers for a place that the map does not show: merged ones redirect,
// hidden ones show their face with 410 (RFC 9110, 15.5.11), all others never were.
func (v *view) offTheMap(ctx context.Context, id places.ID) (answer, error) {
	merged, err := v.mergedInto(ctx, id)
	if !fault.Is(err, fault.NotFound) {
		return merged, err
	}
	hidden, err := moderation.FindHidden(ctx, v.site.Pool, id)
	if err != nil {
		return answer{}, err
	}
	page := hiddenPage{Heading: v.T("hidden.withheld"), Reason: v.textOr("reason."+hidden.Reason, "")}
	if hidden.Face == "refused" {
		page.Heading, page.Name = v.T("hidden.refused"), hidden.Name.In(v.Language)
		page.Category = v.site.categoryLabel(hidden.Category, v.Language)
	}
	if !hidden.At.IsZero() {
		page.Since = v.Date(hidden.At)
	}
	return answer{template: "hidden", title: page.Heading, data: page, status: http.StatusGone}, nil
}
