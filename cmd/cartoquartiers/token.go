package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
)

type tokenCommand struct {
	Create tokenCreateCommand `cmd:"" help:"Make a token and print it: it cannot be shown again."`
	List   tokenListCommand   `cmd:"" help:"List the tokens, without their secrets."`
	Revoke tokenRevokeCommand `cmd:"" help:"End a token for ever."`
}

type tokenCreateCommand struct {
	User    int64    `placeholder:"ID" xor:"who" required:"" help:"Whom it stands for (see user list)."`
	Role    string   `placeholder:"ROLE" xor:"who" required:"" help:"Instead of --user: makes a user with this role, named after it and a number."`
	Label   string   `help:"What it is for, to tell tokens apart."`
	For     []string `placeholder:"read,…" help:"What it is for, of read, contribute, moderate and admin; whatever its user may without it."`
	Expires lifetime `placeholder:"30d" help:"How long it is valid: 30d, 12h; for ever without it."`
}

func (tokenCreateCommand) Help() string {
	return `Prints one token and nothing else. Programs send it in the header Authorization: Bearer cq_… Only its hash is kept. Every
token is for reading and contributing, a moderator's for moderating too; --for makes it one that proposes or decides less (what
its user follows it may still change). Where it may do so is where its user may: a territory, an organisation (see user create).

  TOKEN=$(cartoquartiers token create --role moderator)
  cartoquartiers token create --user 7 --label "wall screen" --for read
  cartoquartiers token create --user 7 --label "SIG export" --expires 30d`
}

// Run prints the token alone.
func (c tokenCreateCommand) Run(ctx context.Context, env *environment) error {
	return env.withPool(ctx, func(pool *pgxpool.Pool) error {
		now := time.Now()
		user, role, err := c.whom(ctx, pool, now)
		if err != nil {
			return err
		}
		t := accounts.NewToken{User: user, Label: c.Label}
		if t.Grants, err = c.grants(role); err != nil {
			return err
		}
		if c.Expires > 0 {
			t.Expires = now.Add(time.Duration(c.Expires))
		}
		token, err := accounts.CreateToken(ctx, pool, t, now)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(env.stdout, token)
		return err
	})
}

func (c tokenCreateCommand) grants(role accounts.Role) ([]string, error) {
	if len(c.For) == 0 {
		return accounts.GrantsOf(role), nil
	}
	grants, err := accounts.Less(role, c.For)
	if err != nil {
		return nil, misuse{err}
	}
	return grants, nil
}

// whom finds the user that the token stands for, or makes one of the role.
func (c tokenCreateCommand) whom(ctx context.Context, pool *pgxpool.Pool, now time.Time) (int64, accounts.Role, error) {
	if c.Role == "" {
		role, err := accounts.RoleOf(ctx, pool, c.User)
		return c.User, role, err
	}
	role := accounts.Role(c.Role)
	if role == accounts.Member {
		return 0, role, misuse{fault.New(fault.Invalid, "a member acts for an organisation: user create --role member --organisation ID, then token create --user ID")}
	}
	if _, err := c.grants(role); err != nil { // before a user is made for nothing
		return 0, role, err
	}
	name, err := accounts.NextName(ctx, pool, role)
	if err != nil {
		return 0, role, err
	}
	user, err := accounts.CreateUser(ctx, pool, accounts.NewUser{Name: name, Role: role}, now)
	return user, role, err
}

// lifetime is a duration that can also be in days, 30d.
type lifetime time.Duration

// UnmarshalText is called by kong.
func (l *lifetime) UnmarshalText(text []byte) error {
	given := string(text)
	if days, inDays := strings.CutSuffix(given, "d"); inDays {
		n, err := strconv.Atoi(days)
		if err != nil || n < 1 || n > 36_500 {
			return fmt.Errorf("%q is not a number of days like 30d", given)
		}
		*l = lifetime(time.Duration(n) * 24 * time.Hour)
		return nil
	}
	d, err := time.ParseDuration(given)
	if err != nil || d <= 0 {
		return errors.New("takes 30d or 12h")
	}
	*l = lifetime(d)
	return nil
}

type tokenListCommand struct{}

// Run prints a line a token.
func (tokenListCommand) Run(ctx context.Context, env *environment) error {
	return env.withPool(ctx, func(pool *pgxpool.Pool) error {
		tokens, err := accounts.Tokens(ctx, pool)
		if err != nil {
			return err
		}
		lines := []string{"ID\tUSER\tROLE\tFOR\tEXPIRES\tUSED\tLABEL"}
		for _, t := range tokens {
			expires := instantOr(t.Expires, "never")
			if t.Revoked {
				expires = "revoked"
			}
			lines = append(lines, fmt.Sprintf("%d\t%s\t%s\t%s\t%s\t%s\t%s",
				t.ID, t.User, t.Role, strings.Join(t.Grants, ","), expires, instantOr(t.Used, "not yet"), t.Label))
		}
		return env.table(lines)
	})
}

func instantOr(at *time.Time, otherwise string) string {
	if at == nil {
		return otherwise
	}
	return at.UTC().Format(time.RFC3339)
}

type tokenRevokeCommand struct {
	ID int64 `arg:"" help:"Number of the token (see token list)."`
}

// Run ends the token; programs that use it get 401 from now on.
func (c tokenRevokeCommand) Run(ctx context.Context, env *environment) error {
	return env.withPool(ctx, func(pool *pgxpool.Pool) error {
		return accounts.RevokeToken(ctx, pool, c.ID, time.Now())
	})
}
