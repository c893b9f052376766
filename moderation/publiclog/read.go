package publiclog

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/places"
)

// CheckpointsAfter lists the signed checkpoints of trees larger than size, the
// smallest first, at most limit.
func CheckpointsAfter(ctx context.Context, db pg.DB, size int64, limit int) ([]string, error) {
	rows, err := db.Query(ctx, `select note from log_checkpoints where size > $1 order by size limit $2`, size, limit)
	if err != nil {
		return nil, fmt.Errorf("list checkpoints: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// Tile is the content of a tile (c2sp.org/tlog-tiles): hashes, or entries when
// its level is -1. A tile that the last signed tree does not have, in this width
// at least, is NotFound.
func Tile(ctx context.Context, db pg.DB, tile tlog.Tile) ([]byte, error) {
	if tile.H != tileHeight {
		return nil, fault.New(fault.NotFound, "tiles of this log are %d high", tileHeight)
	}
	if tile.L < 0 {
		return bundle(ctx, db, tile)
	}
	return hashTile(ctx, db, tile)
}

func noTile() error { return fault.New(fault.NotFound, "the signed tree has no such tile yet") }

func hashTile(ctx context.Context, db pg.DB, tile tlog.Tile) ([]byte, error) {
	first := tile.N << tileHeight
	rows, err := db.Query(ctx, `
		select hash
		from log_hashes
		where level = $1 and position >= $2 and position < $3
		order by position`, tile.L, first, first+int64(tile.W))
	if err != nil {
		return nil, fmt.Errorf("read tile %s: %w", tile.Path(), err)
	}
	hashes, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		return nil, fmt.Errorf("read tile %s: %w", tile.Path(), err)
	}
	if len(hashes) < tile.W {
		return nil, noTile()
	}
	content := make([]byte, 0, tile.W*tlog.HashSize)
	for _, hash := range hashes {
		content = append(content, hash...)
	}
	return content, nil
}

// bundle are the entries of a tile, each behind its length: big-endian uint16.
func bundle(ctx context.Context, db pg.DB, tile tlog.Tile) ([]byte, error) {
	first := tile.N << tileHeight
	rows, err := db.Query(ctx, `
		select l.entry
		from log_hashes h
		join log_leaves l on l.id = h.leaf
		where h.level = 0 and h.position >= $1 and h.position < $2
		order by h.position`, first, first+int64(tile.W))
	if err != nil {
		return nil, fmt.Errorf("read entries %s: %w", tile.Path(), err)
	}
	entries, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		return nil, fmt.Errorf("read entries %s: %w", tile.Path(), err)
	}
	if len(entries) < tile.W {
		return nil, noTile()
	}
	var content []byte
	for _, text := range entries {
		content = binary.BigEndian.AppendUint16(content, uint16(len(text)))
		content = append(content, text...)
	}
	return content, nil
}

// Inclusion proves that a leaf is in a signed tree.
type Inclusion struct {
	Leaf       string   `json:"leaf"` // hash, hexadecimal
	Entry      string   `json:"entry"`
	Index      int64    `json:"index"`      // from 0
	Proof      []string `json:"proof"`      // RFC 6962, 2.1.1: from the leaf's sibling up, hexadecimal
	Checkpoint string   `json:"checkpoint"` // the signed tree that it leads to
}

// Prove proves that the leaf with this hash is in the last signed tree. A leaf
// that waits for the sequencer is Unavailable, an unknown one NotFound.
func Prove(ctx context.Context, db pg.DB, leaf [32]byte) (Inclusion, error) {
	inclusion := Inclusion{Leaf: hex.EncodeToString(leaf[:])}
	var index *int64
	err := db.QueryRow(ctx, `
		select convert_from(l.entry, 'UTF8'), h.position
		from log_leaves l
		left join log_hashes h on h.leaf = l.id
		where l.hash = $1`, leaf[:]).Scan(&inclusion.Entry, &index)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return inclusion, fault.New(fault.NotFound, "the log knows no leaf %s", inclusion.Leaf)
	case err != nil:
		return inclusion, fmt.Errorf("prove leaf %s: %w", inclusion.Leaf, err)
	case index == nil:
		return inclusion, fault.New(fault.Unavailable, "the leaf is accepted and will be in the tree within a second; ask again")
	}
	inclusion.Index = *index
	size, text, err := LatestNote(ctx, db)
	if err != nil {
		return inclusion, err
	}
	inclusion.Checkpoint = text
	proof, err := tlog.ProveRecord(size, inclusion.Index, &tree{ctx: ctx, db: db})
	if err != nil {
		return inclusion, fmt.Errorf("prove leaf %s: %w", inclusion.Leaf, err)
	}
	inclusion.Proof = make([]string, len(proof))
	for i, hash := range proof {
		inclusion.Proof[i] = hex.EncodeToString(hash[:])
	}
	return inclusion, nil
}

// EachImportRow hands over the rows that an import published, in the order of
// its root. An unknown import is NotFound.
func EachImportRow(ctx context.Context, db pg.DB, item string, do func(Row) error) error {
	var run int64
	err := db.QueryRow(ctx, `select id from imports where item::text = $1`, item).Scan(&run)
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.New(fault.NotFound, "there is no import %s", item)
	}
	if err != nil {
		return fmt.Errorf("list import %s: %w", item, err)
	}
	rows, err := db.Query(ctx, `
		select r.place_id, r.number, l.commitment
		from place_revisions r
		join log_payloads l using (place_id, number)
		where r.import_id = $1
		order by r.place_id, r.number`, run)
	if err != nil {
		return fmt.Errorf("list import %s: %w", item, err)
	}
	var row Row
	var commitment []byte
	_, err = pgx.ForEachRow(rows, []any{&row.Place, &row.Revision, &commitment}, func() error {
		row.Commitment = [32]byte(commitment)
		return do(row)
	})
	return err
}

// Opened is a public revision with what opens its commitment, as one line of
// /log/revisions: members c and key beside those of places.Content.
type Opened struct {
	Place    places.ID
	Revision int
	Line     []byte
}

// Revisions lists the public revisions behind one of a place, by place and
// number, at most limit. Erased ones say so and no more.
func Revisions(ctx context.Context, db pg.DB, after places.ID, number, limit int) ([]Opened, error) {
	rows, err := db.Query(ctx, `
		select place_id, number, at, document, provenance, st_asbinary(footprint, 'NDR'), commitment, key
		from public_revisions
		where (place_id, number) > ($1, $2)
		order by place_id, number
		limit $3`, after, number, limit)
	if err != nil {
		return nil, fmt.Errorf("list revisions: %w", err)
	}
	return pgx.CollectRows(rows, openedRow)
}

func openedRow(row pgx.CollectableRow) (opened Opened, err error) {
	var at time.Time
	var document, provenance, footprint, commitment, key []byte
	err = row.Scan(&opened.Place, &opened.Revision, &at, &document, &provenance, &footprint, &commitment, &key)
	if err != nil {
		return opened, err
	}
	if key == nil {
		opened.Line = fmt.Appendf(nil, `{"c":"%x","erased":true,"place":%d,"revision":%d}`, commitment, opened.Place, opened.Revision)
		return opened, nil
	}
	if provenance, err = withoutPrivate(provenance); err != nil {
		return opened, err
	}
	content := places.Content{
		At: at, Document: document, Footprint: footprint, Place: opened.Place, Provenance: provenance, Revision: opened.Revision,
	}
	canonical, err := content.Canonical()
	if err != nil {
		return opened, err
	}
	// c and key stand before the content's members, so that the rest of the line is the content.
	opened.Line = fmt.Appendf(nil, `{"c":"%x","key":"%x",%s`, commitment, key, canonical[1:])
	return opened, nil
}

// withoutPrivate leaves out what would tell that a private field is there.
func withoutPrivate(provenance []byte) ([]byte, error) {
	if !bytes.Contains(provenance, []byte(`"private`)) {
		return provenance, nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(provenance, &fields); err != nil {
		return nil, err
	}
	for path := range fields {
		if places.IsPrivate(path) {
			delete(fields, path)
		}
	}
	return json.Marshal(fields)
}
