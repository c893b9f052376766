package osm

// coordinate is where a needed node lies.
type coordinate struct {
	slot int // in the node table
	at   orb7
}

// orb7 is a position in units of 1e-7 degrees, longitude first: what OSM
// itself stores.
type orb7 struct{ lon, lat int32 }

// dense is a DenseNodes message: parallel delta-coded columns.
type dense struct {
	ids, lats, lons, tags varints
	tagged                bool
	info                  denseInfo
	behind                int   // nodes since metadata was last read
	id, lat, lon          int64 // of the current node
}

// denseInfo is the metadata of the nodes up to one; the columns may be absent.
type denseInfo struct {
	versions, stamps, visibles varints
	stamp                      int64
}

func readDense(message []byte) (dense, bool) {
	var ids, lats, lons, tags column
	var info []byte
	f := fields{rest: message}
	for f.next() {
		switch f.num {
		case 1:
			ids.add(&f)
		case 5:
			info = f.bytes
		case 8:
			lats.add(&f)
		case 9:
			lons.add(&f)
		case 10:
			tags.add(&f)
		}
	}
	d := dense{ids: ids.values(), lats: lats.values(), lons: lons.values(), tags: tags.values()}
	d.tagged = d.tags.more()
	var ok bool
	d.info, ok = readDenseInfo(info)
	return d, ok && !f.bad
}

func readDenseInfo(message []byte) (denseInfo, bool) {
	var versions, stamps, visibles column
	f := fields{rest: message}
	for f.next() {
		switch f.num {
		case 1:
			versions.add(&f)
		case 2:
			stamps.add(&f)
		case 6:
			visibles.add(&f)
		}
	}
	return denseInfo{versions: versions.values(), stamps: stamps.values(), visibles: visibles.values()}, !f.bad
}

// next moves to the metadata of the following node.
func (i *denseInfo) next() (version int, stamp int64, visible bool) {
	visible = true
	if i.versions.more() {
		version = max(0, int(int32(i.versions.next())))
	}
	if i.stamps.more() {
		i.stamp += i.stamps.signed()
	}
	if i.visibles.more() {
		visible = i.visibles.next() != 0
	}
	return version, i.stamp, visible
}

// denseNodes reads the bulk of every file.
func (s *scanner) denseNodes(message []byte) bool {
	d, ok := readDense(message)
	for ok && d.ids.more() {
		ok = s.denseNode(&d)
	}
	return ok && d.complete()
}

// denseNode reads one node and ignores it as fast as possible.
func (s *scanner) denseNode(d *dense) bool {
	d.id += d.ids.signed()
	d.lat += d.lats.signed()
	d.lon += d.lons.signed()
	d.behind++
	s.found.seen++
	if slot, needed := s.cursor.find(d.id); needed && !s.locate(slot, d.lon, d.lat) {
		return false
	}
	tags := d.tags // as they stand before this node's
	interesting, ok := s.skipTags(d)
	if !ok || !interesting && !s.newest {
		return ok
	}
	version, stamp, visible := d.metadata()
	o := object{id: d.id, version: version, seconds: s.block.seconds(stamp)}
	s.found.newest = max(s.found.newest, o.seconds)
	if !interesting || !visible {
		return true
	}
	if o.tags, ok = s.denseTags(tags); ok {
		s.node(o, d.lon, d.lat)
	}
	return ok
}

// metadata catches up with the columns of metadata, which are left alone for
// nodes that nobody asks about.
func (d *dense) metadata() (version int, stamp int64, visible bool) {
	for ; d.behind > 1; d.behind-- {
		d.info.next()
	}
	d.behind = 0
	return d.info.next()
}

// complete tells whether all columns were well formed and of one length.
func (d *dense) complete() bool {
	bad := d.ids.bad || d.lats.bad || d.lons.bad || d.tags.bad ||
		d.info.versions.bad || d.info.stamps.bad || d.info.visibles.bad
	return !bad && !d.lats.more() && !d.lons.more() && !d.tags.more()
}

// skipTags passes over one node's tags and tells whether one may make a place.
func (s *scanner) skipTags(d *dense) (interesting, ok bool) {
	if !d.tagged {
		return false, true
	}
	for {
		key := d.tags.next()
		if key == 0 {
			return interesting, !d.tags.bad
		}
		if key >= uint64(len(s.classes)) || d.tags.next() >= uint64(len(s.classes)) {
			return false, false
		}
		interesting = interesting || s.classes[key]&placeKey != 0
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
	interesting, ok1 := s.touches(r.keys.values(), placeKey)
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
}
