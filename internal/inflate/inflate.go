// Package inflate unpacks zlib streams (RFC 1950, RFC 1951) that lie in memory whole
// and whose unpacked length is known, into a buffer of that length.
//
// It is not a stream reader: who does not know the length takes compress/zlib. Knowing
// both ends spares the window and its copies, so this takes half of the time. Nothing
// that a stream says is trusted: it reads and writes within the two buffers only.
//
// Start with Decoder.Zlib; block.go reads one block, table.go makes its codes.
package inflate

import (
	"encoding/binary"
	"errors"
	"hash/adler32"
)

// ErrDamaged is a stream that is no zlib, is cut off, fails its checksum, or unpacks to
// another length than announced.
var ErrDamaged = errors.New("damaged zlib data")

// Decoder keeps its tables from one stream to the next. The zero Decoder is ready; one
// goroutine uses it at a time.
type Decoder struct {
	in  bitReader
	dst []byte
	out int // bytes of dst that are written

	literals, distances, lengths table
	codeLengths                  [maxLiterals + maxDistances]uint8
}

// Zlib unpacks src, which must fill dst exactly. What follows the stream in src is
// left alone. The fault is always ErrDamaged.
func (d *Decoder) Zlib(dst, src []byte) error {
	const headerLength, deflate, maxWindow, dictionary = 2, 8, 7, 0x20
	if len(src) < headerLength || src[0]&15 != deflate || src[0]>>4 > maxWindow ||
		binary.BigEndian.Uint16(src)%31 != 0 || src[1]&dictionary != 0 {
		return ErrDamaged
	}
	d.in, d.dst, d.out = bitReader{src: src[headerLength:]}, dst, 0
	for last := false; !last; {
		d.in.fill()
		last = d.in.take(1) == 1
		if !d.block(d.in.take(2)) || d.in.overdrawn() {
			return ErrDamaged
		}
	}
	d.in.align()
	sum := d.in.src[min(d.in.at, len(d.in.src)):]
	if d.out != len(dst) || len(sum) < 4 || binary.BigEndian.Uint32(sum) != adler32.Checksum(dst) {
		return ErrDamaged
	}
	return nil
}

// bitReader gives bits from the lowest of each byte on. Behind the end come zeros, as many as
// one likes: overdrawn tells whether they were used.
type bitReader struct {
	src  []byte
	at   int    // of the first byte that is not in next
	next uint64 // only the lowest held bits count
	held uint
}

// fill makes at least 56 bits ready.
func (b *bitReader) fill() {
	if len(b.src)-b.at >= 8 {
		// What is above held are bits of the same bytes already, which or leaves as they are.
		b.next |= binary.LittleEndian.Uint64(b.src[b.at:]) << (b.held & 63)
		b.at += int(63-b.held) >> 3
		b.held |= 56
		return
	}
	for ; b.held < 56; b.held += 8 {
		if b.at < len(b.src) {
			b.next |= uint64(b.src[b.at]) << b.held
		}
		b.at++
	}
}

func (b *bitReader) take(count uint) uint32 {
	count &= 63 // it always is below; said, it spares the shifts a check
	taken := uint32(b.next & (1<<count - 1))
	b.next >>= count
	b.held -= count
	return taken
}

func (b *bitReader) overdrawn() bool { return b.at-int(b.held>>3) > len(b.src) }

// align goes on to the next whole byte, with no bit held.
func (b *bitReader) align() {
	b.at -= int(b.held >> 3)
	b.next, b.held = 0, 0
}
