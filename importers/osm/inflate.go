package osm

import (
	"bytes"
	"io"

	"github.com/klauspost/compress/zlib"
	"google.golang.org/protobuf/encoding/protowire"
)

// inflater reads blobs into buffers that it keeps, one inflater per worker:
// the memory of an import is these buffers, whatever the file's size.
type inflater struct {
	file   *file
	packed []byte
	plain  []byte
	source bytes.Reader
	zlib   io.ReadCloser
}

// blob gives the uncompressed content of a frame, valid until the next call.
func (in *inflater) blob(at frame) ([]byte, error) {
	in.packed = sized(in.packed, int(at.size))
	if err := in.file.read(in.packed, at.offset); err != nil {
		return nil, err
	}
	blob, ok := readBlob(in.packed)
	switch {
	case !ok:
		return nil, broken(at.start, "a block that cannot be read")
	case blob.data == nil:
		return nil, broken(at.start, "a block without data")
	case blob.form == raw:
		return blob.data, nil
	case blob.form == zlibData:
		return in.inflate(at, blob.data, blob.size)
	}
	return nil, invalid("the block at byte %d is compressed with %s, which is not read here: "+
		"rewrite the file with `osmium cat in.osm.pbf -o out.osm.pbf`", at.start, forms[blob.form])
}

// The fields of a Blob message that hold its data (fileformat.proto).
const (
	raw      protowire.Number = 1
	zlibData protowire.Number = 3
)

// forms names the compressions that exist and are not read here.
var forms = map[protowire.Number]string{4: "lzma", 5: "bzip2", 6: "lz4", 7: "zstd"}

// blob is a Blob message, whose data stays where it was read.
type blob struct {
	form protowire.Number
	data []byte
	size int32 // as the blob says it unpacks to
}

func readBlob(message []byte) (b blob, ok bool) {
	f := fields{rest: message}
	for f.next() {
		switch {
		case f.is(2, protowire.VarintType):
			b.size = int32(f.varint)
		case f.typ == protowire.BytesType && (f.num == raw || f.num == zlibData || forms[f.num] != ""):
			b.form, b.data = f.num, f.bytes
		}
	}
	return b, !f.bad
}

// Map data packs two to ten times. A blob that packs much better is made to
// fill a disk, unless it is small.
const (
	maxRatio  = 200
	smallBlob = 1 << 20
)

// inflate trusts nothing that the blob says of its size: it never writes more
// than the announced bytes, and exactly these must come out.
func (in *inflater) inflate(at frame, packed []byte, size int32) ([]byte, error) {
	if size < 0 || size > maxBlob {
		return nil, broken(at.start, "a block that says it unpacks to %d bytes (0 to %d are allowed)", size, maxBlob)
	}
	if size > smallBlob && int(size) > maxRatio*len(packed) {
		return nil, broken(at.start, "%d bytes that say they unpack to %d: no map data packs that well", len(packed), size)
	}
	in.source.Reset(packed)
	if err := in.resetZlib(); err != nil {
		return nil, broken(at.start, "compressed data that cannot be read")
	}
	in.plain = sized(in.plain, int(size))
	if _, err := io.ReadFull(in.zlib, in.plain); err != nil {
		return nil, broken(at.start, "compressed data that is damaged or shorter than announced")
	}
	// One byte more must be the end, which is also where the checksum is verified.
	var more [1]byte
	if n, err := in.zlib.Read(more[:]); n != 0 || err != io.EOF {
		return nil, broken(at.start, "compressed data that is damaged or longer than announced")
	}
	return in.plain, nil
}

func (in *inflater) resetZlib() (err error) {
	if in.zlib == nil {
		in.zlib, err = zlib.NewReader(&in.source)
		return err
	}
	return in.zlib.(zlib.Resetter).Reset(&in.source, nil)
}

// sized gives a slice of n bytes, reusing buffer where it is large enough.
func sized[T any](buffer []T, n int) []T {
	if cap(buffer) < n {
		return make([]T, n)
	}
	return buffer[:n]
}
