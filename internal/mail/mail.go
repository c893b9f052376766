// Package mail writes and sends letters: text and HTML, in French or English, to
// a mail server, or into a folder where there is none.
//
// It knows no word of the domain: who uses it brings the letters (Letters) and
// says what fills them. Nothing is sent in a request: a letter waits in the table
// mails, written in the transaction that it follows from, and a job sends it.
//
// Start with outbox.go for the way of a letter; smtp.go and folder.go end it.
package mail

import (
	"context"
	"fmt"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"cartoquartiers/internal/fault"
)

// Message is a letter that is ready to go to one person.
type Message struct {
	To      string // a bare address, see Address
	Subject string
	Text    string
	HTML    string
	// Unsubscribe is the https address that ends letters of this kind by one POST
	// (RFC 8058). Empty for what was asked for: links, and answers to somebody.
	Unsubscribe string
	// Unsent is called when sending fails, to undo what the writer did for this one;
	// nil for nothing. It may have arrived all the same.
	Unsent func(ctx context.Context) error
}

// Mailer sends. Its errors hold no address and nothing of the message, since they
// are logged and kept with the job.
type Mailer interface {
	Send(ctx context.Context, m Message) error
}

// compose makes a message what goes over the wire (RFC 5322). Faults: Invalid where
// a header would hold a line break or another control character: nobody adds
// headers by what they write into a field.
func compose(m Message, from string, at time.Time) (*gomail.Msg, error) {
	for _, header := range []string{m.To, m.Subject, m.Unsubscribe, from} {
		if strings.ContainsFunc(header, isControl) {
			return nil, fault.New(fault.Invalid, "a header of a mail holds a control character")
		}
	}
	to, err := Address(m.To)
	if err != nil {
		return nil, err
	}
	sender, err := mail.ParseAddress(from)
	if err != nil {
		return nil, fault.New(fault.Invalid, "the sender of mails is not an address")
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(sender)
	msg.ToMailAddress(&mail.Address{Address: to})
	msg.Subject(m.Subject)
	msg.SetDateWithValue(at)
	msg.SetMessageID()
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no answer by machines
	if m.Unsubscribe != "" {
		msg.SetListUnsubscribe("<" + m.Unsubscribe + ">")
		msg.SetListUnsubscribePost()
	}
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	return msg, nil
}

func isControl(r rune) bool {
	return r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' || r == 0x85
}

// undelivered is what may be known of a failure.
func undelivered(what string) error {
	return fault.New(fault.Unavailable, "the mail was not sent: %s", what)
}

// Check reports a sender that no mail could have. Faults: Invalid.
func Check(from string) error {
	if _, err := mail.ParseAddress(from); err != nil || strings.ContainsFunc(from, isControl) {
		return fmt.Errorf("%q is no sender of mails, as Carte <carte@example.fr>", from)
	}
	return nil
}
