package main

import (
	"context"
	"path/filepath"

	"cartoquartiers/internal/pg"
	"cartoquartiers/internal/pg/embedded"
)

// connect opens the migrated database of a command: the one at --database-url,
// else the private cluster in the data directory.
func (e *environment) connect(ctx context.Context, options ...pg.Option) (*embedded.Database, error) {
	return embedded.Connect(ctx, e.choice(), options...)
}

func (e *environment) choice() embedded.Choice {
	return embedded.Choice{
		URL:    e.DatabaseURL,
		Dir:    filepath.Join(e.Data, "postgres"),
		Logger: e.logger(),
	}
}
