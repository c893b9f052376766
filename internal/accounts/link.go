package accounts

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/mail"
	"cartoquartiers/internal/pg"
)

//go:embed letters
var letterFiles embed.FS

const (
	// linkFor is how long a link signs in.
	linkFor = 15 * time.Minute
	// linkRest and maxLinks bound the letters to one account: with so many links
	// that live for so long still, no other one is sent. Whoever floods a mailbox
	// thus leaves a link in it that works, and locks nobody out.
	linkRest = 5 * time.Minute
	maxLinks = 3
	// SignInLetter is the kind of the letter.
	SignInLetter = "sign_in"
)

// Links sign people in by what only they can read: a letter with a link, which
// holds 32 random bytes, works once, and for 15 minutes.
//
// Asking does the same for every address, in the same time: it writes a letter
// into the outbox. Whether the address is known is looked at when the letter goes, and
// the link is made then: no table and no job ever holds it, but its hash.
type Links struct {
	DB      pg.DB
	Clock   func() time.Time
	BaseURL string // that links begin with, never what a request says
	SignUp  bool   // whether an address without an account gets a link that makes one
	letters *mail.Letters
}

// NewLinks makes Links with the shipped letters.
func NewLinks(l Links) (*Links, error) {
	files, err := fs.Sub(letterFiles, "letters")
	if err != nil {
		return nil, err
	}
	l.letters, err = mail.ReadLetters(files)
	return &l, err
}

// asked is what a letter that waits knows besides its address.
type asked struct {
	Next string `json:"next"`
}

// Ask has a link sent to an address. next is where it leads, see OwnPath. Faults:
// Invalid for what is no address; nothing else tells one address from another.
func (l *Links) Ask(ctx context.Context, email, language, next string) error {
	address, err := mail.Address(email)
	if err != nil {
		return err
	}
	return pg.InTx(ctx, l.DB, func(tx pgx.Tx) error {
		letter := mail.Waiting{Kind: SignInLetter, To: address, Language: language, Data: asked{OwnPath(next)}}
		return mail.Enqueue(ctx, tx, letter, l.Clock())
	})
}

// Writers are those of the letters that accounts send, for mail.Post.
func (l *Links) Writers() map[string]mail.Writer {
	return map[string]mail.Writer{SignInLetter: l.writeSignIn, InvitationLetter: l.writeInvitation, idleLetter: l.writeIdle}
}

// writeSignIn makes the link and the letter. A letter that is tried again has a link of
// its own: the one before may have arrived. That one is not counted, see unsent.
func (l *Links) writeSignIn(ctx context.Context, waiting mail.Letter) (mail.Message, error) {
	now := l.Clock().UTC()
	if now.Sub(waiting.Since) > linkFor {
		return mail.Message{}, mail.ErrNothing // who asked has asked again, or gone
	}
	var living int
	var known bool
	err := l.DB.QueryRow(ctx, `
		select
			(select count(*) from login_links where email = $1 and expires_at > $2),
			exists (select from users where email = $1)`, waiting.To, now.Add(linkRest)).Scan(&living, &known)
	if err != nil {
		return mail.Message{}, fmt.Errorf("look for links: %w", err)
	}
	if living >= maxLinks || !known && !l.SignUp {
		return mail.Message{}, mail.ErrNothing
	}
	var about asked
	if err := json.Unmarshal(waiting.Data, &about); err != nil {
		return mail.Message{}, errors.New("the letter cannot be read")
	}
	token := newSecret()
	_, err = l.DB.Exec(ctx, `
		insert into login_links (hash, email, language, next, created_at, expires_at)
		values ($1, $2, $3, $4, $5, $6)`, hashOf(token), waiting.To, waiting.Language, about.Next, now, now.Add(linkFor))
	if err != nil {
		return mail.Message{}, fmt.Errorf("keep link: %w", err)
	}
	message, err := l.letters.Write(SignInLetter, waiting.Language, struct {
		URL     string
		New     bool
		Minutes int
	}{l.BaseURL + LinkPath + "?" + url.Values{"jeton": {token}, "lang": {waiting.Language}}.Encode(), !known, int(linkFor.Minutes())})
	message.Unsent = func(ctx context.Context) error { return l.unsent(ctx, token) }
	return message, err
}

// unsent shortens the life of a link whose letter failed: it works a little, for the
// letter may have arrived, and does not count among those that keep others from being sent.
func (l *Links) unsent(ctx context.Context, token string) error {
	_, err := l.DB.Exec(ctx, `
		update login_links
		set expires_at = least(expires_at, $2)
		where hash = $1`, hashOf(token), l.Clock().UTC().Add(linkRest))
	if err != nil {
		return fmt.Errorf("shorten link: %w", err)
	}
	return nil
}

// LinkPath is the page that a link opens. The token stands in the query, which no
// log of ours keeps.
const LinkPath = "/connexion/lien"

// newSecret is 32 random bytes as text.
func newSecret() string {
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // never fails (Go 1.24)
	return base64.RawURLEncoding.EncodeToString(secret[:])
}

// Open reports whether a link would sign in, and leaves it as it is: programs
// that look through mails follow links too.
func (l *Links) Open(ctx context.Context, token string) (valid bool, err error) {
	err = l.DB.QueryRow(ctx, `
		select exists (select from login_links where hash = $1 and expires_at > $2)`, hashOf(token), l.Clock().UTC()).Scan(&valid)
	if err != nil {
		return false, fmt.Errorf("find link: %w", err)
	}
	return valid, nil
}

// Use ends a link and every other one to its address, and gives the user that it
// signs in, who is made where there was none, and where it leads. Faults: NotFound
// for a link that is unknown, used or too old, all alike; Forbidden for a blocked user.
func (l *Links) Use(ctx context.Context, token string) (user int64, next string, err error) {
	now := l.Clock().UTC()
	err = pg.InTx(ctx, l.DB, func(tx pgx.Tx) error {
		var email, language string
		err := tx.QueryRow(ctx, `
			delete from login_links
			where hash = $1 and expires_at > $2
			returning email, language, next`, hashOf(token), now).Scan(&email, &language, &next)
		if errors.Is(err, pgx.ErrNoRows) {
			return fault.New(fault.NotFound, "this link is not valid any more; ask for another one")
		}
		if err != nil {
			return fmt.Errorf("use link: %w", err)
		}
		if _, err := tx.Exec(ctx, `delete from login_links where email = $1`, email); err != nil {
			return fmt.Errorf("use link: %w", err)
		}
		if err := mail.Resume(ctx, tx, email); err != nil { // what was read there did not bounce
			return err
		}
		user, err = enter(ctx, tx, email, language, l.SignUp, now)
		return err
	})
	return user, OwnPath(next), err
}

// enter finds the user of an address that has proved to be theirs, or makes one.
func enter(ctx context.Context, tx pgx.Tx, email, language string, signUp bool, now time.Time) (user int64, err error) {
	var blocked bool
	err = tx.QueryRow(ctx, `
		update users
		set verified_at = coalesce(verified_at, $2)
		where email = $1
		returning id, blocked_at is not null`, email, now).Scan(&user, &blocked)
	if errors.Is(err, pgx.ErrNoRows) && signUp {
		err = tx.QueryRow(ctx, `
			insert into users (name, role, email, language, verified_at, created_at)
			values ($1, $2, $3, $4, $5, $5)
			on conflict (email) do update set verified_at = coalesce(users.verified_at, excluded.verified_at)
			returning id, blocked_at is not null`, "resident "+strings.ToLower(rand.Text()[:10]), Resident, email, language, now).Scan(&user, &blocked)
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, fault.New(fault.NotFound, "this link is not valid any more; ask for another one")
	}
	if err != nil {
		return 0, fmt.Errorf("enter: %w", pg.FaultOf(err))
	}
	if blocked {
		return 0, fault.New(fault.Forbidden, "this account is blocked; ask the town why")
	}
	return user, nil
}

// OwnPath is a path of this site to go on to, or that of the account where the
// given is none: a link of ours never leads to another site.
func OwnPath(given string) string {
	const account = "/compte"
	u, err := url.Parse(given)
	if err != nil || !strings.HasPrefix(given, "/") || strings.HasPrefix(given, "//") || strings.ContainsFunc(given, isUnsafe) ||
		u.Scheme != "" || u.Host != "" || strings.HasPrefix(u.Path, "//") {
		return account
	}
	return given
}

// isUnsafe tells what browsers read otherwise than url.Parse: they take a backslash
// for a slash, and drop tabs and line breaks (https://url.spec.whatwg.org/#concept-basic-url-parser).
func isUnsafe(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f }
