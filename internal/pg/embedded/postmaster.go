package embedded

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"cartoquartiers/internal/fault"
)

// postmaster is PostgreSQL's main process: our child, or one that was running already.
type postmaster struct {
	process *os.Process
	gone    chan struct{} // closed when it has ended
}

const (
	readyPause    = 10 * time.Millisecond
	immediateWait = 10 * time.Second
)

// errNotRunning says that nothing runs on this cluster.
var errNotRunning = errors.New("no PostgreSQL runs here")

// running finds the postmaster that listens on our socket, or gives errNotRunning.
// The kernel tells who listens (SO_PEERCRED); a number in postmaster.pid alone
// may be an old one that another process bears by now.
func (c *Cluster) running(ctx context.Context) (*postmaster, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(c.paths.socket, socketName))
	if ctx.Err() != nil {
		return nil, fault.Wrap(fault.Unavailable, ctx.Err(), "gave up the start of PostgreSQL in %s", c.paths.cluster)
	}
	if err != nil {
		return nil, errNotRunning
	}
	defer conn.Close()
	pid := peer(conn.(*net.UnixConn))
	if pid == 0 {
		return nil, fault.New(fault.Conflict,
			"PostgreSQL runs on %s, but in another container; run this command there", c.paths.cluster)
	}
	process, err := os.FindProcess(pid)
	if err != nil {
		return nil, errNotRunning // any more
	}
	found := &postmaster{process: process, gone: make(chan struct{})}
	go found.watch()
	return found, nil
}

// peer is the process at the other end, zero when the kernel does not tell.
func peer(conn *net.UnixConn) int {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0
	}
	pid := 0
	err = raw.Control(func(fd uintptr) {
		if credentials, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			pid = int(credentials.Pid)
		}
	})
	if err != nil {
		return 0
	}
	return pid
}

// watch notices the end of a process that is not our child: signal 0 through the
// handle that os.FindProcess keeps, and a look for zombies nobody has collected.
func (p *postmaster) watch() {
	defer close(p.gone)
	for p.process.Signal(syscall.Signal(0)) == nil && !zombie(p.process.Pid) {
		time.Sleep(lockPause)
	}
}

// zombie reads the state in proc_pid_stat(5), the word after the program's name in parentheses.
func zombie(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return errors.Is(err, os.ErrNotExist)
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(after, "Z")
}

// launch starts postgres once and waits until it takes connections. On failure
// the error holds its last words; postgres has ended then.
func (c *Cluster) launch(ctx context.Context, with installation) (*postmaster, error) {
	log, start, err := c.openLog()
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // postgres has its own descriptor
	args := append([]string{"-D", c.paths.cluster}, c.settings()...)
	// Not ours to kill when ctx ends: it gets a shutdown then.
	cmd := c.owner.command(context.WithoutCancel(ctx), with.program("postgres"), args...)
	cmd.Env = append(cmd.Env, c.ignoreReusedPID()...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "%s cannot be run", cmd.Path)
	}
	launched := &postmaster{process: cmd.Process, gone: make(chan struct{})}
	go func() {
		defer close(launched.gone)
		_ = cmd.Wait() // how it ended stands in its log
	}()
	if err := c.awaitReady(ctx, launched); err != nil {
		err = errors.Join(err, launched.shutDown(ctx)) // it still runs when ctx has ended
		return nil, c.refused(err, "PostgreSQL does not start on "+c.paths.cluster, c.logSince(start))
	}
	return launched, nil
}

// awaitReady waits until postmaster.pid says that this process is ready (line 8,
// as pg_ctl does), or has ended, or ctx ends.
func (c *Cluster) awaitReady(ctx context.Context, starting *postmaster) error {
	for {
		if lines := c.pidFile(); len(lines) > 7 &&
			lines[0] == strconv.Itoa(starting.process.Pid) && strings.TrimSpace(lines[7]) == "ready" {
			return nil
		}
		select {
		case <-starting.gone:
			return errors.New("it has ended")
		default:
		}
		if err := pause(ctx, readyPause); err != nil {
			return err
		}
	}
}

// pidFile is postmaster.pid by lines: 1 process, 2 directory, 3 start, 4 port,
// 5 socket directory, 6 address, 7 shared memory, 8 state (pidfile.h of PostgreSQL).
func (c *Cluster) pidFile() []string {
	text, err := os.ReadFile(filepath.Join(c.paths.cluster, "postmaster.pid"))
	if err != nil {
		return nil
	}
	return strings.Split(string(text), "\n")
}

// shutDown asks for a fast shutdown; when ctx ends first, for an immediate one,
// after which the next start recovers from the write-ahead log.
func (p *postmaster) shutDown(ctx context.Context) error {
	if err := p.signal(syscall.SIGINT); err != nil {
		return err
	}
	select {
	case <-p.gone:
		return nil
	case <-ctx.Done():
	}
	if err := p.signal(syscall.SIGQUIT); err != nil {
		return err
	}
	select {
	case <-p.gone:
		return nil
	case <-time.After(immediateWait):
		return fault.New(fault.Unavailable, "postgres (process %d) does not stop", p.process.Pid)
	}
}

func (p *postmaster) signal(signal syscall.Signal) error {
	err := p.process.Signal(signal)
	if err == nil || errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return fault.Wrap(fault.Forbidden, err, "postgres (process %d) cannot be stopped", p.process.Pid)
}
