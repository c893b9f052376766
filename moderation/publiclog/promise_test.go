package publiclog_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/moderation/publiclog"
	"cartoquartiers/places"
)

func TestAReceiptIsASignedPromise(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	receipt := w.append(t, leaf(1))[0]
	receipt.Key, receipt.DecideBy = [32]byte{9}, noon.Add(7*24*time.Hour)
	text, err := w.signer.Promise(receipt)
	if err != nil {
		t.Fatal(err)
	}
	got, err := publiclog.OpenPromise(text, w.signer.PublicKey())
	if err != nil || got.Leaf != receipt.Leaf || got.Key != receipt.Key || !got.At.Equal(noon) || !got.DecideBy.Equal(receipt.DecideBy) {
		t.Errorf("got %+v, %v\nof %s", got, err, text)
	}
	if !got.LoggedBy().Equal(noon.Add(time.Minute)) {
		t.Errorf("logged by %v", got.LoggedBy())
	}
	refused := 0
	for i := range len(text) { // also the spare bits at the end of the signature
		changed := []byte(text)
		changed[i] ^= 1
		if _, err := publiclog.OpenPromise(string(changed), w.signer.PublicKey()); fault.Is(err, fault.Invalid) {
			refused++
		}
	}
	if refused != len(text) {
		t.Errorf("%d of %d changed receipts were refused", refused, len(text))
	}
	w.integrate(t)
	if _, err := publiclog.OpenPromise(w.latest(t).Note, w.signer.PublicKey()); !fault.Is(err, fault.Invalid) {
		t.Errorf("a checkpoint passes for a receipt: %v", err)
	}
	if _, err := publiclog.OpenCheckpoint(text, w.signer.PublicKey()); !fault.Is(err, fault.Invalid) {
		t.Errorf("a receipt passes for a checkpoint: %v", err)
	}
	if _, err := publiclog.OpenPromise(text, newWorld(t).signer.PublicKey()); !fault.Is(err, fault.Invalid) {
		t.Errorf("another log's key takes it: %v", err)
	}
}

func TestAReceiptWaitsForTheSequencerAndIsThenProved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	receipt := w.append(t, leaf(1))[0]
	if _, err := publiclog.Prove(t.Context(), w.db, receipt.Leaf); !fault.Is(err, fault.Unavailable) {
		t.Errorf("before the sequencer: %v", err)
	}
	if _, err := publiclog.Prove(t.Context(), w.db, [32]byte{1}); !fault.Is(err, fault.NotFound) {
		t.Errorf("an unknown leaf: %v", err)
	}
	w.integrate(t)
	inclusion, err := publiclog.Prove(t.Context(), w.db, receipt.Leaf)
	if err != nil || inclusion.Index != 0 || inclusion.Entry != string(receipt.Entry) || inclusion.Leaf != receipt.LeafName() {
		t.Errorf("got %+v, %v", inclusion, err)
	}
}

func TestTheKeyIsMadeOnceAndKeptFromOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dir := filepath.Join(t.TempDir(), "new")
	keys := make([]string, 8)
	var group sync.WaitGroup
	for i := range keys {
		group.Go(func() {
			signer, err := publiclog.OpenSigner(t.Context(), w.db, dir, "")
			if err != nil {
				t.Error(err)
				return
			}
			keys[i] = signer.PublicKey()
		})
	}
	group.Wait()
	for _, key := range keys {
		if key != keys[0] || !strings.HasPrefix(key, "cartoquartiers/") {
			t.Fatalf("processes that start together have keys %q", keys)
		}
	}
	path := filepath.Join(dir, "log.key")
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("left behind: %v, %v", files, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := publiclog.ReadSigner(dir); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a key that others can read: %v", err)
	}
	if err := errors.Join(os.Chmod(path, 0o600), os.WriteFile(path, []byte("PRIVATE+KEY+x"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := publiclog.ReadSigner(dir); !fault.Is(err, fault.Invalid) || strings.Contains(err.Error(), "PRIVATE") {
		t.Errorf("a damaged key: %v", err)
	}
}

func TestASecondKeyIsRefusedForASignedLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.integrate(t)
	dir := t.TempDir()
	if _, err := publiclog.OpenSigner(t.Context(), w.db, dir, ""); !fault.Is(err, fault.Conflict) {
		t.Errorf("got %v", err)
	}
	if _, err := publiclog.ReadSigner(dir); !fault.Is(err, fault.NotFound) {
		t.Errorf("it made a key all the same: %v", err)
	}
}

func TestLogTablesOnlyGrow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	place := w.publish(t)
	w.append(t, leaf(1))
	w.integrate(t)
	for _, statement := range []string{
		`update log_leaves set entry = 'x'`, `delete from log_leaves`, `truncate log_leaves cascade`,
		`update log_hashes set hash = sha256(hash)`, `delete from log_hashes`, `truncate log_hashes`,
		`update log_checkpoints set note = note`, `delete from log_checkpoints`, `truncate log_checkpoints`,
		`update log_payloads set key = sha256(key)`, `update log_payloads set key = null, commitment = key`,
		`delete from log_payloads`, `truncate log_payloads`,
	} {
		if _, err := w.db.Exec(t.Context(), statement); !strings.HasSuffix(pg.Constraint(err), "_append_only") {
			t.Errorf("%s: %v", statement, err)
		}
	}
	if _, err := w.db.Exec(t.Context(), `update log_payloads set key = null where place_id = $1`, place); err != nil {
		t.Fatal(err)
	}
	opened, err := publiclog.Revisions(t.Context(), w.db, 0, 0, 10)
	if err != nil || len(opened) != 1 || !strings.Contains(string(opened[0].Line), `"erased":true`) || strings.Contains(string(opened[0].Line), "document") {
		t.Errorf("an erased revision shows %+v, %v", opened, err)
	}
	if _, err := w.db.Exec(t.Context(), `update log_payloads set key = commitment`); pg.Constraint(err) != "log_payloads_append_only" {
		t.Errorf("an erased key came back: %v", err)
	}
}

// publish publishes a place without telling the log.
func (w world) publish(t testing.TB) places.ID {
	t.Helper()
	published, err := places.Publish(t.Context(), w.db, places.ShippedTaxonomy(), places.Cause{At: noon}, []places.Draft{{
		Document:   places.Document{Kind: places.Service, Category: "library", State: places.Open, Position: orb.Point{2, 48}},
		Provenance: places.Provenances{"position": {Source: "local", Licence: places.LicenceOuverte, At: noon}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return published[0].Place
}

func TestRunSignsWhatWaitsWhenItIsStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tick := make(chan time.Time)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.sequencer().Run(ctx, tick, quiet)
	}()
	tick <- noon // the first batch is done
	receipts := w.append(t, leaf(1))
	stop()
	<-ended
	w.whole(t, receipts)
}

func TestALeafThatIsRolledBackIsNowhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	undone := errors.New("undone")
	err := pg.InTx(t.Context(), w.db, func(tx pgx.Tx) error {
		if _, err := publiclog.Append(t.Context(), tx, leaf(1)); err != nil {
			return err
		}
		return undone
	})
	if !errors.Is(err, undone) {
		t.Fatal(err)
	}
	if got := w.integrate(t); got.Size != 0 {
		t.Errorf("size %d", got.Size)
	}
}
