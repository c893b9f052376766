package jobs

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// presence tells the other nodes that this one lives: a lock of the database on its
// name, in a connection of its own. The database lets go of it as soon as the process
// is gone, however it ended; then the others take over what it was doing, and its lead.
// A machine that lost its power leaves its connections behind: for that there is
// RescueStuckJobsAfter.
type presence struct {
	node   string
	config *pgx.ConnConfig
	logger *slog.Logger
	conn   *pgx.Conn // nil while the database is away
	cancel context.CancelFunc
	over   chan struct{}
}

const (
	// presenceLock is the class of the locks on names of nodes; any number that nobody else takes.
	presenceLock = 0x6a6f6273
	// nodePrefix tells nodes that hold such a lock from those of earlier versions, which hold none.
	nodePrefix = "node-"
)

// enter takes the lock, and takes over at once what nodes that are gone left behind.
func enter(ctx context.Context, pool *pgxpool.Pool, logger *slog.Logger) (*presence, error) {
	p := &presence{node: nodePrefix + rand.Text(), config: pool.Config().ConnConfig, logger: logger, over: make(chan struct{})}
	if err := p.look(ctx); err != nil {
		p.close()
		return nil, err
	}
	ctx, p.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go p.keep(ctx)
	return p, nil
}

// leave lets go of the lock.
func (p *presence) leave() {
	p.cancel()
	<-p.over
}

// keep looks at the others until it is cancelled.
func (p *presence) keep(ctx context.Context) {
	defer close(p.over)
	defer p.close()
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := p.look(ctx); err != nil && ctx.Err() == nil {
			p.logger.WarnContext(ctx, "jobs of nodes that are gone cannot be looked for; it is tried again", "again_in", pollEvery, "error", err)
			p.close()
		}
	}
}

func (p *presence) close() {
	if p.conn != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = p.conn.Close(ctx) // it is given up either way
		p.conn = nil
	}
}

// look takes over from nodes that are gone. It connects first where the connection was lost.
func (p *presence) look(ctx context.Context) error {
	if p.conn == nil {
		if err := p.connect(ctx); err != nil {
			return err
		}
	}
	tag, err := p.conn.Exec(ctx, takeOver, p.node, nodePrefix, presenceLock)
	if err != nil {
		return fmt.Errorf("take over from nodes that are gone: %w", err)
	}
	if count := tag.RowsAffected(); count > 0 {
		p.logger.WarnContext(ctx, "a node is gone; what it was doing is done again", "jobs", count)
	}
	return nil
}

func (p *presence) connect(ctx context.Context) (err error) {
	if p.conn, err = pgx.ConnectConfig(ctx, p.config); err != nil {
		return fmt.Errorf("connect to hold the lock of a node: %w", err)
	}
	if _, err = p.conn.Exec(ctx, `select pg_advisory_lock($1, hashtext($2))`, presenceLock, p.node); err != nil {
		return fmt.Errorf("take the lock of a node: %w", err)
	}
	return nil
}

// takeOver makes available again what nodes were doing whose lock nobody holds, and
// ends their lead. An errand that it was the last attempt of is given up: it may be
// what ended them. A chore has its next turn anyway.
const takeOver = `
	with nodes as materialized (
		select attempted_by[cardinality(attempted_by)] as node from river_job where state = 'running'
		union
		select leader_id from river_leader
	), gone as materialized (
		select node
		from nodes
		where case when node <> $1 and starts_with(node, $2) then pg_try_advisory_xact_lock($3, hashtext(node)) else false end
	), without_leader as (
		delete from river_leader where leader_id in (select node from gone)
	)
	update river_job set
		state = (case when kind = 'chore' or attempt < max_attempts then 'available' else 'discarded' end)::river_job_state,
		finalized_at = case when kind = 'chore' or attempt < max_attempts then null else now() end,
		attempt = case when kind = 'chore' then 0 else attempt end,
		scheduled_at = now()
	where state = 'running' and attempted_by[cardinality(attempted_by)] in (select node from gone)`
