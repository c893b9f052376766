package publiclog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
)

const (
	// batchSize bounds the leaves of one transaction.
	batchSize = 10_000
	// sequencerLock is the advisory lock of the one sequencer of all nodes.
	sequencerLock int64 = 0x6371_6c6f_675f_7365
	// checkpointFile keeps the last signed checkpoint outside the database.
	checkpointFile = "log.checkpoint"
	// Pace is how often Run wants its tick: with the time of a batch, leaves are in the tree within a second.
	Pace = 400 * time.Millisecond
)

// Sequencer gives leaves their place in the tree and signs it.
//
// Before it signs, it makes sure that the tree in the database extends the last
// checkpoint that was signed from this data directory, which lies in a file
// beside the database: a database that was restored from an older backup, or is
// a fork, would otherwise make the log contradict itself. The file follows the
// commit; a crash between the two leaves it one batch behind, which is an
// extension like any other.
type Sequencer struct {
	db     pg.DB
	signer *Signer
	dir    string
	begun  bool // the log has been found in order once
}

// NewSequencer sequences the log of db. dir is the data directory.
func NewSequencer(db pg.DB, signer *Signer, dir string) *Sequencer {
	return &Sequencer{db: db, signer: signer, dir: dir}
}

// Run integrates new leaves at every tick until ctx ends, and once more then. A
// batch that fails is tried again at the next tick; why is logged when it changes.
func (s *Sequencer) Run(ctx context.Context, tick <-chan time.Time, logger *slog.Logger) {
	said := ""
	for {
		_, err := s.Integrate(ctx)
		switch {
		case err == nil:
			said = ""
		case ctx.Err() == nil && err.Error() != said:
			said = err.Error()
			logger.Error("the log is not being signed", "error", err)
		}
		select {
		case <-tick:
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			if _, err := s.Integrate(last); err != nil {
				logger.Warn("leaves wait for the next start", "error", err)
			}
			return
		}
	}
}

// Integrate adds the leaves that wait, at most a batch, and signs the tree with
// them: all of it commits together. It does nothing while another node does it.
// A Conflict fault says that the tree must not be signed, why, and what to do.
func (s *Sequencer) Integrate(ctx context.Context) (added int, err error) {
	if idle, err := s.idle(ctx); idle || err != nil {
		return 0, err
	}
	var signed Checkpoint
	err = pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		mine := false
		if err := tx.QueryRow(ctx, `select pg_try_advisory_xact_lock($1)`, sequencerLock).Scan(&mine); err != nil || !mine {
			return err
		}
		last, err := s.guard(ctx, tx)
		if err != nil {
			return err
		}
		s.begun = true
		signed, added, err = s.extend(ctx, tx, last)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("integrate leaves: %w", pg.FaultOf(err))
	}
	if signed.Note == "" {
		return 0, nil
	}
	return added, s.keep(signed)
}

// idle is the cheap question of every tick.
func (s *Sequencer) idle(ctx context.Context) (bool, error) {
	if !s.begun {
		return false, nil
	}
	var waiting bool
	err := s.db.QueryRow(ctx, `select exists (select from log_pending)`).Scan(&waiting)
	return !waiting, pg.FaultOf(err)
}

// guard gives the last checkpoint of the database, having made sure that it may
// be extended: it is ours, the stored hashes are its tree, and it extends the
// last one that was signed from here.
func (s *Sequencer) guard(ctx context.Context, tx pgx.Tx) (last Checkpoint, err error) {
	kept, err := s.kept()
	if err != nil {
		return last, err
	}
	_, text, err := LatestNote(ctx, tx)
	switch {
	case fault.Is(err, fault.NotFound):
		last.Root, _ = tlog.TreeHash(0, nil) // the empty tree reads nothing
	case err != nil:
		return last, err
	default:
		if last, err = OpenCheckpoint(text, s.signer.PublicKey()); err != nil {
			return last, fault.Wrap(fault.Conflict, err,
				"the log in this database was signed with another key than %s; put back the log.key that belongs to this database",
				filepath.Join(s.dir, keyFile))
		}
	}
	if err := s.extends(&tree{ctx: ctx, db: tx}, last, kept); err != nil {
		return last, err
	}
	if last.Size > kept.Size || kept.Note == "" && last.Note != "" {
		return last, s.keep(last)
	}
	return last, nil
}

func (s *Sequencer) extends(stored *tree, last, kept Checkpoint) error {
	if last.Size < kept.Size {
		return fault.New(fault.Conflict,
			"the log in this database has %d leaves, but %d were signed before (%s): the database is older than the log, restored from a backup or another one. "+
				"Nothing is signed until a backup is restored that has them all; docs/verify.md says what to do when there is none",
			last.Size, kept.Size, filepath.Join(s.dir, checkpointFile))
	}
	root, err := tlog.TreeHash(last.Size, stored)
	if err != nil || root != last.Root {
		return fault.Wrap(fault.Conflict, err,
			"the hashes stored in this database are not the tree of its last checkpoint: a row was changed. Nothing is signed; restore the last backup that `cartoquartiers log verify` accepts")
	}
	before, err := tlog.TreeHash(kept.Size, stored)
	if kept.Note != "" && (err != nil || before != kept.Root) {
		return fault.Wrap(fault.Conflict, err,
			"the log in this database does not continue the one that was signed before (%s): it is a fork, from a backup or a replica that went on by itself. "+
				"Nothing is signed until the database with the signed log is back; docs/verify.md says what to do when there is none",
			filepath.Join(s.dir, checkpointFile))
	}
	return nil
}

// extend takes the waiting leaves in and signs, when there are any, or nothing was signed yet.
func (s *Sequencer) extend(ctx context.Context, tx pgx.Tx, last Checkpoint) (signed Checkpoint, added int, err error) {
	ids, hashes, err := take(ctx, tx)
	if err != nil || len(ids) == 0 && last.Note != "" {
		return signed, 0, err
	}
	grown := &tree{ctx: ctx, db: tx, fresh: make(map[node]tlog.Hash, len(ids))}
	size, err := grown.grow(last.Size, hashes)
	if err != nil {
		return signed, 0, err
	}
	root, err := tlog.TreeHash(size, grown)
	if err != nil {
		return signed, 0, err
	}
	if signed, err = s.signer.newCheckpoint(size, root); err != nil {
		return signed, 0, err
	}
	if err := store(ctx, tx, grown.fresh, last.Size, ids); err != nil {
		return Checkpoint{}, 0, err
	}
	_, err = tx.Exec(ctx, `insert into log_checkpoints (note) values ($1)`, signed.Note)
	return signed, len(ids), err
}

// take reads the leaves that wait. Only the holder of the lock takes them away,
// and those of transactions that are still open wait for the next time.
func take(ctx context.Context, tx pgx.Tx) (ids []int64, hashes []tlog.Hash, err error) {
	rows, err := tx.Query(ctx, `
		select l.id, l.entry
		from log_pending p
		join log_leaves l on l.id = p.leaf
		order by l.id
		limit $1`, batchSize)
	if err != nil {
		return nil, nil, err
	}
	var id int64
	var text []byte
	_, err = pgx.ForEachRow(rows, []any{&id, &text}, func() error {
		ids, hashes = append(ids, id), append(hashes, tlog.RecordHash(text))
		return nil
	})
	return ids, hashes, err
}

// store writes the new hashes; the leaves of level 0 are ids, from position first on.
func store(ctx context.Context, tx pgx.Tx, fresh map[node]tlog.Hash, first int64, ids []int64) error {
	var levels []int16
	var positions []int64
	var hashes [][]byte
	var leaves []*int64
	for n, hash := range fresh {
		levels, positions, hashes = append(levels, int16(n.level)), append(positions, n.position), append(hashes, slices.Clone(hash[:]))
		if n.level == 0 {
			leaves = append(leaves, &ids[n.position-first])
		} else {
			leaves = append(leaves, nil)
		}
	}
	_, err := tx.Exec(ctx, `
		with stored as (
			insert into log_hashes (level, position, hash, leaf)
			select level, position, hash, leaf
			from unnest($1::smallint[], $2::bigint[], $3::bytea[], $4::bigint[]) as h (level, position, hash, leaf)
			order by level, position
		)
		delete from log_pending where leaf = any($4)`, levels, positions, hashes, leaves)
	return err
}

// kept is the last checkpoint that was signed from here; zero before the first.
func (s *Sequencer) kept() (Checkpoint, error) {
	path := filepath.Join(s.dir, checkpointFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Checkpoint{}, nil
	}
	if err != nil {
		return Checkpoint{}, fmt.Errorf("read the last signed checkpoint: %w", err)
	}
	kept, err := OpenCheckpoint(string(text), s.signer.PublicKey())
	if err != nil {
		return Checkpoint{}, fault.Wrap(fault.Conflict, err,
			"%s is damaged or belongs to another key than log.key beside it; put both back from the same backup. Nothing is signed until then", path)
	}
	return kept, nil
}

func (s *Sequencer) keep(signed Checkpoint) error {
	if err := replaceFile(s.dir, checkpointFile, []byte(signed.Note)); err != nil {
		return fmt.Errorf("keep the signed checkpoint: %w", err)
	}
	return nil
}
