package main

import (
	"context"

	"cartoquartiers/importers"
	"cartoquartiers/importers/osm"
	"cartoquartiers/places"
)

type importOSMCommand struct {
	File           string `arg:"" type:"existingfile" help:"The extract, a .osm.pbf file."`
	Territory      string `type:"existingfile" placeholder:"FILE.geojson" help:"Take only what lies in this area."`
	Neighbourhoods string `type:"existingfile" placeholder:"FILE.geojson" help:"The town's neighbourhoods; without it, those of OpenStreetMap."`
	Country        string `default:"FR" help:"ISO 3166 code of the country, for phone numbers without a prefix."`
	importFlags
}

func (importOSMCommand) Help() string {
	return `Reads the places and neighbourhoods of an OpenStreetMap extract. The first time they become the map; later, a
newer extract of the same area brings only what has changed since, and never overwrites what people here have
corrected: where both changed the same field, ours stays and the conflict is recorded.

  cartoquartiers import osm town.osm.pbf
  cartoquartiers import osm region.osm.pbf --territory town.geojson
  cartoquartiers import osm newer.osm.pbf --dry-run

All of the file is imported or nothing of it. The server may run meanwhile: it shows the new map when the import is
done. Places that are gone from the file are closed with their history, never deleted.`
}

// Run imports the file.
func (c importOSMCommand) Run(ctx context.Context, env *environment) error {
	collectSeldom(c.File)
	taxonomy := places.ShippedTaxonomy()
	progress := newImportProgress(env.stderr)
	options := importers.Options{Taxonomy: taxonomy, Stage: progress.stage}
	reading := osm.Options{Country: c.Country, Progress: progress.read}
	var err error
	if c.Territory != "" {
		if options.Territory, err = importers.ReadTerritory(c.Territory); err != nil {
			return err
		}
		reading.Territory = options.Territory
	}
	if c.Neighbourhoods != "" {
		if options.Neighbourhoods, err = importers.ReadNeighbourhoods(c.Neighbourhoods); err != nil {
			return err
		}
	}
	source, err := osm.NewSource(c.File, taxonomy, reading)
	if err != nil {
		return err
	}
	return c.importFlags.run(ctx, env, source, options)
}
