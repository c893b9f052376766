package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
)

// Passkeys sign people in with a key of their device, which a site that looks like
// ours cannot get at (WebAuthn, https://www.w3.org/TR/webauthn-3/).
type Passkeys struct {
	DB    pg.DB
	Clock func() time.Time
	party *webauthn.WebAuthn
}

const (
	addingKey  = "add_passkey"
	signingKey = "use_passkey"
)

// NewPasskeys are those of the site at a base URL: keys made for one host work
// for no other. Browsers know none for a bare IP address: there they are as for localhost.
func NewPasskeys(p Passkeys, baseURL string) (*Passkeys, error) {
	u, err := url.Parse(baseURL)
	if err != nil || u.Hostname() == "" {
		return nil, errors.New("passkeys need the address of the site")
	}
	host, origin := u.Hostname(), u.Scheme+"://"+u.Host
	if _, err := netip.ParseAddr(host); err == nil {
		host = "localhost"
		origin = strings.TrimSuffix(u.Scheme+"://localhost:"+u.Port(), ":")
	}
	p.party, err = webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: "CartoQuartiers", RPOrigins: []string{origin},
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys: %w", err)
	}
	return &p, nil
}

func (p *Passkeys) ceremonies() ceremonies { return ceremonies{p.DB, p.Clock} }

// Ceremony is what a browser is handed to begin with: options for the device, and
// the secret that finishes it.
type Ceremony struct {
	Options  any    `json:"options"`
	Ceremony string `json:"ceremony"`
}

// BeginAdding begins to add a key to the account of an actor. Faults:
// Unauthenticated without a session; Forbidden for a session by link where there is a
// key already: whoever reads somebody's mail must not add a key of their own.
func (p *Passkeys) BeginAdding(ctx context.Context, actor Actor) (Ceremony, error) {
	holder, err := p.mayChange(ctx, actor)
	if err != nil {
		return Ceremony{}, err
	}
	options, session, err := p.party.BeginRegistration(holder, webauthn.WithExclusions(webauthn.Credentials(holder.keys).CredentialDescriptors()))
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin to add a passkey: %w", err)
	}
	secret, err := p.ceremonies().begin(ctx, addingKey, actor.User, session)
	return Ceremony{options, secret}, err
}

// mayChange is the holder of keys that a session may add to or take from.
func (p *Passkeys) mayChange(ctx context.Context, actor Actor) (*holder, error) {
	if actor.Session == 0 {
		return nil, fault.New(fault.Unauthenticated, "this page needs an account")
	}
	holder, err := holderOf(ctx, p.DB, `id = $1`, actor.User)
	if err != nil {
		return nil, err
	}
	if len(holder.keys) > 0 && actor.Method == ByLink {
		return nil, fault.New(fault.Forbidden, "sign in with the passkey that you have to change your passkeys")
	}
	return holder, nil
}

// FinishAdding keeps the key that the device made. Faults: Unauthenticated,
// Forbidden as BeginAdding; Invalid for an answer that does not fit.
func (p *Passkeys) FinishAdding(ctx context.Context, actor Actor, secret string, answer io.Reader) error {
	holder, err := p.mayChange(ctx, actor)
	if err != nil {
		return err
	}
	var session webauthn.SessionData
	if err := p.ceremonies().finish(ctx, addingKey, secret, actor.User, &session); err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBody(answer)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "the device's answer is not that of a passkey")
	}
	key, err := p.party.CreateCredential(holder, session, parsed)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "the device's answer is not that of a passkey")
	}
	text, err := json.Marshal(key)
	if err != nil {
		return fmt.Errorf("keep passkey: %w", err)
	}
	_, err = p.DB.Exec(ctx, `
		insert into passkeys (user_id, credential_id, credential, created_at)
		values ($1, $2, $3, $4)`, actor.User, key.ID, text, p.Clock().UTC())
	if err != nil {
		return fmt.Errorf("keep passkey: %w", pg.FaultOf(err))
	}
	return nil
}

// BeginSigning begins to sign somebody in: which account it is, the key will say.
func (p *Passkeys) BeginSigning(ctx context.Context) (Ceremony, error) {
	options, session, err := p.party.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin to use a passkey: %w", err)
	}
	secret, err := p.ceremonies().begin(ctx, signingKey, 0, session)
	return Ceremony{options, secret}, err
}

// FinishSigning finds whose key answered. Faults: Unauthenticated for an unknown
// key, a wrong answer, a copied key; Forbidden for a blocked user.
func (p *Passkeys) FinishSigning(ctx context.Context, secret string, answer io.Reader) (user int64, err error) {
	var session webauthn.SessionData
	if err := p.ceremonies().finish(ctx, signingKey, secret, 0, &session); err != nil {
		return 0, err
	}
	unknown := func(err error) error {
		return fault.Wrap(fault.Unauthenticated, err, "this passkey opens no account here")
	}
	parsed, err := protocol.ParseCredentialRequestResponseBody(answer)
	if err != nil {
		return 0, unknown(err)
	}
	found, key, err := p.party.ValidatePasskeyLogin(func(_, mark []byte) (webauthn.User, error) {
		return holderOf(ctx, p.DB, `mark = encode($1, 'hex')::uuid`, mark)
	}, session, parsed)
	if err != nil {
		return 0, unknown(err)
	}
	if key.Authenticator.CloneWarning {
		return 0, unknown(errors.New("its counter went back: somebody may have copied it"))
	}
	owner, _ := found.(*holder) // it is from the function above
	if owner.blocked {
		return 0, fault.New(fault.Forbidden, "this account is blocked; ask the town why")
	}
	return owner.id, p.used(ctx, key)
}

// used notes the counter of a key.
func (p *Passkeys) used(ctx context.Context, key *webauthn.Credential) error {
	text, err := json.Marshal(key)
	if err != nil {
		return fmt.Errorf("note the use of a passkey: %w", err)
	}
	_, err = p.DB.Exec(ctx, `update passkeys set credential = $2, used_at = $3 where credential_id = $1`, key.ID, text, p.Clock().UTC())
	if err != nil {
		return fmt.Errorf("note the use of a passkey: %w", err)
	}
	return nil
}

// Remove takes a key from the account of an actor. Faults as BeginAdding; NotFound.
func (p *Passkeys) Remove(ctx context.Context, actor Actor, id int64) error {
	if _, err := p.mayChange(ctx, actor); err != nil {
		return err
	}
	tag, err := p.DB.Exec(ctx, `delete from passkeys where id = $1 and user_id = $2`, id, actor.User)
	if err != nil {
		return fmt.Errorf("remove passkey %d: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.NotFound, "there is no passkey %d of yours", id)
	}
	return nil
}

// ForgetPasskeys takes all keys of a user who has lost them, and ends their sessions:
// what an operator does, who knows the person.
func ForgetPasskeys(ctx context.Context, db pg.DB, user int64) error {
	if _, err := RoleOf(ctx, db, user); err != nil {
		return err
	}
	if _, err := db.Exec(ctx, `delete from passkeys where user_id = $1`, user); err != nil {
		return fmt.Errorf("forget the passkeys of user %d: %w", user, err)
	}
	return RevokeSessions(ctx, db, user, 0)
}

// Passkey is a key as its user sees it.
type Passkey struct {
	ID      int64
	Created time.Time
	Used    *time.Time // nil for not yet
}

// PasskeysOf are the keys of a user, the first one first.
func PasskeysOf(ctx context.Context, db pg.DB, user int64) ([]Passkey, error) {
	rows, err := db.Query(ctx, `select id, created_at, used_at from passkeys where user_id = $1 order by id`, user)
	if err != nil {
		return nil, fmt.Errorf("list passkeys of user %d: %w", user, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Passkey])
}

// holder is a user as WebAuthn sees them.
type holder struct {
	id      int64
	mark    []byte // 16 bytes that say nothing of anybody: the user handle
	name    string // that the device shows
	blocked bool
	keys    []webauthn.Credential
}

// WebAuthnID is for webauthn, as the others.
func (h *holder) WebAuthnID() []byte { return h.mark }

// WebAuthnName is the e-mail, which stays on the device.
func (h *holder) WebAuthnName() string { return h.name }

// WebAuthnDisplayName is documented at WebAuthnName.
func (h *holder) WebAuthnDisplayName() string { return h.name }

// WebAuthnCredentials are the keys.
func (h *holder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

// holderOf finds one by a condition of ours. Faults: NotFound.
func holderOf(ctx context.Context, db pg.DB, condition string, value any) (*holder, error) {
	h := &holder{}
	var keys []byte
	err := db.QueryRow(ctx, `
		select
			u.id,
			decode(replace(u.mark::text, '-', ''), 'hex'),
			coalesce(u.email, u.name),
			u.blocked_at is not null,
			(select coalesce(jsonb_agg(p.credential order by p.id), '[]') from passkeys p where p.user_id = u.id)
		from users u
		where u.erased_at is null and u.`+condition, value).Scan(&h.id, &h.mark, &h.name, &h.blocked, &keys)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "there is no such account")
	}
	if err != nil {
		return nil, fmt.Errorf("find the passkeys of an account: %w", err)
	}
	return h, json.Unmarshal(keys, &h.keys)
}
