package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg/embedded"
)

// peer is pgbench with a transaction of as many inserted rows as a submission
// has, about as wide, in tables with nothing but a key.
type peer struct {
	program string
	url     string
}

const peerScript = `begin;
insert into peer_contributions (body) values (repeat('x', 1500));
insert into peer_leaves (entry) values (repeat('x', 300));
insert into peer_pending default values;
commit;
`

func newPeer(ctx context.Context, database *embedded.Database) (peer, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench")
	if err != nil || len(found) == 0 {
		return peer{}, fault.New(fault.Unavailable, "no pgbench: it comes with Debian's package postgresql-15")
	}
	_, err = database.Exec(ctx, `
		create table peer_contributions (id bigint generated always as identity primary key, body text not null);
		create table peer_leaves (id bigint generated always as identity primary key, entry text not null);
		create table peer_pending (leaf bigint generated always as identity primary key)`)
	return peer{found[len(found)-1], database.URL}, err
}

var tps = regexp.MustCompile(`(?m)^tps = ([0-9.]+)`)

// run gives transactions per second.
func (p peer) run(ctx context.Context, clients int, seconds float64) (float64, error) {
	script, err := os.CreateTemp("", "peer-*.sql")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.Remove(script.Name()) }() // a leftover in the temporary directory harms nobody
	if _, err := script.WriteString(peerScript); err != nil {
		return 0, err
	}
	if err := script.Close(); err != nil {
		return 0, err
	}
	command := exec.CommandContext(ctx, p.program, "--no-vacuum", "--protocol=prepared", "--file="+script.Name(),
		fmt.Sprintf("--client=%d", clients), "--jobs=1", fmt.Sprintf("--time=%.0f", seconds), p.url)
	output, err := command.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("pgbench: %w\n%s", err, output)
	}
	found := tps.FindSubmatch(output)
	if found == nil {
		return 0, fmt.Errorf("pgbench says %s", output)
	}
	return strconv.ParseFloat(string(found[1]), 64)
}
