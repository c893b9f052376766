package pgtest

import (
	"context"
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sys/unix"

	"cartoquartiers/internal/pg/embedded"
	"cartoquartiers/migrations"
)

// privateServer is a server with a cluster of its own in dir, for the length of the test.
func privateServer(t *testing.T, dir string) *server {
	t.Helper()
	cluster, err := embedded.Use(context.Background(), embedded.Options{Dir: filepath.Join(dir, "postgres"), Throwaway: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { leave(t, cluster) })
	return &server{admin: cluster.AdminURL(), owner: "cartoquartiers", cluster: cluster}
}

func leave(t *testing.T, cluster *embedded.Cluster) {
	t.Helper()
	if err := cluster.Stop(context.Background()); err != nil {
		t.Error(err)
	}
}

// passable is a temporary directory that other users can pass, unlike t.TempDir's.
func passable(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "cq-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

func databases(t *testing.T, s *server) string {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), s.admin)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var names string
	err = conn.QueryRow(context.Background(),
		`select coalesce(string_agg(datname, ' ' order by oid), '') from pg_database where datname like 'cq%'`).Scan(&names)
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// age makes a database look as if it was made long ago: the times of files count whole seconds.
func age(t *testing.T, s *server, dir, database string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), s.admin)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var oid string
	if err := conn.QueryRow(context.Background(), `select oid::text from pg_database where datname = $1`, database).Scan(&oid); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(filepath.Join(dir, "postgres/base", oid, "PG_VERSION"), time.Unix(0, 0), time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
}

func TestPrepare_sweeps_what_killed_processes_left(t *testing.T) {
	t.Parallel()
	dir := passable(t)
	before := privateServer(t, dir)
	old := []string{"create database cq_test_left"}
	for _, name := range strings.Fields("a b c d e f g h i j") {
		old = append(old, "create database cq_template_"+name)
	}
	if err := execute(before.admin, old...); err != nil {
		t.Fatal(err)
	}
	age(t, before, dir, "cq_test_left")
	leave(t, before.cluster)

	s := privateServer(t, dir)
	if err := execute(s.admin, "create database cq_test_of_another_process"); err != nil {
		t.Fatal(err)
	}
	template, err := templateName(os.DirFS("../../../migrations"), migrations.Jobs)
	if err != nil {
		t.Fatal(err)
	}
	if err := execute(s.admin, "create database "+template+"_draft"); err != nil { // a process was killed while migrating
		t.Fatal(err)
	}
	for range 2 {
		if err := s.prepare(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	want := "cq_template_e cq_template_f cq_template_g cq_template_h cq_template_i cq_template_j cq_test_of_another_process " + template
	if got := databases(t, s); got != want {
		t.Errorf("databases\n%s, want\n%s", got, want)
	}
}

// Processes begin while the tests of others end.
func TestPrepare_beside_those_who_drop(t *testing.T) {
	t.Parallel()
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	var others sync.WaitGroup
	over := make(chan struct{})
	for range 2 {
		others.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
				}
				name := clonePrefix + strings.ToLower(rand.Text()[:16])
				if err := execute(s.admin, "create database "+name, "drop database "+name); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 100 {
		if err := s.prepare(context.Background()); err != nil {
			t.Error(err)
			break
		}
	}
	close(over)
	others.Wait()
}

func TestTemplateName_depends_on_every_migration(t *testing.T) {
	seen := map[string]string{}
	for _, files := range []fstest.MapFS{
		{"0001_a.sql": {Data: []byte("one")}},
		{"0001_a.sql": {Data: []byte("One")}},
		{"0001_b.sql": {Data: []byte("one")}},
		{"0001_a.sql": {Data: []byte("one")}, "0002_b.sql": {Data: nil}},
		{"0001_a.sql": {Data: []byte("on")}, "0002_b.sql": {Data: []byte("e")}},
	} {
		name, err := templateName(files, nil)
		if err != nil {
			t.Fatal(err)
		}
		if other, is := seen[name]; is {
			t.Errorf("%v and %s share the template %s", files, other, name)
		}
		seen[name] = name
	}
}

func TestNew_in_many_processes_at_once(t *testing.T) {
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if output, err := exec.Command(os.Args[0], "-test.run=^TestNew$").CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, output)
			}
		})
	}
	all.Wait()
}

// The whole way of a normal user's first `go test`: makes the cluster and the
// template below its temporary directory, and leaves nothing running.
func TestNew_as_a_normal_user(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to become another user; as a normal user the other tests show it")
	}
	t.Parallel()
	dir := passable(t)
	binary := filepath.Join(dir, "pgtest.test")
	if output, err := exec.Command("install", "-m", "0755", os.Args[0], binary).CombinedOutput(); err != nil {
		t.Fatalf("%s", output)
	}
	cmd := exec.Command(binary, "-test.run=^TestNew$")
	cmd.Dir = dir
	cmd.Env = []string{"TMPDIR=" + dir, "PATH=/usr/bin:/bin"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	cluster := filepath.Join(dir, "cartoquartiers-test-65534", "postgres")
	file, err := os.Open(cluster + ".run/watchdog.lock")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	// The watchdog holds its lock until its work is done.
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(cluster, "postmaster.pid")); !os.IsNotExist(err) {
		t.Errorf("PostgreSQL still runs after the tests: %v", err)
	}
}
