package web

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"path"
	"strings"
)

//go:embed templates
var templateFiles embed.FS

// templates holds one set per page: the frame, the shared parts, and the page,
// which defines "main" and may define "head".
type templates map[string]*template.Template

// Files that every page is parsed with; all others in templates/ are pages.
const (
	framePattern = "templates/frame.html"
	partsPattern = "templates/part_*.html"
)

// templateFuncs are what templates cannot say themselves.
var templateFuncs = template.FuncMap{
	"int": func(n int64) int { return int(n) },
	"inc": func(n int) int { return n + 1 },
}

func readTemplates() templates {
	shared := template.Must(template.New("frame.html").Funcs(templateFuncs).ParseFS(templateFiles, framePattern, partsPattern))
	entries, err := templateFiles.ReadDir("templates")
	if err != nil {
		panic(err) // it is in the binary
	}
	all := make(templates)
	for _, entry := range entries {
		if entry.Name() == "frame.html" || strings.HasPrefix(entry.Name(), "part_") {
			continue
		}
		page := template.Must(template.Must(shared.Clone()).ParseFS(templateFiles, "templates/"+entry.Name()))
		all[strings.TrimSuffix(entry.Name(), path.Ext(entry.Name()))] = page
	}
	return all
}

// render writes a page in its frame, or its "fragment" alone.
func (t templates) render(w io.Writer, a answer, v *view) error {
	page, ok := t[a.template]
	if !ok {
		return fmt.Errorf("no template %q", a.template)
	}
	if a.fragment {
		return page.ExecuteTemplate(w, "fragment", v)
	}
	return page.ExecuteTemplate(w, "frame.html", v)
}
