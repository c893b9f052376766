package osm

// coordinate is where a needed node lies.
type coordinate struct {
	slot int // in the node table
	at   orb7
}

// orb7 is a position in units of 1e-7 degrees, longitude first: what OSM
// itself stores.
type orb7 struct{ lon, lat int32 }

// denseNodes reads the bulk of every file.
func (s *scanner) denseNodes(message []byte) bool {
	d, ok := readDense(message)
	for ok && d.ids.more() {
		ok = s.denseChunk(d)
	}
	return ok && d.complete()
}

func (s *scanner) denseChunk(d *dense) bool {
	n, ok := d.next(&s.chunk)
	if !ok {
		return false
	}
	s.found.seen += n
	if s.newest {
		s.found.newest = max(s.found.newest, s.block.newest(s.chunk.stamps[:n]))
	}
	for i, id := range s.chunk.ids[:n] {
		if slot, needed := s.cursor.find(id); needed && !s.locate(slot, s.chunk.lons[i], s.chunk.lats[i]) {
			return false
		}
	}
	for i := 0; d.tagged && i < n; i++ {
		if d.tags.zero() { // nine of ten have no tags
			continue
		}
		tags := d.tags // as they stand before this node's
		interesting, ok := s.skipTags(d)
		if !ok || interesting && !s.denseNode(i, tags) {
			return false
		}
	}
	return true
}

// denseNode looks at a node of the chunk that may make a place.
func (s *scanner) denseNode(i int, tags varints) bool {
	c := &s.chunk
	if !c.visible(i) {
		return true
	}
	o := object{id: c.ids[i], version: max(0, int(int32(c.versions[i]))), seconds: s.block.seconds(c.stamps[i])}
	var ok bool
	if o.tags, ok = s.denseTags(tags); ok {
		s.node(o, c.lons[i], c.lats[i])
	}
	return ok
}

// skipTags passes over one node's tags and tells whether one may make a place.
func (s *scanner) skipTags(d *dense) (interesting, ok bool) {
	for {
		key := d.tags.next()
		if key == 0 {
			return interesting, !d.tags.bad
		}
		if key >= uint64(len(s.classes)) || d.tags.next() >= uint64(len(s.classes)) {
			return false, false
		}
		interesting = interesting || s.classes[key]&(placeKey|drawnKey) != 0
	}
}

// denseTags copies the tags of one node.
func (s *scanner) denseTags(v varints) (map[string]string, bool) {
	tags := map[string]string{}
	for key := v.next(); key != 0; key = v.next() {
		if !s.tag(tags, key, v.next()) {
			return nil, false
		}
	}
	return tags, s.spend(objectOverhead)
}

// plainNode reads a node of the form that few writers use.
func (s *scanner) plainNode(message []byte) bool {
	r, ok := readRaw(message, true)
	if !ok {
		return false
	}
	s.found.seen++
	if slot, needed := s.cursor.find(r.id); needed && !s.locate(slot, r.lon, r.lat) {
		return false
	}
	interesting, ok1 := s.touches(r.keys.values(), placeKey|drawnKey)
	version, seconds, visible, ok2 := s.info(r.info)
	s.found.newest = max(s.found.newest, seconds)
	if !ok1 || !ok2 || !interesting || !visible {
		return ok1 && ok2
	}
	tags, ok := s.tags(&r)
	if ok {
		s.node(object{id: r.id, version: version, seconds: seconds, tags: tags}, r.lon, r.lat)
	}
	return ok
}

// locate notes the position of a needed node; one off the Earth stays unknown.
// False when the blob takes too much memory.
func (s *scanner) locate(slot int, lon, lat int64) bool {
	if at, ok := s.position(lon, lat); ok {
		s.found.coords = append(s.found.coords, coordinate{slot, at})
	}
	return s.spend(16)
}

func (s *scanner) position(lon, lat int64) (orb7, bool) {
	x, ok1 := s.block.lon(lon)
	y, ok2 := s.block.lat(lat)
	return orb7{x, y}, ok1 && ok2
}

// node makes a candidate of a node, or counts why not.
func (s *scanner) node(o object, lon, lat int64) {
	at, known := s.position(lon, lat)
	switch {
	case !known:
		s.found.dropped[NoCoordinate]++
		return
	case !s.keep(at):
		s.found.dropped[OutsideTerritory]++
		return
	}
	if s.categorise(&o); o.category != "" {
		s.found.nodes = append(s.found.nodes, nodeCandidate(&o, at))
	}
	if s.draws != nil && s.draws(o.tags) {
		s.found.drawn = append(s.found.drawn, Drawn{Tags: o.tags, Point: at.point()})
	}
}
