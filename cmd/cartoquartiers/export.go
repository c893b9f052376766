package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"cartoquartiers/geo"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/places"
	"cartoquartiers/places/snapshot"
)

type exportCommand struct {
	Format        string   `enum:"geojson,csv,geojsonl" default:"geojson" help:"geojson (one document), csv, or geojsonl (a feature a line)."`
	Output        string   `short:"o" type:"path" placeholder:"FILE" help:"Write into this file, whole or not at all, instead of standard output."`
	BBox          string   `name:"bbox" placeholder:"W,S,E,N" help:"Only what lies in this box, in degrees."`
	Category      []string `placeholder:"ID,…" help:"Only these categories."`
	Group         []string `placeholder:"ID,…" help:"Only these groups of categories."`
	Kind          []string `placeholder:"KIND,…" help:"Only services, or initiatives."`
	Neighbourhood []string `placeholder:"CODE,…" help:"Only these neighbourhoods."`
	Wheelchair    []string `placeholder:"ANSWER,…" help:"Only these answers: yes, limited, no, designated."`
	State         []string `placeholder:"STATE,…" help:"These states; open and closed_temporarily without it."`
}

func (exportCommand) Help() string {
	return `Writes the published places, with the licence that one owes for them. Several values of a filter are
alternatives, different filters must all hold.

  cartoquartiers export -o places.geojson
  cartoquartiers export --format csv --category compost,book_box > sharing.csv
  cartoquartiers export --format geojsonl --bbox -1.60,47.18,-1.48,47.26 | wc -l`
}

// Run exports one state of the map, whatever is published meanwhile.
func (c exportCommand) Run(ctx context.Context, env *environment) (err error) {
	taxonomy := places.ShippedTaxonomy()
	filter, err := c.filter(taxonomy)
	if err != nil {
		return misuse{err}
	}
	database, err := env.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, database.Close(context.WithoutCancel(ctx))) }()
	store, err := snapshot.Open(ctx, database.Pool, snapshot.Options{Logger: env.logger(), Clock: time.Now})
	if err != nil {
		return fmt.Errorf("load the places: %w", err)
	}
	defer store.Close()
	view := store.View()
	credit, err := owed(ctx, database.Pool, view, filter)
	if err != nil {
		return err
	}
	return c.write(env.stdout, func(out io.Writer) error { return c.encode(ctx, out, view, filter, credit) })
}

func (c exportCommand) filter(taxonomy *places.Taxonomy) (places.Filter, error) {
	filter := places.Filter{
		Categories: c.Category, Groups: c.Group, Kinds: named[places.Kind](c.Kind), Neighbourhoods: c.Neighbourhood,
		Wheelchairs: named[places.Wheelchair](c.Wheelchair), States: named[places.State](c.State),
	}
	if c.BBox != "" {
		box, err := geo.ParseBBox(c.BBox)
		if err != nil {
			return filter, fault.Wrap(fault.Invalid, err, "--bbox takes west,south,east,north in degrees")
		}
		filter.BBox = &box
	}
	return filter, filter.Validate(taxonomy)
}

func named[T ~string](values []string) []T {
	typed := make([]T, len(values))
	for i, value := range values {
		typed[i] = T(value)
	}
	return typed
}

// terms are whom to name, and under which licences (SPDX), for what is exported.
type terms struct {
	Attribution string   `json:"attribution"`
	Licences    []string `json:"licences"`
}

func owed(ctx context.Context, db pg.DB, view *snapshot.View, filter places.Filter) (terms, error) {
	sources, err := places.Sources(ctx, db)
	if err != nil {
		return terms{}, err
	}
	used := view.Counts(filter).Sources
	var names, licences []string
	for _, source := range sources {
		if used[source.ID] > 0 {
			names, licences = append(names, source.Attribution), append(licences, source.Licence)
		}
	}
	slices.Sort(licences)
	return terms{Attribution: strings.Join(names, " · "), Licences: slices.Compact(licences)}, nil
}

// write gives encode standard output, or a file that appears under its name only
// when it is whole.
func (c exportCommand) write(stdout io.Writer, encode func(io.Writer) error) error {
	if c.Output == "" {
		return encode(stdout)
	}
	if there, err := os.Stat(c.Output); err == nil && !there.Mode().IsRegular() {
		return misuse{fault.New(fault.Invalid, "%s is not a file; without --output, the places go to standard output", c.Output)}
	}
	file, err := os.CreateTemp(filepath.Dir(c.Output), ".export-*")
	if err != nil {
		return fault.Wrap(fault.Forbidden, err, "cannot write into %s", filepath.Dir(c.Output))
	}
	defer os.Remove(file.Name()) //nolint:errcheck // after Rename there is nothing left to remove
	err = encode(file)
	if err == nil {
		err = file.Chmod(0o644)
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), c.Output); err != nil {
		return fault.Wrap(fault.Forbidden, err, "cannot write %s", c.Output)
	}
	return nil
}
