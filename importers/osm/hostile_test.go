package osm_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/qedus/osmpbf/OSMPBF"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"cartoquartiers/importers/osm"
	"cartoquartiers/importers/osm/osmtest"
	"cartoquartiers/internal/fault"
)

// smallTown has every kind of object in a few blocks.
func smallTown() osmtest.File {
	f := osmtest.File{BlockSize: 10, Timestamp: time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)}
	for i := range int64(40) {
		f.Nodes = append(f.Nodes, osmtest.Node{ID: i + 1, Lon: -1.5 + float64(i)/1e3, Lat: 47.2, Version: 2, Tags: map[string]string{
			"amenity": []string{"bench", "toilets", "school", "unknown"}[i%4], "name": "Éléonore"}})
	}
	for i := range int64(20) {
		f.Square(i+1, 1000+10*i, -1.5+float64(i)/1e3, 47.3, 1e-4, map[string]string{"leisure": "park"})
	}
	f.Ways = append(f.Ways, osmtest.Way{ID: 100, Nodes: []int64{1, 2, 3}, Tags: map[string]string{"highway": "path"}})
	for i := range int64(10) {
		f.Relations = append(f.Relations, osmtest.Relation{ID: i + 1, Members: []osmtest.Member{
			{Type: "way", Ref: i + 1, Role: "outer"}, {Type: "node", Ref: 1, Role: "label"},
		}, Tags: map[string]string{"type": "multipolygon", "amenity": "school"}})
	}
	return f
}

// readBytes imports a file's content and gives the number of candidates.
func readBytes(t testing.TB, content []byte) (int, error) {
	t.Helper()
	path := t.TempDir() + "/file.osm.pbf"
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	kept := 0
	_, err := osm.Read(context.Background(), path, osm.Options{Rules: rulesOfTaxonomy(t)}, osm.Sink{
		Candidate: func(osm.Candidate) error { kept++; return nil },
		Boundary:  func(osm.Boundary) error { return nil },
	})
	return kept, err
}

func TestReadRefusesWithOneSentence(t *testing.T) {
	good := smallTown().Bytes()
	headless := bytes.Replace(good, []byte("OSMHeader"), []byte("OSMDbbbbb"), 1)
	header := osmtest.File{}.Bytes()
	data := func(blob *OSMPBF.Blob) []byte { return append(bytes.Clone(header), osmtest.Frame("OSMData", blob)...) }
	zlib := func(size int32, content []byte) *OSMPBF.Blob {
		return &OSMPBF.Blob{RawSize: &size, Data: &OSMPBF.Blob_ZlibData{ZlibData: content}}
	}
	history := osmtest.File{Required: []string{"HistoricalInformation"}, Nodes: smallTown().Nodes}
	future := osmtest.File{Required: []string{"Teleportation"}, Nodes: smallTown().Nodes}
	for _, c := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"empty", nil, "at byte 0: the file is empty"},
		{"text", []byte("<?xml version='1.0'?><osm></osm>"), "not an OSM PBF file"},
		{"three bytes", []byte{0, 0, 0}, "damaged at byte 0"},
		{"no header", headless, "not OSMHeader"},
		{"only a header", header, "holds no data"},
		{"cut in a blob", good[:len(good)-5], "the file is cut"},
		{"cut in a length", append(bytes.Clone(good), 0, 0), "the file is cut"},
		{"cut in a blob header", append(bytes.Clone(good), 0, 0, 0, 20, 1, 2), "the file is cut"},
		{"header too long", binary.BigEndian.AppendUint32(bytes.Clone(good), 64<<10+1), "a block header of 65537 bytes"},
		{"zero header", append(bytes.Clone(good), 0, 0, 0, 0), "a block header of 0 bytes"},
		{"blob too long", append(bytes.Clone(good), blobHeader("OSMData", 32<<20+1)...), "a block of 33554433 bytes"},
		{"negative size", append(bytes.Clone(good), blobHeader("OSMData", -1)...), "a block of -1 bytes"},
		{"unknown kind", append(bytes.Clone(good), osmtest.Frame("OSMOther", &OSMPBF.Blob{})...), `unknown kind "OSMOther"`},
		{"no content", data(&OSMPBF.Blob{}), "a block without data"},
		{"negative raw size", data(zlib(-1, osmtest.Deflate(nil))), "unpacks to -1 bytes"},
		{"huge raw size", data(zlib(1<<30, osmtest.Deflate(nil))), "unpacks to 1073741824 bytes"},
		{"bomb", data(zlib(32<<20, osmtest.Deflate(make([]byte, 32<<20)))), "no map data packs that well"},
		{"longer than said", data(zlib(10, osmtest.Deflate(make([]byte, 11)))), "longer than announced"},
		{"shorter than said", data(zlib(10, osmtest.Deflate(make([]byte, 9)))), "shorter than announced"},
		{"not zlib", data(zlib(10, []byte("nonsense"))), "compressed data that cannot be read"},
		{"lzma", data(&OSMPBF.Blob{Data: &OSMPBF.Blob_LzmaData{LzmaData: []byte("x")}}), "compressed with lzma"},
		{"lz4", data(&OSMPBF.Blob{Data: &OSMPBF.Blob_Lz4Data{Lz4Data: []byte("x")}}), "osmium cat in.osm.pbf -o out.osm.pbf"},
		{"zstd", data(&OSMPBF.Blob{Data: &OSMPBF.Blob_ZstdData{ZstdData: []byte("x")}}), "compressed with zstd"},
		{"history", history.Bytes(), "osmium time-filter"},
		{"unknown feature", future.Bytes(), `requires the feature "Teleportation"`},
		{"lies about its order", lyingOrder(), "osmium sort"},
	} {
		_, err := readBytes(t, c.content)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func blobHeader(kind string, size int32) []byte {
	header, _ := proto.Marshal(&OSMPBF.BlobHeader{Type: &kind, Datasize: &size})
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(header))), header...)
}

// lyingOrder is sorted by its header and the other way round in its data.
func lyingOrder() []byte {
	unsorted := smallTown()
	unsorted.Unsorted = true
	header, blocks := osmtest.File{}.Bytes(), unsorted.Bytes()
	return append(header, blocks[headerLength(blocks):]...)
}

// headerLength is the length of the first frame.
func headerLength(content []byte) int {
	n := 4 + int(binary.BigEndian.Uint32(content))
	var header OSMPBF.BlobHeader
	if err := proto.Unmarshal(content[4:n], &header); err != nil {
		panic(err)
	}
	return n + int(header.GetDatasize())
}

// frameEnds lists where a cut leaves a valid shorter file.
func frameEnds(content []byte) map[int]bool {
	ends := map[int]bool{}
	for at := 0; at < len(content); {
		at += headerLength(content[at:])
		ends[at] = true
	}
	return ends
}

func TestReadRefusesEveryTruncation(t *testing.T) {
	content := smallTown().Bytes()
	ends := frameEnds(content)
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		n := random.IntN(len(content))
		if ends[n] && n > headerLength(content) {
			continue // a valid file with fewer blocks, which nobody can tell
		}
		if kept, err := readBytes(t, content[:n]); !fault.Is(err, fault.Invalid) {
			t.Errorf("cut at %d of %d: %d candidates, %v", n, len(content), kept, err)
		}
	}
}

// TestReadSurvivesFlippedBytes reads damaged files, compressed and not: in the
// former the checksum notices, in the latter the damage reaches the decoder.
func TestReadSurvivesFlippedBytes(t *testing.T) {
	plain := smallTown()
	plain.Uncompressed = true
	random := rand.New(rand.NewPCG(3, 4))
	for _, content := range [][]byte{smallTown().Bytes(), plain.Bytes()} {
		for range 500 {
			damaged := bytes.Clone(content)
			at := random.IntN(len(damaged))
			damaged[at] ^= byte(1 + random.IntN(255))
			if _, err := readBytes(t, damaged); err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("byte %d flipped: %v", at, err)
			}
		}
	}
}

// TestHostileBlocksTakeLittleMemory feeds blocks of the allowed size that
// would unfold to gigabytes, and bounds all that was ever allocated.
func TestHostileBlocksTakeLittleMemory(t *testing.T) {
	const size = 24 << 20
	empties := func(field protowire.Number) []byte {
		return bytes.Repeat(protowire.AppendBytes(protowire.AppendTag(nil, field, protowire.BytesType), nil), size/2)
	}
	message := func(field protowire.Number, content []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, field, protowire.BytesType), content)
	}
	for name, block := range map[string][]byte{
		"strings":      message(1, empties(1)),
		"groups":       empties(2),
		"ways":         message(2, empties(3)),
		"plain nodes":  message(2, empties(1)),
		"a long way":   append(message(1, parkStrings(1)), message(2, message(3, parkWay(size)))...),
		"many parks":   append(message(1, parkStrings(1)), message(2, bytes.Repeat(message(3, parkWay(4)), size/20))...),
		"a long value": append(message(1, parkStrings(1<<20)), message(2, bytes.Repeat(message(3, parkWay(4)), 1000))...),
	} {
		t.Run(name, func(t *testing.T) {
			content := append(osmtest.File{}.Bytes(), osmtest.Frame("OSMData", &OSMPBF.Blob{Data: &OSMPBF.Blob_Raw{Raw: block}})...)
			before := allocated()
			_, err := readBytes(t, content)
			if took := (allocated() - before) >> 20; took > 300 {
				t.Errorf("%d MB allocated (%v)", took, err)
			}
		})
	}
}

// TestReadRefusesToNeedMoreThanTheFileCanHold repeats a way of a million nodes,
// which packs into a kilobyte.
func TestReadRefusesToNeedMoreThanTheFileCanHold(t *testing.T) {
	content := osmtest.File{}.Bytes()
	for i := range int64(5) {
		w := osmtest.Way{ID: i, Tags: map[string]string{"leisure": "park"}, Nodes: make([]int64, 1_000_000)}
		for n := range w.Nodes {
			w.Nodes[n] = i*1_000_000 + int64(n)
		}
		w.Nodes = append(w.Nodes, w.Nodes[0])
		blocks := osmtest.File{Ways: []osmtest.Way{w}}.Bytes()
		content = append(content, blocks[headerLength(blocks):]...)
	}
	_, err := readBytes(t, content)
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "than a file of its size can hold") {
		t.Errorf("%d bytes: %v", len(content), err)
	}
}

// parkStrings is a table of "", "leisure", "park" and a value of some length
// under the key "name".
func parkStrings(length int) (table []byte) {
	for _, text := range []string{"", "leisure", "park", "name", strings.Repeat("x", length)} {
		table = protowire.AppendString(protowire.AppendTag(table, 1, protowire.BytesType), text)
	}
	return table
}

// parkWay is a closed Way with so many nodes, all the same.
func parkWay(nodes int) (way []byte) {
	way = protowire.AppendBytes(protowire.AppendTag(way, 2, protowire.BytesType), []byte{1, 3})
	way = protowire.AppendBytes(protowire.AppendTag(way, 3, protowire.BytesType), []byte{2, 4})
	return protowire.AppendBytes(protowire.AppendTag(way, 8, protowire.BytesType), make([]byte, nodes))
}

func allocated() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}

func TestReadOfSharedAwkwardFiles(t *testing.T) {
	path := sharedFile(t, "osm", "awkward", "monaco-2021-04-21.lz4.osm.pbf")
	_, err := osm.Read(context.Background(), path, osm.Options{Rules: rulesOfTaxonomy(t)}, osm.Sink{})
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "compressed with lz4") {
		t.Errorf("lz4: %v", err)
	}
}
