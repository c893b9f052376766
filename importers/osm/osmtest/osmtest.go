// Package osmtest writes small OSM PBF files for tests, so that no test needs
// a file from elsewhere.
//
// It is not a PBF writer for production: it holds everything in memory and
// writes only what tests look at. Start with File; Square and Frame help to
// say unusual things.
package osmtest

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/qedus/osmpbf/OSMPBF"
	"google.golang.org/protobuf/proto"
)

// Node is a point. Lon and Lat are degrees.
type Node struct {
	ID       int64
	Lon, Lat float64
	Tags     map[string]string
	Version  int32
	At       time.Time
}

// Way is a line, or an area when its first and last node are the same.
type Way struct {
	ID      int64
	Nodes   []int64
	Tags    map[string]string
	Version int32
	At      time.Time
}

// Relation groups objects.
type Relation struct {
	ID      int64
	Members []Member
	Tags    map[string]string
	Version int32
	At      time.Time
}

// Member is an object in a relation.
type Member struct {
	Type string // "node", "way" or "relation"
	Ref  int64
	Role string
}

// File is what a PBF holds. The zero values of its options give what most
// writers write: sorted by type, compressed, dense nodes, one block a kind.
type File struct {
	Nodes     []Node
	Ways      []Way
	Relations []Relation

	Timestamp    time.Time // of the replication, in the header; none when zero
	Unsorted     bool      // relations first, and no promise in the header
	Uncompressed bool
	PlainNodes   bool     // Node messages in place of DenseNodes
	BlockSize    int      // objects a block; 8,000 when zero
	Required     []string // required_features beside the usual ones
}

// Write puts the file into the test's temporary directory and gives its path.
func (f File) Write(t testing.TB) string {
	t.Helper()
	return Save(t, f.Bytes())
}

// Save puts bytes into a file in the test's temporary directory.
func Save(t testing.TB, content []byte) string {
	t.Helper()
	file, err := os.CreateTemp(t.TempDir(), "*.osm.pbf")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Write(content); err != nil {
		t.Fatal(err)
	}
	return file.Name()
}

// Bytes gives the file as it lies on a disk.
func (f File) Bytes() []byte {
	var out []byte
	out = append(out, f.frame("OSMHeader", f.header())...)
	blocks := [][]*OSMPBF.PrimitiveBlock{f.nodeBlocks(), f.wayBlocks(), f.relationBlocks()}
	if f.Unsorted {
		blocks[0], blocks[2] = blocks[2], blocks[0]
	}
	for _, kind := range blocks {
		for _, block := range kind {
			out = append(out, f.frame("OSMData", marshal(block))...)
		}
	}
	return out
}

func (f File) header() []byte {
	header := &OSMPBF.HeaderBlock{
		RequiredFeatures: append([]string{"OsmSchema-V0.6", "DenseNodes"}, f.Required...),
		Writingprogram:   proto.String("osmtest"),
	}
	if !f.Unsorted {
		header.OptionalFeatures = []string{"Sort.Type_then_ID"}
	}
	if !f.Timestamp.IsZero() {
		header.OsmosisReplicationTimestamp = proto.Int64(f.Timestamp.Unix())
	}
	return marshal(header)
}

func (f File) frame(kind string, content []byte) []byte {
	if f.Uncompressed {
		return Frame(kind, &OSMPBF.Blob{Data: &OSMPBF.Blob_Raw{Raw: content}})
	}
	return Frame(kind, &OSMPBF.Blob{
		RawSize: proto.Int32(int32(len(content))),
		Data:    &OSMPBF.Blob_ZlibData{ZlibData: Deflate(content)},
	})
}

// Frame writes one blob with its length and header, whatever it says.
func Frame(kind string, blob *OSMPBF.Blob) []byte {
	data := marshal(blob)
	header := marshal(&OSMPBF.BlobHeader{Type: &kind, Datasize: proto.Int32(int32(len(data)))})
	out := binary.BigEndian.AppendUint32(nil, uint32(len(header)))
	return append(append(out, header...), data...)
}

// Deflate compresses as blobs are.
func Deflate(content []byte) []byte {
	var out bytes.Buffer
	writer := zlib.NewWriter(&out)
	if _, err := writer.Write(content); err != nil {
		panic(err) // a bytes.Buffer does not fail
	}
	if err := writer.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func marshal(message proto.Message) []byte {
	out, err := proto.Marshal(message)
	if err != nil {
		panic(fmt.Sprintf("osmtest: %v", err)) // only invalid UTF-8 in a test's own tags
	}
	return out
}
