package inflate

import "math/bits"

// table gives the symbol of a Huffman code by the next bits of the stream: by the
// first ones at once, or through a part further down for the longer codes.
type table struct {
	entries []entry
	mask    uint64 // of the bits that are looked up first
}

// entry is value<<16 | kind<<8 | length of the code; 0 where no code is. The kind of a
// link, whose value is where its part begins, holds how many bits that is looked up by.
type entry uint32

const (
	kindExtra   = 0x0f // how many bits follow that are added to the value
	kindLiteral = 0x80
	kindEnd     = 0x40
	kindLink    = 0x20

	maxCode = 15
)

func (e entry) length() uint  { return uint(e & 0xff) }
func (e entry) kind() uint32  { return uint32(e>>8) & 0xff }
func (e entry) extra() uint   { return uint(e>>8) & kindExtra }
func (e entry) value() uint32 { return uint32(e >> 16) }

// make builds the table of the canonical code with these lengths (RFC 1951, 3.2.2),
// looked up by up to first bits. False when they are no complete code; a single code
// of one bit is allowed to stand alone.
func (t *table) make(lengths []uint8, symbols []entry, first uint) bool {
	var count, next [maxCode + 1]uint32
	longest := uint(0)
	for _, length := range lengths {
		count[length]++
		longest = max(longest, uint(length))
	}
	count[0] = 0
	code := uint32(0)
	for length := 1; length <= maxCode; length++ {
		code = (code + count[length-1]) << 1
		next[length] = code
	}
	whole := (next[max(longest, 1)] + count[longest]) << (maxCode - longest)
	if longest > 0 && whole != 1<<maxCode && (longest != 1 || count[1] != 1) {
		return false
	}
	first = min(first, max(longest, 1))
	t.mask = 1<<first - 1
	t.entries = append(t.entries[:0], make([]entry, 1<<first)...)
	for symbol, length := range lengths {
		if length > 0 {
			reversed := bits.Reverse32(next[length]) >> (32 - length)
			t.put(symbols[symbol], reversed, uint(length), first, longest)
			next[length]++
		}
	}
	return true
}

// put writes a symbol wherever its code, lowest bit first, is the beginning.
func (t *table) put(symbol entry, code uint32, length, first, longest uint) {
	part, size := t.entries[:1<<first], first
	if length > first {
		part, size = t.part(code&(1<<first-1), first, longest-first), longest-first
		code, length = code>>first, length-first
	}
	for i := code; i < 1<<size; i += 1 << length {
		part[i] = symbol | entry(length)
	}
}

// part is where the codes go on that begin with these bits.
func (t *table) part(begin uint32, first, size uint) []entry {
	if t.entries[begin] == 0 {
		t.entries[begin] = entry(len(t.entries))<<16 | entry(kindLink|size)<<8 | entry(first)
		t.entries = append(t.entries, make([]entry, 1<<size)...)
	}
	return t.entries[t.entries[begin].value():][:1<<size]
}

// find gives the entry of the code that the next bits begin with, and how long it is
// before what the entry says of its length: 0 or that of the link.
func (t *table) find(next uint64) (found entry, before uint) {
	found = t.entries[next&t.mask]
	if found.kind()&kindLink == 0 {
		return found, 0
	}
	before = found.length()
	return t.entries[found.value()+uint32(next>>(before&63))&(1<<(found.extra()&31)-1)], before
}
