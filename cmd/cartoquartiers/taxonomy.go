package main

import (
	"context"
	"time"

	"cartoquartiers/places"
)

// taxonomyPace is how often a server looks whether the town says something else of
// its categories: on its own pages, or on those of another server.
const taxonomyPace = 2 * time.Second

// followTaxonomy opens the gate anew whenever the town has changed a category. A
// look is one small query; what cannot be read now is read at the next look.
func (s *server) followTaxonomy(ctx context.Context, seen time.Time) {
	tick := time.NewTicker(taxonomyPace)
	defer tick.Stop()
	for {
		select {
		case <-s.stopping:
			return
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		last, err := places.TownChanged(ctx, s.database.Pool)
		if err != nil || last.Equal(seen) {
			continue
		}
		taxonomy, changed, err := places.TownTaxonomy(ctx, s.database.Pool)
		if err != nil {
			continue
		}
		if err := s.open(taxonomy); err != nil {
			s.logger.ErrorContext(ctx, "the changed categories are not shown", "error", err)
			continue
		}
		s.logger.InfoContext(ctx, "categories changed", "at", changed)
		seen = changed
	}
}
