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
		if found := c.running(); found != nil {
			// It may be starting or stopping; if it ends, we start our own.
			if c.awaitReady(ctx, found) == nil {
				return found, nil
			}
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

// heldByOrphans recognises PostgreSQL's refusal to start over the remains of a
// killed postmaster: backends attached to its shared memory, or the postmaster itself.
func heldByOrphans(err error) bool {
	words := err.Error()
	return strings.Contains(words, "pre-existing shared memory block") ||
		strings.Contains(words, `lock file "postmaster.pid" already exists`) ||
		strings.Contains(words, "lock file \""+socketName)
}

// endOrphans asks the backends of a dead postmaster to end. A busy one does not
// notice by itself that its postmaster is gone, and would hold the cluster
// until its query is over. SIGTERM is what pg_terminate_backend sends.
func (c *Cluster) endOrphans() {
	dirs, _ := filepath.Glob("/proc/[0-9]*") // the pattern is constant
	for _, dir := range dirs {
		// PostgreSQL's processes stand in the cluster directory. An unreadable link is not ours.
		where, err := os.Readlink(filepath.Join(dir, "cwd"))
		if err != nil || where != c.paths.cluster || program(dir) != "postgres" {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(dir)) // digits, by the pattern
		err = syscall.Kill(pid, syscall.SIGTERM)
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
