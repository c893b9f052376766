package api_test

import (
	"bytes"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/moderation/publiclog"
	"cartoquartiers/moderation/publiclog/verify"
)

func TestASoundMapIsFoundSound(t *testing.T) {
	t.Parallel()
	w := newLogWorld(t)
	report := w.look(t, w.db, func(o *verify.Options) { o.Receipt = w.promise(t, w.receipt) })
	for _, problem := range report.Problems {
		t.Error(problem)
	}
	if report.Size < 280 || report.Imports != 2 || report.Places != 9 || report.Revisions != 11 || report.Checkpoints != 3 {
		t.Errorf("it looked at less than there is: %+v", report)
	}
	if !strings.Contains(report.Receipt, "is entry ") {
		t.Errorf("the receipt: %q", report.Receipt)
	}
	again := w.look(t, w.db, func(o *verify.Options) { o.State = report.State })
	if len(again.Problems) > 0 {
		t.Errorf("the second look: %v", again.Problems)
	}
}

func TestTheLogShowsNothingThatIsNotPublic(t *testing.T) {
	t.Parallel()
	w := newLogWorld(t)
	all := w.everythingPublic(t)
	secret := map[string][]byte{
		"the name of a hidden place or a private field": []byte(canary),
		"that there is a private field":                 []byte("private"),
		"the key of a refused contribution":             []byte(hex.EncodeToString(w.receipt.Key[:])),
	}
	rows, err := w.db.Query(t.Context(), `
		select place_id, number, key
		from log_payloads l
		where key is not null and not exists (select from published_places p where p.id = l.place_id)`)
	if err != nil {
		t.Fatal(err)
	}
	var place, number int
	var key []byte
	_, err = pgx.ForEachRow(rows, []any{&place, &number, &key}, func() error {
		secret["the key of a withdrawn place, "+hex.EncodeToString(key)] = []byte(hex.EncodeToString(key))
		return nil
	})
	if err != nil || len(secret) != 5 {
		t.Fatalf("%d secrets to look for, %v", len(secret), err)
	}
	for what, text := range secret {
		if bytes.Contains(all, text) {
			t.Errorf("the log tells %s", what)
		}
	}
}

func TestVerifyTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	w := newLogWorld(t)
	state := w.look(t, w.db).State
	unlogged := w.promise(t, w.unlogged(t))
	for name, c := range map[string]struct {
		statement string
		change    func(*verify.Options)
		want      string
	}{
		"a published place was changed": {
			`update published_places set feature = replace(feature::text, 'Annexe', 'Autre')::json`, nil, "is not published as its revision"},
		"a document was changed": {
			`update place_revisions set document = document || '{"phone": "+331"}'`, nil, "is not opened by its key"},
		"a place vanished": {
			`delete from published_places where id = 1`, nil, "has disappeared from the map"},
		"a hidden place is back": {
			`insert into published_places select (jsonb_populate_record(p, jsonb_build_object('id', 10, 'hilbert', 1, 'feature', jsonb_set(feature::jsonb, '{id}', '10')))).* from published_places p limit 1`, nil, "was hidden according to the log"},
		"an entry was changed": {
			`update log_leaves set entry = convert_to(replace(convert_from(entry, 'UTF8'), 'refused', 'accepted'), 'UTF8')`, nil, "an entry was changed, dropped or moved"},
		"a hash was changed": {
			`update log_hashes set hash = sha256(hash) where level = 1`, nil, "Tile 0 of level 1 is not made of"},
		"a key was erased quietly": {
			`update log_payloads set key = null where place_id = 1`, nil, "was emptied, and no entry"},
		"the log shrank": {
			`delete from log_checkpoints where size = (select max(size) from log_checkpoints)`,
			func(o *verify.Options) { o.State = state }, "has shrunk"},
		"another key": {
			`select`, func(o *verify.Options) { o.Key = "carte.example.fr/log+00000000+AAAA" }, "another key"},
		"a receipt that the log never took in": {
			`select`, func(o *verify.Options) { o.Receipt = unlogged }, "broke its promise"},
		"a receipt of somebody else": {
			`select`, func(o *verify.Options) { o.Receipt = "hello" }, "not one of this log"},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			w.changed(t, c.statement, func(tx pgx.Tx) {
				report := w.look(t, tx, func(o *verify.Options) {
					if c.change != nil {
						c.change(o)
					}
				})
				if !strings.Contains(strings.Join(report.Problems, "\n"), c.want) {
					t.Errorf("it says %q, want %q", report.Problems, c.want)
				}
				if report.State != nil {
					t.Error("it keeps a state of a map that is not sound")
				}
			})
		})
	}
}

// unlogged is a receipt whose leaf never reached the log.
func (w *logWorld) unlogged(t testing.TB) (receipt publiclog.Receipt) {
	t.Helper()
	tx, err := w.db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context())
	return w.append(t, tx, publiclog.Leaf{Event: publiclog.Received})
}

// changed runs look on the map with a change made behind the triggers, which is rolled back.
func (w *logWorld) changed(t testing.TB, statement string, look func(tx pgx.Tx)) {
	t.Helper()
	tx, err := w.db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context())
	disableTriggers(t, tx)
	if _, err := tx.Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
	look(tx)
}

// disableTriggers is what somebody with the rights of the owner can do.
func disableTriggers(t testing.TB, tx pgx.Tx) {
	t.Helper()
	for _, table := range []string{"log_leaves", "log_hashes", "log_checkpoints", "log_payloads", "place_revisions"} {
		if _, err := tx.Exec(t.Context(), `alter table `+table+` disable trigger user`); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLogAddresses(t *testing.T) {
	t.Parallel()
	w := newLogWorld(t)
	handler := w.open(w.db)
	for path, want := range map[string]struct {
		status         int
		caching, media string
	}{
		"/log/checkpoint":                          {200, "public, max-age=1", "text/plain; charset=utf-8"},
		"/log/key":                                 {200, "public, max-age=1", "text/plain; charset=utf-8"},
		"/log/tile/0/000":                          {200, "public, max-age=31536000, immutable", "application/octet-stream"},
		"/log/tile/0/000.p/3":                      {200, "public, max-age=31536000, immutable", "application/octet-stream"},
		"/log/tile/1/000.p/1":                      {200, "public, max-age=31536000, immutable", "application/octet-stream"},
		"/log/tile/entries/001.p/2":                {200, "public, max-age=31536000, immutable", "application/octet-stream"},
		"/log/entries/001.p/2":                     {200, "public, max-age=31536000, immutable", "application/octet-stream"},
		"/log/tile/1/000":                          {404, "no-store", "application/problem+json"},
		"/log/tile/0/000.p/256":                    {404, "no-store", "application/problem+json"},
		"/log/tile/0/0":                            {404, "no-store", "application/problem+json"},
		"/log/tile/64/000":                         {404, "no-store", "application/problem+json"},
		"/log/tile/entries/999":                    {404, "no-store", "application/problem+json"},
		"/log/receipts/zz":                         {404, "no-store", "application/problem+json"},
		"/log/receipts/" + leafOf(w):               {200, "public, max-age=1", "application/json"},
		"/log/imports/x":                           {404, "no-store", "application/problem+json"},
		"/log/revisions?after=x":                   {400, "no-store", "application/problem+json"},
		"/log/revisions?after=999999.1":            {200, "public, max-age=1", "application/jsonl; charset=utf-8"},
		"/log/checkpoints?after=-1":                {200, "public, max-age=1", "application/jsonl; charset=utf-8"},
		"/log/receipts/" + strings.Repeat("0", 64): {404, "no-store", "application/problem+json"},
	} {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, path, nil))
		header := recorder.Header()
		if recorder.Code != want.status || header.Get("Cache-Control") != want.caching || header.Get("Content-Type") != want.media {
			t.Errorf("%s: %d %q %q, want %v", path, recorder.Code, header.Get("Cache-Control"), header.Get("Content-Type"), want)
		}
	}
}

func leafOf(w *logWorld) string { return w.receipt.LeafName() }

// TestTheOtherVerifierRemembers runs verify.mjs as a citizen does: with what it saw last, and a receipt.
func TestTheOtherVerifierRemembers(t *testing.T) {
	t.Parallel()
	needNode(t)
	w := newLogWorld(t)
	kept, unlogged := w.promise(t, w.receipt), w.promise(t, w.unlogged(t))
	server := httptest.NewServer(w.open(w.db))
	t.Cleanup(server.Close)
	dir := t.TempDir()
	state := filepath.Join(dir, "carte.json")
	run := func(url, receipt string) string {
		t.Helper()
		file := filepath.Join(dir, "receipt.txt")
		if err := os.WriteFile(file, []byte(receipt), 0o600); err != nil {
			t.Fatal(err)
		}
		said, _ := exec.CommandContext(t.Context(), "node", "../docs/verify/verify.mjs", url, "--state", state, "--receipt", file).CombinedOutput()
		return string(said)
	}
	for what, receipt := range map[string]string{"The receipt is entry 279": kept, "broke its promise": unlogged, "A note is not signed": "hello"} {
		if said := run(server.URL, receipt); !strings.Contains(said, what) || strings.Contains(said, "Sound: ") != (receipt == kept) {
			t.Errorf("it says %q, want %q", said, what)
		}
	}
	w.changed(t, `delete from log_checkpoints where size = (select max(size) from log_checkpoints)`, func(tx pgx.Tx) {
		shorter := httptest.NewServer(w.open(tx))
		defer shorter.Close()
		if said := run(shorter.URL, kept); !strings.Contains(said, "does not continue what was seen at the last check") {
			t.Errorf("of a log that has shrunk it says %q", said)
		}
	})
}
