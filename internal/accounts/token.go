package accounts

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
)

// TokenPrefix begins every API token, so that leaked ones can be searched for.
const TokenPrefix = "cq_"

// AllGrants lists what a token can be for.
var AllGrants = []string{"read", "contribute", "moderate", "admin"}

// NewToken is a token to create for a user.
type NewToken struct {
	User    int64
	Label   string
	Grants  []string
	Expires time.Time // zero for never
}

// CreateToken makes a token and returns it; only its hash is kept, so it cannot be shown again.
func CreateToken(ctx context.Context, db pg.DB, t NewToken, now time.Time) (string, error) {
	var secret [32]byte
	if _, err := rand.Read(secret[:]); err != nil {
		return "", fmt.Errorf("make token: %w", err)
	}
	token := TokenPrefix + base64.RawURLEncoding.EncodeToString(secret[:])
	var expires *time.Time
	if !t.Expires.IsZero() {
		expires = &t.Expires
	}
	_, err := db.Exec(ctx, `
		insert into api_tokens (user_id, hash, label, scopes, created_at, expires_at)
		values ($1, $2, $3, $4, $5, $6)`, t.User, hashOf(token), t.Label, t.Grants, now.UTC(), expires)
	if err != nil {
		return "", fmt.Errorf("keep token: %w", err)
	}
	return token, nil
}

func hashOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// usedEvery is how exact last_used_at is: a write per request would cost more than it tells.
const usedEvery = 10 * time.Minute

// ByToken finds who a token stands for. Faults: Unauthenticated for a token
// that is unknown, expired, revoked, or whose user is blocked — all alike.
func ByToken(ctx context.Context, db pg.DB, token string, now time.Time) (Actor, error) {
	unknown := fault.New(fault.Unauthenticated, "the token is not known, or not valid any more")
	if !strings.HasPrefix(token, TokenPrefix) {
		return Actor{}, unknown
	}
	var actor Actor
	var id int64
	var used *time.Time
	err := db.QueryRow(ctx, `
		select t.id, t.scopes, t.last_used_at, u.id, u.role, coalesce(u.organisation_id, 0)
		from api_tokens t
		join users u on u.id = t.user_id
		where t.hash = $1
			and t.revoked_at is null
			and (t.expires_at is null or t.expires_at > $2)
			and u.blocked_at is null`, hashOf(token), now.UTC(),
	).Scan(&id, &actor.Grants, &used, &actor.User, &actor.Role, &actor.Organisation)
	if errors.Is(err, pgx.ErrNoRows) {
		return Actor{}, unknown
	}
	if err != nil {
		return Actor{}, fmt.Errorf("find token: %w", err)
	}
	if actor.Scopes, err = scopesOf(ctx, db, actor.User); err != nil {
		return Actor{}, err
	}
	if used == nil || now.Sub(*used) > usedEvery {
		_, err = db.Exec(ctx, `update api_tokens set last_used_at = $2 where id = $1`, id, now.UTC())
	}
	return actor, err
}

func scopesOf(ctx context.Context, db pg.DB, user int64) ([]Scope, error) {
	rows, err := db.Query(ctx, `
		select coalesce(neighbourhood, ''), coalesce(group_id, '')
		from user_scopes
		where user_id = $1
		order by 1, 2`, user)
	if err != nil {
		return nil, fmt.Errorf("find scopes of user %d: %w", user, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Scope])
}

// VisitorFrom is the visitor at an address. The address itself is not kept: only a
// keyed hash of its prefix (the whole of IPv4, the /64 of IPv6), to count by.
func VisitorFrom(address netip.Addr, key []byte) Actor {
	visitor := Actor{Role: Visitor, Grants: []string{"read", "contribute"}}
	bits := 64
	if address = address.Unmap(); address.Is4() {
		bits = 32
	}
	prefix, err := address.Prefix(bits)
	if err != nil {
		return visitor // no address, as on a unix socket: all of them share one quota
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(prefix.String()))
	visitor.PrefixHash = mac.Sum(nil)
	return visitor
}
