package osmtest

import (
	"maps"
	"math"
	"slices"
	"time"

	"github.com/qedus/osmpbf/OSMPBF"
	"google.golang.org/protobuf/proto"
)

// table collects the strings of a block. Index 0 is reserved.
type table struct {
	index map[string]uint32
	texts []string
}

func newTable() *table { return &table{index: map[string]uint32{}, texts: []string{""}} }

func (t *table) of(text string) uint32 {
	if i, known := t.index[text]; known {
		return i
	}
	i := uint32(len(t.texts))
	t.index[text], t.texts = i, append(t.texts, text)
	return i
}

// tags gives the indexes of keys and values, in the order of the keys.
func (t *table) tags(tags map[string]string) (keys, vals []uint32) {
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		keys, vals = append(keys, t.of(key)), append(vals, t.of(tags[key]))
	}
	return keys, vals
}

func (t *table) block(group *OSMPBF.PrimitiveGroup) *OSMPBF.PrimitiveBlock {
	return &OSMPBF.PrimitiveBlock{
		Stringtable:    &OSMPBF.StringTable{S: t.texts},
		Primitivegroup: []*OSMPBF.PrimitiveGroup{group},
	}
}

func (f File) blockSize() int {
	if f.BlockSize > 0 {
		return f.BlockSize
	}
	return 8000
}

func (f File) nodeBlocks() (blocks []*OSMPBF.PrimitiveBlock) {
	for nodes := range slices.Chunk(f.Nodes, f.blockSize()) {
		t := newTable()
		group := &OSMPBF.PrimitiveGroup{}
		if f.PlainNodes {
			group.Nodes = plainNodes(t, nodes)
		} else {
			group.Dense = denseNodes(t, nodes)
		}
		blocks = append(blocks, t.block(group))
	}
	return blocks
}

func plainNodes(t *table, nodes []Node) (out []*OSMPBF.Node) {
	for _, n := range nodes {
		keys, vals := t.tags(n.Tags)
		out = append(out, &OSMPBF.Node{
			Id: proto.Int64(n.ID), Lat: proto.Int64(units(n.Lat)), Lon: proto.Int64(units(n.Lon)),
			Keys: keys, Vals: vals, Info: info(n.Version, n.At),
		})
	}
	return out
}

func denseNodes(t *table, nodes []Node) *OSMPBF.DenseNodes {
	dense := &OSMPBF.DenseNodes{Denseinfo: &OSMPBF.DenseInfo{}}
	var id, lat, lon, at int64
	for _, n := range nodes {
		dense.Id = append(dense.Id, n.ID-id)
		dense.Lat = append(dense.Lat, units(n.Lat)-lat)
		dense.Lon = append(dense.Lon, units(n.Lon)-lon)
		dense.Denseinfo.Version = append(dense.Denseinfo.Version, n.Version)
		dense.Denseinfo.Timestamp = append(dense.Denseinfo.Timestamp, unix(n.At)-at)
		id, lat, lon, at = n.ID, units(n.Lat), units(n.Lon), unix(n.At)
		keys, vals := t.tags(n.Tags)
		for i := range keys {
			dense.KeysVals = append(dense.KeysVals, int32(keys[i]), int32(vals[i]))
		}
		dense.KeysVals = append(dense.KeysVals, 0)
	}
	return dense
}

func (f File) wayBlocks() (blocks []*OSMPBF.PrimitiveBlock) {
	for ways := range slices.Chunk(f.Ways, f.blockSize()) {
		t := newTable()
		group := &OSMPBF.PrimitiveGroup{}
		for _, w := range ways {
			keys, vals := t.tags(w.Tags)
			group.Ways = append(group.Ways, &OSMPBF.Way{
				Id: proto.Int64(w.ID), Keys: keys, Vals: vals, Info: info(w.Version, w.At), Refs: deltas(w.Nodes),
			})
		}
		blocks = append(blocks, t.block(group))
	}
	return blocks
}

func (f File) relationBlocks() (blocks []*OSMPBF.PrimitiveBlock) {
	for relations := range slices.Chunk(f.Relations, f.blockSize()) {
		t := newTable()
		group := &OSMPBF.PrimitiveGroup{}
		for _, r := range relations {
			group.Relations = append(group.Relations, relation(t, r))
		}
		blocks = append(blocks, t.block(group))
	}
	return blocks
}

func relation(t *table, r Relation) *OSMPBF.Relation {
	keys, vals := t.tags(r.Tags)
	out := &OSMPBF.Relation{Id: proto.Int64(r.ID), Keys: keys, Vals: vals, Info: info(r.Version, r.At)}
	var refs []int64
	for _, m := range r.Members {
		refs = append(refs, m.Ref)
		out.RolesSid = append(out.RolesSid, int32(t.of(m.Role)))
		out.Types = append(out.Types, memberTypes[m.Type])
	}
	out.Memids = deltas(refs)
	return out
}

var memberTypes = map[string]OSMPBF.Relation_MemberType{
	"node": OSMPBF.Relation_NODE, "way": OSMPBF.Relation_WAY, "relation": OSMPBF.Relation_RELATION,
}

func info(version int32, at time.Time) *OSMPBF.Info {
	return &OSMPBF.Info{Version: proto.Int32(version), Timestamp: proto.Int64(unix(at))}
}

func deltas(values []int64) []int64 {
	out := make([]int64, len(values))
	last := int64(0)
	for i, value := range values {
		out[i], last = value-last, value
	}
	return out
}

// units are 1e-7 degrees, the default granularity.
func units(degrees float64) int64 { return int64(math.Round(degrees * 1e7)) }

func unix(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.Unix()
}
