package web

import (
	"slices"

	"cartoquartiers/places"
	"cartoquartiers/places/snapshot"
)

// filterForm is what the chips, the tree of categories and the selects show.
type filterForm struct {
	Chips          []chip
	Tree           []treeGroup
	Neighbourhoods []option
	Kinds          []option
	Wheelchair     bool // only those one can enter with a wheelchair
	ClosedToo      bool
	OpenNow        bool
	OpenHref       string // of the chip that asks for it, or no longer
	Action, Submit string // where the form leads, and what its button says
	Outlines       bool   // there is a map that can show those of neighbourhoods
}

type option struct {
	Value, Label string
	Selected     bool
}

type chip struct {
	ID, Label, Href, Count string
	Current                bool
}

type treeGroup struct {
	ID, Label, Count string
	Open             bool
	Categories       []treeCategory
}

type treeCategory struct {
	ID, Label, Icon, Count string
	Kind                   places.Kind
	Checked                bool
}

// filterForm counts what each choice would find, everything else staying as asked;
// with words it counts nothing, since the snapshot does not know them.
func (v *view) filterForm(view *snapshot.View, t *town, q question) filterForm {
	open := q.Filter
	open.Groups, open.Categories = nil, nil
	counts := view.Counts(open)
	form := filterForm{Action: "/lieux", Submit: v.T("filter.submit"), Wheelchair: len(q.Wheelchairs) > 0, ClosedToo: slices.Contains(q.States, places.Closed)}
	form.OpenNow, form.OpenHref = !q.OpenAt.IsZero(), v.vary(v.Path, "open", openNow, "after", "")
	if form.OpenNow {
		form.OpenHref = v.vary(v.Path, "open", "", "after", "")
	}
	for _, group := range v.site.Taxonomy.Groups {
		current := slices.Contains(q.Groups, group.ID)
		branch := v.branch(group, q, counts)
		branch.Open = branch.Open || current
		if counts.Groups[group.ID] == 0 && !branch.Open {
			continue // 13 groups and 74 categories: a choice that finds nothing is noise
		}
		form.Tree = append(form.Tree, branch)
		form.Chips = append(form.Chips, chip{
			ID: group.ID, Label: branch.Label, Count: branch.Count, Current: current, Href: v.chipURL(group.ID, current),
		})
	}
	if q.Text != "" {
		form.forgetCounts()
	}
	for _, n := range t.neighbourhoods {
		form.Neighbourhoods = append(form.Neighbourhoods, option{n.Code, n.in(v.Language), slices.Contains(q.Neighbourhoods, n.Code)})
	}
	for _, kind := range places.AllKinds {
		form.Kinds = append(form.Kinds, option{string(kind), v.T("kinds." + string(kind)), slices.Contains(q.Kinds, kind)})
	}
	return form
}

func (f *filterForm) forgetCounts() {
	for i := range f.Chips {
		f.Chips[i].Count, f.Tree[i].Count = "", ""
		for j := range f.Tree[i].Categories {
			f.Tree[i].Categories[j].Count = ""
		}
	}
}

func (v *view) branch(group places.Group, q question, counts snapshot.Counts) treeGroup {
	branch := treeGroup{ID: group.ID, Label: group.Label(v.Language), Count: v.Number(counts.Groups[group.ID])}
	for _, c := range v.site.Taxonomy.Categories {
		checked := slices.Contains(q.Categories, c.ID)
		if c.Group != group.ID || !checked && (counts.Categories[c.ID] == 0 || c.Hidden) {
			continue
		}
		branch.Open = branch.Open || checked
		branch.Categories = append(branch.Categories, treeCategory{
			ID: c.ID, Label: c.Label(v.Language), Icon: v.Pictogram(c.ID), Kind: c.Kind,
			Count: v.Number(counts.Categories[c.ID]), Checked: checked,
		})
	}
	return branch
}

// chipURL chooses one group, or none again.
func (v *view) chipURL(group string, current bool) string {
	if current {
		group = ""
	}
	return v.vary(v.Path, "group", group, "category", "")
}
