package api

import (
	"net/http"
	"slices"
	"strings"
)

// docGroup and docOperation are the contract as the page /api/docs shows it,
// made on the server: it works without JavaScript and loads nothing from elsewhere.
type docGroup struct {
	Tag        string
	Operations []docOperation
}

type docOperation struct {
	ID, Method, Path, Summary, About string
	Parameters                       []docParameter
	Formats                          []string
	Try                              string // an address that answers, where the path needs no value
}

type docParameter struct{ Name, About string }

type docsData struct {
	Intro  string
	Groups []docGroup
}

func docsOf(endpoints []endpoint) []docGroup {
	var groups []docGroup
	for _, e := range endpoints {
		at := slices.IndexFunc(groups, func(g docGroup) bool { return g.Tag == e.tag })
		if at < 0 {
			at = len(groups)
			groups = append(groups, docGroup{Tag: e.tag})
		}
		groups[at].Operations = append(groups[at].Operations, docOf(e))
	}
	return groups
}

func docOf(e endpoint) docOperation {
	op := docOperation{ID: e.id, Method: e.method, Path: e.path, Summary: e.summary, About: unmarked(e.about)}
	for _, p := range slices.Concat(e.inPath, e.headers, e.query) {
		op.Parameters = append(op.Parameters, docParameter{p.name, unmarked(p.about)})
	}
	for _, representation := range e.formats {
		op.Formats = append(op.Formats, representation.MediaType)
	}
	if e.method == http.MethodGet && !strings.Contains(e.path, "{") {
		op.Try = e.path
	}
	return op
}

// unmarked leaves out the little Markdown that descriptions use.
func unmarked(markdown string) string {
	return strings.NewReplacer("`", "", "**", "").Replace(markdown)
}

func (s *server) docs(w http.ResponseWriter, r *request) error {
	return s.pages.write(w, r, "docs", r.say("L'API de CartoQuartiers", "The CartoQuartiers API"), docsData{
		Intro: r.say("Tout ce que montre la carte se lit aussi par programme, sans compte. Les descriptions qui suivent sont en anglais.",
			"Everything that the map shows can be read by programs too, without an account."),
		Groups: s.contract.docs,
	})
}
