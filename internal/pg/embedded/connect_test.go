package embedded

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cartoquartiers/internal/fault"
)

// connect opens the database of a choice for the length of the test.
func connect(t *testing.T, choice Choice) *Database {
	t.Helper()
	d, err := Connect(deadline(t), choice)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeDatabase(t, d) })
	return d
}

func closeDatabase(t *testing.T, d *Database) {
	t.Helper()
	if err := d.Close(context.Background()); err != nil {
		t.Errorf("close: %v", err)
	}
}

func TestConnect_to_the_private_cluster(t *testing.T) {
	t.Parallel()
	dir := existing(t)
	server := connect(t, Choice{Dir: dir, Server: true})
	command := connect(t, Choice{Dir: dir})
	var migrated bool
	if err := command.QueryRow(deadline(t), `select to_regclass('places') is not null`).Scan(&migrated); err != nil || !migrated {
		t.Errorf("migrated %v, %v", migrated, err)
	}
	closeDatabase(t, server)
	if err := command.Ping(deadline(t)); err != nil {
		t.Errorf("the command lost the cluster with the server: %v", err)
	}
	closeDatabase(t, command)
	if _, err := os.Stat(filepath.Join(dir, "postmaster.pid")); !os.IsNotExist(err) {
		t.Errorf("the cluster still runs: %v", err)
	}
}

func TestConnect_prefers_the_URL(t *testing.T) {
	t.Parallel()
	elsewhere, err := Use(deadline(t), Options{Dir: existing(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer stop(t, elsewhere)
	unused := filepath.Join(publicDir(t), "postgres")
	d := connect(t, Choice{URL: elsewhere.URL(), Dir: unused, Server: true})
	if d.URL != elsewhere.URL() {
		t.Errorf("URL %s, want %s", d.URL, elsewhere.URL())
	}
	if left, _ := filepath.Glob(unused + "*"); len(left) > 0 {
		t.Errorf("the data directory was used: %v", left)
	}
	closeDatabase(t, d)
	if got := ask(t, elsewhere.URL(), `select 'alive'`); got != "alive" {
		t.Error("closing stopped a server that is not ours")
	}
}

func TestConnect_tells_of_a_URL_that_does_not_work(t *testing.T) {
	_, err := Connect(deadline(t), Choice{URL: "postgres://carto:hunter2@127.0.0.1:1/town"})
	if !fault.Is(err, fault.Unavailable) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error %v, want Unavailable without the password", err)
	}
}

func TestConnect_refuses_a_newer_schema(t *testing.T) {
	t.Parallel()
	dir := existing(t)
	first := connect(t, Choice{Dir: dir})
	do(t, first.URL, `insert into goose_db_version (version_id, is_applied) values (9999, true)`)
	closeDatabase(t, first)
	_, err := Connect(deadline(t), Choice{Dir: dir})
	if !fault.Is(err, fault.Conflict) || !strings.Contains(message(err), "newer version of cartoquartiers") {
		t.Errorf("error %v, want Conflict", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "postmaster.pid")); !os.IsNotExist(err) {
		t.Errorf("the refused command left the cluster running: %v", err)
	}
}
