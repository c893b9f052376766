package jobs_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/pg"
	"cartoquartiers/internal/pg/embedded"
	"cartoquartiers/migrations"
)

// plant is a PostgreSQL of one test's own, to be killed.
type plant struct {
	dir     string
	cluster *embedded.Cluster // as it was found last
}

// start starts it, or starts it again.
func (p *plant) start(t *testing.T) {
	t.Helper()
	var err error
	p.cluster, err = embedded.Use(t.Context(), embedded.Options{Dir: p.dir, Throwaway: true})
	if err != nil {
		t.Fatal(err)
	}
	cluster := p.cluster
	t.Cleanup(func() {
		if err := cluster.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// kill ends it without a word, once what was committed is on disk: a throwaway
// cluster does not wait for that by itself.
func (p *plant) kill(t *testing.T) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), p.cluster.AdminURL())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), `checkpoint`); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(p.dir, "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

func newPlant(t *testing.T) *plant {
	t.Helper()
	dir, err := os.MkdirTemp("", "cq-") // t.TempDir is closed to the user that PostgreSQL runs as
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	p := &plant{dir: filepath.Join(dir, "postgres")}
	p.start(t)
	if err := migrations.Up(t.Context(), p.cluster.URL()); err != nil {
		t.Fatal(err)
	}
	return p
}

// Node and database lose their power at once: whoever is there next does what was
// running, and leads.
func TestWhatAPowerLossCutIsDoneAgain(t *testing.T) {
	t.Parallel()
	p := newPlant(t)
	child := begin(t, p.cluster.URL())
	p.kill(t)
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	p.start(t)
	pool, err := pg.Open(t.Context(), p.cluster.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	var state string
	if err := pool.QueryRow(t.Context(), `select state from river_job where args ->> 'name' = 'sweep'`).Scan(&state); err != nil || state != "running" {
		t.Fatalf("the job is %s, %v", state, err)
	}
	sweep, sweeps := tell("sweep")
	other, others := tell("other")
	back := time.Now()
	run(t, pool, sweep, other)
	wait(t, sweeps, 1)
	wait(t, others, 1) // that the one who leads enqueues
	t.Logf("taking over took %s", time.Since(back))
}
