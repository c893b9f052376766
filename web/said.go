package web

import (
	"net/http"
	"strings"

	"cartoquartiers/internal/httpkit"
)

// saidFault is a fault as a form shows it: all that is wrong, in the reader's
// language and each beside its field.
type saidFault struct {
	status  int
	heading string
	detail  string            // what is about no field
	fields  map[string]string // by JSON pointer without its beginning: "phone", "name/en"
}

func (v *view) faultOf(r *http.Request, err error) saidFault {
	details := httpkit.DetailsOf(r, err)
	said := saidFault{status: details.Status, heading: details.Title, fields: make(map[string]string)}
	for _, one := range details.Errors {
		name := strings.TrimPrefix(one.Pointer, "/") + one.Parameter
		if name == "email" { // beside the place: the author's own
			name = "contact_email"
		}
		for _, object := range []string{"place/", "patch/", "edits/"} {
			name = strings.TrimPrefix(name, object)
		}
		if said.fields[name] == "" {
			said.fields[name] = sentence(one.Detail)
		}
	}
	if len(details.Errors) == 0 {
		said.detail = sentence(details.Detail)
	}
	return said
}

// text is everything in one line, for forms with few fields.
func (s saidFault) text() string {
	if s.detail != "" || len(s.fields) == 0 {
		return joinWords(" : ", s.heading, s.detail)
	}
	var all []string
	for _, text := range s.fields {
		all = append(all, text)
	}
	return strings.Join(all, " ")
}
