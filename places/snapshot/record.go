package snapshot

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"cartoquartiers/places"
)

// record is one row of recordColumns. Its bytes are valid until the next row is read.
type record struct {
	seq      int64
	id       places.ID
	removed  bool // no longer published; the fields below are then zero
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

// recordColumns follow the seq and the id in every query that decode reads.
const recordColumns = `
	p.revision,
	p.kind, p.category, p.group_id, p.state, p.wheelchair, p.source,
	p.neighbourhood,
	p.name,
	st_x(p.point), st_y(p.point),
	p.hilbert,
	p.updated_at,
	p.feature`

const recordWidth = 16

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
	for i, size := range [...]int{2: 4, 11: 8, 12: 8, 13: 8, 14: 8} {
		if size > 0 && len(row[i]) != size {
			return fmt.Errorf("column %d of place %d has %d bytes, want %d", i, r.id, len(row[i]), size)
		}
	}
	r.revision = int32(binary.BigEndian.Uint32(row[2]))
	r.profile = d.profile([6][]byte(row[3:9]))
	r.hood = d.hood(row[9])
	r.name = row[10]
	r.lon = math.Float64frombits(binary.BigEndian.Uint64(row[11]))
	r.lat = math.Float64frombits(binary.BigEndian.Uint64(row[12]))
	r.key = binary.BigEndian.Uint64(row[13])
	r.updated = int64(binary.BigEndian.Uint64(row[14])) + epochOfPostgres
	r.feature = row[15]
	r.schedule, r.verified = d.schedule(r.feature), verifiedDay(r.feature)
	return nil
}

// instant reads a timestamptz in binary.
func instant(column []byte) time.Time {
	return time.UnixMicro(int64(binary.BigEndian.Uint64(column)) + epochOfPostgres).UTC()
}
