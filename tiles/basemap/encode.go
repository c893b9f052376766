package basemap

import (
	"encoding/binary"
	"math"

	"github.com/paulmach/orb"
)

// layerOrder is that of the layers in a tile.
var layerOrder = []string{"earth", "landuse", "water", "buildings", "roads", "boundaries", "places"}

// Tags of protobuf fields of MVT 2.1 (vector_tile.proto): number<<3 | wire type.
const (
	tileLayer       = 3<<3 | 2
	layerName       = 1<<3 | 2
	layerFeature    = 2<<3 | 2
	layerKey        = 3<<3 | 2
	layerValue      = 4<<3 | 2
	layerExtent     = 5<<3 | 0
	layerVersion    = 15<<3 | 0
	featureTags     = 2<<3 | 2
	featureType     = 3<<3 | 0
	featureGeometry = 4<<3 | 2
	valueString     = 1<<3 | 2
	valueInt        = 4<<3 | 0
	valueBool       = 7<<3 | 0

	typePoint, typeLine, typePolygon = 1, 2, 3
	moveTo, lineTo, closePath        = 1, 2, 7
)

// encode makes a tile of the pieces in it; left and top are its corner. Nil when
// nothing is left of them.
func encode(pieces []piece, left, top float64) []byte {
	layers := make(map[string]*layer)
	for _, p := range pieces {
		l := layers[p.said.layer]
		if l == nil {
			l = &layer{keys: make(map[string]uint64), values: make(map[any]uint64)}
			layers[p.said.layer] = l
		}
		l.add(p, left, top)
	}
	var tile []byte
	for _, name := range layerOrder {
		if l := layers[name]; l != nil && len(l.features) > 0 {
			tile = appendBytes(tile, tileLayer, l.bytes(name))
		}
	}
	return tile
}

// layer collects the features of one layer, and numbers what they say.
type layer struct {
	features     []byte
	keys         map[string]uint64
	values       map[any]uint64
	keyTexts     []byte
	valueTexts   []byte
	tags, points []byte
}

func (l *layer) add(p piece, left, top float64) {
	g := geometry{left: left, top: top, to: l.points[:0]}
	kind := g.shape(p.shape)
	if l.points = g.to; kind == 0 {
		return
	}
	l.tags = l.tags[:0]
	for _, a := range p.said.tags {
		l.tags = binary.AppendUvarint(l.tags, l.key(a.name))
		l.tags = binary.AppendUvarint(l.tags, l.value(a.value))
	}
	feature := appendBytes(nil, featureTags, l.tags)
	feature = append(feature, featureType, kind)
	feature = appendBytes(feature, featureGeometry, l.points)
	l.features = appendBytes(l.features, layerFeature, feature)
}

func (l *layer) key(name string) uint64 {
	number, known := l.keys[name]
	if !known {
		number = uint64(len(l.keys))
		l.keys[name] = number
		l.keyTexts = appendBytes(l.keyTexts, layerKey, []byte(name))
	}
	return number
}

func (l *layer) value(value any) uint64 {
	number, known := l.values[value]
	if known {
		return number
	}
	number = uint64(len(l.values))
	l.values[value] = number
	var text []byte
	switch value := value.(type) {
	case string:
		text = appendBytes(nil, valueString, []byte(value))
	case int:
		text = binary.AppendUvarint([]byte{valueInt}, uint64(value))
	case bool:
		text = []byte{valueBool, 0}
		if value {
			text[1] = 1
		}
	}
	l.valueTexts = appendBytes(l.valueTexts, layerValue, text)
	return number
}

func (l *layer) bytes(name string) []byte {
	to := []byte{layerVersion, 2}
	to = appendBytes(to, layerName, []byte(name))
	to = append(append(append(to, l.features...), l.keyTexts...), l.valueTexts...)
	return binary.AppendUvarint(append(to, layerExtent), extent)
}

func appendBytes(to []byte, tag byte, text []byte) []byte {
	to = binary.AppendUvarint(append(to, tag), uint64(len(text)))
	return append(to, text...)
}

// geometry writes commands (MVT 2.1, 4.3).
type geometry struct {
	left, top float64
	to        []byte
	at        [2]int32 // the cursor
}

// shape gives the type of the geometry, 0 when nothing is left of it.
func (g *geometry) shape(shape orb.Geometry) byte {
	switch shape := shape.(type) {
	case orb.Point:
		at := g.rounded(orb.LineString{shape})[0]
		if at[0] < 0 || at[0] >= extent || at[1] < 0 || at[1] >= extent {
			return 0 // of the neighbour: a name is written once
		}
		g.command(moveTo, 1)
		g.move(at)
		return typePoint
	case orb.MultiLineString:
		for _, line := range shape {
			g.line(g.rounded(line))
		}
		if len(g.to) > 0 {
			return typeLine
		}
	case orb.Polygon:
		for i, ring := range shape {
			if !g.ring(g.rounded(orb.LineString(ring)), i == 0) && i == 0 {
				return 0
			}
		}
		if len(g.to) > 0 {
			return typePolygon
		}
	}
	return 0
}

// rounded gives positions in the tile, without repetitions.
func (g *geometry) rounded(points orb.LineString) [][2]int32 {
	all := make([][2]int32, 0, len(points))
	for _, p := range points {
		at := [2]int32{int32(math.Floor(p[0] - g.left)), int32(math.Floor(p[1] - g.top))}
		if len(all) == 0 || at != all[len(all)-1] {
			all = append(all, at)
		}
	}
	return all
}

func (g *geometry) line(points [][2]int32) {
	if len(points) < 2 {
		return
	}
	g.command(moveTo, 1)
	g.move(points[0])
	g.command(lineTo, len(points)-1)
	for _, at := range points[1:] {
		g.move(at)
	}
}

// ring writes one, wound as its place asks: positive area outside, negative inside
// (4.3.3.3). False when nothing is left of it.
func (g *geometry) ring(points [][2]int32, outer bool) bool {
	if n := len(points); n > 1 && points[0] == points[n-1] {
		points = points[:n-1]
	}
	size := twiceArea(points)
	if len(points) < 3 || size == 0 {
		return false
	}
	g.command(moveTo, 1)
	g.move(points[0])
	g.command(lineTo, len(points)-1)
	for i := 1; i < len(points); i++ {
		if at := i; size > 0 == outer {
			g.move(points[at])
		} else {
			g.move(points[len(points)-at])
		}
	}
	g.command(closePath, 1)
	return true
}

func twiceArea(points [][2]int32) (sum int64) {
	for i, a := range points {
		b := points[(i+1)%len(points)]
		sum += int64(a[0])*int64(b[1]) - int64(b[0])*int64(a[1])
	}
	return sum
}

func (g *geometry) command(id, count int) {
	g.to = binary.AppendUvarint(g.to, uint64(id|count<<3))
}

func (g *geometry) move(to [2]int32) {
	for i := range 2 {
		step := to[i] - g.at[i]
		g.to = binary.AppendUvarint(g.to, uint64(uint32(step<<1)^uint32(step>>31)))
	}
	g.at = to
}
