package web

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/paulmach/orb"
	orbgeo "github.com/paulmach/orb/geo"

	"cartoquartiers/places"
)

// moveMap is a small map of one move, drawn by the server: where the place stood, where
// it stands since, what lies around. Lengths are in units of its view box.
type moveMap struct {
	Width, Height int
	Label         string // how far, and which way
	From, To      [2]float64
	Ground        []groundPath
	Near          [][2]float64 // places around
	Scale         float64      // length of the bar
	ScaleText     string
}

// The view box of a small map, and how much of it the move takes at most.
const (
	moveWidth, moveHeight = 320, 180
	moveShare             = 0.45
	leastMove             = 60 // metres that the share stands for at least: a house and its neighbours
)

// frame turns positions into places in a view box, as a map of a few hundred metres can: straight.
type frame struct {
	middle       orb.Point
	unitsPer     float64 // units of the view box in a metre
	eastPerGrade float64 // metres in a degree of longitude here
}

const metresPerDegree = orb.EarthRadius * math.Pi / 180

func frameOf(from, to orb.Point) frame {
	middle := orb.Point{(from[0] + to[0]) / 2, (from[1] + to[1]) / 2}
	f := frame{middle: middle, unitsPer: 1, eastPerGrade: metresPerDegree * math.Cos(middle[1]*math.Pi/180)}
	a, b := f.at(from), f.at(to)
	wide := math.Max(math.Abs(a[0]-b[0])/moveWidth, math.Abs(a[1]-b[1])/moveHeight)
	f.unitsPer = moveShare / math.Max(wide, float64(leastMove)/moveHeight)
	return f
}

func (f frame) at(p orb.Point) [2]float64 {
	return [2]float64{
		moveWidth/2 + (p[0]-f.middle[0])*f.eastPerGrade*f.unitsPer,
		moveHeight/2 - (p[1]-f.middle[1])*metresPerDegree*f.unitsPer,
	}
}

// bound is what the view box shows.
func (f frame) bound() orb.Bound {
	east := moveWidth / 2 / f.unitsPer / f.eastPerGrade
	north := moveHeight / 2 / f.unitsPer / metresPerDegree
	return orb.Bound{
		Min: orb.Point{f.middle[0] - east, f.middle[1] - north},
		Max: orb.Point{f.middle[0] + east, f.middle[1] + north},
	}
}

// moveOf draws the move between two documents; nil when they stand at one place.
func (v *view) moveOf(ctx context.Context, before, after places.Fields) *moveMap {
	var from, to orb.Point
	if json.Unmarshal(before["position"], &from) != nil || json.Unmarshal(after["position"], &to) != nil || from == to {
		return nil
	}
	f := frameOf(from, to)
	m := &moveMap{Width: moveWidth, Height: moveHeight, From: f.at(from), To: f.at(to), Label: v.moveText(from, to)}
	m.scale(v.Language, f)
	v.drawGround(ctx, m, f)
	m.Near = v.around(f, to)
	return m
}

// mostAround is how many places around a move are drawn; where more stand, they would be
// a blot and not help anybody to find their way.
const mostAround = 200

// around are the places in the frame but the one that moved; none where there are too many.
func (v *view) around(f frame, moved orb.Point) (near [][2]float64) {
	for row := range v.site.Snapshot.View().All(places.Filter{BBox: boxOf(f.bound())}) {
		if p := row.Point(); p != moved {
			near = append(near, f.at(p))
		}
		if len(near) > mostAround {
			return nil
		}
	}
	return near
}

// moveText says how far and which way: 40 m towards the north-east.
func (v *view) moveText(from, to orb.Point) string {
	winds := [8]string{"n", "ne", "e", "se", "s", "sw", "w", "nw"}
	bearing := math.Mod(orbgeo.Bearing(from, to)+360, 360)
	wind := winds[int(math.Round(bearing/45))%8]
	distance := formatDistance(v.Language, orbgeo.DistanceHaversine(from, to))
	return v.T("history.moved_towards", "distance", distance, "wind", v.T("wind."+wind))
}

// scale chooses a round length that takes about a fifth of the width.
func (m *moveMap) scale(language string, f frame) {
	aim := moveWidth / 5 / f.unitsPer
	metres := math.Pow(10, math.Floor(math.Log10(aim)))
	for _, times := range []float64{5, 2} {
		if metres*times <= aim {
			metres *= times
			break
		}
	}
	m.Scale, m.ScaleText = metres*f.unitsPer, formatDistance(language, metres)
}

// Way is the arrow from where the place stood to where it stands.
func (m *moveMap) Way() string {
	return fmt.Sprintf("M%.1f %.1fL%.1f %.1f", m.From[0], m.From[1], m.To[0], m.To[1])
}

// TextAt is where the words of the scale stand.
func (m *moveMap) TextAt() int { return moveHeight - 18 }

// Bar is the scale, at the lower left.
func (m *moveMap) Bar() string {
	return fmt.Sprintf("M10 %dv5h%.1fv-5", moveHeight-15, m.Scale)
}

// pathOf writes rings and lines as an SVG path.
func pathOf(f frame, to *strings.Builder, line []orb.Point, closed bool) {
	for i, p := range line {
		letter := "L"
		if i == 0 {
			letter = "M"
		}
		at := f.at(p)
		fmt.Fprintf(to, "%s%.0f %.0f", letter, at[0], at[1])
	}
	if closed {
		to.WriteString("z")
	}
}
