package osm

import (
	"context"
	"maps"
	"math"
	"slices"
	"sort"

	"github.com/paulmach/orb"
)

// pass visits the frames that may hold the wanted kind.
func (r *reader) pass(ctx context.Context, want kinds, take func(*found) error) error {
	p := &plan{
		want: want, classify: r.keys, rules: r.opts.Rules, keep: r.keep,
		draws: r.opts.Draws, newest: r.report.Timestamp.IsZero(),
	}
	if want == holdsWays {
		p.ways, r.wanted = slices.Sorted(maps.Keys(r.wanted)), nil
	}
	if want == holdsNodes {
		r.nodes, r.needed = newNodeTable(r.needed), nil
		p.nodes = r.nodes
	}
	r.left = r.bytesLeft(want)
	return visit(ctx, r.file, p, visitor{
		workers: r.opts.Workers,
		frames:  func() func(func(*frame) bool) { return r.framesWith(want) },
		take: func(at *frame, f *found) error {
			if err := r.account(at, f); err != nil {
				return err
			}
			if err := take(f); err != nil {
				return err
			}
			r.progress(at)
			return nil
		},
	})
}

// framesWith walks the frames that may hold a kind, in file order.
func (r *reader) framesWith(want kinds) func(func(*frame) bool) {
	return func(yield func(*frame) bool) {
		for i := range r.file.frames {
			if f := &r.file.frames[i]; f.kinds&want != 0 && !yield(f) {
				return
			}
		}
	}
}

// account adds up what a blob gave, and learns or checks what it holds.
func (r *reader) account(at *frame, f *found) error {
	if f.kinds&^at.kinds != 0 {
		return broken(at.start, "%s: sort the file with `osmium sort in.osm.pbf -o out.osm.pbf`", r.disorder())
	}
	at.kinds = f.kinds
	r.newest = max(r.newest, f.newest)
	r.kept += len(f.objects) + len(f.nodes)
	for reason, n := range f.dropped {
		r.report.Dropped[reason] += n
	}
	return nil
}

// disorder is what a blob shows that holds more than was promised.
func (r *reader) disorder() string {
	if r.sorted {
		return "the header says that the file is sorted by type, and it is not"
	}
	return "a group of objects of different types"
}

// progress reports after each blob.
func (r *reader) progress(at *frame) {
	r.done += int64(at.size)
	r.left -= int64(at.size)
	if r.opts.Progress == nil {
		return
	}
	r.opts.Progress(Progress{
		Done: r.done, Total: r.done + r.left, Kept: r.kept,
		Objects: r.report.Nodes.Seen + r.report.Ways.Seen + r.report.Relations.Seen,
	})
}

// bytesLeft adds up what the passes from this one on will read.
func (r *reader) bytesLeft(want kinds) (sum int64) {
	for ; want > 0; want >>= 1 { // relations, ways, nodes
		for at := range r.framesWith(want) {
			sum += int64(at.size)
		}
	}
	return sum
}

// locateKinds finds out which frames hold what. The header of a sorted file
// promises nodes, then ways, then relations, so both borders are found by
// bisection and no pass reads a blob in vain; that halves the work. In other
// files each blob is asked. One that does not tell is read by the first pass,
// which remembers.
func (r *reader) locateKinds() error {
	if !r.sorted {
		r.peekKinds()
		return nil
	}
	probe := prober{scanner: scanner{plan: &plan{}, inflater: inflater{file: r.file}}, known: map[int]kinds{}}
	ways := probe.first(holdsWays | holdsRelations)
	relations := probe.first(holdsRelations)
	for i := range r.file.frames {
		at := &r.file.frames[i]
		known, probed := probe.known[i]
		switch {
		case probed:
			at.kinds = known
		case i < ways:
			at.kinds = holdsNodes
		case i < relations:
			at.kinds = holdsWays
		default:
			at.kinds = holdsRelations
		}
	}
	return probe.err
}

func (r *reader) peekKinds() {
	in := inflater{file: r.file}
	for i := range r.file.frames {
		at := &r.file.frames[i]
		if at.kinds = in.peek(*at); at.kinds == 0 {
			at.kinds = holdsNodes | holdsWays | holdsRelations
		}
	}
}

// prober looks into single frames for what they hold.
type prober struct {
	scanner scanner
	known   map[int]kinds
	err     error
}

// first is the index of the first frame that holds one of the kinds.
func (p *prober) first(want kinds) int {
	frames := p.scanner.inflater.file.frames
	return sort.Search(len(frames), func(i int) bool { return p.kinds(i)&want != 0 })
}

func (p *prober) kinds(i int) kinds {
	if _, ok := p.known[i]; !ok && p.err == nil {
		found, err := p.scanner.scan(p.scanner.inflater.file.frames[i])
		if err != nil {
			p.err = err
			return 0
		}
		p.known[i] = found.kinds
	}
	return p.known[i]
}

func unitsOf(p orb.Point) orb7 {
	return orb7{int32(math.Round(p[0] * 1e7)), int32(math.Round(p[1] * 1e7))}
}
