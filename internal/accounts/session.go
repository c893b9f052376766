package accounts

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
)

// Method is how somebody signed in.
type Method string

// The methods, as the table sessions knows them.
const (
	ByLink    Method = "link" // sent by mail
	ByPasskey Method = "passkey"
	ByOIDC    Method = "oidc" // the town's identity provider
)

// How long a session lasts: until it is not used for so long, and in all. Who
// moderates signs in anew more often (OWASP, Session Management Cheat Sheet).
const (
	idleFor          = 14 * 24 * time.Hour
	lastsFor         = 60 * 24 * time.Hour
	idleForModerator = 12 * time.Hour
	lastsModerator   = 7 * 24 * time.Hour
)

// The cookie is called SafeCookie, which a browser keeps only when it is Secure, of
// this host and of every path (RFC 6265bis, 4.1.3.2), so that no other host can
// set it. On http://localhost, where no browser takes it, it is PlainCookie.
const (
	SafeCookie  = "__Host-session"
	PlainCookie = "session"
)

// CookieName is the name of the cookie at a base URL.
func CookieName(baseURL string) string {
	if isPlainLocal(baseURL) {
		return PlainCookie
	}
	return SafeCookie
}

// isPlainLocal tells http on this machine alone, which needs no TLS to be safe.
func isPlainLocal(baseURL string) bool {
	if baseURL == "" {
		return true
	}
	u, err := url.Parse(baseURL)
	if err != nil || u.Scheme != "http" {
		return false
	}
	address, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && address.IsLoopback()
}

func newSessions(d *Door) *scs.SessionManager {
	m := scs.New()
	m.Store, m.Codec = &sessionStore{d.DB, d.Clock}, sessionCodec{}
	m.Lifetime = lastsFor // of the cookie; the store knows when a session ends
	m.Cookie = scs.SessionCookie{
		Name: CookieName(d.BaseURL), HttpOnly: true, Path: "/", SameSite: http.SameSiteLaxMode,
		Secure: !isPlainLocal(d.BaseURL), Persist: true,
	}
	return m
}

// bySession finds whose session the cookie is; nobody without one, or when it has ended.
func (d *Door) bySession(r *http.Request) (Actor, error) {
	token := d.given(r)
	if token == "" {
		return Actor{}, nil
	}
	ctx, err := d.sessions.Load(r.Context(), token)
	if err != nil {
		return Actor{}, fmt.Errorf("find session: %w", err)
	}
	user := d.sessions.GetInt64(ctx, userKey)
	if user == 0 {
		return Actor{}, nil
	}
	if d.origins.Check(r) != nil {
		return Actor{}, fault.New(fault.Forbidden, "pages of other sites can only change something with a token")
	}
	if time.Unix(d.sessions.GetInt64(ctx, seenKey), 0).Add(usedEvery).Before(d.Clock()) {
		if _, _, err := d.sessions.Commit(ctx); err != nil {
			return Actor{}, fmt.Errorf("keep session: %w", err)
		}
	}
	actor := Actor{User: user, Session: d.sessions.GetInt64(ctx, idKey), Method: Method(d.sessions.GetString(ctx, methodKey))}
	return d.known(ctx, actor)
}

// known adds to an actor what the user may do.
func (d *Door) known(ctx context.Context, actor Actor) (Actor, error) {
	err := d.DB.QueryRow(ctx, `
		select role, coalesce(organisation_id, 0), manages
		from users
		where id = $1 and blocked_at is null and erased_at is null`, actor.User).Scan(&actor.Role, &actor.Organisation, &actor.Manages)
	if errors.Is(err, pgx.ErrNoRows) {
		return Actor{}, nil
	}
	if err != nil {
		return Actor{}, fmt.Errorf("find user %d: %w", actor.User, err)
	}
	if d.RequirePasskeys && actor.Method == ByLink && (actor.Role == Moderator || actor.Role == Admin) {
		actor.Role = Resident
	}
	actor.Grants = GrantsOf(actor.Role)
	if actor.Role == Agent || actor.Role == Moderator {
		actor.Scopes, err = scopesOf(ctx, d.DB, actor.User)
	}
	return actor, err
}

// SignIn begins a session under a new token, whatever the browser came with: a
// session that it had ends, and a token that somebody gave it opens nothing.
func (d *Door) SignIn(w http.ResponseWriter, r *http.Request, user int64, method Method) error {
	ctx, err := d.sessions.Load(r.Context(), d.given(r))
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	if err := d.sessions.RenewToken(ctx); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	d.sessions.Put(ctx, idKey, int64(0)) // a row of its own
	d.sessions.Put(ctx, userKey, user)
	d.sessions.Put(ctx, methodKey, string(method))
	token, expiry, err := d.sessions.Commit(ctx)
	if err != nil {
		return fmt.Errorf("sign in: %w", pg.FaultOf(err))
	}
	d.sessions.WriteSessionCookie(ctx, w, token, expiry)
	return nil
}

// SignOut ends the session of a request, and its cookie.
func (d *Door) SignOut(w http.ResponseWriter, r *http.Request) error {
	token := d.given(r)
	if token == "" {
		return nil
	}
	if err := (&sessionStore{d.DB, d.Clock}).DeleteCtx(r.Context(), token); err != nil {
		return err
	}
	d.sessions.WriteSessionCookie(r.Context(), w, "", time.Time{})
	return nil
}

func (d *Door) given(r *http.Request) string {
	cookie, err := r.Cookie(d.sessions.Cookie.Name)
	if err != nil {
		return ""
	}
	return cookie.Value
}

// Session is a session as its user sees it.
type Session struct {
	ID      int64     `json:"-"`
	Method  Method    `json:"method"`
	Created time.Time `json:"created_at"`
	Seen    time.Time `json:"seen_at"` // exact to ten minutes
}

// Sessions are those of a user, the last used one first; some may have ended meanwhile.
func Sessions(ctx context.Context, db pg.DB, user int64) ([]Session, error) {
	rows, err := db.Query(ctx, `
		select id, method, created_at, seen_at
		from sessions
		where user_id = $1
		order by seen_at desc, id desc`, user)
	if err != nil {
		return nil, fmt.Errorf("list sessions of user %d: %w", user, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Session])
}

// RevokeSession ends one session of a user. Faults: NotFound, also for a session of somebody else.
func RevokeSession(ctx context.Context, db pg.DB, user, id int64) error {
	tag, err := db.Exec(ctx, `delete from sessions where id = $1 and user_id = $2`, id, user)
	if err != nil {
		return fmt.Errorf("revoke session %d: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.NotFound, "there is no session %d of yours", id)
	}
	return nil
}

// RevokeSessions ends all sessions of a user but one; 0 for all.
func RevokeSessions(ctx context.Context, db pg.DB, user, but int64) error {
	if _, err := db.Exec(ctx, `delete from sessions where user_id = $1 and id <> $2`, user, but); err != nil {
		return fmt.Errorf("revoke sessions of user %d: %w", user, err)
	}
	return nil
}
