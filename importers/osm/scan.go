package osm

import (
	"google.golang.org/protobuf/encoding/protowire"
)

// class says what a string of the table matters for when it is a key.
type class uint8

const (
	placeKey class = 1 << iota
	boundaryKey
	drawnKey
)

// plan is what all workers of a pass share, and none of them changes.
type plan struct {
	want     kinds // which objects this pass reads
	classify map[string]class
	rules    *Rules
	keep     func(orb7) bool // the territory
	nodes    *nodeTable      // node pass: whose coordinates are needed
	ways     []int64         // way pass: members of kept relations, ascending
	draws    Draws           // what the base map shows; nil for nothing
	newest   bool            // look at every timestamp, for lack of one in the header
}

// found is what one blob gave.
type found struct {
	kinds   kinds
	seen    int // objects of the wanted kind
	objects []object
	nodes   []Candidate
	drawn   []Drawn // nodes
	member  []memberWay
	coords  []coordinate
	dropped map[Reason]int
	newest  int64
}

// memberWay is a way that a kept relation needs.
type memberWay struct {
	id   int64
	refs []int64
}

// scanner reads blobs for one worker: it owns the buffers.
type scanner struct {
	*plan
	inflater inflater
	block    block
	classes  []class // per string of the block's table
	found    *found
	spent    int      // bytes that found holds, roughly
	cursor   idCursor // in nodes
	members  idCursor // in ways
	chunk    chunk
}

// scan reads one blob as the plan says.
func (s *scanner) scan(at frame) (*found, error) {
	plain, err := s.inflater.blob(at)
	if err != nil {
		return nil, err
	}
	return s.read(at, plain)
}

// read looks into an unpacked block, which it does not keep.
func (s *scanner) read(at frame, plain []byte) (*found, error) {
	s.found, s.spent = &found{dropped: map[Reason]int{}}, 0
	if !s.block.parse(plain) {
		return nil, broken(at.start, "a block that cannot be read")
	}
	s.classifyStrings()
	s.cursor, s.members = idCursor{}, idCursor{ids: s.ways}
	if s.nodes != nil {
		s.cursor.ids = s.nodes.ids
	}
	for _, group := range s.block.groups {
		if !s.group(group) {
			return nil, broken(at.start, "a block whose objects cannot be read")
		}
	}
	return s.found, nil
}

func (s *scanner) classifyStrings() {
	s.classes = sized(s.classes, len(s.block.offsets))
	for i := range s.block.offsets {
		text, _ := s.block.text(uint64(i))
		s.classes[i] = s.classify[string(text)]
	}
}

// group reads the wanted objects of a PrimitiveGroup and notes what else is in it.
func (s *scanner) group(message []byte) bool {
	f := fields{rest: message}
	for f.next() {
		if f.typ != protowire.BytesType {
			continue
		}
		kind := kindOf(f.num)
		s.found.kinds |= kind
		if kind&s.want != 0 && !s.object(f.num, f.bytes) {
			return false
		}
	}
	return !f.bad
}

// kindOf is what a field of PrimitiveGroup holds; nothing for changesets and unknown fields.
func kindOf(field protowire.Number) kinds {
	switch field {
	case 1, 2:
		return holdsNodes
	case 3:
		return holdsWays
	case 4:
		return holdsRelations
	}
	return 0
}

// object reads one field of PrimitiveGroup, which has a kind.
func (s *scanner) object(field protowire.Number, message []byte) bool {
	switch field {
	case 1:
		return s.plainNode(message)
	case 2:
		return s.denseNodes(message)
	case 3:
		return s.way(message)
	}
	return s.relation(message)
}

// way keeps a way that is a place, a boundary, or part of a kept relation.
func (s *scanner) way(message []byte) bool {
	r, ok := readRaw(message, false)
	if !ok {
		return false
	}
	o, ok := s.start(&r)
	if !ok {
		return false
	}
	_, member := s.members.find(r.id)
	if o == nil && !member {
		return true
	}
	refs, ok := s.nodeRefs(&r)
	if !ok {
		return false
	}
	if member {
		s.found.member = append(s.found.member, memberWay{r.id, refs})
	}
	if o == nil {
		return true
	}
	closed := len(refs) > 2 && refs[0] == refs[len(refs)-1]
	if o.isPlace() && !s.isArea(closed) {
		o.category, o.others, o.boundary = "", nil, ""
	}
	if o.isPlace() || o.drawn {
		o.refs = refs
		s.found.objects = append(s.found.objects, *o)
	}
	return true
}

// relation keeps an area that is a place or a boundary.
func (s *scanner) relation(message []byte) bool {
	r, ok := readRaw(message, false)
	if !ok {
		return false
	}
	o, ok := s.start(&r)
	if o == nil || !ok {
		return ok
	}
	kind := o.tags["type"]
	if !s.isArea(kind == "multipolygon" || kind == "boundary") {
		return true // nor is it drawn: a route is its ways
	}
	if o.members, ok = s.wayMembers(&r); ok {
		s.found.objects = append(s.found.objects, *o)
	}
	return ok
}

func (s *scanner) isArea(area bool) bool {
	if !area {
		s.found.dropped[NotAnArea]++
	}
	return area
}

// start counts a way or relation and begins its object; nil when neither a
// rule nor a boundary asks for it.
func (s *scanner) start(r *rawObject) (*object, bool) {
	s.found.seen++
	interesting, ok := s.touches(r.keys.values(), placeKey|boundaryKey|drawnKey)
	if !ok || !interesting && !s.newest {
		return nil, ok
	}
	version, seconds, visible, ok := s.info(r.info)
	s.found.newest = max(s.found.newest, seconds)
	if !ok || !interesting || !visible {
		return nil, ok
	}
	tags, ok := s.tags(r)
	if !ok {
		return nil, false
	}
	o := &object{id: r.id, version: version, seconds: seconds, tags: tags}
	if s.classify["boundary"]&boundaryKey != 0 {
		o.boundary = boundaryKind(tags)
	}
	s.categorise(o)
	o.drawn = s.draws != nil && s.draws(tags)
	if o.category == "" && o.boundary == "" && !o.drawn {
		return nil, true
	}
	return o, true
}

// categorise applies the rules, and counts an object that looked like a place
// and is none.
func (s *scanner) categorise(o *object) {
	o.category, o.others = s.rules.Match(o.tags)
	if o.category == "" && s.hasPlaceKey(o.tags) {
		s.found.dropped[NoRule]++
	}
}

func (s *scanner) hasPlaceKey(tags map[string]string) bool {
	for key := range tags {
		if s.classify[key]&placeKey != 0 {
			return true
		}
	}
	return false
}
