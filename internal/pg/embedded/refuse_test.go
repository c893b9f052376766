package embedded

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cartoquartiers/internal/fault"
)

// refuses checks that the cluster does not start, and that the person is told all of this.
func refuses(t *testing.T, dir string, kind fault.Kind, wants ...string) {
	t.Helper()
	c, err := Use(deadline(t), Options{Dir: dir})
	if err == nil {
		stop(t, c)
		t.Fatal("the cluster starts")
	}
	if fault.KindOf(err) != kind {
		t.Errorf("kind %v, want %v", fault.KindOf(err), kind)
	}
	for _, want := range wants {
		if !strings.Contains(message(err), want) {
			t.Errorf("it says %q, want %q", message(err), want)
		}
	}
}

// mount puts a small file system of its own in a fresh directory.
func mount(t *testing.T, options string) string {
	t.Helper()
	needRoot(t)
	dir := publicDir(t)
	if output, err := exec.Command("mount", "-t", "tmpfs", "-o", "mode=0755,"+options, "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("this machine does not let us mount: %s", output)
	}
	t.Cleanup(func() {
		if output, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %s", output)
		}
	})
	return dir
}

func TestUse_refuses_another_major_version(t *testing.T) {
	t.Parallel()
	dir := existing(t)
	if err := os.WriteFile(filepath.Join(dir, "PG_VERSION"), []byte("12\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	refuses(t, dir, fault.Unavailable, dir, "made by PostgreSQL 12", "pg_dump", "postgresql-12-postgis-3")
}

func TestUse_refuses_a_directory_with_other_things(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(publicDir(t), "postgres")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	precious := filepath.Join(dir, "photo.jpg")
	if err := os.WriteFile(precious, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	err := os.Chown(dir, os.Getuid(), os.Getgid())
	if err != nil {
		t.Fatal(err)
	}
	refuses(t, dir, fault.Invalid, dir, "not empty")
	if _, err := os.Stat(precious); err != nil {
		t.Error(err)
	}
}

func TestUse_takes_an_empty_directory(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(publicDir(t), "postgres")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	c, err := Use(deadline(t), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	stop(t, c)
}

func TestUse_refuses_a_directory_that_postgres_cannot_reach(t *testing.T) {
	t.Parallel()
	needRoot(t)
	home := publicDir(t)
	if err := os.Chmod(home, 0o700); err != nil {
		t.Fatal(err)
	}
	refuses(t, filepath.Join(home, "data", "postgres"), fault.Forbidden, home, "the user postgres", "chmod o+x")
}

func TestUse_refuses_a_directory_without_write_permission(t *testing.T) {
	t.Parallel()
	needRoot(t) // and is a normal user then: root may write everywhere
	dir := filepath.Join(publicDir(t), "data", "postgres")
	said := play(t, "use", dir, nobody).says(t)
	if !strings.Contains(said, "cannot be written by the user nobody") {
		t.Errorf("it says %q", said)
	}
}

func TestUse_refuses_a_read_only_file_system(t *testing.T) {
	t.Parallel()
	dir := mount(t, "size=200m")
	cluster := existingIn(t, dir)
	if output, err := exec.Command("mount", "-o", "remount,ro", dir).CombinedOutput(); err != nil {
		t.Skipf("this machine does not let us remount: %s", output)
	}
	refuses(t, cluster, fault.Unavailable, "read-only file system")
}

func TestUse_tells_of_a_full_disk(t *testing.T) {
	t.Parallel()
	t.Run("with_no_cluster_yet", func(t *testing.T) {
		dir := mount(t, "size=10m")
		refuses(t, filepath.Join(dir, "postgres"), fault.Unavailable, "disk is full")
		if left, _ := filepath.Glob(filepath.Join(dir, "postgres.run", "new-*")); len(left) > 0 {
			t.Errorf("the half-made cluster was left: %v", left)
		}
	})
	t.Run("with_a_cluster_and_then_recovers", func(t *testing.T) {
		dir := mount(t, "size=200m")
		cluster := existingIn(t, dir)
		filler := filepath.Join(dir, "filler")
		_ = exec.Command("dd", "if=/dev/zero", "of="+filler, "bs=4k").Run() // fails when the disk is full: the purpose
		refuses(t, cluster, fault.Unavailable, "disk is full")
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		c := start(t, Options{Dir: cluster})
		if got := ask(t, c.URL(), `select 'alive'`); got != "alive" {
			t.Errorf("got %q", got)
		}
	})
}

func TestUse_shows_the_last_words_of_postgres(t *testing.T) {
	t.Parallel()
	dir := existing(t)
	file, err := os.OpenFile(filepath.Join(dir, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString("\nwrong_setting = 1\n"); err != nil {
		t.Fatal(err)
	}
	file.Close()
	refuses(t, dir, fault.Unavailable, dir, `unrecognized configuration parameter "wrong_setting"`)
}

func TestUse_gives_up_when_the_caller_does(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	dir := existing(t)
	if _, err := Use(ctx, Options{Dir: dir}); err == nil {
		t.Fatal("it starts")
	}
	c := start(t, Options{Dir: dir})
	if got := ask(t, c.URL(), `select 'alive'`); got != "alive" {
		t.Errorf("got %q", got)
	}
}

func TestUse_leaves_nothing_running_when_it_fails_late(t *testing.T) {
	t.Parallel()
	dir := existing(t)
	c := start(t, Options{Dir: dir})
	owned := c.url(superuser, application)
	do(t, owned, `drop extension postgis cascade`)
	do(t, owned, `create type geometry as (n int)`) // stands in the way of creating it again
	stop(t, c)
	refuses(t, dir, fault.Unavailable, "cannot be prepared", "create extension postgis")
	if _, err := os.Stat(filepath.Join(dir, "postmaster.pid")); !os.IsNotExist(err) {
		t.Errorf("the cluster still runs: %v", err)
	}
}
