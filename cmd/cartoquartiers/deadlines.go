package main

import (
	"context"
	"sync"
	"time"

	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// duePace is how often deadlines are looked at.
const duePace = time.Minute

// startRoad opens the road of every change, with signed receipts where the log
// can be signed, and keeps its deadlines. Several servers may do so at once.
func (s *server) startRoad(ctx context.Context) {
	s.road = moderation.DefaultRoad(places.ShippedTaxonomy())
	s.road.Signer = s.signer
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	running.Go(func() {
		ticker := time.NewTicker(duePace)
		defer ticker.Stop()
		s.keepDeadlines(ctx, ticker.C)
	})
	s.stopDue = func() {
		stop()
		running.Wait()
	}
}

// keepDeadlines escalates and expires what is overdue, and forgets what is to be
// forgotten, at each tick until ctx ends.
func (s *server) keepDeadlines(ctx context.Context, ticks <-chan time.Time) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
		}
		escalated, expired, err := s.road.Overdue(ctx, s.database.Pool, s.clock())
		if err == nil {
			err = moderation.Forget(ctx, s.database.Pool, s.clock())
		}
		if err != nil && ctx.Err() == nil {
			s.logger.Error("deadlines are not being kept; trying again in a minute", "error", err)
		}
		if escalated+expired > 0 {
			s.logger.Info("deadlines passed", "escalated", escalated, "expired", expired)
		}
	}
}
