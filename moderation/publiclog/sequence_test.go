package publiclog_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/moderation/publiclog"
)

// published reads the leaf hashes of the log as the outside does, from its bundles.
func (w world) published(t testing.TB, size int64) (hashes []tlog.Hash) {
	t.Helper()
	for first := int64(0); first < size; first += 256 {
		tile := tlog.Tile{H: 8, L: -1, N: first / 256, W: int(min(256, size-first))}
		content, err := publiclog.Tile(t.Context(), w.db, tile)
		if err != nil {
			t.Fatal(err)
		}
		for len(content) > 0 {
			n := binary.BigEndian.Uint16(content)
			hashes, content = append(hashes, tlog.RecordHash(content[2:2+n])), content[2+n:]
		}
	}
	return hashes
}

func rootOf(hashes []tlog.Hash) tlog.Hash {
	var frontier publiclog.Frontier
	for _, hash := range hashes {
		frontier.Push(hash)
	}
	return frontier.Root()
}

// whole checks that the log holds exactly these leaves and is signed.
func (w world) whole(t testing.TB, receipts []publiclog.Receipt) {
	t.Helper()
	checkpoint := w.latest(t)
	hashes := w.published(t, checkpoint.Size)
	if rootOf(hashes) != checkpoint.Root {
		t.Fatal("the entries are not the signed tree")
	}
	seen := make(map[tlog.Hash]int)
	for _, hash := range hashes {
		seen[hash]++
	}
	for i, receipt := range receipts {
		if seen[receipt.Leaf] != 1 {
			t.Fatalf("leaf %d is in the log %d times", i, seen[receipt.Leaf])
		}
	}
	if len(hashes) != len(receipts) {
		t.Fatalf("%d leaves in the log, %d were appended", len(hashes), len(receipts))
	}
}

func TestEveryLeafIsInTheTreeOnceUnderConcurrentWriters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const writers, each = 8, 40
	receipts := make([][]publiclog.Receipt, writers)
	var running, group sync.WaitGroup
	done := make(chan struct{})
	running.Go(func() { // two sequencers, as two nodes have
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() {
				sequencer := w.sequencer()
				for {
					if _, err := sequencer.Integrate(t.Context()); err != nil {
						t.Error(err)
						return
					}
					select {
					case <-done:
						return
					default:
					}
				}
			})
		}
		both.Wait()
	})
	for writer := range writers {
		group.Go(func() {
			for i := range each {
				receipts[writer] = append(receipts[writer], w.append(t, leaf(writer*each+i))...)
			}
		})
	}
	group.Wait()
	close(done)
	running.Wait()
	w.integrate(t)
	var all []publiclog.Receipt
	for _, some := range receipts {
		all = append(all, some...)
	}
	w.whole(t, all)
}

// An identity value is taken before the commit: "after the last id" would miss this leaf for ever.
func TestALeafWhoseTransactionCommitsLateIsNotMissed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tx, err := w.db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	late, err := publiclog.Append(t.Context(), tx, leaf(1))
	if err != nil {
		t.Fatal(err)
	}
	early := w.append(t, leaf(2))
	if got := w.integrate(t); got.Size != 1 {
		t.Fatalf("size %d with one committed leaf", got.Size)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.integrate(t)
	w.whole(t, append(early, late))
}

func TestSubmittersDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, err := w.db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer first.Rollback(t.Context())
	if _, err := publiclog.Append(t.Context(), first, leaf(1)); err != nil {
		t.Fatal(err)
	}
	err = pg.InTx(t.Context(), w.db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), `set local lock_timeout = '1ms'`); err != nil {
			return err
		}
		_, err := publiclog.Append(t.Context(), tx, leaf(2))
		return err
	})
	if err != nil {
		t.Errorf("while another transaction had appended and not committed: %v", err)
	}
}

// Death at each statement of a batch, and between its commit and the file, is
// before or after: the next start goes on and every leaf is there once.
func TestTheSequencerSurvivesDeathAtEveryStatement(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var receipts []publiclog.Receipt
	checkpoints := map[int64]tlog.Hash{}
	for _, afterCommit := range []bool{false, true} {
		for deathAt, finished := 0, false; !finished; deathAt++ {
			receipts = append(receipts, w.append(t, leaves(len(receipts), 90)...)...) // over tile borders too
			var left atomic.Int64
			left.Store(int64(deathAt))
			dying := publiclog.NewSequencer(dying{DB: w.db, left: &left, afterCommit: afterCommit}, w.signer, w.dir)
			_, err := dying.Integrate(t.Context())
			finished = err == nil
			if deathAt > 40 {
				t.Fatal("a batch never finishes")
			}
			before := w.lastKept(t)
			w.integrate(t)
			w.whole(t, receipts)
			if last := w.latest(t); last.Size < before {
				t.Fatalf("the log shrank from %d to %d", before, last.Size)
			}
			checkpoints[w.latest(t).Size] = w.latest(t).Root
		}
	}
	hashes := w.published(t, w.latest(t).Size)
	for size, root := range checkpoints {
		if rootOf(hashes[:size]) != root {
			t.Errorf("the checkpoint of size %d is not a beginning of the log", size)
		}
	}
}

// lastKept is the size in log.checkpoint, 0 when there is no file.
func (w world) lastKept(t testing.TB) int64 {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(w.dir, "log.checkpoint"))
	if os.IsNotExist(err) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	checkpoint, err := publiclog.OpenCheckpoint(string(text), w.signer.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	return checkpoint.Size
}

func TestConsistencyBetweenAllPairsOfCheckpoints(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var trees []publiclog.Checkpoint
	count := 0
	for _, batch := range []int{0, 1, 1, 1, 4, 120, 127, 1, 1, 255, 300, 7} {
		w.append(t, leaves(count, batch)...)
		count += batch
		trees = append(trees, w.integrate(t))
	}
	reader := w.tiles(t)
	for _, later := range trees {
		for _, earlier := range trees {
			if earlier.Size == 0 || earlier.Size > later.Size {
				continue
			}
			proof, err := tlog.ProveTree(later.Size, earlier.Size, reader)
			if err != nil {
				t.Fatal(err)
			}
			if err := tlog.CheckTree(proof, later.Size, later.Root, earlier.Size, earlier.Root); err != nil {
				t.Errorf("%d → %d: %v", earlier.Size, later.Size, err)
			}
		}
	}
}

// tiles reads hashes the way a client of c2sp.org/tlog-tiles does, with package
// tlog's own checks.
func (w world) tiles(t testing.TB) tlog.HashReader {
	last := w.latest(t)
	return tlog.TileHashReader(tlog.Tree{N: last.Size, Hash: last.Root}, tileClient{t, w})
}

type tileClient struct {
	t testing.TB
	w world
}

func (tileClient) Height() int { return 8 }

func (c tileClient) ReadTiles(tiles []tlog.Tile) (data [][]byte, err error) {
	for _, tile := range tiles {
		content, err := publiclog.Tile(c.t.Context(), c.w.db, tile)
		if err != nil {
			return nil, err
		}
		data = append(data, content)
	}
	return data, nil
}

func (tileClient) SaveTiles([]tlog.Tile, [][]byte) {}

func TestTheSignerRefusesWhatDoesNotExtendItsLastCheckpoint(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.append(t, leaves(0, 5)...)
	w.integrate(t)
	refuses := func(t *testing.T, w world, want string) {
		t.Helper()
		_, err := w.sequencer().Integrate(t.Context())
		if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want a conflict that says %q", err, want)
		}
	}
	t.Run("restored_backup", func(t *testing.T) {
		older := world{db: pgtest.New(t), dir: w.dir, signer: w.signer}
		older.append(t, leaf(0))
		refuses(t, older, "older than the log")
		if _, _, err := publiclog.LatestNote(t.Context(), older.db); !fault.Is(err, fault.NotFound) {
			t.Errorf("it signed all the same: %v", err)
		}
	})
	t.Run("fork", func(t *testing.T) {
		fork := world{db: pgtest.New(t), dir: t.TempDir(), signer: w.signer}
		fork.append(t, leaves(100, 9)...)
		fork.integrate(t)
		fork.dir = w.dir
		fork.append(t, leaf(0))
		refuses(t, fork, "fork")
	})
	t.Run("a_changed_hash", func(t *testing.T) {
		changed := newWorld(t)
		changed.append(t, leaf(1))
		changed.integrate(t)
		changed.force(t, `update log_hashes set hash = sha256(hash)`)
		changed.append(t, leaf(2))
		refuses(t, changed, "a row was changed")
	})
	t.Run("another_key", func(t *testing.T) {
		other := newWorld(t)
		refuses(t, world{db: w.db, dir: other.dir, signer: other.signer}, "another key")
	})
	t.Run("a_damaged_file", func(t *testing.T) {
		damaged := newWorld(t)
		damaged.integrate(t)
		if err := os.WriteFile(filepath.Join(damaged.dir, "log.checkpoint"), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		refuses(t, damaged, "damaged")
	})
	t.Run("and_goes_on_when_the_database_is_back", func(t *testing.T) {
		w.append(t, leaf(5))
		if got := w.integrate(t); got.Size != 6 {
			t.Errorf("size %d, want 6", got.Size)
		}
	})
}

// force writes past the triggers, as somebody with the rights of the owner can.
func (w world) force(t testing.TB, statement string, args ...any) {
	t.Helper()
	err := pg.InTx(t.Context(), w.db, func(tx pgx.Tx) error {
		for _, table := range []string{"log_leaves", "log_hashes", "log_checkpoints", "log_payloads", "place_revisions"} {
			if _, err := tx.Exec(t.Context(), `alter table `+table+` disable trigger user`); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(t.Context(), statement, args...); err != nil {
			return err
		}
		for _, table := range []string{"log_leaves", "log_hashes", "log_checkpoints", "log_payloads", "place_revisions"} {
			if _, err := tx.Exec(t.Context(), `alter table `+table+` enable trigger user`); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
