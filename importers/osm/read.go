package osm

import (
	"context"
	"os"
	"time"

	"github.com/paulmach/orb"

	"cartoquartiers/geo"
	"cartoquartiers/internal/fault"
)

// Options says what to read and how.
type Options struct {
	Rules     *Rules           // what counts as a place
	Territory orb.MultiPolygon // only what lies in it; nil for everything
	Country   string           // for phone numbers without a prefix, see Fields; DefaultCountry when empty
	Draws     Draws            // what goes to Sink.Drawn; nil for nothing
	DrawnKeys []string         // one of which each of these has
	Workers   int              // blobs unpacked at a time; below 1 means 2
	Progress  func(Progress)   // called after each blob from the calling goroutine; may be nil
}

// Sink takes what is read, in the order of the file: nodes, then ways, then
// relations. An error stops the reading and is returned as it is.
type Sink struct {
	Candidate func(Candidate) error
	Boundary  func(Boundary) error // nil when neighbourhoods come from elsewhere
	Drawn     func(Drawn) error    // nil where Options.Draws is
}

// Progress is how far a reading has come. Total may shrink once, after the
// first pass over an unsorted file.
type Progress struct {
	Done, Total int64 // bytes of blobs read, over all passes
	Objects     int   // nodes, ways and relations looked at
	Kept        int   // candidates found, before areas are checked against the territory
}

// Read streams the candidates and boundaries of a PBF file. Memory is bounded
// whatever the file holds, apart from 16 bytes for each node of a kept area.
//
// Faults: Invalid, with the byte offset, for a file that is cut, damaged,
// hostile or of a form that is not read; Unavailable when the file or the
// temporary directory fails. Nothing is retracted then: what was handed over
// before must not be kept.
func Read(ctx context.Context, path string, opts Options, sink Sink) (Report, error) {
	handle, err := os.Open(path)
	if err != nil {
		return Report{}, fault.Wrap(fault.Invalid, err, "the file %s cannot be opened", path)
	}
	defer handle.Close()
	f, err := open(handle)
	if err != nil {
		return Report{}, err
	}
	h, err := f.readHeader()
	if err != nil {
		return Report{}, err
	}
	r := newReader(f, h, opts, sink)
	if err := r.run(ctx); err != nil {
		return Report{}, err
	}
	return r.report, nil
}

// reader carries the state of one reading from pass to pass.
type reader struct {
	file       *file
	opts       Options
	sink       Sink
	report     Report
	keep       func(orb7) bool
	keys       map[string]class
	sorted     bool
	newest     int64
	done       int64             // bytes of blobs read
	left       int64             // bytes of blobs that this and later passes will read
	wanted     map[int64]bool    // ways that kept relations need
	ways       map[int64][]int64 // their nodes
	needed     []int64           // nodes of kept ways
	compacted  int               // length of needed when it last lost its repetitions
	memberRefs int64             // length of all of ways
	nodes      *nodeTable
	kept       int
	areas      *spill // kept ways
	complex    *spill // kept relations
}

func newReader(f *file, h header, opts Options, sink Sink) *reader {
	if opts.Workers < 1 {
		opts.Workers = 2
	}
	r := &reader{file: f, opts: opts, sink: sink, sorted: h.sorted, keep: everywhere}
	if opts.Territory != nil {
		region := geo.NewRegion(opts.Territory)
		r.keep = func(at orb7) bool { return region.Contains(at.point()) }
	}
	r.keys = map[string]class{}
	for _, key := range opts.Rules.Keys() {
		r.keys[key] = placeKey
	}
	if sink.Boundary != nil {
		r.keys["boundary"] |= boundaryKey
		r.keys["place"] |= boundaryKey
	}
	for _, key := range opts.DrawnKeys {
		r.keys[key] |= drawnKey
	}
	r.wanted, r.ways = map[int64]bool{}, map[int64][]int64{}
	r.report = Report{Bytes: f.size, Blobs: len(f.frames), Generator: h.generator, Timestamp: h.timestamp,
		Dropped: map[Reason]int{}}
	return r
}

func everywhere(orb7) bool { return true }

// run makes the passes from the top down: relations say which ways they need,
// ways which nodes, and nodes come last with the coordinates of all.
func (r *reader) run(ctx context.Context) error {
	if err := r.openSpills(); err != nil {
		return err
	}
	defer r.areas.close()
	defer r.complex.close()
	if err := r.locateKinds(); err != nil {
		return err
	}
	passes := []struct {
		want kinds
		take func(*found) error
	}{
		{holdsRelations, r.takeRelations},
		{holdsWays, r.takeWays},
		{holdsNodes, r.takeNodes},
	}
	for _, pass := range passes {
		if err := r.pass(ctx, pass.want, pass.take); err != nil {
			return err
		}
	}
	if err := r.complete(ctx); err != nil {
		return err
	}
	if r.report.Timestamp.IsZero() && r.newest > 0 {
		r.report.Timestamp = time.Unix(r.newest, 0).UTC()
	}
	return nil
}

func (r *reader) openSpills() (err error) {
	if r.areas, err = newSpill(); err != nil {
		return err
	}
	if r.complex, err = newSpill(); err != nil {
		r.areas.close()
	}
	return err
}

// takeRelations keeps the relations of a blob and notes their ways.
func (r *reader) takeRelations(f *found) error {
	r.report.Relations.Seen += f.seen
	for i := range f.objects {
		for _, m := range f.objects[i].members {
			r.wanted[m.way] = true
		}
		if int64(len(r.wanted)) > r.mostWays() {
			return tooMuch("ways")
		}
		if err := r.complex.add(&f.objects[i]); err != nil {
			return err
		}
	}
	return nil
}

// takeWays keeps the ways of a blob and notes the nodes of all that matter.
func (r *reader) takeWays(f *found) error {
	r.report.Ways.Seen += f.seen
	for _, w := range f.member {
		r.ways[w.id] = w.refs
		r.memberRefs += int64(len(w.refs))
		r.needed = append(r.needed, w.refs...)
	}
	for i := range f.objects {
		r.needed = append(r.needed, f.objects[i].refs...)
		if err := r.areas.add(&f.objects[i]); err != nil {
			return err
		}
	}
	return r.compact()
}

// takeNodes hands over the nodes that are places and remembers the
// coordinates of those that areas need.
func (r *reader) takeNodes(f *found) error {
	r.report.Nodes.Seen += f.seen
	for _, c := range f.coords {
		r.nodes.at[c.slot] = c.at
	}
	for _, candidate := range f.nodes {
		r.report.Nodes.Kept++
		if err := r.sink.Candidate(candidate); err != nil {
			return err
		}
	}
	for _, drawn := range f.drawn {
		if err := r.sink.Drawn(drawn); err != nil {
			return err
		}
	}
	return nil
}

// complete hands over the areas, now that their nodes are known.
func (r *reader) complete(ctx context.Context) error {
	err := r.areas.each(func(o *object) error {
		if err := r.drawWay(o); err != nil || !o.isPlace() {
			return err
		}
		return r.area(ctx, o, "way/", areaOfWay(o.refs, r.nodes), &r.report.Ways)
	})
	if err != nil {
		return err
	}
	return r.complex.each(func(o *object) error {
		if err := r.drawRelation(o); err != nil || !o.isPlace() {
			return err
		}
		return r.area(ctx, o, "relation/", areaOfRelation(o.members, r.ways, r.nodes), &r.report.Relations)
	})
}

// area hands over a way or relation as what it is, place or boundary or both.
func (r *reader) area(ctx context.Context, o *object, kind string, s shape, count *Count) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	switch {
	case !s.known():
		r.report.Dropped[NoCoordinate]++
		return nil
	case !r.keep(unitsOf(s.point)):
		r.report.Dropped[OutsideTerritory]++
		return nil
	}
	if o.boundary != "" {
		if err := r.boundary(o, kind, s); err != nil {
			return err
		}
	}
	if o.category == "" {
		return nil
	}
	count.Kept++
	if s.partial {
		r.report.Partial++
	}
	return r.sink.Candidate(areaCandidate(o, kind, s))
}

func (r *reader) boundary(o *object, kind string, s shape) error {
	if len(s.areas) == 0 {
		r.report.Dropped[NotClosed]++
		return nil
	}
	r.report.Boundaries++
	return r.sink.Boundary(newBoundary(o, kind, s))
}
