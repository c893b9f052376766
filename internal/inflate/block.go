package inflate

import "encoding/binary"

const (
	maxLiterals  = 288
	maxDistances = 32

	literalBits  = 11 // looked up first
	distanceBits = 8
	lengthBits   = 7

	// mostBits is what a length and a distance take together: two codes of 15, 5 and 13 more.
	mostBits = 48
)

// block unpacks one block of a type (RFC 1951, 3.2.3); false when it is damaged.
func (d *Decoder) block(kind uint32) bool {
	switch kind {
	case 0:
		return d.stored()
	case 1:
		return d.fixedCodes() && d.packed()
	case 2:
		return d.dynamicCodes() && d.packed()
	}
	return false
}

func (d *Decoder) stored() bool {
	d.in.align()
	if len(d.in.src)-d.in.at < 4 {
		return false
	}
	length := binary.LittleEndian.Uint16(d.in.src[d.in.at:])
	inverse := binary.LittleEndian.Uint16(d.in.src[d.in.at+2:])
	d.in.at += 4
	if length != ^inverse || len(d.in.src)-d.in.at < int(length) || len(d.dst)-d.out < int(length) {
		return false
	}
	d.out += copy(d.dst[d.out:], d.in.src[d.in.at:][:length])
	d.in.at += int(length)
	return true
}

// packed unpacks what is written in the codes of the block.
func (d *Decoder) packed() bool {
	in, dst, out := d.in, d.dst, d.out // copies, so that they can stay in registers
	literals, distances := d.literals, d.distances
	for {
		if in.held < mostBits {
			if in.overdrawn() {
				return false
			}
			in.fill()
		}
		symbol, before := literals.find(in.next)
		in.take(before + symbol.length())
		switch kind := symbol.kind(); {
		case kind&kindLiteral != 0:
			if out == len(dst) {
				return false
			}
			dst[out] = byte(symbol.value())
			out++
			continue
		case kind&kindEnd != 0:
			d.in, d.out = in, out
			return true
		case symbol.value() == 0: // no code, or one that the format leaves unused
			return false
		}
		length := int(symbol.value() + in.take(symbol.extra()))
		symbol, before = distances.find(in.next)
		in.take(before + symbol.length())
		distance := int(symbol.value() + in.take(symbol.extra()))
		if distance == 0 || distance > out || length > len(dst)-out {
			return false
		}
		again(dst, out, distance, length)
		out += length
	}
}

// again writes what stands distance before once more; the two may overlap.
func again(dst []byte, out, distance, length int) {
	if distance >= 8 && len(dst)-out >= length+8 {
		for from, end := out-distance, out+length; out < end; out, from = out+8, from+8 {
			binary.LittleEndian.PutUint64(dst[out:], binary.LittleEndian.Uint64(dst[from:]))
		}
		return
	}
	for i := out; i < out+length; i++ {
		dst[i] = dst[i-distance]
	}
}

func (d *Decoder) fixedCodes() bool {
	lengths := d.codeLengths[:]
	for i := range lengths {
		switch {
		case i < 144:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		case i < 280:
			lengths[i] = 7
		case i < maxLiterals:
			lengths[i] = 8
		default:
			lengths[i] = 5
		}
	}
	return d.codes(maxLiterals, maxDistances)
}

func (d *Decoder) codes(literals, distances int) bool {
	lengths := d.codeLengths[:literals+distances]
	return d.literals.make(lengths[:literals], literalSymbols[:], literalBits) &&
		d.distances.make(lengths[literals:], distanceSymbols[:], distanceBits)
}

// lengthOrder is in which order a block says the lengths of the codes of lengths.
var lengthOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// dynamicCodes reads the codes that a block brings along (RFC 1951, 3.2.7).
func (d *Decoder) dynamicCodes() bool {
	d.in.fill()
	literals, distances := int(d.in.take(5))+257, int(d.in.take(5))+1
	written := int(d.in.take(4)) + 4
	if literals > maxLiterals-2 {
		return false
	}
	var lengths [19]uint8
	for _, symbol := range lengthOrder[:written] {
		d.in.fill()
		lengths[symbol] = uint8(d.in.take(3))
	}
	return d.lengths.make(lengths[:], lengthSymbols[:], lengthBits) &&
		d.readLengths(d.codeLengths[:literals+distances]) && d.codes(literals, distances)
}

// readLengths reads lengths of codes; 16 says the last one again, 17 and 18 say zeros.
func (d *Decoder) readLengths(lengths []uint8) bool {
	for i := 0; i < len(lengths); {
		d.in.fill()
		symbol, _ := d.lengths.find(d.in.next) // no code is longer than lengthBits
		d.in.take(symbol.length())
		length, times := uint8(symbol.value()), 1
		switch {
		case symbol == 0 || symbol.value() == 16 && i == 0:
			return false
		case length == 16:
			length, times = lengths[i-1], 3+int(d.in.take(2))
		case length == 17:
			length, times = 0, 3+int(d.in.take(3))
		case length == 18:
			length, times = 0, 11+int(d.in.take(7))
		}
		if times > len(lengths)-i {
			return false
		}
		for range times {
			lengths[i] = length
			i++
		}
	}
	return true
}
