package osm

import "google.golang.org/protobuf/encoding/protowire"

// dense is a DenseNodes message: parallel columns, of which those of metadata
// and tags may be absent. It is read a chunk of nodes at a time, each column in
// a loop of its own: nodes are the bulk of every file, and few are looked at.
type dense struct {
	ids, lats, lons deltas
	versions        varints
	stamps          deltas
	visibles        varints
	tags            varints
	tagged          bool
}

// chunkSize is small enough for a chunk to stay in the processor's cache, and
// large enough for its loops.
const chunkSize = 1024

// chunk is the nodes that a scanner looks at together. Absent metadata are zero.
type chunk struct {
	ids, lats, lons            [chunkSize]int64
	versions, stamps, visibles [chunkSize]int64
	shown                      int // how many of visibles are known
}

func readDense(message []byte) (*dense, bool) {
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
	d := &dense{tags: tags.values()}
	d.ids.varints, d.lats.varints, d.lons.varints = ids.values(), lats.values(), lons.values()
	d.tagged = d.tags.more()
	return d, d.readInfo(info) && !f.bad
}

func (d *dense) readInfo(message []byte) bool {
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
	d.versions, d.stamps.varints, d.visibles = versions.values(), stamps.values(), visibles.values()
	return !f.bad
}

// next reads the columns of the following nodes, except their tags, and tells
// how many; false when the columns are not of one length.
func (d *dense) next(c *chunk) (n int, ok bool) {
	n = d.ids.fill(c.ids[:])
	ok = d.lats.fill(c.lats[:n]) == n && d.lons.fill(c.lons[:n]) == n
	clear(c.versions[d.versions.fill(c.versions[:n]):n])
	clear(c.stamps[d.stamps.fill(c.stamps[:n]):n])
	c.shown = d.visibles.fill(c.visibles[:n]) // a column that is absent hides nothing
	return n, ok
}

// complete tells, after the last chunk, whether all columns were well formed and of one length.
func (d *dense) complete() bool {
	bad := d.ids.bad || d.lats.bad || d.lons.bad || d.tags.bad || d.versions.bad || d.stamps.bad || d.visibles.bad
	return !bad && !d.lats.more() && !d.lons.more() && !d.tags.more()
}

// deltas is a column of zigzag differences to the value before.
type deltas struct {
	varints
	value int64 // the last
}

// fill is varints.fill for the values themselves.
func (d *deltas) fill(to []int64) int {
	n := d.varints.fill(to)
	value := d.value
	for i, delta := range to[:n] {
		value += protowire.DecodeZigZag(uint64(delta))
		to[i] = value
	}
	d.value = value
	return n
}

// visible is false only for a deleted node of a history file.
func (c *chunk) visible(i int) bool { return i >= c.shown || c.visibles[i] != 0 }
