package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/moderation"
)

// receivedPage is what an author is told at once: the receipt, and how to come back.
type receivedPage struct {
	ID         int64
	Action     string
	Accepted   bool
	By         string // the rule that accepted it
	Deadline   time.Time
	Receipt    string
	Code       string // with which a visitor comes back; empty for who is signed in
	CodeURL    string // the address that holds it behind the #, which browsers keep to themselves
	OwnURL     string // for who is signed in
	PlaceURL   string
	Lookalikes []lookalikeText
	QR         *qrCode // leads to the entry in the log
	PhotoURL   string  // where one adds a photo of a place that is on the map
	Photo      bool    // one came with it
}

// showReceived tells who proposed something what became of it. The code of a
// visitor stands in the answer to the POST and nowhere else: no address, no cookie,
// no log holds it (docs/decisions, "the code of a visitor").
func (s *site) showReceived(v *view, actor accounts.Actor, received moderation.Received) answer {
	page := receivedPage{
		ID: received.ID, Action: v.actionText(received.Action), Accepted: received.State == moderation.Accepted,
		Deadline: received.Deadline, Receipt: received.Receipt, Lookalikes: v.lookalikeTexts(received.Lookalikes, nil),
		Photo: received.Photo,
	}
	page.QR = v.receiptCode(received.Receipt)
	if page.Accepted {
		page.By = v.deciderText(received.Rule)
	}
	if received.Place != 0 && received.Action != moderation.Create || page.Accepted {
		page.PlaceURL = v.placeURL(received.Place)
		page.PhotoURL = v.Link(placePath(received.Place) + "/photo")
	}
	if actor.User != 0 {
		page.OwnURL = v.ownURL(received.ID)
	}
	if received.Secret != "" {
		page.Code = codeOf(received.ID, received.Secret)
		page.CodeURL = v.Base() + v.Link(ownPath) + "#" + page.Code
	}
	status := http.StatusAccepted
	if page.Accepted {
		status = http.StatusCreated
	}
	return answer{template: "received", title: v.T("received.title"), data: page, status: status, private: true}
}

// codeOf is the number of a contribution and its secret, as people keep them.
func codeOf(id int64, secret string) string { return fmt.Sprintf("%d.%s", id, secret) }

// readCode is who holds a code, and of which contribution. It reports false for
// what is no code.
func readCode(code string) (holder accounts.Actor, id int64, ok bool) {
	code = strings.TrimSpace(code)
	if _, fragment, link := strings.Cut(code, "#"); link { // the whole address was pasted
		code = fragment
	}
	number, secret, _ := strings.Cut(code, ".")
	id, err := strconv.ParseInt(number, 10, 64)
	holder, ok = accounts.HolderOf(secret)
	return holder, id, ok && err == nil && id > 0
}
