package web

import (
	"cmp"
	"errors"
	"net/http"
	"unicode"
	"unicode/utf8"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/httpkit"
)

// errorPage is what the error template shows.
type errorPage struct {
	Heading, Text string
	Detail        string // the name of the wrong parameter, if one is
	SignIn        string // where to sign in, when that would help
}

// explain turns an error into the page that says so. What faults say to programs,
// they say here to people, in their language.
func (s *site) explain(r *http.Request, v *view, err error) answer {
	said := httpkit.DetailsOf(r, err)
	data := errorPage{Heading: said.Title, Text: sentence(said.Detail)}
	switch fault.KindOf(err) {
	case fault.NotFound:
		data.Heading, data.Text = v.T("error.not_found.title"), v.T("error.not_found.text")
	case fault.Invalid:
		data.Heading, data.Text, data.Detail = v.T("error.invalid.title"), v.T("error.invalid.text"), faultDetail(err)
	case fault.Unavailable:
		data.Heading, data.Text = v.T("error.unavailable.title"), v.T("error.unavailable.text")
	case fault.Internal:
		if said.Status == http.StatusInternalServerError {
			data.Heading, data.Text = v.T("error.internal.title"), v.T("error.internal.text")
		}
	case fault.Unauthenticated:
		data.Heading, data.Text = v.T("error.unauthenticated.title"), v.T("error.unauthenticated.text")
		data.SignIn = v.Link("/connexion", "next", v.Path)
	case fault.Forbidden:
		data.Heading = v.T("error.forbidden.title")
		data.Text = cmp.Or(data.Text, v.T("error.forbidden.text"))
	case fault.TooMany:
		data.Heading = v.T("error.too_many.title")
		data.Text = cmp.Or(data.Text, v.T("error.too_many.text"))
	case fault.NotAcceptable, fault.MediaType, fault.Conflict, fault.Stale, fault.Unconditional, fault.TooLarge, fault.Unreadable, fault.Reused: // the fault says it all
	}
	return answer{template: "error", title: data.Heading, data: data, status: said.Status}
}

// sentence begins like one and ends like one.
func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	text = string(unicode.ToUpper(first)) + text[size:]
	if last, _ := utf8.DecodeLastRuneInString(text); unicode.IsPunct(last) {
		return text
	}
	return text + "."
}

func faultDetail(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Invalid || len(f.Fields) == 0 {
		return ""
	}
	return f.Fields[0].Name
}
