package main

import (
	"cartoquartiers/api"
	"cartoquartiers/tiles"
)

// measure adds what the rooms know of themselves to /metrics.
func (s *server) measure() {
	m, pool, places := s.metrics, s.database.Pool, s.snapshot
	m.Gauge("cartoquartiers_pool_connections_max", "Database connections that the pool may open.",
		func() float64 { return float64(pool.Stat().MaxConns()) })
	m.Gauge("cartoquartiers_pool_connections_acquired", "Database connections in use.",
		func() float64 { return float64(pool.Stat().AcquiredConns()) })
	m.Gauge("cartoquartiers_pool_connections_idle", "Database connections open and unused.",
		func() float64 { return float64(pool.Stat().IdleConns()) })
	m.Counter("cartoquartiers_pool_waits_total", "Times that somebody waited for a database connection.",
		func() float64 { return float64(pool.Stat().EmptyAcquireCount()) })
	m.Counter("cartoquartiers_pool_wait_seconds_total", "Time spent waiting for a database connection.",
		func() float64 { return pool.Stat().EmptyAcquireWaitTime().Seconds() })
	m.Gauge("cartoquartiers_snapshot_places", "Places in memory.",
		func() float64 { return float64(places.View().Len()) })
	m.Gauge("cartoquartiers_snapshot_column_bytes", "Memory of the places without their texts.",
		func() float64 { columns, _ := places.View().Bytes(); return float64(columns) })
	m.Gauge("cartoquartiers_snapshot_feature_bytes", "Memory of the texts of the places.",
		func() float64 { _, features := places.View().Bytes(); return float64(features) })
	m.Gauge("cartoquartiers_snapshot_seq", "Number of the last change in memory.",
		func() float64 { return float64(places.View().Seq()) })
	m.Gauge("cartoquartiers_snapshot_lag_seconds", "Time since nothing was known to be missing in memory.",
		func() float64 { return places.Lag().Seconds() })
}

func (s *server) measureTiles(kept *tiles.Source) {
	s.metrics.Counter("cartoquartiers_tile_cache_hits_total", "Tiles that were kept from before and still true.",
		func() float64 { return float64(kept.Stats().Hits) })
	s.metrics.Counter("cartoquartiers_tile_cache_misses_total", "Tiles that had to be encoded.",
		func() float64 { return float64(kept.Stats().Misses) })
	s.metrics.Gauge("cartoquartiers_tile_cache_bytes", "Memory of the tiles that are kept.",
		func() float64 { return float64(kept.Stats().Bytes) })
}

func (s *server) measureAnswers(answers *api.Answers) {
	s.metrics.Counter("cartoquartiers_items_cache_hits_total", "Pages of items that were kept from before and still true.",
		func() float64 { return float64(answers.Stats().Hits) })
	s.metrics.Counter("cartoquartiers_items_cache_misses_total", "Pages of items that were asked for and not kept.",
		func() float64 { return float64(answers.Stats().Misses) })
	s.metrics.Gauge("cartoquartiers_items_cache_bytes", "Memory of the pages of items that are kept.",
		func() float64 { return float64(answers.Stats().Bytes) })
}
