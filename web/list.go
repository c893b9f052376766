package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"cartoquartiers/places"
	"cartoquartiers/places/snapshot"
)

// listPage is what the list template shows.
type listPage struct {
	listing
	filterForm
	Applied []applied
	Near    string // as it stands in the URL, for the form to keep
	BBox    string
	Feed    string // of the neighbourhood, where there is one
	Follow  string // URL that follows it
}

// applied is a condition of the question, with the link that lifts it.
type applied struct{ Label, Lift string }

func (s *site) showList(r *http.Request, v *view) (answer, error) {
	q, err := s.readQuestion(v.request.Query())
	if err != nil {
		return answer{}, err
	}
	view := s.Snapshot.View()
	t, err := s.town(r.Context(), view)
	if err != nil {
		return answer{}, err
	}
	list, err := v.listing(r.Context(), view, t, q)
	if err != nil {
		return answer{}, err
	}
	data := listPage{listing: list}
	if len(q.Neighbourhoods) == 1 {
		data.Feed = "/api/v1/feeds/neighbourhoods/" + url.PathEscape(q.Neighbourhoods[0]) + "?lang=" + v.Language
		data.Follow = v.Link(followPath, "neighbourhood", q.Neighbourhoods[0])
	}
	if v.request.Query().Get("fragment") == "list" {
		return answer{template: "list", data: data, fragment: true}, nil
	}
	data.filterForm = v.filterForm(view, t, q)
	data.Applied = v.applied(t, q)
	data.Near, data.BBox = v.request.Query().Get("near"), v.request.Query().Get("bbox")
	return answer{template: "list", title: v.listTitle(data), data: data}, nil
}

func (v *view) listTitle(data listPage) string {
	var labels []string
	for _, a := range data.Applied {
		labels = append(labels, a.Label)
	}
	return joinWords(" · ", v.N("list.count", data.Count), strings.Join(labels, ", "))
}

// listing answers a question for the list part of a page.
func (v *view) listing(ctx context.Context, view *snapshot.View, t *town, q question) (listing, error) {
	found, err := v.site.find(ctx, view, q, pageSize)
	if err != nil {
		return listing{}, err
	}
	list := listing{Count: found.count}
	if list.Rows, err = v.rows(t, found.rows, q.Near != nil); err != nil {
		return listing{}, err
	}
	if found.next != "" {
		list.Next = v.vary("/lieux", "after", found.next)
	}
	if q.After != "" {
		list.First = v.vary("/lieux", "after", "")
	}
	if list.Meant = v.meant(t, q); len(list.Rows) == 0 {
		list.Empty, list.Widen = v.emptyText(q), v.widen(q)
		list.Alike, err = v.alike(view, t, q)
	}
	return list, err
}

func (v *view) emptyText(q question) string {
	switch {
	case q.Text != "":
		return v.T("list.empty_text", "text", q.Text)
	case len(q.Categories) == 1:
		return v.T("list.empty_category", "category", v.site.categoryLabel(q.Categories[0], v.Language))
	case !q.narrowed() && q.BBox == nil:
		return v.T("list.empty_town")
	}
	return v.T("list.empty")
}

// widen is the question without where, or without anything.
func (v *view) widen(q question) link {
	switch {
	case q.BBox != nil || len(q.Neighbourhoods) > 0:
		return link{v.T("list.widen"), v.vary("/lieux", "bbox", "", "neighbourhood", "", "after", "")}
	case q.narrowed():
		return link{v.T("list.all"), v.Link("/lieux")}
	}
	return link{}
}

// questionNames are the parameters that links of a list carry on.
var questionNames = []string{"q", "category", "group", "kind", "neighbourhood", "wheelchair", "state", "open", "near", "bbox"}

// vary is the question of this page at a path, with some parameters changed;
// empty values leave them out.
func (v *view) vary(path string, pairs ...string) string {
	query, kept := v.request.Query(), url.Values{}
	for _, name := range questionNames {
		if value := strings.Join(query[name], ","); value != "" {
			kept.Set(name, value)
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		kept.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "" {
			kept.Del(pairs[i])
		}
	}
	if v.sticky {
		kept.Set("lang", v.Language)
	}
	if len(kept) == 0 {
		return path
	}
	return path + "?" + kept.Encode()
}

// applied lists the conditions of a question in words.
func (v *view) applied(t *town, q question) []applied {
	var all []applied
	add := func(name, label string, rest []string) {
		all = append(all, applied{label, v.vary("/lieux", name, strings.Join(rest, ","))})
	}
	if q.Text != "" {
		add("q", v.T("list.quoted", "text", q.Text), nil)
	}
	for _, id := range q.Groups {
		add("group", v.groupLabel(id), without(q.Groups, id))
	}
	for _, id := range q.Categories {
		add("category", v.site.categoryLabel(id, v.Language), without(q.Categories, id))
	}
	for _, code := range q.Neighbourhoods {
		add("neighbourhood", neighbourhoodName(t, code, v.Language), without(q.Neighbourhoods, code))
	}
	for _, kind := range q.Kinds {
		add("kind", v.T("kind."+string(kind)), kindsBut(q.Kinds, kind))
	}
	if len(q.Wheelchairs) > 0 {
		add("wheelchair", v.T("filter.wheelchair"), nil)
	}
	if slices.Contains(q.States, places.Closed) {
		add("state", v.T("filter.closed_too"), nil)
	}
	if !q.OpenAt.IsZero() {
		add("open", v.T("filter.open_now"), nil)
	}
	if q.BBox != nil {
		add("bbox", v.T("filter.bbox"), nil)
	}
	return all
}

func neighbourhoodName(t *town, code, language string) string {
	if n, known := t.byCode[code]; known {
		return n.in(language)
	}
	return code
}

func (v *view) groupLabel(id string) string {
	for _, group := range v.site.Taxonomy.Groups {
		if group.ID == id {
			return group.Label(v.Language)
		}
	}
	return id
}

func without(values []string, value string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == value })
}

// kindsBut are the other kinds asked for, as text.
func kindsBut(kinds []places.Kind, lifted places.Kind) []string {
	var others []string
	for _, kind := range kinds {
		if kind != lifted {
			others = append(others, string(kind))
		}
	}
	return others
}
