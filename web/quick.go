package web

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/paulmach/orb"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// quickPage is what one says of a place without its whole form: still right, closed,
// something is wrong, by one tap; until when, where to and why, by few fields.
type quickPage struct {
	ID       places.ID
	Name     string
	Base     int
	Closed   bool   // it can be opened again
	Open     string // the form that is unfolded: close, move or report
	Lat, Lon string
	Reasons  []option
	Values   map[string]string
	Problem  string
	Today    string // the first day that a closure can last until
	own      bool   // on a page of its own, which nobody keeps
	// kept is the key that was sent, by its action: empty for a form that had none.
	kept map[string]string
}

// quickHidden is what stands in each small form unseen.
type quickHidden struct {
	Base int
	Key  string // idempotency key; empty for none
}

// Hidden is for the forms of one action. On a page that caches keep there is no key: it
// would be everybody's, and what two people say would be one contribution (see keyOf).
// The form that is shown again has the key that it had: some faults do not tell whether
// it arrived, and sent again it is the same.
func (p quickPage) Hidden(action string) quickHidden {
	hidden := quickHidden{Base: p.Base}
	if key, again := p.kept[action]; again {
		hidden.Key = key
	} else if p.own {
		hidden.Key = newKey()
	}
	return hidden
}

// tellPlace shows the small forms about a place on a page of their own, and takes
// what they send from there, from the place page and from the card on the map; the
// last two ask for a fragment to show beside the button.
func (s *site) tellPlace(r *http.Request, v *view, actor accounts.Actor, p published) (answer, error) {
	page := v.quickForms(p)
	page.own = true
	if r.Method != http.MethodPost {
		page.Open = v.request.Query().Get("what")
		return answer{template: "quick", title: v.T("quick.title", "name", page.Name), data: page, private: true}, nil
	}
	if err := readForm(r); err != nil {
		return answer{}, err
	}
	inPlace := v.request.Query().Get("fragment") == "said"
	submission, err := quickSubmission(r, p.ID)
	if err != nil {
		return answer{}, err
	}
	received, err := s.tell(r, actor, submission)
	if err == nil {
		shown := s.showReceived(v, actor, received)
		shown.fragment = inPlace
		return shown, nil
	}
	if kind := fault.KindOf(err); kind == fault.Internal || kind == fault.NotFound {
		return answer{}, err
	}
	again := v.quickAgain(r, page, err)
	again.fragment = inPlace
	return again, nil
}

// quickAgain shows what was sent and what is wrong with it. Nothing that was typed is lost.
func (v *view) quickAgain(r *http.Request, page quickPage, err error) answer {
	said, key := v.faultOf(r, err), r.PostFormValue("key")
	page.Open, page.Problem = r.PostFormValue("action"), said.text()
	if said.fields["Idempotency-Key"] != "" { // the next one has another key
		page.Problem = v.T("form.resent")
	} else if key == "" || moderation.IsKey(key) {
		page.kept = map[string]string{page.Open: key}
	}
	for _, name := range []string{"until", "reason", "message", "lat", "lon"} {
		page.Values[name] = r.PostFormValue(name)
	}
	page.Reasons = v.reasons(r.PostFormValue("reason"))
	return answer{template: "quick", title: v.T("quick.title", "name", page.Name), data: page, status: said.status, private: true}
}

// tell sends what a small form says. Said again after it was taken back, it is new, and
// once: the key that it has then follows from what was taken back.
func (s *site) tell(r *http.Request, actor accounts.Actor, submission moderation.Submission) (received moderation.Received, err error) {
	key := r.PostFormValue("key")
	if key == "" {
		if key, err = s.keyOf(r, actor, submission); err != nil {
			return moderation.Received{}, err
		}
	}
	for {
		received, err = s.submit(r, actor, submission, key)
		if err != nil || received.State != moderation.Withdrawn {
			return received, err
		}
		key = keyAfter(key, received.ID)
	}
}

// More reports whether what was sent stands in one of the forms with fields.
func (p quickPage) More() bool { return p.Open == "close" || p.Open == "move" || p.Open == "report" }

func (v *view) quickForms(p published) quickPage {
	return quickPage{
		ID: p.ID, Name: v.site.title(p, v.Language), Base: p.Revision, Closed: p.State != places.Open,
		Lat: degrees(p.Lat), Lon: degrees(p.Lon), Reasons: v.reasons(""), Values: make(map[string]string),
		Today: v.site.Clock().In(v.site.zone).Format(time.DateOnly),
	}
}

// quickSubmission is the contribution that a small form makes.
func quickSubmission(r *http.Request, id places.ID) (moderation.Submission, error) {
	s := moderation.Submission{
		Action: moderation.Action(r.PostFormValue("action")), PlaceID: id, Message: r.PostFormValue("message"),
	}
	s.BaseRevision, _ = strconv.Atoi(r.PostFormValue("base_revision")) // 0 is refused with its reason
	switch s.Action {
	case moderation.Confirm, moderation.Reopen:
	case moderation.Close:
		s.Until = r.PostFormValue("until")
	case moderation.Move:
		form := placeForm{Values: map[string]string{"lat": r.PostFormValue("lat"), "lon": r.PostFormValue("lon")}}
		at, ok := form.position()
		if ok {
			s.Position = &orb.Point{at[0], at[1]}
		}
	case moderation.Report:
		s.Reason = r.PostFormValue("reason")
	case moderation.Create, moderation.Edit, moderation.Revert, moderation.Hide, moderation.Restore, moderation.Merge,
		moderation.Erase, moderation.Photo:
		return s, fault.InvalidField("action", "%q is none of %v", string(s.Action), quickActions)
	default:
		return s, fault.InvalidField("action", "%q is none of %v", string(s.Action), quickActions)
	}
	return s, nil
}

var quickActions = []moderation.Action{moderation.Confirm, moderation.Close, moderation.Move, moderation.Report, moderation.Reopen}

// onceWithin is how long the same tap by the same hand is one contribution.
const onceWithin = 10 * time.Minute

// keyOf makes the idempotency key of a small form. The page that it stands in is
// the same for everybody and is kept by caches, so no key of its own can stand there:
// it follows from who sends what, and when. It cannot be guessed: the hash of a
// visitor's address is keyed.
func (s *site) keyOf(r *http.Request, actor accounts.Actor, submission moderation.Submission) (string, error) {
	body, err := json.Marshal(submission)
	if err != nil {
		return "", err
	}
	window := s.Clock().UTC().Truncate(onceWithin).Unix()
	sum := sha256.Sum256(fmt.Appendf(nil, "%x\x00%d\x00%d\x00%s\x00%s", actor.PrefixHash, actor.User, window, r.UserAgent(), body))
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16]), nil
}

// keyAfter is the key of what is said again after the contribution of a key was taken
// back. As much of it is secret as of that key, a UUID: only its last part is another.
func keyAfter(key string, withdrawn int64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", key, withdrawn))
	return fmt.Sprintf("%s%x", key[:24], sum[:6])
}
