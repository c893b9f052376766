package osm

import (
	"io"

	"google.golang.org/protobuf/encoding/protowire"
)

// How much of a blob is unpacked to see what it holds: the string table stands
// before the objects, so this is nearly always enough the first time.
const (
	firstPeek = 2 << 10
	peekTimes = 4 // when it was not, so many times as much
	lastPeek  = 128 << 10
)

// peek tells what a frame holds from its beginning, for the files whose header
// does not promise an order: unpacking is half of what reading costs, and a pass
// that need not look into a blob does not pay it. Zero when that cannot be
// told: several groups, or damage, which the passes will name.
func (in *inflater) peek(at frame) kinds {
	for n := firstPeek; n <= lastPeek; n *= peekTimes {
		in.packed = sized(in.packed, min(n, int(at.size)))
		if in.file.read(in.packed, at.offset) != nil {
			return 0
		}
		if found, enough := onlyGroup(in.beginning(in.packed)); enough {
			return found
		}
	}
	return 0
}

// beginning unpacks as much as the beginning of a Blob message gives, and tells
// the size of the whole.
func (in *inflater) beginning(message []byte) (plain []byte, size int) {
	for len(message) > 0 {
		num, typ, n := protowire.ConsumeTag(message)
		if n < 0 {
			return nil, 0
		}
		value, m := protowire.ConsumeVarint(message[n:])
		switch {
		case m < 0:
			return nil, 0
		case num == 2 && typ == protowire.VarintType:
			size = int(int32(value))
		case num == raw && typ == protowire.BytesType:
			return message[n+m:], int(min(value, maxBlob))
		case num == zlibData && typ == protowire.BytesType:
			return in.prefix(message[n+m:]), size
		default:
			return nil, 0
		}
		message = message[n+m:]
	}
	return nil, 0
}

// prefix unpacks what the first bytes of a compressed text give.
func (in *inflater) prefix(packed []byte) []byte {
	in.source.Reset(packed)
	if in.resetZlib() != nil {
		return nil
	}
	in.plain = sized(in.plain, peekTimes*len(packed))
	n, _ := io.ReadFull(in.zlib, in.plain) // ends early: the text is cut
	return in.plain[:n]
}

// onlyGroup looks at the beginning of a PrimitiveBlock of a size: when one group
// ends where the block does, its first object tells the kind of all (OSM wiki,
// "PBF Format": a group never contains different types). Enough is false when
// more of the block could tell.
func onlyGroup(plain []byte, size int) (found kinds, enough bool) {
	num, typ, n := protowire.ConsumeTag(plain)
	if n < 0 || num != 1 || typ != protowire.BytesType {
		return 0, n >= 0
	}
	length, m := protowire.ConsumeVarint(plain[n:])
	if m < 0 || length >= uint64(max(0, len(plain)-n-m)) {
		return 0, false
	}
	rest := plain[n+m+int(length):]
	num, typ, n = protowire.ConsumeTag(rest)
	length, m = protowire.ConsumeVarint(rest[max(n, 0):])
	if n < 0 || m < 0 {
		return 0, false
	}
	if num != 2 || typ != protowire.BytesType || int64(len(plain)-len(rest)+n+m)+int64(length) != int64(size) {
		return 0, true
	}
	if num, _, n = protowire.ConsumeTag(rest[n+m:]); n < 0 {
		return 0, false
	}
	return kindOf(num), true
}
