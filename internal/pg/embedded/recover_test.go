package embedded

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/pg"
)

// onWarning is a log that calls for each warning.
type onWarning func(message string)

func (f onWarning) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }
func (f onWarning) WithAttrs([]slog.Attr) slog.Handler               { return f }
func (f onWarning) WithGroup(string) slog.Handler                    { return f }
func (f onWarning) Handle(_ context.Context, record slog.Record) error {
	f(record.Message)
	return nil
}

// appears waits until a path exists; pattern as for filepath.Glob.
func appears(t *testing.T, pattern string) {
	t.Helper()
	for ctx := deadline(t); ; {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return
		}
		if err := pause(ctx, readyPause); err != nil {
			t.Fatalf("%s does not appear: %v", pattern, err)
		}
	}
}

// postmasterPID reads the process number that PostgreSQL wrote for itself.
func postmasterPID(t *testing.T, dir string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func send(t *testing.T, pid int, signal syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, signal); err != nil {
		t.Fatalf("signal %v to %d: %v", signal, pid, err)
	}
}

// busy gives a backend that computes until it is told to stop, and its process number.
func busy(t *testing.T, url string) int {
	t.Helper()
	conn, err := pgx.Connect(deadline(t), url)
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	if err := conn.QueryRow(deadline(t), `select pg_backend_pid()`).Scan(&pid); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) }) // for when the test fails; else it has ended
	go func() {
		_, _ = conn.Exec(context.Background(), `do $$ begin loop perform 1; end loop; end $$`) // ends with its backend
	}()
	const working = `select count(*)::text from pg_stat_activity where state = 'active' and query like 'do %'`
	for ctx := deadline(t); ask(t, url, working) == "0"; {
		if err := pause(ctx, readyPause); err != nil {
			t.Fatal(err)
		}
	}
	return pid
}

func TestStart_joins_the_cluster_of_a_killed_server(t *testing.T) {
	t.Parallel()
	dir := existing(t)
	server := play(t, "start", dir, nil)
	address := server.says(t)
	before := postmasterPID(t, dir)
	server.kill()
	c := start(t, Options{Dir: dir})
	if after := postmasterPID(t, dir); after != before {
		t.Errorf("postmaster %d, want the orphan %d", after, before)
	}
	if got := ask(t, address, `select 'alive'`); got != "alive" {
		t.Errorf("got %q", got)
	}
	stop(t, c)
	if zombieOrGone := zombie(before); !zombieOrGone {
		t.Error("the orphan still runs after Stop")
	}
}

// A stopped process stands for one in a long computation: it cannot react to
// anything, and holds the shared memory until it is let go.
func TestStart_waits_for_a_backend_that_outlived_everything(t *testing.T) {
	t.Parallel()
	dir := existing(t)
	server := play(t, "start", dir, nil)
	address := server.says(t)
	do(t, address, `create table committed as select 'yes' as v`)
	backend := busy(t, address)
	send(t, backend, syscall.SIGSTOP)
	server.kill()
	send(t, postmasterPID(t, dir), syscall.SIGKILL)

	waits := 0
	c := start(t, Options{Dir: dir, Logger: slog.New(onWarning(func(message string) {
		if !strings.Contains(message, "still hold the cluster") {
			return
		}
		if _, err := os.Stat(filepath.Join(dir, "postmaster.pid")); err != nil {
			t.Errorf("PostgreSQL's own interlock is gone: %v", err)
		}
		if waits++; waits == 3 {
			_ = syscall.Kill(backend, syscall.SIGCONT) // gone: the test fails below
		}
	}))})
	if waits < 3 {
		t.Errorf("it started after %d waits, beside a living backend of the old cluster", waits)
	}
	if got := ask(t, c.URL(), `select v from committed`); got != "yes" {
		t.Errorf("got %q", got)
	}
}

// The server was killed just after it had run postgres: the lock file is there,
// and the orphan has not yet written its number in it.
func TestStart_waits_for_a_postmaster_that_only_begins(t *testing.T) {
	t.Parallel()
	dir := existing(t)
	lock := filepath.Join(dir, "postmaster.pid")
	as, err := ownerOf(dir)
	if err != nil {
		t.Fatal(err)
	}
	file, err := as.open(lock, os.O_CREATE|os.O_WRONLY)
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
	waits := 0
	c := start(t, Options{Dir: dir, Logger: slog.New(onWarning(func(string) {
		if waits++; waits == 2 {
			_ = os.Remove(lock) // as the orphan does when it ends; still there: the test fails below
		}
	}))})
	if waits != 2 {
		t.Errorf("it started after %d waits, want 2", waits)
	}
	if got := ask(t, c.URL(), `select 'alive'`); got != "alive" {
		t.Errorf("got %q", got)
	}
}

func TestStart_ends_a_busy_backend_that_outlived_everything(t *testing.T) {
	t.Parallel()
	dir := existing(t)
	server := play(t, "start", dir, nil)
	backend := busy(t, server.says(t))
	server.kill()
	send(t, postmasterPID(t, dir), syscall.SIGKILL)
	start(t, Options{Dir: dir})
	if !zombie(backend) {
		t.Errorf("backend %d still runs beside the new cluster", backend)
	}
}

func TestStart_starts_a_dead_cluster_again_by_itself(t *testing.T) {
	t.Parallel()
	dir := existing(t)
	c := start(t, Options{Dir: dir})
	pool, err := pg.Open(deadline(t), c.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	busy(t, c.URL())
	send(t, postmasterPID(t, dir), syscall.SIGKILL)
	<-c.current().gone
	for ctx := deadline(t); pool.Ping(ctx) != nil; {
		if err := pause(ctx, readyPause); err != nil {
			t.Fatalf("the pool does not come back: %v", err)
		}
	}
}

func TestStart_takes_a_stranger_with_the_old_number_for_a_stranger(t *testing.T) {
	t.Parallel()
	dir := existing(t)
	c := start(t, Options{Dir: dir})
	pidFile := filepath.Join(dir, "postmaster.pid")
	text, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	old := strconv.Itoa(postmasterPID(t, dir))
	stop(t, c)

	stranger := c.owner.command(context.Background(), "/bin/sleep", "600")
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = stranger.Process.Kill(), stranger.Wait() }()
	file, err := c.owner.open(pidFile, os.O_CREATE|os.O_WRONLY)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(strings.Replace(string(text), old, strconv.Itoa(stranger.Process.Pid), 1)); err != nil {
		t.Fatal(err)
	}
	file.Close()
	again := start(t, Options{Dir: dir})
	if got := ask(t, again.URL(), `select 'alive'`); got != "alive" {
		t.Errorf("got %q", got)
	}
	if zombie(stranger.Process.Pid) {
		t.Error("the stranger was ended")
	}
}

func TestUse_finishes_a_first_start_that_was_killed(t *testing.T) {
	for name, stage := range map[string]string{
		"in_initdb":               "postgres.run/new-*/PG_VERSION",
		"after_initdb":            "postgres/PG_VERSION",
		"when_it_makes_databases": "postgres.run/" + socketName,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			home := publicDir(t)
			first := play(t, "use", filepath.Join(home, "postgres"), nil)
			appears(t, filepath.Join(home, stage))
			first.kill()
			c := start(t, Options{Dir: filepath.Join(home, "postgres")})
			if got := ask(t, c.URL(), `select st_astext(st_point(1, 2))`); got != "POINT(1 2)" {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestUse_by_many_at_once_makes_one_cluster(t *testing.T) {
	t.Parallel()
	dir := existing(t)
	const rounds, users = 4, 6
	var all sync.WaitGroup
	for range users {
		all.Go(func() {
			for range rounds {
				c, err := Use(context.Background(), Options{Dir: dir})
				if err != nil {
					t.Error(err)
					return
				}
				if got := ask(t, c.URL(), `select 'alive'`); got != "alive" {
					t.Errorf("got %q", got)
				}
				stop(t, c)
			}
		})
	}
	all.Wait()
	if _, err := os.Stat(filepath.Join(dir, "postmaster.pid")); !os.IsNotExist(err) {
		t.Errorf("a cluster is left after the last user: %v", err)
	}
}

func TestThrowaway_ends_with_its_last_user(t *testing.T) {
	t.Parallel()
	dir := existing(t)
	first, second := play(t, "throwaway", dir, nil), play(t, "throwaway", dir, nil)
	address := first.says(t)
	second.says(t)
	first.kill()
	if got := ask(t, address, `select 'alive'`); got != "alive" {
		t.Errorf("got %q", got)
	}
	second.kill()
	// The watchdog holds its lock until its work is done.
	done, err := waitLock(deadline(t), dir+".run/watchdog.lock", owner{}, exclusive)
	if err != nil {
		t.Fatal(err)
	}
	done.release()
	if _, err := os.Stat(filepath.Join(dir, "postmaster.pid")); !os.IsNotExist(err) {
		t.Errorf("the cluster still runs after its last user was killed: %v", err)
	}
}

func TestUse_refuses_a_cluster_that_another_container_runs(t *testing.T) {
	t.Parallel()
	needRoot(t)
	dir := existing(t)
	start(t, Options{Dir: dir})
	// Another container is, for us, another space of process numbers.
	cmd := exec.Command("unshare", "--pid", "--fork", binary(t), dir)
	cmd.Env = append(os.Environ(), roleVariable+"=use")
	output, err := cmd.CombinedOutput()
	if strings.Contains(string(output), "Operation not permitted") {
		t.Skipf("this machine does not let us make a container: %s", output)
	}
	if err == nil || !strings.Contains(string(output), "in another container") {
		t.Errorf("it says %s (%v)", output, err)
	}
}
