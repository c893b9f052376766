package publiclog

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"

	"cartoquartiers/internal/pg"
)

// tileHeight is C2SP's: a tile holds 2⁸ hashes, and levels are stored every eighth.
const tileHeight = 8

// node names a stored hash: the root of 256^level leaves.
type node struct {
	level    int
	position int64
}

// tree reads the hashes of the tree: those that are stored, those that a batch
// adds, and, computed from them, those between the stored levels.
type tree struct {
	ctx   context.Context //nolint:containedctx // tlog.HashReader has no parameter for it
	db    pg.DB
	fresh map[node]tlog.Hash // not stored yet
}

// ReadHashes is tlog.HashReader.
func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var all []node
	for _, index := range indexes {
		first, count := below(index)
		for i := range count {
			all = append(all, node{first.level, first.position + i})
		}
	}
	found, err := t.find(all)
	if err != nil {
		return nil, err
	}
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		first, count := below(index)
		var subtree Frontier
		for j := range count {
			hash, ok := found[node{first.level, first.position + j}]
			if !ok {
				return nil, fmt.Errorf("the log lacks the hash %d of level %d", first.position+j, first.level)
			}
			subtree.Push(hash)
		}
		hashes[i] = subtree.Root()
	}
	return hashes, nil
}

// below is the run of stored hashes under the hash with this index of tlog.
func below(index int64) (first node, count int64) {
	level, position := tlog.SplitStoredHashIndex(index)
	inner := level % tileHeight
	return node{level / tileHeight, position << inner}, 1 << inner
}

func (t *tree) find(nodes []node) (map[node]tlog.Hash, error) {
	found := make(map[node]tlog.Hash, len(nodes))
	var levels []int16
	var positions []int64
	for _, n := range nodes {
		if hash, ok := t.fresh[n]; ok {
			found[n] = hash
			continue
		}
		levels, positions = append(levels, int16(n.level)), append(positions, n.position)
	}
	if len(levels) == 0 {
		return found, nil
	}
	rows, err := t.db.Query(t.ctx, `
		select h.level, h.position, h.hash
		from unnest($1::smallint[], $2::bigint[]) as n (level, position)
		join log_hashes h using (level, position)`, levels, positions)
	if err != nil {
		return nil, err
	}
	var n node
	var hash []byte
	_, err = pgx.ForEachRow(rows, []any{&n.level, &n.position, &hash}, func() error {
		found[n] = tlog.Hash(hash)
		return nil
	})
	return found, err
}

// grow adds leaf hashes behind size, and the hashes of the tiles they complete.
// It returns the new size.
func (t *tree) grow(size int64, leaves []tlog.Hash) (int64, error) {
	for _, hash := range leaves {
		n := node{0, size}
		size++
		for {
			t.fresh[n] = hash
			if (n.position+1)%(1<<tileHeight) != 0 {
				break
			}
			parent := node{n.level + 1, n.position >> tileHeight}
			hashes, err := t.ReadHashes([]int64{tlog.StoredHashIndex(parent.level*tileHeight-1, 2*parent.position), tlog.StoredHashIndex(parent.level*tileHeight-1, 2*parent.position+1)})
			if err != nil {
				return 0, err
			}
			n, hash = parent, tlog.NodeHash(hashes[0], hashes[1])
		}
	}
	return size, nil
}
