package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"cartoquartiers/internal/accounts"
)

type orgCommand struct {
	Create orgCreateCommand `cmd:"" help:"Make an organisation and print its number."`
	List   orgListCommand   `cmd:"" help:"List the organisations."`
}

type orgCreateCommand struct {
	Name string `required:"" help:"Its name."`
}

// Run prints the number alone.
func (c orgCreateCommand) Run(ctx context.Context, env *environment) error {
	return env.withPool(ctx, func(pool *pgxpool.Pool) error {
		id, err := accounts.CreateOrganisation(ctx, pool, c.Name, time.Now())
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(env.stdout, id)
		return err
	})
}

type orgListCommand struct{}

// Run prints a line an organisation.
func (orgListCommand) Run(ctx context.Context, env *environment) error {
	return env.withPool(ctx, func(pool *pgxpool.Pool) error {
		all, err := accounts.Organisations(ctx, pool)
		if err != nil {
			return err
		}
		lines := []string{"ID\tNAME"}
		for _, o := range all {
			lines = append(lines, fmt.Sprintf("%d\t%s", o.ID, o.Name))
		}
		return env.table(lines)
	})
}
