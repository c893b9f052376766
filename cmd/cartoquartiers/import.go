package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"cartoquartiers/importers"
	"cartoquartiers/internal/pg"
	"cartoquartiers/places"
)

type importCommand struct {
	OSM  importOSMCommand  `cmd:"" name:"osm" help:"Take a baseline from an OpenStreetMap extract."`
	Demo importDemoCommand `cmd:"" help:"Fill an empty map with an invented town."`
}

// importFlags are those of every import.
type importFlags struct {
	DryRun         bool `help:"Report what would happen and write nothing."`
	AcceptVanished bool `help:"Go on although many known places are missing from the file, and close them."`
	AllowOlder     bool `help:"Take a file that is older than the last one imported."`
	JSON           bool `name:"json" help:"Print the report as JSON."`
}

// run imports a source and prints its report on standard output.
func (f importFlags) run(ctx context.Context, env *environment, source importers.Source, options importers.Options) (err error) {
	// A statement of an import works on all of a region; the limit is for people who wait.
	database, err := env.connect(ctx, pg.StatementTimeout(0))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, database.Close(context.WithoutCancel(ctx))) }()
	return f.runOn(ctx, env, database.Pool, source, options)
}

// runOn is run for who has opened the database already.
func (f importFlags) runOn(ctx context.Context, env *environment, db pg.DB, source importers.Source, options importers.Options) error {
	options.DryRun, options.AcceptVanished, options.AllowOlder = f.DryRun, f.AcceptVanished, f.AllowOlder
	options.Now = time.Now()
	if options.Taxonomy == nil {
		options.Taxonomy = places.ShippedTaxonomy()
	}
	report, err := importers.Run(ctx, db, source, options)
	if err != nil {
		return err
	}
	if f.JSON {
		return printJSON(env.stdout, report)
	}
	return printReport(env.stdout, report)
}

func printJSON(out io.Writer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
