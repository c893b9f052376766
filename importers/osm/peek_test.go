package osm

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/qedus/osmpbf/OSMPBF"
	"google.golang.org/protobuf/proto"

	"cartoquartiers/importers/osm/osmtest"
	"cartoquartiers/internal/fault"
)

// A peek tells what reading the whole blob tells, also behind a string table
// that is longer than the first look.
func TestPeekTellsWhatABlobHolds(t *testing.T) {
	f := hamlet()
	for i := range int64(3000) {
		tags := map[string]string{"name": fmt.Sprint("number ", i*i*7919)}
		f.Nodes = append(f.Nodes, osmtest.Node{ID: 100 + i, Lon: 1, Lat: 47, Tags: tags})
		f.Ways = append(f.Ways, osmtest.Way{ID: 100 + i, Nodes: []int64{100 + i, 101 + i}, Tags: tags})
	}
	for _, form := range []func(*osmtest.File){
		func(f *osmtest.File) { f.Uncompressed = false }, func(f *osmtest.File) { f.Uncompressed = true }, func(f *osmtest.File) { f.PlainNodes = true },
	} {
		form(&f)
		content := f.Bytes()
		file, err := scanFrames(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			t.Fatal(err)
		}
		in := inflater{file: file}
		for i, want := range []kinds{holdsNodes, holdsWays, holdsRelations} {
			if got := in.peek(file.frames[i]); got != want {
				t.Errorf("block %d holds %b, peek says %b", i, want, got)
			}
		}
	}
}

// Where a look at the beginning cannot tell, it says so.
func TestPeekDoesNotGuess(t *testing.T) {
	group := &OSMPBF.PrimitiveGroup{Ways: []*OSMPBF.Way{{Id: proto.Int64(1)}}}
	for name, block := range map[string]*OSMPBF.PrimitiveBlock{
		"two groups":          {Stringtable: &OSMPBF.StringTable{}, Primitivegroup: []*OSMPBF.PrimitiveGroup{group, group}},
		"something behind it": {Stringtable: &OSMPBF.StringTable{}, Primitivegroup: []*OSMPBF.PrimitiveGroup{group}, Granularity: proto.Int32(1000)},
		"no group":            {Stringtable: &OSMPBF.StringTable{}},
	} {
		plain, err := proto.Marshal(block)
		if err != nil {
			t.Fatal(err)
		}
		if found, _ := onlyGroup(plain, len(plain)); found != 0 {
			t.Errorf("%s: %b", name, found)
		}
	}
}

// The format forbids a group of several types; a file that has one is refused
// rather than read in part.
func TestMixedGroupsAreRefused(t *testing.T) {
	plain, err := proto.Marshal(&OSMPBF.PrimitiveBlock{
		Stringtable: &OSMPBF.StringTable{S: []string{""}},
		Primitivegroup: []*OSMPBF.PrimitiveGroup{{
			Dense: &OSMPBF.DenseNodes{Id: []int64{1}, Lat: []int64{1}, Lon: []int64{1}},
			Ways:  []*OSMPBF.Way{{Id: proto.Int64(1)}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	content := append(osmtest.File{Unsorted: true}.Bytes(), osmtest.Frame("OSMData", &OSMPBF.Blob{Data: &OSMPBF.Blob_Raw{Raw: plain}})...)
	rules, err := ParseRules(nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Read(t.Context(), osmtest.Save(t, content), Options{Rules: rules}, Sink{})
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "osmium sort") {
		t.Errorf("got %v", err)
	}
}
