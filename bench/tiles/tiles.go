package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"

	"cartoquartiers/geo"
	"cartoquartiers/places"
	"cartoquartiers/places/snapshot"
	"cartoquartiers/tiles"
)

// somePaths are tiles that people look at: where places are, all zooms alike.
func somePaths(view *snapshot.View, zooms zoomRange, count int) []string {
	random := rand.New(rand.NewPCG(1, 2))
	points := somePoints(view, count, random)
	paths := make([]string, count)
	for i := range paths {
		a := tileOf(zooms.low+random.IntN(zooms.high-zooms.low+1), points[i])
		paths[i] = fmt.Sprintf("/tiles/places/%d/%d/%d.mvt", a.Z, a.X, a.Y)
	}
	return paths
}

// somePoints are places drawn at random, all different.
func somePoints(view *snapshot.View, count int, random *rand.Rand) []orb.Point {
	points := make([]orb.Point, 0, view.Len())
	for row := range view.All(places.Filter{}) {
		points = append(points, row.Point())
	}
	random.Shuffle(len(points), func(i, j int) { points[i], points[j] = points[j], points[i] })
	return points[:count:count]
}

func tileOf(z int, p orb.Point) tiles.Address {
	x, y := geo.Mercator(p)
	side := math.Exp2(float64(z))
	return tiles.Address{Z: z, X: uint32(x * side), Y: uint32(y * side)}
}

// sameTiles checks that both servers show the same before they are compared.
func sameTiles(ctx context.Context, store *snapshot.Store, p *peer) error {
	source, view := tiles.NewSource(store, 0), store.View()
	points := somePoints(view, 40, rand.New(rand.NewPCG(3, 4)))
	for i, point := range points {
		a := tileOf(8+i%9, point)
		theirs, err := p.make(ctx, a)
		if err != nil {
			return fmt.Errorf("peer: %w", err)
		}
		if err := sameTile(source.Encode(view, a, places.Filter{}), theirs); err != nil {
			return fmt.Errorf("tile %v: %w", a, err)
		}
	}
	return nil
}

// sameTile compares ids and properties. A place at the very edge of the buffer,
// where rounding decides, may be in one of the two only.
func sameTile(ours, theirs []byte) error {
	a, err := features(ours)
	if err != nil {
		return err
	}
	b, err := features(theirs)
	if err != nil {
		return fmt.Errorf("peer: %w", err)
	}
	odd := 0
	for id, f := range a {
		other, ok := b[id]
		if !ok {
			odd++
			continue
		}
		if fmt.Sprint(f.Properties) != fmt.Sprint(other.Properties) {
			return fmt.Errorf("feature %v has %v here and %v there", id, f.Properties, other.Properties)
		}
	}
	if odd += len(b) - (len(a) - odd); odd > 1+len(a)/200 {
		return fmt.Errorf("%d features here, %d there, %d of them not the same", len(a), len(b), odd)
	}
	return nil
}

type feature struct{ Properties map[string]any }

func features(tile []byte) (map[any]feature, error) {
	layers, err := mvt.Unmarshal(tile)
	if err != nil {
		return nil, err
	}
	all := make(map[any]feature)
	for _, layer := range layers {
		for _, f := range layer.Features {
			all[f.ID] = feature{f.Properties}
		}
	}
	return all, nil
}
