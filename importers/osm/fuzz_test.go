package osm

import (
	"bytes"
	"testing"

	"github.com/qedus/osmpbf/OSMPBF"
	"google.golang.org/protobuf/proto"

	"cartoquartiers/importers/osm/osmtest"
	"cartoquartiers/internal/fault"
)

// hamlet has one object of each kind.
func hamlet() osmtest.File {
	f := osmtest.File{Uncompressed: true, Nodes: []osmtest.Node{
		{ID: 1, Lon: 1, Lat: 47, Version: 3, Tags: map[string]string{"amenity": "bench", "name": "b"}}}}
	f.Square(1, 10, 2, 47, 0.1, map[string]string{"leisure": "park", "place": "quarter", "name": "p"})
	f.Relations = []osmtest.Relation{{ID: 1, Tags: map[string]string{"type": "multipolygon", "leisure": "park"},
		Members: []osmtest.Member{{Type: "way", Ref: 1, Role: "outer"}}}}
	return f
}

// FuzzFrames: any bytes are frames that lie within the file, or are refused.
func FuzzFrames(f *testing.F) {
	f.Add(hamlet().Bytes())
	f.Add(osmtest.File{}.Bytes())
	f.Fuzz(func(t *testing.T, content []byte) {
		file, err := scanFrames(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatal(err)
			}
			return
		}
		at := file.header.end()
		for _, frame := range file.frames {
			if frame.start != at || frame.offset <= at || frame.end() > int64(len(content)) {
				t.Fatalf("frame %+v after byte %d of %d", frame, at, len(content))
			}
			at = frame.end()
		}
	})
}

// FuzzBlock: any bytes are a block, or are refused; what is kept is whole.
func FuzzBlock(f *testing.F) {
	file, err := scanFrames(bytes.NewReader(hamlet().Bytes()), int64(len(hamlet().Bytes())))
	if err != nil {
		f.Fatal(err)
	}
	in := inflater{file: file}
	for _, frame := range file.frames {
		plain, err := in.blob(frame)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.Clone(plain))
	}
	f.Add(twoPieces(f))
	rules, err := ParseRules([]Rule{{ID: "park", Rule: "leisure=park"}, {ID: "bench", Rule: "amenity=*"}})
	if err != nil {
		f.Fatal(err)
	}
	s := scanner{plan: &plan{
		want:     holdsNodes | holdsWays | holdsRelations,
		classify: map[string]class{"leisure": placeKey, "amenity": placeKey, "place": boundaryKey},
		rules:    rules, keep: everywhere, newest: true,
		nodes: newNodeTable([]int64{1, 10, 11, 12, 13}), ways: []int64{1},
	}}
	f.Fuzz(func(t *testing.T, plain []byte) {
		found, err := s.read(frame{}, plain)
		if err != nil {
			return
		}
		for _, c := range found.nodes {
			if c.Point[0] < -180 || c.Point[0] > 180 || c.Point[1] < -90 || c.Point[1] > 90 || c.Category == "" {
				t.Fatalf("%+v", c)
			}
		}
		for _, o := range found.objects {
			if o.category == "" && o.boundary == "" {
				t.Fatalf("%+v", o)
			}
		}
	})
}

// twoPieces is a block whose packed fields are not packed, as no writer in use
// writes them and every reader must take them.
func twoPieces(t testing.TB) []byte {
	t.Helper()
	block, err := proto.Marshal(&OSMPBF.PrimitiveBlock{
		Stringtable:    &OSMPBF.StringTable{S: []string{"", "leisure", "park"}},
		Primitivegroup: []*OSMPBF.PrimitiveGroup{{}},
	})
	if err != nil {
		t.Fatal(err)
	}
	// Way 5, keys [1] and vals [2] as plain varints, refs [1 1 -2] in two pieces.
	way := []byte{1<<3 | 0, 5, 2<<3 | 0, 1, 3<<3 | 0, 2, 8<<3 | 2, 2, 2, 2, 8<<3 | 2, 1, 3}
	group := append([]byte{3<<3 | 2, byte(len(way))}, way...)
	return append(block, append([]byte{2<<3 | 2, byte(len(group))}, group...)...)
}

func TestColumnsInPieces(t *testing.T) {
	rules, err := ParseRules([]Rule{{ID: "park", Rule: "leisure=park"}})
	if err != nil {
		t.Fatal(err)
	}
	s := scanner{plan: &plan{want: holdsWays, classify: map[string]class{"leisure": placeKey}, rules: rules}}
	found, err := s.read(frame{}, twoPieces(t))
	if err != nil || len(found.objects) != 0 || found.dropped[NotAnArea] != 1 {
		t.Errorf("%+v, %v", found, err)
	}
}
