package snapshot

import (
	"encoding/base64"
	"encoding/binary"

	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
)

// Cursor is a position in the order of pages, (Hilbert key, id): behind which
// place to go on. The zero Cursor is before the first. It names no row, so it
// stays right whatever is published in between.
type Cursor struct {
	key uint64
	id  places.ID
	set bool
}

// IsZero tells the beginning.
func (c Cursor) IsZero() bool { return !c.set }

// String is short and safe in a URL; empty for the zero Cursor.
func (c Cursor) String() string {
	if !c.set {
		return ""
	}
	bytes := binary.AppendUvarint(binary.AppendUvarint(nil, c.key), uint64(c.id))
	return base64.RawURLEncoding.EncodeToString(bytes)
}

// ParseCursor is the inverse of String. The fault is Invalid and names "cursor".
func ParseCursor(text string) (Cursor, error) {
	if text == "" {
		return Cursor{}, nil
	}
	wrong := fault.InvalidField("cursor", "%q is not from a link of ours", text)
	bytes, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return Cursor{}, wrong
	}
	key, used := binary.Uvarint(bytes)
	if used <= 0 {
		return Cursor{}, wrong
	}
	id, rest := binary.Uvarint(bytes[used:])
	if rest <= 0 || used+rest != len(bytes) {
		return Cursor{}, wrong
	}
	return Cursor{key: key, id: places.ID(id), set: true}, nil
}
