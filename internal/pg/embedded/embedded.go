// Package embedded runs a private PostGIS cluster from the system's own
// PostgreSQL packages, for whoever has no database server and wants none.
//
// It is not a driver and not a supervisor for other clusters: with a
// DATABASE_URL nothing here runs. It listens on a unix socket only, in a
// directory that nobody else can enter.
//
// Start here: Connect chooses between DATABASE_URL and the private cluster, for
// every command. Start is for the server, Use for commands that run beside it.
//
// # Who holds what
//
// Beside the cluster directory DIR lies DIR.run with the socket, PostgreSQL's
// log and three lock files (flock(2), so the kernel frees them when a process dies):
//
//   - server.lock: held by the one server of this directory;
//   - users.lock: shared by all who use the cluster; the last one out stops it;
//   - change.lock: held for the moment of joining, starting or stopping.
//
// # When a server dies
//
// postgres is our child but outlives us: no parent-death signal. Pdeathsig is
// sent when the creating *thread* ends, which Go does not promise to keep; it
// would also stop the cluster under a command that still uses it. An orphaned
// cluster is whole and harmless: the next start finds it by its socket and uses
// it. When postgres itself was killed, backends of the dead cluster can hold its
// shared memory for some seconds; a start then asks them to end and tries again
// with growing pauses. postmaster.pid is PostgreSQL's own interlock against two
// servers on one directory: nothing here ever deletes it.
package embedded

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"cartoquartiers/internal/fault"
)

// Names inside the cluster: the superuser prepares it, the application's role
// owns the application's database and nothing else.
const (
	superuser   = "postgres"
	application = "cartoquartiers"
)

// Options say where the cluster is and how long to wait for it.
type Options struct {
	Dir          string        // the cluster directory, made when absent; Dir+".run" is made beside it
	Logger       *slog.Logger  // nil is silent
	StartTimeout time.Duration // for the whole start, crash recovery included; zero is five minutes
	Throwaway    bool          // for tests: no fsync, many connections, stopped by a watchdog after the last user died
}

// Cluster is a running cluster that this process uses.
type Cluster struct {
	options Options
	paths   paths
	owner   owner
	server  *lock // nil for a command
	users   *lock

	mu         sync.Mutex // guards postmaster
	postmaster *postmaster
	stop       sync.Once
	stopping   chan struct{} // closed when Stop begins
}

// Start is for the server: it starts the cluster, or joins the running one, and
// starts it again whenever it dies, until Stop.
//
// Faults: Conflict when another server uses the directory; Unavailable, with what
// to do, when packages are missing or PostgreSQL refuses to start; Forbidden when
// the directory is not ours to use.
func Start(ctx context.Context, options Options) (*Cluster, error) {
	c, err := prepare(ctx, options)
	if err != nil {
		return nil, err
	}
	if c.server, err = takeServerLock(c.paths, c.owner); err != nil {
		return nil, err
	}
	if err := c.join(ctx); err != nil {
		c.server.release()
		return nil, err
	}
	go c.supervise()
	return c, nil
}

// takeServerLock makes this process the one server of the directory.
func takeServerLock(paths paths, owner owner) (*lock, error) {
	path := paths.file("server.lock")
	taken, err := tryLock(path, owner)
	if errors.Is(err, errHeld) {
		holder, _ := os.ReadFile(path) // only for the sentence
		return nil, fault.New(fault.Conflict, "another server (process %s) already uses %s; stop it, or choose another data directory",
			strings.TrimSpace(string(holder)), paths.cluster)
	}
	if err != nil {
		return nil, err
	}
	return taken, taken.sign()
}

// Use is for a command: it joins the cluster that a server or another command
// runs on this directory, or else starts it. Faults are those of Start, without Conflict.
func Use(ctx context.Context, options Options) (*Cluster, error) {
	c, err := prepare(ctx, options)
	if err != nil {
		return nil, err
	}
	if err := c.join(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// prepare finds out where things are and whose they are, and makes the run directory.
func prepare(ctx context.Context, options Options) (*Cluster, error) {
	if options.Logger == nil {
		options.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if options.StartTimeout == 0 {
		options.StartTimeout = 5 * time.Minute
	}
	dir, err := filepath.Abs(options.Dir)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the data directory %q cannot be used", options.Dir)
	}
	c := &Cluster{
		options:  options,
		paths:    paths{cluster: dir, run: dir + ".run"},
		stopping: make(chan struct{}),
	}
	if c.owner, err = ownerOf(dir); err != nil {
		return nil, err
	}
	return c, c.paths.make(ctx, c.owner)
}

// join counts this process as a user of the cluster and makes sure that it runs.
func (c *Cluster) join(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.options.StartTimeout)
	defer cancel()
	change, err := waitLock(ctx, c.paths.file("change.lock"), c.owner, exclusive)
	if err != nil {
		return err
	}
	defer change.release()
	// Waits for a watchdog that is just stopping the cluster.
	if c.users, err = waitLock(ctx, c.paths.file("users.lock"), c.owner, shared); err != nil {
		return err
	}
	if err := c.ensure(ctx); err != nil {
		if gone := c.depart(context.WithoutCancel(ctx)); gone != nil {
			c.options.Logger.Error("PostgreSQL is left running after a failed start", "error", gone)
		}
		return err
	}
	return nil
}

// URL connects as the application's role to the application's database.
// It is the same for the whole life of the cluster and holds no secret.
func (c *Cluster) URL() string { return c.url(application, application) }

// AdminURL connects as the cluster's superuser to its maintenance database.
func (c *Cluster) AdminURL() string { return c.url(superuser, "postgres") }

func (c *Cluster) url(user, database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(user), Path: "/" + database}
	// libpq and pgx take a plus sign for itself, not for a space.
	u.RawQuery = "host=" + strings.ReplaceAll(url.QueryEscape(c.paths.socket), "+", "%20") + "&port=" + port
	return u.String()
}

// Stop leaves the cluster, and stops it when nobody else uses it: a fast shutdown
// (open transactions are rolled back, everything committed is on disk), an
// immediate one when ctx ends first. A second call does nothing.
func (c *Cluster) Stop(ctx context.Context) (err error) {
	c.stop.Do(func() {
		close(c.stopping)
		err = c.leave(ctx)
	})
	return err
}

func (c *Cluster) leave(ctx context.Context) error {
	defer c.server.release()
	// Without this lock a process that is just joining could lose the cluster.
	change, err := waitLock(context.WithoutCancel(ctx), c.paths.file("change.lock"), c.owner, exclusive)
	if err != nil {
		c.users.release()
		return err
	}
	defer change.release()
	return c.depart(ctx)
}

// depart ends our use of the cluster, and the cluster with it when we were the
// last. Called under change.lock.
func (c *Cluster) depart(ctx context.Context) error {
	defer c.users.release()
	last, err := c.users.upgrade()
	running := c.current()
	if err != nil || !last || running == nil {
		return err
	}
	if err := running.shutDown(ctx); err != nil {
		return err
	}
	return c.paths.clear()
}

func (c *Cluster) current() *postmaster {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.postmaster
}
