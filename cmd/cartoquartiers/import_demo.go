package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"cartoquartiers/importers"
	"cartoquartiers/importers/demo"
	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
	"cartoquartiers/tiles/basemap"
)

type importDemoCommand struct {
	IfEmpty bool `help:"Do nothing when the map holds a place already."`
	JSON    bool `name:"json" help:"Print the report as JSON."`
}

func (importDemoCommand) Help() string {
	return `Fills an empty map with Port-Ambrelle, an invented town of four neighbourhoods and some three hundred places of
every category, to look around before bringing real data; and draws the map under them where there is none.

  cartoquartiers import demo
  cartoquartiers --data /tmp/try import demo`
}

// Run leaves a map with real places alone: with --if-empty quietly, else with a fault.
func (c importDemoCommand) Run(ctx context.Context, env *environment) (err error) {
	database, err := env.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, database.Close(context.WithoutCancel(ctx))) }()
	empty, err := demo.Room(ctx, database.Pool)
	if c.IfEmpty && (err == nil && !empty || fault.Is(err, fault.Conflict)) {
		fmt.Fprintln(env.stderr, "import: the map holds places already, nothing to do")
		return nil
	}
	if err != nil {
		return err
	}
	taxonomy := places.ShippedTaxonomy()
	flags := importFlags{JSON: c.JSON}
	if err := drawDemo(ctx, env); err != nil {
		return err
	}
	return flags.runOn(ctx, env, database.Pool, demo.New(taxonomy, time.Now()), importers.Options{Taxonomy: taxonomy})
}

// drawDemo makes the map under the town, unless there is one of somewhere else.
func drawDemo(ctx context.Context, env *environment) error {
	path := env.basemapFile()
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	builder := basemap.NewBuilder()
	for _, d := range demo.BaseMap() {
		builder.Add(basemap.Object{Tags: d.Tags, Point: d.Point, Line: d.Line, Areas: d.Areas})
	}
	_, err := builder.Write(ctx, path, nil)
	return err
}
