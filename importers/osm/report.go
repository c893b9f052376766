package osm

import "time"

// Report says what a file held and what was made of it.
type Report struct {
	Bytes     int64     // size of the file
	Blobs     int       // data blobs
	Generator string    // the program that wrote the file, as it says
	Timestamp time.Time // the state of the data: of its replication, else of its newest object; zero if unknown

	Nodes, Ways, Relations Count
	Boundaries             int            // neighbourhood boundaries handed over
	Partial                int            // candidates whose footprint is incomplete
	Dropped                map[Reason]int // objects that looked like a place or boundary and were not kept
}

// Count is about one kind of object.
type Count struct {
	Seen int // in the file
	Kept int // handed over as candidates
}

// Kept is the number of candidates of all kinds.
func (r Report) Kept() int { return r.Nodes.Kept + r.Ways.Kept + r.Relations.Kept }

// Reason says why an object was dropped.
type Reason string

// The reasons.
const (
	NoRule           Reason = "no_rule"           // it has a key that places have, but no rule holds
	NotAnArea        Reason = "not_an_area"       // a way that is not closed, a relation that is no multipolygon
	OutsideTerritory Reason = "outside_territory" // its point lies elsewhere
	NoCoordinate     Reason = "no_coordinate"     // none of its nodes is in the file
	NotClosed        Reason = "not_closed"        // a boundary whose rings do not close
)

// AllReasons lists every reason.
var AllReasons = []Reason{NoRule, NotAnArea, OutsideTerritory, NoCoordinate, NotClosed}
