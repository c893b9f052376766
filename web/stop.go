package web

import (
	"net/http"

	"cartoquartiers/moderation/following"
)

// stopPage ends the letters of a person.
type stopPage struct {
	Token string
	Done  bool
}

// stopLetters shows a button, for programs that look through mails follow links too;
// a mail program that ends letters by itself sends a POST (RFC 8058). Whether the
// token is one is not told.
func (s *site) stopLetters(r *http.Request, v *view) (answer, error) {
	page := stopPage{Token: r.URL.Query().Get("jeton"), Done: r.Method == http.MethodPost}
	if page.Done {
		if err := following.Stop(r.Context(), s.Pool, page.Token); err != nil {
			return answer{}, err
		}
	}
	return answer{template: "stop", title: v.T("stop.title"), data: page, private: true}, nil
}
