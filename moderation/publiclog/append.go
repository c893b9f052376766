package publiclog

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"
)

// Receipt is what one knows of a leaf from the moment it is appended. Signed
// (Signer.Promise) it proves an omission.
type Receipt struct {
	Leaf     [32]byte  // the leaf's hash: its name at /log/receipts/{leaf}
	Entry    []byte    // the leaf itself, as the log will hold it
	Key      [32]byte  // opens the entry's commitment; zero when the caller did not give it
	At       time.Time // when it was received
	DecideBy time.Time // until when it will be decided; zero where nothing is to decide
}

// Entry is a leaf as the log will hold it.
type Entry struct {
	text []byte
	at   time.Time
}

// Entry encodes the leaf. Faults are those of a leaf that cannot be.
func (l Leaf) Entry() (Entry, error) {
	text, err := l.encode()
	if err != nil {
		return Entry{}, fmt.Errorf("append %s to the log: %w", l.Event, err)
	}
	return Entry{text, l.At.UTC()}, nil
}

// Receipt is what is known of the entry once it is in the log.
func (e Entry) Receipt() Receipt {
	return Receipt{Leaf: tlog.RecordHash(e.text), Entry: e.text, At: e.at}
}

const insertEntries = `
	with leaf as (
		insert into log_leaves (entry) select unnest($1::bytea[])
		returning id
	)
	insert into log_pending (leaf) select id from leaf`

// Append adds a leaf to the log as a part of tx: it is there when tx commits,
// and in the tree at most a second later. Any number of transactions append
// side by side; nothing makes them wait for each other.
func Append(ctx context.Context, tx pgx.Tx, leaf Leaf) (Receipt, error) {
	entry, err := leaf.Entry()
	if err != nil {
		return Receipt{}, err
	}
	if _, err := tx.Exec(ctx, insertEntries, [][]byte{entry.text}); err != nil {
		return Receipt{}, fmt.Errorf("append %s to the log: %w", leaf.Event, err)
	}
	return entry.Receipt(), nil
}

// Queue is Append of several as a part of a batch.
func Queue(batch *pgx.Batch, entries []Entry) {
	texts := make([][]byte, len(entries))
	for i, entry := range entries {
		texts[i] = entry.text
	}
	batch.Queue(insertEntries, texts)
}

// AppendImport adds the leaf of a run that published these rows, and returns the
// root over them; the order of rows does not matter. It sorts them.
func AppendImport(ctx context.Context, tx pgx.Tx, run int64, at time.Time, rows []Row) (root [32]byte, err error) {
	leaf := Leaf{Event: Imported, At: at, Count: len(rows)}
	if err := tx.QueryRow(ctx, `select item::text from imports where id = $1`, run).Scan(&leaf.Item); err != nil {
		return root, fmt.Errorf("append import %d to the log: %w", run, err)
	}
	if len(rows) > 0 {
		slices.SortFunc(rows, func(a, b Row) int {
			if a.Place != b.Place {
				return int(a.Place - b.Place)
			}
			return a.Revision - b.Revision
		})
		leaf.Root = RowsRoot(rows)
	}
	_, err = Append(ctx, tx, leaf)
	return leaf.Root, err
}
