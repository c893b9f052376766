package accounts

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/jackc/pgx/v5"
	"golang.org/x/oauth2"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/mail"
	"cartoquartiers/internal/pg"
)

// ReturnPath is where the identity provider sends people back; it is registered there.
const ReturnPath = "/connexion/ville/retour"

const (
	townSigning = "oidc"
	// providerTime is how long the identity provider may take to answer us.
	providerTime = 10 * time.Second
	// providerRest is how long we do not ask again a provider that did not answer.
	providerRest = 10 * time.Second
)

// OIDC signs people in at the town's identity provider: OpenID Connect Core 1.0,
// authorization code with PKCE (RFC 7636), state and nonce.
type OIDC struct {
	DB      pg.DB
	Clock   func() time.Time
	BaseURL string
	Issuer  string // https://login.ville.example.fr/…
	Client  string
	Secret  string // of the client; in no error and no log
	SignUp  bool   // whether people that the map does not know become residents

	once     sync.Once
	place    chan struct{}  // whoever holds it may look for the provider; the fields below are theirs
	provider *oidc.Provider // nil until it was first needed
	failed   error          // the last time it was looked for
	failedAt time.Time
}

// townWay is what must be remembered between going and coming back.
type townWay struct {
	State, Nonce, Verifier, Next string
}

// Begin gives the address at the provider to send a browser to, and the secret that
// the browser keeps meanwhile: whoever comes back without it did not go from here.
func (o *OIDC) Begin(ctx context.Context, next string) (address, secret string, err error) {
	provider, err := o.reach(ctx)
	if err != nil {
		return "", "", err
	}
	way := townWay{State: newSecret(), Nonce: newSecret(), Verifier: oauth2.GenerateVerifier(), Next: OwnPath(next)}
	secret, err = ceremonies{o.DB, o.Clock}.begin(ctx, townSigning, 0, way)
	if err != nil {
		return "", "", err
	}
	return o.client(provider).AuthCodeURL(way.State, oidc.Nonce(way.Nonce), oauth2.S256ChallengeOption(way.Verifier)), secret, nil
}

// Finish finds who came back, and where they were going. Faults: Unauthenticated
// for a way that was not begun by this browser, and for an answer that is not the
// provider's for us and for it; Forbidden for somebody without an account here, and for
// a blocked one; Unavailable when the provider does not answer.
func (o *OIDC) Finish(ctx context.Context, secret string, answer url.Values) (user int64, next string, err error) {
	var way townWay
	if err := (ceremonies{o.DB, o.Clock}).finish(ctx, townSigning, secret, 0, &way); err != nil {
		return 0, "", err
	}
	if subtle.ConstantTimeCompare([]byte(answer.Get("state")), []byte(way.State)) != 1 {
		return 0, "", errTown()
	}
	if answer.Get("code") == "" { // they said no there, or it did
		return 0, "", errTown()
	}
	provider, err := o.reach(ctx)
	if err != nil {
		return 0, "", err
	}
	token, err := o.client(provider).Exchange(o.within(ctx), answer.Get("code"), oauth2.VerifierOption(way.Verifier))
	if err != nil {
		return 0, "", errTown() // the chain quotes what the provider says, which may be secret
	}
	raw, _ := token.Extra("id_token").(string)
	identity, err := provider.Verifier(&oidc.Config{ClientID: o.Client, Now: o.Clock}).Verify(o.within(ctx), raw)
	if err != nil || subtle.ConstantTimeCompare([]byte(identity.Nonce), []byte(way.Nonce)) != 1 {
		return 0, "", errTown()
	}
	user, err = o.userOf(ctx, identity)
	return user, way.Next, err
}

func errTown() error {
	return fault.New(fault.Unauthenticated, "the town's identity provider did not say who you are; begin again")
}

// reach finds the provider's addresses and keys, once: it may be away when we start.
// One request looks for it and the others wait as long as theirs lives; for a while
// after a failure nobody looks.
func (o *OIDC) reach(ctx context.Context) (*oidc.Provider, error) {
	o.once.Do(func() { o.place = make(chan struct{}, 1) })
	select {
	case o.place <- struct{}{}:
		defer func() { <-o.place }()
	case <-ctx.Done():
		return nil, errAway(ctx.Err())
	}
	if o.provider != nil {
		return o.provider, nil
	}
	if o.failed != nil && o.Clock().Sub(o.failedAt) < providerRest {
		return nil, errAway(o.failed)
	}
	provider, err := oidc.NewProvider(o.within(ctx), o.Issuer) // keeps the client of ctx, not its end
	if err != nil {
		if ctx.Err() == nil { // it is the provider's failure, not that of who went away
			o.failed, o.failedAt = err, o.Clock()
		}
		return nil, errAway(err)
	}
	o.provider = provider
	return provider, nil
}

func errAway(err error) error {
	return fault.Wrap(fault.Unavailable, err, "the town's identity provider does not answer; ask for a link by e-mail, or try again")
}

func (o *OIDC) within(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, &http.Client{Timeout: providerTime})
}

func (o *OIDC) client(provider *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: o.Client, ClientSecret: o.Secret, Endpoint: provider.Endpoint(),
		RedirectURL: o.BaseURL + ReturnPath, Scopes: []string{oidc.ScopeOpenID, "email"},
	}
}

// userOf is the user that an identity stands for: the one it stood for before, else
// the one with its verified e-mail, else a new one.
func (o *OIDC) userOf(ctx context.Context, identity *oidc.IDToken) (user int64, err error) {
	var claims struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
	}
	if err := identity.Claims(&claims); err != nil {
		return 0, errTown()
	}
	email, err := mail.Address(claims.Email)
	if err != nil || !claims.Verified {
		email = "" // anybody may have written it there
	}
	err = pg.InTx(ctx, o.DB, func(tx pgx.Tx) error {
		var blocked bool
		err := tx.QueryRow(ctx, `
			select u.id, u.blocked_at is not null
			from identities i
			join users u on u.id = i.user_id
			where i.issuer = $1 and i.subject = $2`, identity.Issuer, identity.Subject).Scan(&user, &blocked)
		switch {
		case err == nil && blocked:
			return fault.New(fault.Forbidden, "this account is blocked; ask the town why")
		case err == nil || !errors.Is(err, pgx.ErrNoRows):
			return err
		case email == "":
			return fault.New(fault.Forbidden, "the town knows you, but no e-mail of yours; ask it for an account on the map")
		}
		user, err = enter(ctx, tx, email, mail.Languages[0], o.SignUp, o.Clock().UTC())
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.Forbidden, "the town knows you, but has made no account on the map for you; ask it")
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			insert into identities (issuer, subject, user_id, created_at)
			values ($1, $2, $3, $4)`, identity.Issuer, identity.Subject, user, o.Clock().UTC())
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("sign in at the town: %w", err)
	}
	return user, nil
}

// Check reports options that cannot work. Faults: Invalid.
func (o *OIDC) Check() error {
	u, err := url.Parse(o.Issuer)
	if err != nil || u.Host == "" || u.Scheme != "https" && !isPlainLocal(o.Issuer) {
		return fault.New(fault.Invalid, "the identity provider must be an https address")
	}
	if o.Client == "" || strings.TrimSpace(o.Secret) == "" {
		return fault.New(fault.Invalid, "the identity provider needs the id and the secret of our client")
	}
	return nil
}

// flowCookie holds the secret of the way to the provider and back: ten minutes, and
// only for who set out.
const flowCookie = "way"

// SetWay gives a browser the secret of Begin; Way reads it back. An empty one takes it away.
func (d *Door) SetWay(w http.ResponseWriter, secret string) {
	name := flowCookie
	if d.sessions.Cookie.Secure {
		name = "__Host-" + name
	}
	age := int(ceremonyFor.Seconds())
	if secret == "" {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: secret, Path: "/", MaxAge: age, HttpOnly: true, Secure: d.sessions.Cookie.Secure, SameSite: http.SameSiteLaxMode,
	})
}

// Way is documented at SetWay.
func (d *Door) Way(r *http.Request) string {
	name := flowCookie
	if d.sessions.Cookie.Secure {
		name = "__Host-" + name
	}
	cookie, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return cookie.Value
}
