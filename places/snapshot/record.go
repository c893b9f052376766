package snapshot

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/paulmach/orb"

	"cartoquartiers/geo"
	"cartoquartiers/places"
)

// record is one row of recordColumns: what its feature says, and what stands beside it.
// Its bytes are valid until the next row is read.
type record struct {
	seq      int64
	id       places.ID
	removed  bool // not published, or unreadable; the fields below are then zero
	revision int32
	profile  uint32
	hood     uint32
	name     []byte
	lon, lat float64
	key      uint64
	updated  int64
	feature  []byte
	schedule uint32 // number of dictionary.schedules
	verified uint32 // see verifiedDay
}

// recordColumns follow the seq and the id in every query that decode reads. The other
// columns of published_places are for questions to SQL, and are not read: see shown.
const recordColumns = `p.revision, p.source, p.updated_at, p.feature`

const recordWidth = 6

// epochOfPostgres is 2000-01-01 in microseconds since 1970: where timestamptz counts from.
const epochOfPostgres = 946_684_800_000_000

// decode reads a row in PostgreSQL's binary format; nil is null.
func (d *dictionary) decode(row [][]byte, r *record) error {
	if len(row) != recordWidth || len(row[0]) != 8 || len(row[1]) != 8 {
		return fmt.Errorf("a row of published_places has %d columns, want %d", len(row), recordWidth)
	}
	*r = record{seq: int64(binary.BigEndian.Uint64(row[0])), id: places.ID(binary.BigEndian.Uint64(row[1]))}
	if row[2] == nil {
		r.removed = true
		return nil
	}
	if len(row[2]) != 4 || len(row[4]) != 8 {
		return fmt.Errorf("revision and time of place %d have %d and %d bytes, want 4 and 8", r.id, len(row[2]), len(row[4]))
	}
	var s shown
	if !s.read(row[5]) || s.id != float64(r.id) { // the features are what is proved, not where they lie
		r.removed = true
		return nil
	}
	r.revision = int32(binary.BigEndian.Uint32(row[2]))
	r.updated = int64(binary.BigEndian.Uint64(row[4])) + epochOfPostgres
	r.feature, r.name = row[5], s.name
	r.profile = d.profile([6][]byte{s.kind, s.category, s.group, s.state, s.wheelchair, row[3]})
	r.hood = d.hood(s.neighbourhood)
	r.lon, r.lat, r.key = s.lon, s.lat, geo.Hilbert(orb.Point{s.lon, s.lat})
	r.schedule, r.verified = d.schedule(s.hours), verifiedDay(s.verified)
	return nil
}

// instant reads a timestamptz in binary.
func instant(column []byte) time.Time {
	return time.UnixMicro(int64(binary.BigEndian.Uint64(column)) + epochOfPostgres).UTC()
}
