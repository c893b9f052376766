package accounts

import (
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
)

// DoorOptions say how a Door tells who comes.
type DoorOptions struct {
	DB    pg.DB
	Clock func() time.Time
	// BehindProxy: visitors are told apart by the address that a proxy in front adds
	// to X-Forwarded-For. False where everybody could write that header.
	BehindProxy bool
	// BaseURL is how the world reaches us, "https://carte.example.fr"; empty on
	// this machine alone. It says what the cookie is called, see CookieName.
	BaseURL string
	// RequirePasskeys: who moderates and signed in by mail alone acts as a resident.
	RequirePasskeys bool
}

// Door tells who makes a request, to the API and to the pages alike. Make it with NewDoor.
type Door struct {
	DoorOptions
	keys     VisitorKeys
	sessions *scs.SessionManager
	origins  *http.CrossOriginProtection
}

// NewDoor is a door over a database. Faults: Invalid for a base URL that is none.
func NewDoor(o DoorOptions) (*Door, error) {
	d := &Door{DoorOptions: o, origins: http.NewCrossOriginProtection()}
	d.sessions = newSessions(d)
	if o.BaseURL != "" {
		if err := d.origins.AddTrustedOrigin(o.BaseURL); err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "the base URL must be a scheme and a host, as https://carte.example.fr")
		}
	}
	return d, nil
}

// Who finds who makes a request: whom the bearer token stands for (RFC 6750), else
// whose session the cookie is, else the visitor at the address that it came from.
// A wrong token is refused, never taken for a visitor; a session that has ended
// leaves a visitor. Faults: Unauthenticated; Forbidden for who is blocked, and
// for a request that changes something and came with the cookie from another site's page.
func (d *Door) Who(r *http.Request) (Actor, error) {
	if given := r.Header.Get("Authorization"); given != "" {
		token, bearer := strings.CutPrefix(given, "Bearer ")
		if !bearer {
			return Actor{}, fault.New(fault.Unauthenticated, "the header Authorization must be: Bearer cq_…")
		}
		return ByToken(r.Context(), d.DB, strings.TrimSpace(token), d.Clock())
	}
	if actor, err := d.bySession(r); err != nil || actor.User != 0 {
		return actor, err
	}
	return d.Visitor(r)
}

// Nameless reports whether a request shows neither a token nor a session: Who
// would find a visitor.
func (d *Door) Nameless(r *http.Request) bool {
	return r.Header.Get("Authorization") == "" && d.given(r) == ""
}

// Visitor is the visitor at the address that a request came from, whoever is signed in there.
func (d *Door) Visitor(r *http.Request) (Actor, error) {
	key, err := d.keys.At(r.Context(), d.DB, d.Clock())
	if err != nil {
		return Actor{}, err
	}
	return VisitorFrom(d.AddressOf(r), key), nil
}

// AddressOf is where a request came from: behind a proxy, the last address in
// X-Forwarded-For, which the proxy wrote itself; those before it are the
// caller's word. It is the zero address on a unix socket: all of them share one quota.
func (d *Door) AddressOf(r *http.Request) netip.Addr {
	if d.BehindProxy {
		said := r.Header.Values("X-Forwarded-For")
		all := strings.Split(strings.Join(said, ","), ",")
		if address, err := netip.ParseAddr(strings.TrimSpace(all[len(all)-1])); err == nil {
			return address
		}
	}
	address, _ := netip.ParseAddrPort(r.RemoteAddr)
	return address.Addr()
}

// Protect refuses requests that change something and that a page of another site
// made a browser send (CSRF), signed in or not: signing somebody in as somebody
// else is such a change too. refuse answers them.
func (d *Door) Protect(next, refuse http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d.origins.Check(r) != nil {
			refuse.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
