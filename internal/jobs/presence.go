package jobs

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// presence tells the other nodes that this one lives: a lock of the database on its
// name, in a connection of its own. The database lets go of it as soon as the process
// is gone, however it ended; then the others take over what it was doing, and its lead.
// A machine that lost its power leaves its connections behind: the database ends this one
// when nothing was asked over it for silentFor.
//
// It also looks for jobs that are this node's own in the database and that it is not
// inside of: the database went away after it had given them, and before it said so.
type presence struct {
	node   string
	config *pgx.ConnConfig
	logger *slog.Logger
	inside *inside
	conn   *pgx.Conn            // nil while the database is away
	gone   map[string]time.Time // nodes without their lock at each look since then, by the database's clock
	lost   map[int64]time.Time  // own jobs that this node was not inside of at each look since then, likewise
	cancel context.CancelFunc
	over   chan struct{}
}

const (
	// presenceLock is the class of the locks on names of nodes; any number that nobody else takes.
	presenceLock = 0x6a6f6273
	// nodePrefix tells nodes that hold such a lock from those of earlier versions, which hold none.
	nodePrefix = "node-"
	// lookEvery is how often a node looks at the others.
	lookEvery = time.Second
	// lookTime bounds a look: a connection that says nothing is given up.
	lookTime = 5 * time.Second
	// goneAfter is how long a node has been without its lock when it is gone: one that lives
	// and only lost its connection takes the lock again at its next look.
	goneAfter = 4 * time.Second
	// silentFor is how long the database waits for a look before it gives the connection up.
	silentFor = 8 * time.Second
	// lostAfter is more than River takes to write down what became of a job.
	lostAfter = 10 * time.Second
)

// enter takes the lock, and looks for the first time what nodes that are gone left behind.
func enter(ctx context.Context, pool *pgxpool.Pool, logger *slog.Logger, inside *inside) (*presence, error) {
	p := &presence{node: nodePrefix + rand.Text(), config: pool.Config().ConnConfig, logger: logger, inside: inside, over: make(chan struct{})}
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
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if p.look(ctx) == nil || ctx.Err() != nil {
			continue
		}
		p.close()
		if err := p.look(ctx); err != nil && ctx.Err() == nil { // over a new connection: the lock is not to be missed
			p.logger.WarnContext(ctx, "jobs of nodes that are gone cannot be looked for; it is tried again", "again_in", lookEvery, "error", err)
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
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	if p.conn == nil {
		if err := p.connect(ctx); err != nil {
			return err
		}
	}
	gone, lost, err := p.find(ctx)
	if err != nil {
		return fmt.Errorf("look for jobs that nobody does: %w", err)
	}
	if len(gone)+len(lost) == 0 {
		return nil
	}
	tag, err := p.conn.Exec(ctx, takeOver, p.node, nodePrefix, presenceLock, gone, lost)
	if err != nil {
		return fmt.Errorf("take over jobs that nobody does: %w", err)
	}
	if count := tag.RowsAffected(); count > 0 {
		p.logger.WarnContext(ctx, "nobody was doing these jobs any more; they are done again", "jobs", count, "nodes_gone", len(gone))
	}
	return nil
}

// find gives the nodes that have been without their lock for goneAfter, and the own jobs
// that this node has not been inside of for lostAfter; neither is nil.
func (p *presence) find(ctx context.Context) (gone []string, lost []int64, err error) {
	rows, err := p.conn.Query(ctx, findUndone, p.node, nodePrefix, presenceLock, nil)
	if err != nil {
		return nil, nil, err
	}
	nodes, jobs := p.gone, p.lost
	p.gone, p.lost = make(map[string]time.Time), make(map[int64]time.Time)
	gone, lost = []string{}, []int64{}
	var node string
	var job int64
	var now time.Time
	_, err = pgx.ForEachRow(rows, []any{&node, &job, &now}, func() error {
		switch {
		case node != p.node:
			if since(nodes, p.gone, node, now) > goneAfter {
				gone = append(gone, node)
			}
		case !p.inside.holds(job) && since(jobs, p.lost, job, now) > lostAfter:
			lost = append(lost, job)
		}
		return nil
	})
	return gone, lost, err
}

// since keeps in after when something was found first, which before may know, and says
// how long ago that was.
func since[K comparable](before, after map[K]time.Time, found K, now time.Time) time.Duration {
	first, known := before[found]
	if !known {
		first = now
	}
	after[found] = first
	return now.Sub(first)
}

func (p *presence) connect(ctx context.Context) (err error) {
	if p.conn, err = pgx.ConnectConfig(ctx, p.config); err != nil {
		return fmt.Errorf("connect to hold the lock of a node: %w", err)
	}
	_, err = p.conn.Exec(ctx, `
		select set_config('idle_session_timeout', $3, false), pg_advisory_lock($1, hashtext($2))`, presenceLock, p.node, strconv.FormatInt(silentFor.Milliseconds(), 10))
	if err != nil {
		return fmt.Errorf("take the lock of a node: %w", err)
	}
	return nil
}

// withoutLock finds as gone the nodes that do or lead something and whose lock nobody
// holds: all of them, or only those of $4.
const withoutLock = `
	with nodes as materialized (
		select attempted_by[cardinality(attempted_by)] as node from river_job where state = 'running'
		union
		select leader_id from river_leader
	), gone as materialized (
		select node
		from nodes
		where case
			when node <> $1 and starts_with(node, $2) and ($4::text[] is null or node = any($4)) then pg_try_advisory_xact_lock($3, hashtext(node))
			else false
		end
	)`

// findUndone gives the nodes of withoutLock, and the jobs that are the own node's.
const findUndone = withoutLock + `
	select node, 0::bigint, clock_timestamp() from gone
	union all
	select $1, id, clock_timestamp() from river_job where state = 'running' and attempted_by[cardinality(attempted_by)] = $1`

// takeOver makes available again what nodes that are gone were doing, and the own jobs
// $5, and ends the lead of those nodes. An errand that it was the last attempt of is given up: it may be
// what ended them. A chore has its next turn anyway.
const takeOver = withoutLock + `, without_leader as (
		delete from river_leader where leader_id in (select node from gone)
	)
	update river_job set
		state = (case when kind = 'chore' or attempt < max_attempts then 'available' else 'discarded' end)::river_job_state,
		finalized_at = case when kind = 'chore' or attempt < max_attempts then null else now() end,
		attempt = case when kind = 'chore' then 0 else attempt end,
		scheduled_at = now()
	where state = 'running' and (
		attempted_by[cardinality(attempted_by)] in (select node from gone)
		or id = any($5) and attempted_by[cardinality(attempted_by)] = $1
	)`
