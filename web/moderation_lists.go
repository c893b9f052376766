package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// reviewsPage is what rules accepted and someone should look at.
type reviewsPage struct {
	Rows    []queueRow
	Next    string
	Reasons []option
	Problem string
	Done    string
}

// showReviews lists what waits to be looked at, and takes what a moderator says of it.
func (s *site) showReviews(r *http.Request, v *view) (answer, error) {
	actor, err := s.signedIn(r)
	if err != nil {
		return answer{}, err
	}
	page, status := reviewsPage{Reasons: v.reasons("")}, http.StatusOK
	if r.Method == http.MethodPost {
		done, failed := s.review(r, v, actor)
		if kind := fault.KindOf(failed); failed != nil && kind == fault.Internal {
			return answer{}, failed
		}
		if page.Done = done; failed != nil {
			said := v.faultOf(r, failed)
			page.Problem, status = said.text(), said.status
		}
	}
	after, err := v.number("after", 0)
	if err != nil {
		return answer{}, err
	}
	found, err := moderation.Reviews(r.Context(), s.Pool, actor, int64(after), queueRows+1)
	if err != nil {
		return answer{}, err
	}
	t, err := s.town(r.Context(), s.Snapshot.View())
	if err != nil {
		return answer{}, err
	}
	if len(found) > queueRows {
		found = found[:queueRows]
		page.Next = v.Link(queuePath+"/relectures", "after", found[queueRows-1].ID)
	}
	for _, c := range found {
		page.Rows = append(page.Rows, v.queueRow(t, actor, c))
	}
	return answer{template: "reviews", title: v.T("reviews.title"), data: page, status: status, private: true}, nil
}

func (s *site) review(r *http.Request, v *view, actor accounts.Actor) (string, error) {
	if err := readForm(r); err != nil {
		return "", err
	}
	id, _ := strconv.ParseInt(r.PostFormValue("id"), 10, 64) // 0 is not there
	verdict := moderation.ReviewVerdict{
		ID: id, Verdict: r.PostFormValue("verdict"), Reason: r.PostFormValue("reason"), Message: strings.TrimSpace(r.PostFormValue("message")),
	}
	item, seq, err := s.Road.Review(r.Context(), s.Pool, actor, verdict, s.Clock())
	if err != nil {
		return "", err
	}
	if item.Outcome == "kept" {
		return v.T("reviews.kept"), s.Snapshot.WaitFor(r.Context(), seq)
	}
	return v.T("reviews.undone"), s.Snapshot.WaitFor(r.Context(), seq)
}

// pairsPage are places that may be one, side by side.
type pairsPage struct {
	Pairs   []pairText
	Next    string
	Problem string
	Done    string
}

type pairText struct {
	A, B     pairSide
	Rows     []faceRow // A as mine, B as theirs
	Score    int       // percent
	Distance string
}

type pairSide struct {
	ID   places.ID
	Name string
	Href string
}

func (s *site) showPairs(r *http.Request, v *view) (answer, error) {
	actor, err := s.signedIn(r)
	if err != nil {
		return answer{}, err
	}
	page, status := pairsPage{}, http.StatusOK
	if r.Method == http.MethodPost {
		done, failed := s.settlePair(r, v, actor)
		if kind := fault.KindOf(failed); failed != nil && kind == fault.Internal {
			return answer{}, failed
		}
		if page.Done = done; failed != nil {
			said := v.faultOf(r, failed)
			page.Problem, status = said.text(), said.status
		}
	}
	after, err := pairCursor(v.request.Query().Get("after"))
	if err != nil {
		return answer{}, err
	}
	found, err := moderation.OpenPairs(r.Context(), s.Pool, actor, after, queueRows+1)
	if err != nil {
		return answer{}, err
	}
	if len(found) > queueRows {
		found = found[:queueRows]
		last := found[queueRows-1]
		page.Next = v.Link(queuePath+"/doublons", "after", fmt.Sprintf("%s_%d-%d", degrees(last.Score), last.A, last.B))
	}
	for _, p := range found {
		text, err := v.pairText(p)
		if err != nil {
			return answer{}, err
		}
		page.Pairs = append(page.Pairs, text)
	}
	return answer{template: "pairs", title: v.T("pairs.title"), data: page, status: status, private: true}, nil
}

func pairCursor(given string) (c moderation.PairCursor, err error) {
	if given == "" {
		return c, nil
	}
	if _, err := fmt.Sscanf(given, "%g_%d-%d", &c.Score, &c.A, &c.B); err != nil {
		return c, fault.InvalidField("after", "%q is not from a link of ours", given)
	}
	return c, nil
}

// pairText puts the two side by side.
func (v *view) pairText(p moderation.Pair) (pairText, error) {
	text := pairText{Score: int(p.Score*100 + 0.5), Distance: formatDistance(v.Language, p.Metres)}
	a, err := featureText(p.FeatureA)
	if err != nil {
		return text, err
	}
	b, err := featureText(p.FeatureB)
	if err != nil {
		return text, err
	}
	text.A = pairSide{ID: p.A, Name: v.site.title(a, v.Language), Href: v.placeURL(p.A)}
	text.B = pairSide{ID: p.B, Name: v.site.title(b, v.Language), Href: v.placeURL(p.B)}
	var face faceText
	theirs := v.comparable(b)
	for i, fact := range v.comparable(a) {
		face.add(v.fieldLabel(fact[0]), fact[1], theirs[i][1])
	}
	text.Rows = face.Rows
	return text, nil
}

func featureText(feature json.RawMessage) (published, error) {
	var read struct {
		Properties published `json:"properties"`
	}
	err := json.Unmarshal(feature, &read)
	return read.Properties, err
}

func (s *site) settlePair(r *http.Request, v *view, actor accounts.Actor) (string, error) {
	if err := readForm(r); err != nil {
		return "", err
	}
	verdict := moderation.PairVerdict{Verdict: "distinct", Message: strings.TrimSpace(r.PostFormValue("message"))}
	if _, err := fmt.Sscanf(r.PostFormValue("pair"), "%d-%d", &verdict.A, &verdict.B); err != nil {
		return "", fault.New(fault.NotFound, "there is no pair %s", r.PostFormValue("pair"))
	}
	if into := r.PostFormValue("into"); into != "" {
		number, _ := strconv.ParseInt(into, 10, 64) // 0 is neither of the two
		verdict.Verdict, verdict.Into = "merge", places.ID(number)
	}
	settled, err := s.Road.SettlePair(r.Context(), s.Pool, actor, verdict, s.Clock())
	if err != nil {
		return "", err
	}
	if err := s.Snapshot.WaitFor(r.Context(), settled.Merge.Seq); err != nil {
		return "", err
	}
	return v.T("pairs." + settled.Verdict), nil
}
