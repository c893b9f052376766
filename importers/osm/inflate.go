package osm

import (
	"bytes"
	"io"

	"github.com/klauspost/compress/zlib"
	"github.com/qedus/osmpbf/OSMPBF"
	"google.golang.org/protobuf/proto"
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
	var blob OSMPBF.Blob
	if err := proto.Unmarshal(in.packed, &blob); err != nil {
		return nil, broken(at.start, "a block that cannot be read")
	}
	switch data := blob.GetData().(type) {
	case *OSMPBF.Blob_Raw:
		return data.Raw, nil
	case *OSMPBF.Blob_ZlibData:
		return in.inflate(at, data.ZlibData, blob.GetRawSize())
	case nil:
		return nil, broken(at.start, "a block without data")
	default:
		return nil, unsupported(at, data)
	}
}

func unsupported(at frame, data any) error {
	name := "bzip2"
	switch data.(type) {
	case *OSMPBF.Blob_LzmaData:
		name = "lzma"
	case *OSMPBF.Blob_Lz4Data:
		name = "lz4"
	case *OSMPBF.Blob_ZstdData:
		name = "zstd"
	}
	return invalid("the block at byte %d is compressed with %s, which is not read here: "+
		"rewrite the file with `osmium cat in.osm.pbf -o out.osm.pbf`", at.start, name)
}

// inflate trusts nothing that the blob says of its size: it never writes more
// than the announced bytes, and exactly these must come out.
func (in *inflater) inflate(at frame, packed []byte, size int32) ([]byte, error) {
	if size < 0 || size > maxBlob {
		return nil, broken(at.start, "a block that says it unpacks to %d bytes (0 to %d are allowed)", size, maxBlob)
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
func sized(buffer []byte, n int) []byte {
	if cap(buffer) < n {
		return make([]byte, n)
	}
	return buffer[:n]
}
