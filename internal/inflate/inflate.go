// Package inflate unpacks zlib data (RFC 1950, RFC 1951) whose size is known
// beforehand, from one slice into another.
//
// It is not a stream reader and has no window: knowing both ends is what makes
// it twice as fast as compress/zlib, and unpacking is half the work of reading
// an OSM file. Start with Decoder.Zlib; huffman.go builds the code tables.
package inflate

import (
	"encoding/binary"
	"errors"
	"hash/adler32"
)

// The ways in which data can be wrong.
var (
	ErrCorrupt  = errors.New("inflate: corrupt data")
	ErrShort    = errors.New("inflate: the data ends early")
	ErrSize     = errors.New("inflate: the data unpacks to another size")
	ErrChecksum = errors.New("inflate: wrong checksum")
)

// Decoder holds the code tables, some 50 kB, from one call to the next. The
// zero value is ready; it is not for concurrent use.
type Decoder struct {
	literals  table
	distances table
	lengths   table // the code of code lengths

	in   []byte
	pos  int    // of the next byte to load
	bits uint64 // loaded and not used yet, the next one lowest
	n    int    // how many; negative when more were used than the input has

	out []byte
	at  int // bytes written
}

// Zlib unpacks all of in into out, which it fills exactly. What out holds
// after an error is undefined.
func (d *Decoder) Zlib(out, in []byte) error {
	const deflate, dictionary = 8, 0x20 // RFC 1950, 2.2
	if len(in) < 2 {
		return ErrShort
	}
	if in[0]&0x0f != deflate || in[1]&dictionary != 0 || binary.BigEndian.Uint16(in)%31 != 0 {
		return ErrCorrupt
	}
	d.in, d.pos, d.bits, d.n = in, 2, 0, 0
	d.out, d.at = out, 0
	if err := d.blocks(); err != nil {
		return err
	}
	if d.at != len(out) {
		return ErrSize
	}
	return d.checksum()
}

func (d *Decoder) checksum() error {
	d.align()
	if len(d.in)-d.pos < 4 {
		return ErrShort
	}
	if binary.BigEndian.Uint32(d.in[d.pos:]) != adler32.Checksum(d.out) {
		return ErrChecksum
	}
	return nil
}

// blocks reads blocks until the final one.
func (d *Decoder) blocks() error {
	for final := false; !final; {
		d.fill()
		final = d.take(1) == 1
		kind := d.take(2)
		if d.n < 0 {
			return ErrShort
		}
		var err error
		switch kind {
		case 0:
			err = d.stored()
		case 1:
			err = d.fixed()
		case 2:
			err = d.dynamic()
		default:
			err = ErrCorrupt
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// fill loads bits until at least 56 are there or the input ends.
func (d *Decoder) fill() {
	if d.pos+8 <= len(d.in) {
		d.bits |= binary.LittleEndian.Uint64(d.in[d.pos:]) << uint(d.n&63)
		d.pos += (63 - d.n) >> 3
		d.n |= 56
		return
	}
	d.bits, d.n, d.pos = tail(d.in, d.bits, d.n, d.pos)
}

// tail is fill for the last bytes, one by one.
func tail(in []byte, bits uint64, n, pos int) (uint64, int, int) {
	for n <= 56 && pos < len(in) {
		bits |= uint64(in[pos]) << uint(n&63)
		pos++
		n += 8
	}
	return bits, n, pos
}

// take uses up to 32 loaded bits.
func (d *Decoder) take(n uint) uint32 {
	value := uint32(d.bits & (1<<n - 1))
	d.bits >>= n
	d.n -= int(n)
	return value
}

// align drops the rest of a byte and gives whole loaded bytes back.
func (d *Decoder) align() {
	d.pos -= d.n >> 3
	d.bits, d.n = 0, 0
}

// stored copies a block that is not compressed (RFC 1951, 3.2.4).
func (d *Decoder) stored() error {
	d.align()
	if len(d.in)-d.pos < 4 {
		return ErrShort
	}
	size := int(binary.LittleEndian.Uint16(d.in[d.pos:]))
	if size != int(^binary.LittleEndian.Uint16(d.in[d.pos+2:])) {
		return ErrCorrupt
	}
	d.pos += 4
	switch {
	case len(d.in)-d.pos < size:
		return ErrShort
	case len(d.out)-d.at < size:
		return ErrSize
	}
	copy(d.out[d.at:], d.in[d.pos:d.pos+size])
	d.pos += size
	d.at += size
	return nil
}

// compressed reads literals and copies until the end of the block. It works on
// local copies of the state: this loop is where the time goes.
func (d *Decoder) compressed() error { //nolint:funlen // a call per symbol would double its time
	in, out := d.in, d.out
	pos, bits, n, at := d.pos, d.bits, d.n, d.at
	literals, distances := &d.literals, &d.distances
	for {
		// One load serves a whole copy: 15+5 bits of length and 15+13 of distance.
		if pos+8 <= len(in) {
			bits |= binary.LittleEndian.Uint64(in[pos:]) << uint(n&63)
			pos += (63 - n) >> 3
			n |= 56
		} else {
			bits, n, pos = tail(in, bits, n, pos)
		}
		e := literals.entries[bits&(1<<literalBits-1)]
		for e&isLiteral != 0 && n >= 48 { // and up to two literals before it
			if at >= len(out) {
				return ErrSize
			}
			out[at] = byte(e >> 16)
			at++
			bits >>= e & 15
			n -= int(e & 15)
			e = literals.entries[bits&(1<<literalBits-1)]
		}
		if n < 48 && pos+8 <= len(in) {
			continue
		}
		e = literals.second(e, bits>>literalBits)
		bits >>= e & 15
		n -= int(e & 15)
		switch {
		case e == 0:
			return ErrCorrupt
		case n < 0:
			return ErrShort
		case e&isLiteral != 0 && at >= len(out):
			return ErrSize
		case e&isLiteral != 0:
			out[at] = byte(e >> 16)
			at++
			continue
		case e&isEnd != 0:
			d.pos, d.bits, d.n, d.at = pos, bits, n, at
			return nil
		}
		length := int(e>>16) + int(bits&(1<<(e>>4&15)-1))
		bits >>= e >> 4 & 15
		n -= int(e >> 4 & 15)

		e = distances.entries[bits&(1<<distanceBits-1)]
		e = distances.second(e, bits>>distanceBits)
		bits >>= e & 15
		distance := int(e>>16) + int(bits&(1<<(e>>4&15)-1))
		bits >>= e >> 4 & 15
		n -= int(e&15) + int(e>>4&15)
		switch {
		case e == 0 || distance > at:
			return ErrCorrupt
		case n < 0:
			return ErrShort
		case length > len(out)-at:
			return ErrSize
		}
		at = repeat(out, at, distance, length)
	}
}

// repeat copies length bytes from distance before at, which may overlap what
// it writes: then the bytes repeat.
func repeat(out []byte, at, distance, length int) int {
	end := at + length
	if distance >= length {
		copy(out[at:end], out[at-distance:])
		return end
	}
	from := out[at-distance : end]
	for done := distance; done < len(from); done *= 2 {
		copy(from[done:], from[:done])
	}
	return end
}
