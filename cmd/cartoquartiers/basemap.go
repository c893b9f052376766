package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"

	"cartoquartiers/importers"
	"cartoquartiers/importers/osm"
	"cartoquartiers/tiles/basemap"
	"cartoquartiers/tiles/pmtiles"
)

type basemapCommand struct {
	Build  basemapBuildCommand  `cmd:"" help:"Draw the map under the places from an OpenStreetMap extract."`
	Import basemapImportCommand `cmd:"" help:"Take an archive that was cut elsewhere."`
}

// basemapFile is the archive in the data directory, where the server looks for it.
func (e *environment) basemapFile() string { return filepath.Join(e.Data, "basemap.pmtiles") }

type basemapBuildCommand struct {
	File      string `arg:"" type:"existingfile" placeholder:"FILE" help:"An extract, FILE.osm.pbf."`
	Out       string `type:"path" placeholder:"FILE" help:"Where to (default: basemap.pmtiles in the data directory, where the server finds it)."`
	Territory string `type:"existingfile" placeholder:"FILE.geojson" help:"Cut the map to this area, and 500 m round it."`
	JSON      bool   `name:"json" help:"Print the report as JSON."`
}

func (basemapBuildCommand) Help() string {
	return `Makes one archive of vector tiles (PMTiles 3, zooms 0 to 15, in the layers of the Protomaps basemap schema).
It is there whole or not at all; a server that runs shows it within a minute.

  cartoquartiers basemap build town.osm.pbf
  cartoquartiers basemap build region.osm.pbf --territory town.geojson`
}

// Run reads the extract, then cuts it.
func (c basemapBuildCommand) Run(ctx context.Context, env *environment) error {
	out := c.Out
	if out == "" {
		out = env.basemapFile()
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return fmt.Errorf("make room for the base map: %w", err)
	}
	// What is collected stays until the end: let little garbage lie beside it.
	defer debug.SetGCPercent(debug.SetGCPercent(30))
	builder := basemap.NewBuilder()
	if c.Territory != "" {
		area, err := importers.ReadTerritory(c.Territory)
		if err != nil {
			return err
		}
		builder.Within(area)
	}
	progress := newImportProgress(env.stderr)
	if err := readDrawn(ctx, c.File, builder, progress); err != nil {
		return err
	}
	progress.stage("cut")
	report, err := builder.Write(ctx, out, progress.cut)
	if err != nil {
		return err
	}
	if report.Warning != "" {
		fmt.Fprintln(env.stderr, "basemap:", report.Warning)
	}
	if c.JSON {
		return json.NewEncoder(env.stdout).Encode(report)
	}
	fmt.Fprintf(env.stdout, "%s: %d features in %d tiles, %.1f MB, the largest %.0f kB\n",
		out, report.Features, report.Tiles, float64(report.Bytes)/1e6, float64(report.Largest)/1e3)
	return nil
}

// readDrawn hands what the base map shows to the builder.
func readDrawn(ctx context.Context, file string, builder *basemap.Builder, progress *importProgress) error {
	rules, err := osm.ParseRules(nil)
	if err != nil {
		return err
	}
	_, err = osm.Read(ctx, file, osm.Options{Rules: rules, Draws: basemap.Draws, DrawnKeys: basemap.Keys, Progress: progress.read}, osm.Sink{
		Candidate: func(osm.Candidate) error { return nil }, // no rule, no candidate
		Drawn: func(d osm.Drawn) error {
			builder.Add(basemap.Object{Tags: d.Tags, Point: d.Point, Line: d.Line, Areas: d.Areas})
			return nil
		},
	})
	return err
}

type basemapImportCommand struct {
	File string `arg:"" type:"existingfile" placeholder:"FILE" help:"An archive, FILE.pmtiles, in the layers of the Protomaps basemap schema."`
}

func (basemapImportCommand) Help() string {
	return `Checks an archive, for example one cut from a public build of the planet, and puts a copy where the server
finds it.

  cartoquartiers basemap import region.pmtiles`
}

// Run copies the archive, whole or not at all, once it was found to be one.
func (c basemapImportCommand) Run(_ context.Context, env *environment) (err error) {
	archive, err := pmtiles.Open(c.File)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, archive.Close()) }()
	out := env.basemapFile()
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return fmt.Errorf("make room for the base map: %w", err)
	}
	if err := copyWhole(out, archive.File()); err != nil {
		return fmt.Errorf("copy the base map: %w", err)
	}
	fmt.Fprintf(env.stdout, "%s: %.1f MB\n", out, float64(archive.Size())/1e6)
	return nil
}

// copyWhole writes a file beside its place, then puts it there.
func copyWhole(path string, from io.Reader) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".basemap-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }() // gone when it was renamed
	defer file.Close()
	if _, err := io.Copy(file, from); err != nil {
		return err
	}
	if err := errors.Join(file.Chmod(0o644), file.Sync()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
