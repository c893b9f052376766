package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"cartoquartiers/internal/accounts"
)

type userCommand struct {
	Create  userCreateCommand  `cmd:"" help:"Make a user and print its number."`
	List    userListCommand    `cmd:"" help:"List the users."`
	Block   userBlockCommand   `cmd:"" help:"End what a user may do; their tokens are refused."`
	Unblock userUnblockCommand `cmd:"" help:"Let a blocked user begin again."`

	ForgetPasskeys userForgetPasskeysCommand `cmd:"" help:"Take all passkeys of a user who has lost them, and end their sessions."`
}

type userCreateCommand struct {
	Name          string   `help:"What operators call this user; never public. Without it, the role and a number."`
	Email         string   `placeholder:"ADDRESS" help:"To sign in with, by a link; never shown to anybody else."`
	Role          string   `required:"" enum:"resident,member,agent,moderator,admin" help:"resident, member, agent, moderator or admin."`
	Organisation  int64    `placeholder:"ID" help:"That a member acts for (see org list)."`
	Neighbourhood []string `placeholder:"CODE,…" help:"Only in these neighbourhoods; everywhere without it."`
	Group         []string `placeholder:"ID,…" help:"Only for these groups of categories; for all without it."`
}

func (userCreateCommand) Help() string {
	return `Makes a user, who signs in at /connexion with their e-mail, or whom a token stands for. An agent's changes in their neighbourhoods and groups are live at once;
a moderator sees and decides what is proposed in theirs.

  cartoquartiers user create --email maire@ville.example.fr --role admin
  cartoquartiers user create --name "Mairie annexe" --role agent --neighbourhood centre,nord
  cartoquartiers token create --user 7`
}

// Run prints the number alone.
func (c userCreateCommand) Run(ctx context.Context, env *environment) error {
	return env.withPool(ctx, func(pool *pgxpool.Pool) error {
		role, name := accounts.Role(c.Role), c.Name
		if name == "" {
			var err error
			if name, err = accounts.NextName(ctx, pool, role); err != nil {
				return err
			}
		}
		id, err := accounts.CreateUser(ctx, pool, accounts.NewUser{
			Name: name, Email: c.Email, Role: role, Organisation: c.Organisation, Scopes: scopes(c.Neighbourhood, c.Group),
		}, time.Now())
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(env.stdout, id)
		return err
	})
}

// scopes are each neighbourhood with each group; where one is not said, any.
func scopes(neighbourhoods, groups []string) (all []accounts.Scope) {
	if len(neighbourhoods)+len(groups) == 0 {
		return nil
	}
	for _, neighbourhood := range orAny(neighbourhoods) {
		for _, group := range orAny(groups) {
			all = append(all, accounts.Scope{Neighbourhood: neighbourhood, Group: group})
		}
	}
	return all
}

func orAny(values []string) []string {
	if len(values) == 0 {
		return []string{""}
	}
	return values
}

type userListCommand struct {
	Emails bool `help:"Show e-mail addresses too: personal data, which end up in your terminal's history."`
}

// Run prints a line a user.
func (c userListCommand) Run(ctx context.Context, env *environment) error {
	return env.withPool(ctx, func(pool *pgxpool.Pool) error {
		users, err := accounts.Users(ctx, pool)
		if err != nil {
			return err
		}
		lines := []string{"ID\tNAME\tROLE\tORGANISATION\tWHERE"}
		if c.Emails {
			lines[0] += "\tE-MAIL"
		}
		for _, u := range users {
			where := strings.Join(u.Scopes, " ")
			if u.Blocked {
				where = "blocked"
			}
			line := fmt.Sprintf("%d\t%s\t%s\t%s\t%s", u.ID, u.Name, u.Role, u.Organisation, where)
			if c.Emails {
				line += "\t" + u.Email
			}
			lines = append(lines, line)
		}
		return env.table(lines)
	})
}

type userBlockCommand struct {
	ID int64 `arg:"" help:"Number of the user (see user list)."`
}

// Run blocks the user; what they made stays.
func (c userBlockCommand) Run(ctx context.Context, env *environment) error {
	return env.withPool(ctx, func(pool *pgxpool.Pool) error {
		return accounts.BlockUser(ctx, pool, c.ID, time.Now())
	})
}

type userUnblockCommand struct {
	ID int64 `arg:"" help:"Number of the user (see user list)."`
}

func (userUnblockCommand) Help() string {
	return `Lets a blocked user contribute again. Trust begins anew: rules and quotas count only what comes from now on.`
}

// Run unblocks the user.
func (c userUnblockCommand) Run(ctx context.Context, env *environment) error {
	return env.withPool(ctx, func(pool *pgxpool.Pool) error {
		return accounts.UnblockUser(ctx, pool, c.ID, time.Now())
	})
}

type userForgetPasskeysCommand struct {
	ID int64 `arg:"" help:"Number of the user (see user list)."`
}

// Run lets the user add a new passkey after the next link.
func (c userForgetPasskeysCommand) Run(ctx context.Context, env *environment) error {
	return env.withPool(ctx, func(pool *pgxpool.Pool) error {
		return accounts.ForgetPasskeys(ctx, pool, c.ID)
	})
}

// withPool lends a command the database, and closes it afterwards.
func (e *environment) withPool(ctx context.Context, work func(pool *pgxpool.Pool) error) (err error) {
	database, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, database.Close(context.WithoutCancel(ctx))) }()
	return work(database.Pool)
}

// table prints lines with tabs in columns.
func (e *environment) table(lines []string) error {
	table := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	for _, line := range lines {
		if _, err := fmt.Fprintln(table, line); err != nil {
			return err
		}
	}
	return table.Flush()
}
