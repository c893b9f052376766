package demo

import (
	"math"
	"math/rand/v2"
	"strconv"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// plot is where a place can stand: beside a street, with a number in it.
type plot struct {
	street string
	number int
	door   orb.Point // in metres from the bridge
	across orb.Point // unit vector away from the street
}

const (
	frontage = 24.0 // metres of street to a plot
	setback  = 9.0  // metres from the middle of the street to the door
)

// plots are those of a quarter, in an order that scatters neighbours in the file over the town.
func (q quarter) plots(dice *rand.Rand) []plot {
	var all []plot
	for _, s := range q.streets {
		all = append(all, s.plots()...)
	}
	dice.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// plots along one street: odd numbers on the left, even ones on the right.
func (s street) plots() []plot {
	var all []plot
	for i := 1; i < len(s.line); i++ {
		from, to := s.line[i-1], s.line[i]
		length := planar.Distance(from, to)
		dx, dy := (to[0]-from[0])/length, (to[1]-from[1])/length
		for along := frontage; along < length-frontage/2; along += frontage {
			number := len(all) + 1
			left := orb.Point{-dy, dx}
			if number%2 == 0 {
				left = orb.Point{dy, -dx}
			}
			all = append(all, plot{
				street: s.name, number: number, across: left,
				door: orb.Point{from[0] + along*dx + setback*left[0], from[1] + along*dy + setback*left[1]},
			})
		}
	}
	return all
}

func (p plot) housenumber() string { return strconv.Itoa(p.number) }

// building is a rectangle of width by depth metres behind the door, its long side
// along the street.
func (p plot) building(width, depth float64) orb.Ring {
	along := orb.Point{-p.across[1], p.across[0]}
	corner := func(a, b float64) orb.Point {
		return orb.Point{p.door[0] + a*along[0] + b*p.across[0], p.door[1] + a*along[1] + b*p.across[1]}
	}
	w := width / 2
	return orb.Ring{corner(-w, 0), corner(w, 0), corner(w, depth), corner(-w, depth), corner(-w, 0)}
}

// ground keeps track of what is built in a quarter.
type ground struct {
	quarter quarter
	free    []plot
	built   []orb.Bound
}

// elbowRoom is how many metres lie between two things at least.
const elbowRoom = 6

// take finds the next free plot on which a building of this size stays in the
// quarter and clear of all others. It reports false when the quarter is full.
func (g *ground) take(width, depth float64) (plot, bool) {
	for i, p := range g.free {
		building := p.building(math.Max(width, 1), math.Max(depth, 1))
		if g.fits(building) {
			g.built = append(g.built, building.Bound())
			g.free = append(g.free[:i], g.free[i+1:]...)
			return p, true
		}
	}
	return plot{}, false
}

func (g *ground) fits(building orb.Ring) bool {
	for _, corner := range building {
		if !planar.RingContains(g.quarter.ground, corner) {
			return false
		}
	}
	room := building.Bound().Pad(elbowRoom)
	for _, other := range g.built {
		if room.Intersects(other) {
			return false
		}
	}
	return true
}
