package main

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"cartoquartiers/internal/mail"
)

type mailCommand struct {
	Bounce mailBounceCommand `cmd:"" help:"End mail to an address that bounces."`
	Resume mailResumeCommand `cmd:"" help:"Begin mail to an address again."`
}

type mailBounceCommand struct {
	Address string `arg:"" help:"The address, as the bounce names it."`
}

func (mailBounceCommand) Help() string {
	return `Ends mail to an address: nothing is sent there any more but the links that its owner asks for, and the first one used
begins it again. Addresses that the mail server refuses while it is being told are ended by themselves; this is for a town that reads
the bounces that come back later.

  cartoquartiers mail bounce rosa@example.org`
}

// Run ends it; saying so twice is no fault.
func (c mailBounceCommand) Run(ctx context.Context, env *environment) error {
	return env.withPool(ctx, func(pool *pgxpool.Pool) error { return mail.Stop(ctx, pool, c.Address, time.Now()) })
}

type mailResumeCommand struct {
	Address string `arg:"" help:"The address."`
}

// Run begins it again.
func (c mailResumeCommand) Run(ctx context.Context, env *environment) error {
	return env.withPool(ctx, func(pool *pgxpool.Pool) error { return mail.Resume(ctx, pool, c.Address) })
}
