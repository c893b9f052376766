package embedded

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"cartoquartiers/internal/fault"
)

// The pauses between attempts double from the first to the longest; the whole
// takes at most Options.StartTimeout.
const (
	firstPause   = 100 * time.Millisecond
	longestPause = 2 * time.Second
)

// ensure makes the cluster run: the one that runs already, or a new postgres.
// Called under change.lock.
func (c *Cluster) ensure(ctx context.Context) error {
	with, err := c.installed()
	if err != nil {
		return err
	}
	if err := c.initialise(ctx, with); err != nil {
		return err
	}
	if c.options.Throwaway {
		if err := c.startWatchdog(); err != nil {
			return err
		}
	}
	found, err := c.findOrLaunch(ctx, with)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.postmaster = found
	c.mu.Unlock()
	return c.createDatabase(ctx)
}

func (c *Cluster) findOrLaunch(ctx context.Context, with installation) (*postmaster, error) {
	for wait := firstPause; ; wait = min(2*wait, longestPause) {
		found, err := c.find(ctx)
		if !errors.Is(err, errNotRunning) {
			return found, err
		}
		launched, err := c.launch(ctx, with)
		if err == nil {
			return launched, nil
		}
		if !heldByOrphans(err) {
			return nil, err
		}
		c.options.Logger.Warn("processes of a killed PostgreSQL still hold the cluster, trying again", "pause", wait)
		c.endOrphans()
		if pause(ctx, wait) != nil {
			return nil, err
		}
	}
}

// find gives the postmaster that runs already, once it is ready; errNotRunning also
// when it ends while we wait: it was stopping, or failed to start.
func (c *Cluster) find(ctx context.Context) (*postmaster, error) {
	for {
		found, err := c.running(ctx)
		if err != nil {
			return nil, err
		}
		err = c.awaitReady(ctx, found)
		if err == nil && c.answers(ctx) {
			return found, nil
		}
		if pause(ctx, readyPause) != nil {
			return nil, fault.Wrap(fault.Unavailable, err, "PostgreSQL in %s (process %d) does not get ready", c.paths.cluster, found.process.Pid)
		}
	}
}

// answers tells whether a new connection works, or fails only because there are
// too many: a postmaster that was killed a moment ago still has its socket.
func (c *Cluster) answers(ctx context.Context) bool {
	conn, err := pgx.Connect(ctx, c.AdminURL())
	if err == nil {
		return conn.Close(ctx) == nil
	}
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.Code == "53300"
}

// heldByOrphans recognises PostgreSQL's refusal to start over the remains of a
// killed server: backends attached to its shared memory, its postmaster, or a
// postmaster that has made its lock file and not yet written its number in it.
func heldByOrphans(err error) bool {
	words := err.Error()
	return strings.Contains(words, "pre-existing shared memory block") ||
		strings.Contains(words, "lock file ") &&
			(strings.Contains(words, "already exists") || strings.Contains(words, "is empty"))
}

// endOrphans asks the backends of a dead postmaster to end. A busy one does not
// notice by itself that its postmaster is gone, and would hold the cluster
// until its query is over. SIGTERM is what pg_terminate_backend sends.
func (c *Cluster) endOrphans() {
	dirs, _ := filepath.Glob("/proc/[0-9]*") // the pattern is constant
	for _, dir := range dirs {
		if program(dir) != "postgres" || !c.worksHere(dir) {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(dir)) // digits, by the pattern
		err := syscall.Kill(pid, syscall.SIGTERM)
		if err != nil && !errors.Is(err, syscall.ESRCH) {
			c.options.Logger.Warn("an orphaned PostgreSQL process cannot be ended", "pid", pid, "error", err)
		}
	}
}

// program is the short name of a process, given as its directory in /proc.
func program(dir string) string {
	name, _ := os.ReadFile(filepath.Join(dir, "comm")) // ended meanwhile: no name
	return strings.TrimSpace(string(name))
}

// worksHere tells whether a process stands in the cluster directory, as all of
// its PostgreSQL processes do. False when the kernel does not let us know.
func (c *Cluster) worksHere(dir string) bool {
	here, err := os.Stat(c.paths.cluster)
	if err != nil {
		return false
	}
	there, err := os.Stat(filepath.Join(dir, "cwd"))
	return err == nil && os.SameFile(here, there)
}

// ignoreReusedPID helps after a crash of the machine: postmaster.pid then names
// a process number that some other program of the same user may bear now, and
// PostgreSQL would take that program for a running postmaster. It never does so
// for its own grandparent, which pg_ctl names in this variable; we name the
// stranger. PostgreSQL still checks the shared memory block.
func (c *Cluster) ignoreReusedPID() []string {
	lines := c.pidFile()
	if len(lines) == 0 {
		return nil
	}
	name := program(filepath.Join("/proc", lines[0]))
	if name == "" || name == "postgres" {
		return nil
	}
	return []string{"PG_GRANDPARENT_PID=" + lines[0]}
}
