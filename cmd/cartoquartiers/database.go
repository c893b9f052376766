package main

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"cartoquartiers/internal/pg"
	"cartoquartiers/internal/pg/embedded"
	"cartoquartiers/places"
)

// connect opens the database of a command, migrated and with this version's
// categories: the one at --database-url, else the private cluster in the data directory.
func (e *environment) connect(ctx context.Context, options ...pg.Option) (*embedded.Database, error) {
	database, err := embedded.Connect(ctx, e.choice(), options...)
	if err != nil {
		return nil, err
	}
	if _, _, err := storeTaxonomy(ctx, database.Pool); err != nil {
		return nil, errors.Join(err, database.Close(ctx))
	}
	return database, nil
}

// storeTaxonomy brings the tables to this version's categories with what the town
// says instead, and tells them, and when the town last said something.
func storeTaxonomy(ctx context.Context, db pg.DB) (*places.Taxonomy, time.Time, error) {
	town, changed, err := places.TownTaxonomy(ctx, db)
	if err != nil {
		return nil, changed, err
	}
	return town, changed, places.StoreTaxonomy(ctx, db, town)
}

func (e *environment) choice() embedded.Choice {
	return embedded.Choice{
		URL:    e.DatabaseURL,
		Dir:    filepath.Join(e.Data, "postgres"),
		Logger: e.logger(),
	}
}
