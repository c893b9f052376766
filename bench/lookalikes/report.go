package main

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"strings"
	"text/tabwriter"

	"github.com/paulmach/orb/geo"

	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// line is one measurement.
type line struct {
	what string
	tally
}

// report is all of them.
type report struct {
	lines []line
	told  []string // each wrong and each missed one
}

// measure reads the files below data and measures.
func measure(ctx context.Context, data string, taxonomy *places.Taxonomy) (*report, error) {
	of := filesIn(data)
	nantes, err := readNantes(of.nantes, taxonomy)
	if err != nil {
		return nil, err
	}
	before, err := readOSM(ctx, of.before, taxonomy)
	if err != nil {
		return nil, err
	}
	after, err := readOSM(ctx, of.after, taxonomy)
	if err != nil {
		return nil, err
	}
	r := &report{}
	r.eachAgainstTheOthers("Nantes", taxonomy, nantes)
	r.nextYear(taxonomy, before, after)
	for _, set := range []struct {
		name      string
		documents []places.Document
	}{{"Nantes", nantes}, {"Monaco", after}} {
		r.noisy(set.name, taxonomy, set.documents)
	}
	return r, nil
}

func (r *report) matcher(what string, taxonomy *places.Taxonomy, known []places.Document) matcher {
	return matcher{taxonomy, known, func(format string, args ...any) {
		r.told = append(r.told, what+": "+fmt.Sprintf(format, args...))
	}}
}

// twins is the one place that the file of Nantes has twice: the same name at
// the same number of the same quay, mapped in OSM as a clothes shop and as a
// charity's collection, one metre apart. Whoever wrote this looked at all 119 pairs
// of records within 100 m of each other, and at those up to 500 m that share a
// phone, an e-mail or a website; the others are of two places, also where one
// association runs both (a bicycle workshop beside its shop).
var twins = [2]string{"node/6581235085", "node/4244068292"}

// isSame says which known place a document is: the same OSM object; its twin; or, since
// OSM has some places twice, one of the same category and name within 100 m: that is
// almost never two (data notes, measured on extracts of many towns).
func isSame(original places.Document) func(places.Document) bool {
	words := strings.Join(places.Words(original.Name.Plain()), " ")
	return func(other places.Document) bool {
		switch {
		case osmID(other) == osmID(original):
			return true
		case osmID(original) == twins[0]:
			return osmID(other) == twins[1]
		case osmID(original) == twins[1]:
			return osmID(other) == twins[0]
		}
		return words != "" && other.Category == original.Category &&
			words == strings.Join(places.Words(other.Name.Plain()), " ") &&
			geo.DistanceHaversine(original.Position, other.Position) <= moderation.NearMetres
	}
}

// eachAgainstTheOthers creates each place where all the others are there.
func (r *report) eachAgainstTheOthers(name string, taxonomy *places.Taxonomy, known []places.Document) {
	what := name + ", each against the others"
	m, t := r.matcher(what, taxonomy, known), tally{}
	for i, d := range known {
		m.look(&t, d, isSame(d), i)
	}
	r.lines = append(r.lines, line{what, t})
}

// nextYear creates the places of the newer extract where those of the older are there.
func (r *report) nextYear(taxonomy *places.Taxonomy, before, after []places.Document) {
	old := make(map[string]places.Document, len(before))
	for _, d := range before {
		old[osmID(d)] = d
	}
	var changed, same, unnamed, fresh []places.Document
	for _, d := range after {
		was, known := old[osmID(d)]
		switch {
		case !known:
			fresh = append(fresh, d)
		case d.Name.Plain() == "":
			unnamed = append(unnamed, d)
		case reflect.DeepEqual(was, d):
			same = append(same, d)
		default:
			changed = append(changed, d)
		}
	}
	for _, part := range []struct {
		what      string
		documents []places.Document
	}{{"changed since", changed}, {"as before", same}, {"without a name", unnamed}, {"new", fresh}} {
		what := "Monaco 2022 on 2021, " + part.what
		m, t := r.matcher(what, taxonomy, before), tally{}
		for _, d := range part.documents {
			m.look(&t, d, isSame(d), -1)
		}
		r.lines = append(r.lines, line{what, t})
	}
}

// noisy creates a copy of each place where all of them are there.
func (r *report) noisy(name string, taxonomy *places.Taxonomy, known []places.Document) {
	var all tally
	s := newSpoiler(taxonomy)
	for _, n := range noises {
		what := name + ", " + n.name
		m, t := r.matcher(what, taxonomy, known), tally{}
		for _, d := range known {
			if spoiled, ok := s.copy(n, d); ok {
				m.look(&t, spoiled, isSame(d), -1)
			}
		}
		r.lines = append(r.lines, line{what, t})
		all.add(t)
	}
	r.lines = append(r.lines, line{name + ", all copies", all})
}

func (t *tally) add(other tally) {
	t.creations += other.creations
	t.known += other.known
	for k := range thresholds {
		t.found[k] += other.found[k]
		t.others[k] += other.others[k]
		t.bothered[k] += other.bothered[k]
	}
}

func (r *report) tell(out io.Writer) {
	for _, text := range r.told {
		fmt.Fprint(out, text)
	}
}

// print writes a table. "needlessly" are creations that name at least one place that it is not.
func (r *report) print(out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "creations\tof\tknown\trecall %v\tprecision\tneedlessly\trecall %v\tprecision\tneedlessly\n", moderation.WarnFrom, moderation.AskFrom)
	for _, l := range r.lines {
		fmt.Fprintf(table, "%s\t%d\t%d", l.what, l.creations, l.known)
		for k := range thresholds {
			fmt.Fprintf(table, "\t%.3f\t%.3f\t%d", l.recall(k), l.precision(k), l.bothered[k])
		}
		fmt.Fprintln(table)
	}
	return table.Flush()
}
