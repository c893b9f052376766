package osm

import (
	"encoding/binary"
	"math/bits"

	"google.golang.org/protobuf/encoding/protowire"
)

// fields walks the fields of one protobuf message without copying or
// allocating: a block holds a million messages of which a few are wanted.
// After the last call of next, bad says whether the message was malformed.
type fields struct {
	rest   []byte
	num    protowire.Number
	typ    protowire.Type
	varint uint64 // the value when typ is VarintType
	bytes  []byte // the value when typ is BytesType, shared with the message
	bad    bool
}

// next moves to the following field; false at the end or at a malformed field.
func (f *fields) next() bool {
	if len(f.rest) == 0 {
		return false
	}
	n := 1
	if tag := f.rest[0]; tag < 0x80 && tag >= 1<<3 { // all that the format has but a few of a block's own
		f.num, f.typ = protowire.Number(tag>>3), protowire.Type(tag&7)
	} else if f.num, f.typ, n = protowire.ConsumeTag(f.rest); n < 0 {
		return f.stop()
	}
	f.rest = f.rest[n:]
	switch f.typ {
	case protowire.VarintType:
		f.varint, n = protowire.ConsumeVarint(f.rest)
	case protowire.BytesType:
		f.bytes, n = protowire.ConsumeBytes(f.rest)
	default:
		n = protowire.ConsumeFieldValue(f.num, f.typ, f.rest)
	}
	if n < 0 {
		return f.stop()
	}
	f.rest = f.rest[n:]
	return true
}

func (f *fields) stop() bool {
	f.bad, f.rest = true, nil
	return false
}

// is tells whether the current field is this number with this wire type.
func (f *fields) is(num protowire.Number, typ protowire.Type) bool {
	return f.num == num && f.typ == typ
}

// column is a packed repeated field. It shares the message's bytes until a
// second piece arrives, and then owns a copy.
type column struct {
	data  []byte
	owned bool
}

// maxPieced bounds what is copied together; no writer in use cuts its columns.
const maxPieced = 1 << 20

// add takes the current field as a piece of the column. A writer may cut a
// packed field in several or not pack it at all; readers must take both
// (protobuf encoding guide, "Packed Repeated Fields").
func (c *column) add(f *fields) {
	switch {
	case f.typ == protowire.BytesType && c.data == nil:
		c.data = f.bytes
		return
	case len(c.data) > maxPieced:
		f.bad = true
		return
	}
	if !c.owned {
		c.data, c.owned = append([]byte(nil), c.data...), true
	}
	switch f.typ {
	case protowire.BytesType:
		c.data = append(c.data, f.bytes...)
	case protowire.VarintType:
		c.data = protowire.AppendVarint(c.data, f.varint)
	default:
		f.bad = true
	}
}

// values reads the column from its start.
func (c *column) values() varints { return varints{rest: c.data} }

// varints reads a packed column of varints. The first malformed or missing
// value sets bad, and every value from there on is 0.
type varints struct {
	rest []byte
	bad  bool
}

func (v *varints) more() bool { return len(v.rest) > 0 }

func (v *varints) next() uint64 {
	if len(v.rest) > 0 && v.rest[0] < 0x80 { // two thirds of all deltas fit one byte
		x := uint64(v.rest[0])
		v.rest = v.rest[1:]
		return x
	}
	return v.long()
}

// zero passes over the next value when it is 0.
func (v *varints) zero() bool {
	if len(v.rest) == 0 || v.rest[0] != 0 {
		return false
	}
	v.rest = v.rest[1:]
	return true
}

func (v *varints) long() uint64 {
	x, n := protowire.ConsumeVarint(v.rest)
	if n < 0 {
		v.bad, v.rest = true, nil
		return 0
	}
	v.rest = v.rest[n:]
	return x
}

// lastBytes has the bit that is set in each byte of a varint but the last.
const lastBytes = 0x8080_8080_8080_8080

// fill reads the next values, as many as there are up to len(to), and tells how
// many. It takes eight bytes at a time and no branch for each length, which nobody could foretell.
func (v *varints) fill(to []int64) (n int) {
	rest := v.rest
	for n < len(to) && len(rest) >= 8 {
		x := binary.LittleEndian.Uint64(rest)
		ends := ^x & lastBytes
		switch {
		case ends == lastBytes && len(to)-n >= 8: // eight values
			for i := range 8 {
				to[n+i] = int64(x >> (8 * i) & 0x7f)
			}
			rest, n = rest[8:], n+8
			continue
		case ends == 0: // longer than eight bytes
			v.rest = rest
			x = v.long()
			rest = v.rest
		default:
			rest = rest[bits.TrailingZeros64(ends)/8+1:]
			x = join7(x & (ends ^ (ends - 1)))
		}
		to[n] = int64(x)
		n++
	}
	for v.rest = rest; n < len(to) && v.more(); n++ {
		to[n] = int64(v.next())
	}
	return n
}

// join7 joins the low seven bits of eight bytes.
func join7(x uint64) uint64 {
	x = x&0x007f_007f_007f_007f | x&0x7f00_7f00_7f00_7f00>>1
	x = x&0x0000_3fff_0000_3fff | x&0x3fff_0000_3fff_0000>>2
	return x&0x0fff_ffff | x&0x0fff_ffff_0000_0000>>4
}

// count is the number of values left, in one pass over the bytes.
func (v *varints) count() (n int) {
	for _, b := range v.rest {
		if b < 0x80 {
			n++
		}
	}
	return n
}

// signed reads a zigzag value, the encoding of sint32 and sint64.
func (v *varints) signed() int64 { return protowire.DecodeZigZag(v.next()) }
