package inflate

import "math/bits"

// Bits that index the first level of a table. Longer codes, which are rare,
// go on in a second level.
const (
	literalBits  = 10
	distanceBits = 8
	lengthBits   = 7

	maxCode = 15
)

// An entry says in its lowest 4 bits how many bits to use, in the next 4 how
// many extra bits follow (or, for a second level, how many index it), and in
// its upper half the literal, the base, or where the second level starts. An
// entry of 0 is a code that does not exist.
const (
	isLiteral = 1 << (8 + iota)
	isEnd
	isTable
)

// table decodes one Huffman code.
type table struct {
	entries []uint32
}

// second follows an entry that points to the second level, with the bits that
// come after the first's; other entries stay.
func (t *table) second(e uint32, bits uint64) uint32 {
	if e&isTable == 0 {
		return e
	}
	return t.entries[e>>16+uint32(bits)&(1<<(e>>4&15)-1)]
}

// build makes the table of a code from the length of each symbol's code (RFC
// 1951, 3.2.2), with first bits in the first level. symbols gives the entry of
// each symbol, 0 for one that must not be used. False unless the lengths make
// a complete code, or one of a single bit, or none: what zlib takes.
func (t *table) build(lengths []uint8, first int, symbols []uint32) bool {
	var count, next [maxCode + 1]int
	longest := 0
	for _, length := range lengths {
		if length > 0 {
			count[length]++
			longest = max(longest, int(length))
		}
	}
	code := 0
	for length := 1; length <= longest; length++ {
		code <<= 1
		next[length] = code
		code += count[length]
	}
	if single := longest == 1 && code == 1; longest > 0 && code != 1<<longest && !single {
		return false
	}
	t.entries = append(t.entries[:0], make([]uint32, 1<<first)...)
	for symbol, length := range lengths {
		if length > 0 {
			t.set(next[length], int(length), first, longest, symbols[symbol])
			next[length]++
		}
	}
	return true
}

// set enters a code, at each index whose lower bits are the code.
func (t *table) set(code, length, first, longest int, symbol uint32) {
	if symbol == 0 {
		return
	}
	// Codes come with their first bit lowest.
	reversed := int(bits.Reverse16(uint16(code)) >> (16 - length))
	level := t.entries[:1<<first]
	step := length
	if length > first {
		head := reversed & (1<<first - 1)
		if t.entries[head] == 0 {
			second := uint32(len(t.entries))
			t.entries = append(t.entries, make([]uint32, 1<<(longest-first))...)
			t.entries[head] = second<<16 | isTable | uint32(longest-first)<<4
		}
		start := int(t.entries[head] >> 16)
		level = t.entries[start : start+1<<(longest-first)]
		reversed >>= first
		step -= first
	}
	for i := reversed; i < len(level); i += 1 << step {
		level[i] = symbol | uint32(length)
	}
}

// The bases and extra bits of lengths and distances (RFC 1951, 3.2.5).
var (
	literalSymbols  = makeLiteralSymbols()
	distanceSymbols = makeDistanceSymbols()
	lengthSymbols   = makeLengthSymbols()
)

func makeLiteralSymbols() []uint32 {
	symbols := make([]uint32, 288) // 286 and 287 exist in the fixed code and must not be used
	for i := range 256 {
		symbols[i] = uint32(i)<<16 | isLiteral
	}
	symbols[256] = isEnd
	base := uint32(3)
	for i := range 28 {
		extra := uint32(max(0, i/4-1))
		symbols[257+i] = base<<16 | extra<<4
		base += 1 << extra
	}
	symbols[285] = 258 << 16
	return symbols
}

func makeDistanceSymbols() []uint32 {
	symbols := make([]uint32, 32) // 30 and 31 likewise
	base := uint32(1)
	for i := range 30 {
		extra := uint32(max(0, i/2-1))
		symbols[i] = base<<16 | extra<<4
		base += 1 << extra
	}
	return symbols
}

func makeLengthSymbols() []uint32 {
	symbols := make([]uint32, 19)
	for i := range symbols {
		symbols[i] = uint32(i)<<16 | isLiteral
	}
	return symbols
}

// fixed reads a block with the code that needs no description (3.2.6).
func (d *Decoder) fixed() error {
	var lengths [288]uint8
	for i := range lengths {
		switch {
		case i < 144, i >= 280:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		default:
			lengths[i] = 7
		}
	}
	var five [32]uint8
	for i := range five {
		five[i] = 5
	}
	d.literals.build(lengths[:], literalBits, literalSymbols)
	d.distances.build(five[:], distanceBits, distanceSymbols)
	return d.compressed()
}

// dynamic reads a block that describes its codes first (3.2.7).
func (d *Decoder) dynamic() error {
	d.fill()
	literals, distances, described := int(d.take(5))+257, int(d.take(5))+1, int(d.take(4))+4
	if literals > 286 || distances > 30 {
		return ErrCorrupt
	}
	var code [19]uint8
	for _, symbol := range []int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}[:described] {
		d.fill()
		code[symbol] = uint8(d.take(3))
	}
	var lengths [286 + 30]uint8
	if d.n < 0 || !d.lengths.build(code[:], lengthBits, lengthSymbols) {
		return ErrCorrupt
	}
	if err := d.readLengths(lengths[:literals+distances]); err != nil {
		return err
	}
	if !d.literals.build(lengths[:literals], literalBits, literalSymbols) ||
		!d.distances.build(lengths[literals:literals+distances], distanceBits, distanceSymbols) {
		return ErrCorrupt
	}
	return d.compressed()
}

// readLengths reads the lengths of both codes, which are run-length coded.
func (d *Decoder) readLengths(lengths []uint8) error {
	for i := 0; i < len(lengths); {
		d.fill()
		e := d.lengths.entries[d.bits&(1<<lengthBits-1)]
		d.take(uint(e & 15))
		if e == 0 || d.n < 0 {
			return ErrCorrupt
		}
		symbol, value, times := e>>16, uint8(0), 1
		switch symbol {
		case 16:
			if i == 0 {
				return ErrCorrupt
			}
			value, times = lengths[i-1], 3+int(d.take(2))
		case 17:
			times = 3 + int(d.take(3))
		case 18:
			times = 11 + int(d.take(7))
		default:
			value = uint8(symbol)
		}
		if times > len(lengths)-i || d.n < 0 {
			return ErrCorrupt
		}
		for range times {
			lengths[i] = value
			i++
		}
	}
	return nil
}
