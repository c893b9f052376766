package accounts

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
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
		return "", fmt.Errorf("keep token: %w", pg.FaultOf(err))
	}
	return token, nil
}

// GrantsOf is what a user's token is for when nothing else is said.
func GrantsOf(role Role) []string {
	switch role {
	case Admin:
		return AllGrants
	case Moderator:
		return []string{"read", "contribute", "moderate"}
	case Visitor, Resident, Member, Agent, Importer:
	}
	return []string{"read", "contribute"}
}

// Less is what a token is for that is made for these things only. Faults: Invalid for what
// a user of that role could not do either.
func Less(role Role, asked []string) ([]string, error) {
	for _, grant := range asked {
		if !slices.Contains(GrantsOf(role), grant) {
			return nil, fault.New(fault.Invalid, "a token of the role %s is not for %q, only for %v", role, grant, GrantsOf(role))
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(asked))), nil
}

func hashOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// usedEvery is how exact last_used_at is: a write per request would cost more than it tells.
const usedEvery = 10 * time.Minute

// ByToken finds who a token stands for. Faults: Unauthenticated for a token
// that is unknown, expired or revoked, all alike; Forbidden when its user is blocked.
func ByToken(ctx context.Context, db pg.DB, token string, now time.Time) (Actor, error) {
	unknown := fault.New(fault.Unauthenticated, "the token is not known, or not valid any more")
	if !strings.HasPrefix(token, TokenPrefix) {
		return Actor{}, unknown
	}
	var actor Actor
	var id int64
	var used *time.Time
	var blocked bool
	err := db.QueryRow(ctx, `
		select t.id, t.scopes, t.last_used_at, u.id, u.role, coalesce(u.organisation_id, 0), u.manages, u.blocked_at is not null
		from api_tokens t
		join users u on u.id = t.user_id
		where t.hash = $1
			and t.revoked_at is null
			and (t.expires_at is null or t.expires_at > $2)`, hashOf(token), now.UTC(),
	).Scan(&id, &actor.Grants, &used, &actor.User, &actor.Role, &actor.Organisation, &actor.Manages, &blocked)
	if errors.Is(err, pgx.ErrNoRows) {
		return Actor{}, unknown
	}
	if err != nil {
		return Actor{}, fmt.Errorf("find token: %w", err)
	}
	if blocked {
		return Actor{}, fault.New(fault.Forbidden, "this account is blocked; ask the town why")
	}
	if actor.Scopes, err = scopesOf(ctx, db, actor.User); err != nil {
		return Actor{}, err
	}
	if used == nil || now.Sub(*used) > usedEvery {
		err = noteUse(ctx, db, id, actor.User, now.UTC())
	}
	return actor, err
}

// noteUse notes when a token was used, which is a visit of its user.
func noteUse(ctx context.Context, db pg.DB, token, user int64, now time.Time) error {
	_, err := db.Exec(ctx, `
		with used as (
			update api_tokens set last_used_at = $2 where id = $1
		)
		update users
		set last_seen_on = $2::date, warned_at = null
		where id = $3
			and email is not null
			and (last_seen_on is distinct from $2::date or warned_at is not null)`, token, now, user)
	if err != nil {
		return fmt.Errorf("note the use of token %d: %w", token, err)
	}
	return nil
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

// Token is a token as operators list them; the secret itself is not kept.
type Token struct {
	ID      int64
	User    string // name
	Role    Role
	Label   string
	Grants  []string
	Expires *time.Time // nil for never
	Used    *time.Time // nil for not yet; exact to ten minutes
	Revoked bool
}

// Tokens lists every token, the first one first.
func Tokens(ctx context.Context, db pg.DB) ([]Token, error) {
	rows, err := db.Query(ctx, `
		select t.id, u.name, u.role, t.label, t.scopes, t.expires_at, t.last_used_at, t.revoked_at is not null
		from api_tokens t
		join users u on u.id = t.user_id
		order by t.id`)
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Token])
}

// RevokeToken ends a token for ever; doing it twice is once. Faults: NotFound.
func RevokeToken(ctx context.Context, db pg.DB, id int64, now time.Time) error {
	tag, err := db.Exec(ctx, `update api_tokens set revoked_at = coalesce(revoked_at, $2) where id = $1`, id, now.UTC())
	if err != nil {
		return fmt.Errorf("revoke token %d: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.NotFound, "there is no token %d", id)
	}
	return nil
}

// RoleOf is the role of a user. Faults: NotFound.
func RoleOf(ctx context.Context, db pg.DB, user int64) (role Role, err error) {
	err = db.QueryRow(ctx, `select role from users where id = $1`, user).Scan(&role)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", fault.New(fault.NotFound, "there is no user %d", user)
	}
	if err != nil {
		return "", fmt.Errorf("find user %d: %w", user, err)
	}
	return role, nil
}
