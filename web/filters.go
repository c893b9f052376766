package web

import "cartoquartiers/places"

// filterForm is what the chips and the tree of categories show.
type filterForm struct {
	Chips []chip
	Tree  []treeGroup
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

func (s *site) filterForm(v *view) filterForm {
	var form filterForm
	for _, group := range s.Taxonomy.Groups {
		label := group.Label(v.Language)
		form.Chips = append(form.Chips, chip{ID: group.ID, Label: label, Href: v.Link(v.Path, "group", group.ID)})
		branch := treeGroup{ID: group.ID, Label: label}
		for _, c := range s.Taxonomy.Categories {
			if c.Group == group.ID {
				branch.Categories = append(branch.Categories, treeCategory{
					ID: c.ID, Label: c.Label(v.Language), Icon: v.Pictogram(c.ID), Kind: c.Kind,
				})
			}
		}
		form.Tree = append(form.Tree, branch)
	}
	return form
}
