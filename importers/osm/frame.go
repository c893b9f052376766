package osm

import (
	"encoding/binary"
	"errors"
	"io"
	"os"

	"github.com/qedus/osmpbf/OSMPBF"
	"google.golang.org/protobuf/proto"

	"cartoquartiers/internal/fault"
)

// The limits of the format (OSM wiki, "PBF Format": "File format").
const (
	maxBlobHeader = 64 << 10
	maxBlob       = 32 << 20
)

// maxFrames bounds the list of frames. The planet has some 50,000.
const maxFrames = 2 << 20

// frame is one blob in the file: where its data starts and how long it is.
type frame struct {
	start  int64 // of the whole frame, for messages to people
	offset int64 // of the Blob message
	size   int32
	kinds  kinds // what the blob holds; zero until it was read
}

// end is the offset of the first byte after the frame.
func (f frame) end() int64 { return f.offset + int64(f.size) }

// file is an open PBF whose frames were all found to lie within it.
type file struct {
	source io.ReaderAt
	size   int64
	header frame
	frames []frame // the data blobs, in file order
}

// scanFrames finds every frame without reading what is in it. A file that is
// cut, that is not a PBF, or whose sizes lie is refused here, before any work.
// A cut that falls between two frames leaves a valid shorter file: no reader
// can tell, which is why the import guards against mass vanishing.
func scanFrames(source io.ReaderAt, size int64) (*file, error) {
	if size == 0 {
		return nil, fault.New(fault.Invalid, "at byte 0: the file is empty")
	}
	f := &file{source: source, size: size}
	for at := int64(0); at < size; {
		next, kind, err := f.frameAt(at)
		if err != nil {
			return nil, err
		}
		if err := f.add(next, kind); err != nil {
			return nil, err
		}
		at = next.end()
	}
	if len(f.frames) == 0 {
		return nil, broken(size, "the file ends after its header: it holds no data")
	}
	return f, nil
}

func (f *file) add(next frame, kind string) error {
	first := next.start == 0
	switch {
	case first && kind == "OSMHeader":
		f.header = next
	case first:
		return broken(0, "the first block is %.20q and not OSMHeader: this is not an OSM PBF file", kind)
	case kind == "OSMData" && len(f.frames) == maxFrames:
		return broken(next.start, "more than %d blocks", maxFrames)
	case kind == "OSMData":
		f.frames = append(f.frames, next)
	default:
		// Like libosmium: a block of a kind that nobody writes is damage, and
		// skipping it would lose its objects without a word.
		return broken(next.start, "a block of the unknown kind %.20q", kind)
	}
	return nil
}

// frameAt reads the length and the BlobHeader at an offset.
func (f *file) frameAt(at int64) (frame, string, error) {
	var length [4]byte
	if err := f.read(length[:], at); err != nil {
		return frame{}, "", err
	}
	n := int64(binary.BigEndian.Uint32(length[:]))
	switch {
	case n == 0 || n > maxBlobHeader:
		return frame{}, "", f.notPBF(at, "a block header of %d bytes (1 to %d are allowed)", n, maxBlobHeader)
	case at+4+n > f.size:
		return frame{}, "", f.cut(at)
	}
	raw := make([]byte, n)
	if err := f.read(raw, at+4); err != nil {
		return frame{}, "", err
	}
	var header OSMPBF.BlobHeader
	if err := proto.Unmarshal(raw, &header); err != nil {
		return frame{}, "", f.notPBF(at, "a block header that cannot be read")
	}
	return f.place(at, at+4+n, &header)
}

// place checks the data size that a BlobHeader claims.
func (f *file) place(start, offset int64, header *OSMPBF.BlobHeader) (frame, string, error) {
	size := header.GetDatasize()
	switch {
	case size < 0 || size > maxBlob:
		return frame{}, "", broken(start, "a block of %d bytes (0 to %d are allowed)", size, maxBlob)
	case offset+int64(size) > f.size:
		return frame{}, "", f.cut(start)
	}
	return frame{start: start, offset: offset, size: size}, header.GetType(), nil
}

func (f *file) cut(at int64) error {
	return broken(at, "a block runs past the end of the file (%d bytes): the file is cut, fetch it again", f.size)
}

// notPBF words a fault at the very start as what it most likely is.
func (f *file) notPBF(at int64, format string, args ...any) error {
	if at == 0 {
		return fault.New(fault.Invalid, "at byte 0: this is not an OSM PBF file: it does not start with a block header")
	}
	return broken(at, format, args...)
}

// read fills buffer from an offset; an early end is the file's fault, anything
// else the machine's.
func (f *file) read(buffer []byte, at int64) error {
	if at+int64(len(buffer)) > f.size {
		return f.cut(at)
	}
	_, err := f.source.ReadAt(buffer, at)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF):
		return broken(at, "the file became shorter while it was read")
	}
	return fault.Wrap(fault.Unavailable, err, "the file cannot be read at byte %d", at)
}

// open finds the size of a regular file and scans its frames. The caller
// closes the handle.
func open(handle *os.File) (*file, error) {
	info, err := handle.Stat()
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "the file cannot be read")
	}
	if !info.Mode().IsRegular() {
		return nil, fault.New(fault.Invalid, "%s is not a regular file: an import reads a PBF more than once", handle.Name())
	}
	return scanFrames(handle, info.Size())
}

// broken is the one sentence about a damaged file, with the offset of the
// block that shows it.
func broken(offset int64, format string, args ...any) error {
	return fault.New(fault.Invalid, "damaged at byte %d: "+format, append([]any{offset}, args...)...)
}
