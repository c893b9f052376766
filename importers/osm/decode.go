package osm

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// object is a node, way or relation that is kept, copied out of its block.
type object struct {
	id       int64
	version  int   // 0 where the file has no metadata
	seconds  int64 // Unix, 0 where the file has no metadata
	tags     map[string]string
	category string   // main; empty when only a boundary
	others   []string // secondary categories
	boundary string   // the kind of neighbourhood boundary; empty when none
	drawn    bool     // by the base map
	refs     []int64  // of a way: its nodes
	members  []member // of a relation: its ways
}

// member is a way in a relation.
type member struct {
	way   int64
	inner bool // role inner; outer, empty and unknown roles are outer
}

// rawObject is a way, a relation or a plain node as it lies in the block. Their
// messages share the numbers of the fields that matter here.
type rawObject struct {
	id         int64
	keys, vals column
	info       []byte
	refs       column // way: refs; relation: roles_sid; field 8
	memids     column // relation: memids; field 9
	types      column // relation: types; field 10
	lat, lon   int64  // plain node: fields 8 and 9
}

// readRaw takes a Way, Relation or Node message apart.
func readRaw(message []byte, zigzagID bool) (rawObject, bool) {
	var r rawObject
	f := fields{rest: message}
	for f.next() {
		switch f.num {
		case 1:
			r.id = int64(f.varint)
			if zigzagID {
				r.id = protowire.DecodeZigZag(f.varint)
			}
		case 2:
			r.keys.add(&f)
		case 3:
			r.vals.add(&f)
		case 4:
			r.info = f.bytes
		case 8:
			r.lat = protowire.DecodeZigZag(f.varint)
			r.refs.add(&f)
		case 9:
			r.lon = protowire.DecodeZigZag(f.varint)
			r.memids.add(&f)
		case 10:
			r.types.add(&f)
		}
	}
	return r, !f.bad
}

// touches tells whether one of the keys is of this class; bad when an index
// lies outside the string table.
func (s *scanner) touches(keys varints, class class) (found, ok bool) {
	for keys.more() {
		key := keys.next()
		if key >= uint64(len(s.classes)) {
			return false, false
		}
		found = found || s.classes[key]&class != 0
	}
	return found, !keys.bad
}

// tags copies the tags of a way, relation or plain node.
func (s *scanner) tags(r *rawObject) (map[string]string, bool) {
	tags := map[string]string{}
	keys, vals := r.keys.values(), r.vals.values()
	for keys.more() {
		if !s.tag(tags, keys.next(), vals.next()) {
			return nil, false
		}
	}
	return tags, s.spend(objectOverhead) && !keys.bad && !vals.bad && !vals.more()
}

func (s *scanner) tag(tags map[string]string, key, value uint64) bool {
	k, ok1 := s.block.text(key)
	v, ok2 := s.block.text(value)
	if !ok1 || !ok2 || !s.spend(len(k)+len(v)+tagOverhead) {
		return false
	}
	tags[clean(k)] = clean(v)
	return true
}

// clean copies a text and makes it one that a database takes: valid UTF-8
// without NUL. OSM holds nothing else; damaged files do.
func clean(text []byte) string {
	if utf8.Valid(text) && !bytes.ContainsRune(text, 0) {
		return string(text)
	}
	return strings.ReplaceAll(strings.ToValidUTF8(string(text), "\uFFFD"), "\x00", "")
}

// What one blob may leave in memory. A block of 8,000 places, which is what
// writers put into one, takes some 10 MB; a hostile one repeats a long text
// for each of a million objects.
const (
	maxSpent    = 32 << 20
	tagOverhead = 50 // bytes of a map entry

	objectOverhead = 400 // of an object and its empty map
)

// spend accounts for memory that the current blob is about to take; false
// when it takes more than any honest blob.
func (s *scanner) spend(n int) bool {
	s.spent += n
	return s.spent <= maxSpent
}

// info reads version and timestamp of one object; visible is false only for a
// deleted object of a history file.
func (s *scanner) info(message []byte) (version int, seconds int64, visible, ok bool) {
	visible = true
	f := fields{rest: message}
	for f.next() {
		switch {
		case f.is(1, protowire.VarintType):
			version = max(0, int(int32(f.varint)))
		case f.is(2, protowire.VarintType):
			seconds = s.block.seconds(int64(f.varint))
		case f.is(6, protowire.VarintType):
			visible = f.varint != 0
		}
	}
	return version, seconds, visible, !f.bad
}

// nodeRefs decodes the delta-coded nodes of a way.
func (s *scanner) nodeRefs(r *rawObject) ([]int64, bool) {
	v := r.refs.values()
	n := v.count()
	if !s.spend(n * 8) {
		return nil, false
	}
	refs := make([]int64, 0, n)
	id := int64(0)
	for v.more() {
		id += v.signed()
		refs = append(refs, id)
	}
	return refs, !v.bad
}

// wayMembers decodes the members of a relation and keeps the ways.
func (s *scanner) wayMembers(r *rawObject) ([]member, bool) {
	const way = 1 // Relation.MemberType
	roles, ids, types := r.refs.values(), r.memids.values(), r.types.values()
	if !s.spend(ids.count() * 16) {
		return nil, false
	}
	var members []member
	id := int64(0)
	for ids.more() {
		id += ids.signed()
		role, ok := s.block.text(roles.next())
		if !ok {
			return nil, false
		}
		if types.next() == way {
			members = append(members, member{way: id, inner: string(role) == "inner"})
		}
	}
	return members, !ids.bad && !roles.bad && !types.bad && !roles.more() && !types.more()
}
