package mail

import (
	"bytes"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"path"
	"strings"
	texttemplate "text/template"
)

// Languages are those that every letter is written in, the first one by default.
var Languages = []string{"fr", "en"}

// Letters are templates: NAME.LANGUAGE.txt, whose first line is "Subject: …", and
// NAME.LANGUAGE.html beside it, the body of a page.
type Letters struct {
	texts map[string]*texttemplate.Template
	pages map[string]*htmltemplate.Template
}

// ReadLetters reads every letter of a directory, and fails where one lacks its
// HTML or a language.
func ReadLetters(files fs.FS) (*Letters, error) {
	l := &Letters{make(map[string]*texttemplate.Template), make(map[string]*htmltemplate.Template)}
	names, err := fs.Glob(files, "*."+Languages[0]+".txt")
	if err != nil || len(names) == 0 {
		return nil, errors.Join(errors.New("there are no letters"), err)
	}
	for _, name := range names {
		base, _, _ := strings.Cut(path.Base(name), ".")
		for _, language := range Languages {
			key := base + "." + language
			text, err := texttemplate.New(key+".txt").Option("missingkey=error").ParseFS(files, key+".txt")
			if err != nil {
				return nil, fmt.Errorf("read letter %s: %w", key, err)
			}
			page, err := htmltemplate.New(key+".html").Option("missingkey=error").ParseFS(files, key+".html")
			if err != nil {
				return nil, fmt.Errorf("read letter %s: %w", key, err)
			}
			l.texts[key], l.pages[key] = text, page
		}
	}
	return l, nil
}

// Write fills a letter. A language that is none of ours is the first one.
func (l *Letters) Write(name, language string, data any) (Message, error) {
	key := name + "." + language
	if l.texts[key] == nil {
		language = Languages[0]
		key = name + "." + language
	}
	if l.texts[key] == nil {
		return Message{}, fmt.Errorf("there is no letter %s", name)
	}
	var text, page bytes.Buffer
	if err := l.texts[key].Execute(&text, data); err != nil {
		return Message{}, fmt.Errorf("write letter %s: %w", key, err)
	}
	page.WriteString(`<!doctype html><html lang="` + language + `"><head><meta charset="utf-8"></head><body>` + "\n")
	if err := l.pages[key].Execute(&page, data); err != nil {
		return Message{}, fmt.Errorf("write letter %s: %w", key, err)
	}
	page.WriteString("</body></html>\n")
	first, body, _ := strings.Cut(text.String(), "\n")
	subject, ok := strings.CutPrefix(first, "Subject: ")
	if !ok {
		return Message{}, fmt.Errorf("letter %s does not begin with its subject", key)
	}
	return Message{Subject: subject, Text: strings.TrimLeft(body, "\n"), HTML: page.String()}, nil
}
