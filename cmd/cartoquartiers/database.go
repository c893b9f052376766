package main

import (
	"context"
	"errors"
	"path/filepath"

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
	if err := places.StoreTaxonomy(ctx, database.Pool, places.ShippedTaxonomy()); err != nil {
		return nil, errors.Join(err, database.Close(ctx))
	}
	return database, nil
}

func (e *environment) choice() embedded.Choice {
	return embedded.Choice{
		URL:    e.DatabaseURL,
		Dir:    filepath.Join(e.Data, "postgres"),
		Logger: e.logger(),
	}
}
