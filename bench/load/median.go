package load

import (
	"cmp"
	"slices"
	"time"
)

// Medians takes each figure by itself.
func Medians(samples []Sample) Sample {
	rates := make([]float64, 0, len(samples))
	tails, works := make([]time.Duration, 0, len(samples)), make([]time.Duration, 0, len(samples))
	for _, s := range samples {
		rates, tails, works = append(rates, s.PerSecond), append(tails, s.P99), append(works, s.Work)
	}
	return Sample{PerSecond: Median(rates), P99: Median(tails), Work: Median(works)}
}

// Median sorts the values, of which there must be one at least.
func Median[T cmp.Ordered](values []T) T {
	slices.Sort(values)
	return values[len(values)/2]
}
