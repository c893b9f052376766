package osm

import (
	"slices"
	"time"

	"github.com/qedus/osmpbf/OSMPBF"
	"google.golang.org/protobuf/proto"

	"cartoquartiers/internal/fault"
)

// maxHeader bounds the unpacked header: real ones are under a kilobyte, and
// its lists of strings cost far more memory than bytes.
const maxHeader = 1 << 20

// readableFeatures are the required_features that this reader understands
// (OSM wiki, "PBF Format": "Definition of the OSMHeader fileblock").
var readableFeatures = []string{"OsmSchema-V0.6", "DenseNodes"}

// header is what the file says of itself. The box is left out on purpose:
// headers lie, a territory polygon decides.
type header struct {
	sorted    bool      // Sort.Type_then_ID
	timestamp time.Time // osmosis_replication_timestamp, zero if absent
	generator string
}

func (f *file) readHeader() (header, error) {
	in := inflater{file: f}
	plain, err := in.blob(f.header)
	if err != nil {
		return header{}, err
	}
	var block OSMPBF.HeaderBlock
	if len(plain) > maxHeader || proto.Unmarshal(plain, &block) != nil {
		return header{}, broken(f.header.start, "a file header that cannot be read")
	}
	for _, feature := range block.GetRequiredFeatures() {
		if err := checkFeature(feature); err != nil {
			return header{}, err
		}
	}
	h := header{
		sorted:    slices.Contains(block.GetOptionalFeatures(), "Sort.Type_then_ID"),
		generator: block.GetWritingprogram(),
	}
	if seconds := block.GetOsmosisReplicationTimestamp(); seconds > 0 && seconds < maxSeconds {
		h.timestamp = time.Unix(seconds, 0).UTC()
	}
	return h, nil
}

func checkFeature(feature string) error {
	switch {
	case slices.Contains(readableFeatures, feature):
		return nil
	case feature == "HistoricalInformation":
		return invalid("this is a history file: cut one moment out of it with " +
			"`osmium time-filter in.osh.pbf -o out.osm.pbf`")
	}
	return invalid("the file requires the feature %.40q, which is not read here: "+
		"rewrite it with `osmium cat in.osm.pbf -o out.osm.pbf`", feature)
}

// maxSeconds is the year 10000: later instants cannot be written in RFC 3339.
const maxSeconds = 253402300800

func invalid(format string, args ...any) error { return fault.New(fault.Invalid, format, args...) }
