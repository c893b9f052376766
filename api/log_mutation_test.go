package api_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/jcs"
)

// publicColumn is a column that the outside can see, and so must not change
// unseen. Columns that nobody is shown (hash, point, base of a revision) are not
// promised to anybody. The typed columns of published_places choose what a question to SQL
// finds, and are shown nowhere: snapshot.TestNoColumnBesideTheFeatureIsShown.
type publicColumn struct {
	table, column string
	kind          string // bytea, text, int, seconds; or the type that a text is cast to
	where         string // which rows, for those that are public in part
}

var publicColumns = []publicColumn{
	{"log_leaves", "entry", "bytea", ""},
	{"log_hashes", "hash", "bytea", ""},
	{"log_hashes", "position", "int", ""},
	{"log_hashes", "level", "int", ""},
	{"log_hashes", "leaf", "int", "leaf is not null"},
	{"log_checkpoints", "note", "text", ""},
	{"log_payloads", "commitment", "bytea", "place_id in (select id from published_places)"},
	{"log_payloads", "key", "bytea", "key is not null and place_id in (select id from published_places)"},
	{"log_payloads", "number", "int", ""},
	{"place_revisions", "document", "jsonb", opened},
	{"place_revisions", "provenance", "jsonb", opened},
	{"place_revisions", "footprint", "footprint", "footprint is not null and " + opened},
	{"place_revisions", "at", "seconds", opened},
	{"place_revisions", "import_id", "int", "import_id is not null"},
	{"published_places", "feature", "json", ""},
	{"imports", "item", "uuid", ""},
}

// opened are the revisions whose content is public.
const opened = `exists (
	select from log_payloads l join published_places p on p.id = l.place_id
	where (l.place_id, l.number) = (place_revisions.place_id, place_revisions.number) and l.key is not null)`

// withoutPrivate is what of a text is public.
var withoutPrivate = map[string]string{
	"document":   `(document - 'private')`,
	"provenance": `(select jsonb_object_agg(key, value) from jsonb_each(provenance) where key !~ '^private(\.|$)')`,
	// These three follow from the map around the place.
	"feature": `(feature::jsonb #- '{properties,group}' #- '{properties,neighbourhood}' #- '{properties,updated_at}')`,
}

// flip changes one bit of one row in tx, and tells what it did; ok is false when
// the database refused it or nothing public changed.
func (c publicColumn) flip(t testing.TB, tx pgx.Tx, random *rand.Rand) (what string, ok bool) {
	t.Helper()
	where := c.where
	if where == "" {
		where = "true"
	}
	rows, err := tx.Query(t.Context(), fmt.Sprintf(`select ctid::text, %s from %s where %s order by 1`, c.read(), c.table, where))
	if err != nil {
		t.Fatal(err)
	}
	type cell struct {
		row   string
		value []byte
	}
	cells, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (one cell, err error) {
		return one, row.Scan(&one.row, &one.value)
	})
	if err != nil || len(cells) == 0 {
		t.Fatalf("%s.%s: %d rows, %v", c.table, c.column, len(cells), err)
	}
	one := cells[random.IntN(len(cells))]
	bit := random.IntN(8 * len(one.value))
	if c.kind == "int" {
		bit = 8*(len(one.value)-1) + random.IntN(4) // larger ones refer to nothing
	}
	old := bytes.Clone(one.value)
	one.value[bit/8] ^= 1 << (bit % 8)
	what = fmt.Sprintf("%s.%s %s bit %d: %q, was %q", c.table, c.column, one.row, bit, around(one.value, bit/8), around(old, bit/8))
	public, partly := withoutPrivate[c.column]
	if !partly {
		public = c.column
	}
	// A bit that writes the same value in another way (a capital in a UUID) changes nothing.
	changed := fmt.Sprintf(`%s::text is distinct from (select %s from (select %s as %s) new)::text`, public, public, c.write(), c.column)
	if sameJSON(old, one.value) {
		return what, false
	}
	tag, err := tx.Exec(t.Context(), fmt.Sprintf(`update %s set %s = %s where ctid = $2::tid and %s`, c.table, c.column, c.write(), changed), one.value, one.row)
	return what, err == nil && tag.RowsAffected() == 1
}

// sameJSON tells whether two texts are the same JSON: 12345678901234567000 and
// 12345678901234567010 are one number to whoever reads numbers as RFC 8785 does.
func sameJSON(a, b []byte) bool {
	one, err := jcs.Canonical(a)
	if err != nil {
		return false
	}
	other, err := jcs.Canonical(b)
	return err == nil && bytes.Equal(one, other)
}

// around is a piece of a value, to be shown.
func around(value []byte, at int) string { return string(value[max(0, at-20):min(len(value), at+20)]) }

// read is the column as bytes.
func (c publicColumn) read() string {
	switch c.kind {
	case "bytea":
		return c.column
	case "int":
		return `int8send(` + c.column + `)`
	case "seconds":
		return `int4send(extract(epoch from at)::int)`
	case "footprint":
		return `st_asbinary(footprint)`
	}
	return `convert_to(` + c.column + `::text, 'UTF8')`
}

// write makes the column of the bytes $1.
func (c publicColumn) write() string {
	switch c.kind {
	case "bytea":
		return `$1::bytea`
	case "int":
		return `('x' || encode($1::bytea, 'hex'))::bit(64)::bigint`
	case "seconds":
		return `to_timestamp(('x' || encode($1::bytea, 'hex'))::bit(32)::int)`
	case "footprint":
		return `st_geomfromwkb($1::bytea, 4326)`
	}
	return `convert_from($1::bytea, 'UTF8')::` + c.kind
}

// mutations is how many changed bits log verify is shown, and how many of them
// verify.mjs: every tenth in the daily test, since it takes its time.
func mutations() (count, each int) {
	if os.Getenv("CARTOQUARTIERS_SOAK") != "" {
		return 4000, 1
	}
	return 1000, 10
}

// Whoever owns the database can change any bit of any row that the public sees:
// both verifiers tell.
func TestEveryFlippedBitIsSeen(t *testing.T) {
	t.Parallel()
	w := newLogWorld(t)
	if problems := w.look(t, w.db).Problems; len(problems) > 0 {
		t.Fatalf("not sound to begin with: %v", problems)
	}
	tx, err := w.db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context())
	disableTriggers(t, tx)
	other := startOther(t, w.open(tx))
	if problem := other.check(t); problem != "" {
		t.Fatalf("not sound to begin with, says verify.mjs: %s", problem)
	}
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 1))
	seen := make(map[string]int)
	count, each := mutations()
	for done, tried := 0, 0; done < count; tried++ {
		column := publicColumns[tried%len(publicColumns)]
		if _, err := tx.Exec(t.Context(), `savepoint whole`); err != nil {
			t.Fatal(err)
		}
		if what, ok := column.flip(t, tx, random); ok {
			done++
			seen[column.table+"."+column.column]++
			if report := w.look(t, tx); !tells(strings.Join(report.Problems, "\n")) {
				t.Errorf("seed %d: log verify does not see %s: %v", seed, what, report.Problems)
			}
			if done%each == 0 {
				if problem := other.check(t); !tells(problem) {
					t.Errorf("seed %d: verify.mjs does not see %s: %s", seed, what, problem)
				}
			}
		}
		if _, err := tx.Exec(t.Context(), `rollback to savepoint whole`); err != nil {
			t.Fatal(err)
		}
	}
	t.Log(seen)
}

// tells reports that a verifier found what is wrong. That the figures differ, which
// are counted from the entries, would be luck.
func tells(problem string) bool {
	return problem != "" && !strings.Contains(problem, "api/v1/figures")
}

// other is docs/verify/verify.mjs, asked again and again in one process of Node.js.
type other struct {
	url string
	in  io.Writer
	out *bufio.Scanner
}

// driver imports the program afresh for each line, as a new process would run it.
const driver = `
import { createInterface } from "node:readline";
let problem = "";
console.log = () => {};
console.error = (text) => { problem = text || "it failed"; };
const [, program, url] = process.argv, lines = createInterface({ input: process.stdin });
let count = 0;
for await (const _ of lines) {
  problem = "";
  process.argv = ["node", program, url];
  await import("file://" + program + "?" + count++).catch((e) => { problem = String(e) || "it threw"; });
  process.stdout.write(JSON.stringify(problem) + "\n");
}
process.exitCode = 0;
`

// needNode fails where the second verifier cannot run: a check that nobody ran has not passed.
func needNode(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Fatal("Node.js is not installed; the second verifier is written for it")
	}
}

func startOther(t testing.TB, handler http.Handler) *other {
	t.Helper()
	needNode(t)
	program, err := filepath.Abs("../docs/verify/verify.mjs")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	command := exec.CommandContext(context.Background(), "node", "--input-type=module", "-e", driver, program, server.URL)
	var complaints bytes.Buffer
	command.Stderr = &complaints
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		if err := command.Wait(); err != nil && !t.Failed() {
			t.Errorf("node: %v: %s", err, complaints.String())
		}
	})
	return &other{server.URL, in, bufio.NewScanner(out)}
}

// check is what verify.mjs finds wrong with the map now; empty when it is sound.
func (o *other) check(t testing.TB) (problem string) {
	t.Helper()
	if _, err := fmt.Fprintln(o.in, "go"); err != nil {
		t.Fatal(err)
	}
	if !o.out.Scan() {
		t.Fatalf("node ended: %v", o.out.Err())
	}
	if err := json.Unmarshal(o.out.Bytes(), &problem); err != nil {
		t.Fatalf("node said %s", o.out.Text())
	}
	return problem
}
