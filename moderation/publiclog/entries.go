package publiclog

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"

	"cartoquartiers/internal/pg"
)

// Logged is an entry at its place in the log.
type Logged struct {
	Index int64 // from 0
	Text  string
	Leaf  Leaf
}

// Hash is the name of the entry at /log/receipts/, and its leaf in the tree.
func (l Logged) Hash() [32]byte { return tlog.RecordHash([]byte(l.Text)) }

// Entries reads entries of the signed log by their positions, in its order. What
// the log does not have is left out.
func Entries(ctx context.Context, db pg.DB, positions []int64) ([]Logged, error) {
	rows, err := db.Query(ctx, `
		select h.position, convert_from(l.entry, 'UTF8')
		from log_hashes h
		join log_leaves l on l.id = h.leaf
		where h.level = 0 and h.position = any($1)
		order by h.position`, positions)
	if err != nil {
		return nil, fmt.Errorf("read entries: %w", pg.FaultOf(err))
	}
	entries, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (one Logged, err error) {
		if err = row.Scan(&one.Index, &one.Text); err == nil {
			one.Leaf, err = ParseLeaf([]byte(one.Text))
		}
		return one, err
	})
	if err != nil {
		return nil, fmt.Errorf("read entries: %w", pg.FaultOf(err))
	}
	return entries, nil
}
