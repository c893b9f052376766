package verify

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation/publiclog"
)

const tileWidth = 256

// checkTree reads the signed tree and all its entries, which must have its root.
func (l *look) checkTree() error {
	text, err := l.get("log/checkpoint")
	if err != nil {
		return err
	}
	if l.last, err = publiclog.OpenCheckpoint(string(text), l.report.Key); err != nil {
		return fault.Wrap(fault.Invalid, err, "the checkpoint is not the log's")
	}
	l.report.Size = l.last.Size
	var tree publiclog.Frontier
	for n := int64(0); n*tileWidth < l.last.Size; n++ {
		if err := l.readEntries(n, int(min(tileWidth, l.last.Size-n*tileWidth))); err != nil {
			return err
		}
	}
	for _, leaf := range l.leaves {
		l.hashes = append(l.hashes, tlog.RecordHash(leaf))
		tree.Push(l.hashes[len(l.hashes)-1])
	}
	if tree.Root() != l.last.Root {
		return fault.New(fault.Invalid, "the log's entries are not those that it signed: an entry was changed, dropped or moved")
	}
	return nil
}

// readEntries reads a bundle: entries behind their lengths, big-endian uint16.
func (l *look) readEntries(n int64, width int) error {
	bundle, err := l.get("log/tile/entries/" + tilePath(n, width))
	if err != nil {
		return err
	}
	for range width {
		if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
			return fault.New(fault.Invalid, "the bundle of entries %d is cut off", n)
		}
		end := 2 + int(binary.BigEndian.Uint16(bundle))
		l.leaves, bundle = append(l.leaves, bundle[2:end]), bundle[end:]
	}
	if len(bundle) > 0 {
		return fault.New(fault.Invalid, "the bundle of entries %d holds more than it should", n)
	}
	return nil
}

// checkTiles compares every tile with the hashes of the entries.
func (l *look) checkTiles() error {
	hashes := l.hashes
	for level := 0; len(hashes) > 0; level++ {
		var above []tlog.Hash
		n := int64(0)
		for tile := range slices.Chunk(hashes, tileWidth) {
			path := fmt.Sprintf("log/tile/%d/%s", level, tilePath(n, len(tile)))
			shown, err := l.get(path)
			if err != nil {
				return err
			}
			var root publiclog.Frontier
			var want []byte
			for _, hash := range tile {
				root.Push(hash)
				want = append(want, hash[:]...)
			}
			if !bytes.Equal(shown, want) {
				return fault.New(fault.Invalid, "tile %d of level %d is not made of the log's entries", n, level)
			}
			if len(tile) == tileWidth {
				above = append(above, root.Root())
			}
			n++
		}
		hashes = above
	}
	return nil
}

// checkCheckpoints makes sure that every tree that was ever signed is a beginning
// of this one, and so is the one that the last look saw.
func (l *look) checkCheckpoints() error {
	signed, err := l.readCheckpoints()
	if err != nil {
		return err
	}
	l.report.Checkpoints = len(signed)
	if err := l.addSeen(signed); err != nil {
		return err
	}
	var tree publiclog.Frontier
	for size := int64(0); ; size++ {
		if root, ok := signed[size]; ok && root != tree.Root() {
			return fault.New(fault.Invalid, "the log contradicts itself: the first %d entries are not those that it once signed", size)
		}
		if size == l.last.Size {
			return nil
		}
		tree.Push(l.hashes[size])
	}
}

func (l *look) readCheckpoints() (map[int64]tlog.Hash, error) {
	signed := make(map[int64]tlog.Hash)
	for after := int64(-1); ; {
		body, err := l.get(fmt.Sprintf("log/checkpoints?after=%d", after))
		if err != nil {
			return nil, err
		}
		before := after
		for line := range lines(body) {
			var text string
			if err := json.Unmarshal(line, &text); err != nil {
				return nil, fault.Wrap(fault.Invalid, err, "log/checkpoints is not a list of texts")
			}
			one, err := publiclog.OpenCheckpoint(text, l.report.Key)
			if err != nil {
				return nil, fault.Wrap(fault.Invalid, err, "a former checkpoint is not the log's")
			}
			signed[one.Size], after = one.Root, one.Size
		}
		if after <= before {
			break
		}
	}
	if signed[l.last.Size] != l.last.Root {
		return nil, fault.New(fault.Invalid, "the checkpoint is not in the list of what was signed")
	}
	return signed, nil
}

// addSeen adds what the last look saw to what must be a beginning of the log.
func (l *look) addSeen(signed map[int64]tlog.Hash) error {
	if l.before.Checkpoint == "" {
		return nil
	}
	seen, err := publiclog.OpenCheckpoint(l.before.Checkpoint, l.report.Key)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "the checkpoint of the last look is not signed by this key")
	}
	if seen.Size > l.last.Size {
		return fault.New(fault.Invalid, "the log has shrunk: it had %d entries at the last look and has %d now", seen.Size, l.last.Size)
	}
	if root, ok := signed[seen.Size]; ok && root != seen.Root {
		return fault.New(fault.Invalid, "the log contradicts itself: it signed two different trees of %d entries, and one was seen at the last look", seen.Size)
	}
	signed[seen.Size] = seen.Root
	return nil
}
