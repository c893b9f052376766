package snapshot

import (
	"time"

	"github.com/paulmach/orb"

	"cartoquartiers/places"
)

// Row is one place in a View. It is three words and stays valid as long as it is held.
type Row struct {
	segment *segment
	view    *View
	i       uint32
}

// ID names the place for ever.
func (r Row) ID() places.ID { return r.segment.ids[r.i] }

// Feature is the GeoJSON feature as it was rendered at publish. It is not a
// copy: do not change it.
func (r Row) Feature() []byte { return r.segment.feature(int(r.i)) }

// Name is the name for readers who state no language, "" if there is none.
func (r Row) Name() string { return nameText(r.segment.nameValue(int(r.i))) }

// Category is the id of the main category.
func (r Row) Category() string { return r.profile().Category }

// Group is the group of the main category.
func (r Row) Group() string { return r.profile().Group }

// Kind tells a service from an initiative.
func (r Row) Kind() places.Kind { return r.profile().Kind }

// State is how the place stands.
func (r Row) State() places.State { return r.profile().State }

// Wheelchair is "" where nobody said.
func (r Row) Wheelchair() places.Wheelchair { return r.profile().Wheelchair }

// Source is the source id of the record.
func (r Row) Source() string { return r.profile().Source }

// Neighbourhood is the code, "" outside of all.
func (r Row) Neighbourhood() string { return r.view.hoods[r.segment.hoods[r.i]] }

// Point is longitude, latitude in degrees.
func (r Row) Point() orb.Point { return orb.Point{r.segment.lons[r.i], r.segment.lats[r.i]} }

// UpdatedAt is when the live revision was published.
func (r Row) UpdatedAt() time.Time { return time.UnixMicro(r.segment.updated[r.i]).UTC() }

// Revision is the number of the live revision.
func (r Row) Revision() int { return int(r.segment.revisions[r.i]) }

// Seq is that of the change that brought the row.
func (r Row) Seq() int64 { return r.segment.seqs[r.i] }

// Cursor is the place of this row in the order of pages.
func (r Row) Cursor() Cursor {
	return Cursor{key: r.segment.keys[r.i], id: r.segment.ids[r.i], set: true}
}

// Mercator is the position in the web mercator square: x and y in [0, 1), y to the south.
func (r Row) Mercator() (x, y float64) { return r.segment.xs[r.i], r.segment.ys[r.i] }

// NameKey tells the names of a View apart: equal only for equal names. It is of
// no use where there is no name.
func (r Row) NameKey() uint32 { return r.segment.nameBase + r.segment.names[r.i] }

// NameValue is the name as field "values" of an MVT layer, ready to be copied;
// empty where there is no name.
func (r Row) NameValue() []byte { return r.segment.nameValue(int(r.i)) }

// ProfileNumber numbers what places share — category, group, kind, state,
// wheelchair, source: equal numbers mean that all of these are equal. Below
// View.ProfileCount.
func (r Row) ProfileNumber() uint32 { return r.segment.profiles[r.i] }

func (r Row) profile() *Profile { return &r.view.profiles[r.segment.profiles[r.i]] }
