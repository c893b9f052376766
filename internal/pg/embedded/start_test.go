package embedded

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/fault"
)

// start starts a cluster for the length of the test.
func start(t *testing.T, options Options) *Cluster {
	t.Helper()
	c, err := Start(deadline(t), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, c) })
	return c
}

func stop(t *testing.T, c *Cluster) {
	t.Helper()
	if err := c.Stop(context.Background()); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// ask is a query with one text as its answer, "" when it fails. It may be called from any goroutine.
func ask(t *testing.T, url, query string) string {
	t.Helper()
	conn, err := pgx.Connect(deadline(t), url)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer conn.Close(context.Background())
	var answer string
	if err := conn.QueryRow(deadline(t), query).Scan(&answer); err != nil {
		t.Errorf("%s: %v", query, err)
	}
	return answer
}

// do runs a statement.
func do(t *testing.T, url, statement string) {
	t.Helper()
	conn, err := pgx.Connect(deadline(t), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(deadline(t), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func TestStart_makes_a_private_cluster(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(publicDir(t), "data", "postgres")
	c := start(t, Options{Dir: dir})
	for _, test := range []struct{ query, want string }{
		{`select current_setting('listen_addresses')`, ""},
		{`select current_setting('server_encoding')`, "UTF8"},
		{`select datcollate from pg_database where datname = current_database()`, "C.UTF-8"},
		{`select current_setting('fsync')`, "on"},
		{`select current_setting('data_checksums')`, "on"},
		{`select current_setting('max_connections')`, "100"},
		{`select current_user::text`, "cartoquartiers"},
		{`select current_setting('is_superuser')`, "off"},
		{`select st_astext(st_point(7.42, 43.73))`, "POINT(7.42 43.73)"},
	} {
		if got := ask(t, c.URL(), test.query); got != test.want {
			t.Errorf("%s: %q, want %q", test.query, got, test.want)
		}
	}
	for _, private := range []string{dir, dir + ".run"} {
		info, err := os.Stat(private)
		if err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: mode %v, %v; want 0700", private, info.Mode(), err)
		}
	}
	stop(t, c)
	for _, left := range []string{dir + "/postmaster.pid", dir + ".run/" + socketName} {
		if _, err := os.Stat(left); !os.IsNotExist(err) {
			t.Errorf("%s is still there after Stop", left)
		}
	}
}

func TestStart_keeps_the_data(t *testing.T) {
	t.Parallel()
	dir := existing(t)
	first := start(t, Options{Dir: dir})
	do(t, first.URL(), `create table kept as select 'yes' as v`)
	stop(t, first)
	second := start(t, Options{Dir: dir})
	if got := ask(t, second.URL(), `select v from kept`); got != "yes" {
		t.Errorf("got %q", got)
	}
	if first.URL() != second.URL() {
		t.Errorf("URL changed from %s to %s", first.URL(), second.URL())
	}
}

func TestStart_refuses_a_second_server(t *testing.T) {
	t.Parallel()
	dir := existing(t)
	start(t, Options{Dir: dir})
	said := play(t, "start", dir, nil).says(t)
	want := fmt.Sprintf("another server (process %d) already uses %s", os.Getpid(), dir)
	if !strings.Contains(said, want) {
		t.Errorf("the second says %q, want %q", said, want)
	}
	if _, err := Start(deadline(t), Options{Dir: dir}); !fault.Is(err, fault.Conflict) {
		t.Errorf("error %v, want Conflict", err)
	}
}

func TestUse_shares_the_cluster_of_a_server(t *testing.T) {
	t.Parallel()
	dir := existing(t)
	server := play(t, "start", dir, nil)
	address := server.says(t)
	command, err := Use(deadline(t), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer stop(t, command)
	if command.URL() != address {
		t.Errorf("the command uses %s, the server %s", command.URL(), address)
	}
	before := ask(t, address, `select pg_postmaster_start_time()::text`)
	server.leave(t)
	if after := ask(t, address, `select pg_postmaster_start_time()::text`); after != before {
		t.Errorf("the cluster of %s became one of %s when the server left", before, after)
	}
	stop(t, command)
	if _, err := pgx.Connect(deadline(t), address); err == nil {
		t.Error("the cluster still runs after its last user left")
	}
}

func TestUse_starts_alone_and_a_server_joins(t *testing.T) {
	t.Parallel()
	dir := existing(t)
	command := play(t, "use", dir, nil)
	command.says(t)
	server := start(t, Options{Dir: dir})
	command.leave(t)
	if got := ask(t, server.URL(), `select 'alive'`); got != "alive" {
		t.Errorf("got %q", got)
	}
}

func TestStart_as_a_normal_user(t *testing.T) {
	t.Parallel()
	needRoot(t)
	home := publicDir(t)
	if err := os.Chown(home, nobody.uid, nobody.gid); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(home, "postgres")
	server := play(t, "start", dir, nobody)
	if said := server.says(t); !strings.HasPrefix(said, "postgres://") {
		t.Fatal(said)
	}
	t.Run("root_joins_it", func(t *testing.T) {
		c, err := Use(deadline(t), Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		stop(t, c)
	})
	server.leave(t)
	t.Run("root_runs_it_as_that_user", func(t *testing.T) {
		c := start(t, Options{Dir: dir})
		info, err := os.Stat(filepath.Join("/proc", strconv.Itoa(c.current().process.Pid)))
		if err != nil {
			t.Fatal(err)
		}
		if uid := info.Sys().(*syscall.Stat_t).Uid; int(uid) != nobody.uid {
			t.Errorf("postgres runs as user %d, want %d", uid, nobody.uid)
		}
	})
	t.Run("the_user_has_it_back", func(t *testing.T) {
		again := play(t, "start", dir, nobody)
		if said := again.says(t); !strings.HasPrefix(said, "postgres://") {
			t.Fatal(said)
		}
		again.leave(t)
	})
}

func TestStart_refuses_the_cluster_of_another_user(t *testing.T) {
	t.Parallel()
	needRoot(t)
	dir := existing(t)
	said := play(t, "start", dir, nobody).says(t)
	if want := dir + " belongs to the user postgres"; !strings.Contains(said, want) {
		t.Errorf("it says %q, want %q", said, want)
	}
}

func TestStart_leaves_the_terminal(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Dir: existing(t)})
	ours, _ := syscall.Getpgid(0)
	theirs, err := syscall.Getpgid(c.current().process.Pid)
	if err != nil || theirs == ours {
		t.Errorf("postgres is in our process group %d (%v): Ctrl-C would reach it before our requests end", ours, err)
	}
}

func TestStart_with_a_path_too_long_for_a_socket(t *testing.T) {
	t.Parallel()
	deep := filepath.Join(publicDir(t), strings.Repeat("a-long-directory-name/", 5))
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	dir := existingIn(t, deep)
	c := start(t, Options{Dir: dir})
	if got := ask(t, c.URL(), `select 'reached'`); got != "reached" {
		t.Errorf("got %q", got)
	}
	if said := play(t, "use", dir, nil).says(t); said != c.URL() {
		t.Errorf("another process uses %q, we use %q", said, c.URL())
	}
	info, err := os.Stat(c.paths.socket)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%s: %v, %v; want mode 0700", c.paths.socket, info.Mode(), err)
	}
}

func TestStart_with_a_path_full_of_signs(t *testing.T) {
	t.Parallel()
	strange := filepath.Join(publicDir(t), `l'été, "à la mer" & 100%+`)
	if err := os.Mkdir(strange, 0o755); err != nil {
		t.Fatal(err)
	}
	c := start(t, Options{Dir: existingIn(t, strange)})
	if got := ask(t, c.URL(), `select 'reached'`); got != "reached" {
		t.Errorf("got %q", got)
	}
}

func TestStart_refuses_a_socket_directory_of_somebody_else(t *testing.T) {
	t.Parallel()
	needRoot(t)
	deep := filepath.Join(publicDir(t), strings.Repeat("a-long-directory-name/", 5))
	squatted := socketDir(filepath.Join(deep, "postgres.run"))
	if err := os.Mkdir(squatted, 0o777); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(squatted)
	if err := os.Chown(squatted, 65534, 65534); err != nil { // nobody: neither us nor postgres
		t.Fatal(err)
	}
	_, err := Start(deadline(t), Options{Dir: filepath.Join(deep, "postgres")})
	if !fault.Is(err, fault.Forbidden) || !strings.Contains(err.Error(), squatted) {
		t.Errorf("error %v, want Forbidden with %s", err, squatted)
	}
}

func TestURL_is_readable_by_pgx(t *testing.T) {
	c := &Cluster{paths: paths{socket: "/a dir/ünder?&%/run"}}
	config, err := pgx.ParseConfig(c.URL())
	if err != nil {
		t.Fatal(err)
	}
	if config.Host != c.paths.socket || config.User != application || config.Database != application {
		t.Errorf("host %q, user %q, database %q", config.Host, config.User, config.Database)
	}
	if u, err := url.Parse(c.URL()); err != nil || u.User.String() != application {
		t.Errorf("%s holds more than a user (%v)", c.URL(), err)
	}
}
