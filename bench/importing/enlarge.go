package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
)

// Distances between the ids of two copies: more than any small extract holds.
const (
	nodeStep     = 1_000_000
	wayStep      = 100_000
	relationStep = 3_000
)

// enlarge merges copies of a small extract under ids of their own into one
// large file, with osmium-tool, which puts them in order but does not say so in the
// header, as the extracts do that towns take.
func enlarge(ctx context.Context, small string, copies int, large string) error {
	merge := []string{"merge", "-o", large, "-O", "-f", "pbf", "--output-header=sorting=Type_then_ID"}
	for i := range copies {
		part := filepath.Join(filepath.Dir(large), fmt.Sprintf("%d.osm.pbf", i))
		start := fmt.Sprintf("%d,%d,%d", 1+i*nodeStep, 1+i*wayStep, 1+i*relationStep)
		if err := osmium(ctx, "renumber", small, "-s", start, "-o", part, "-O", "-f", "pbf,add_metadata=all"); err != nil {
			return err
		}
		merge = append(merge, part)
	}
	return osmium(ctx, merge...)
}

func osmium(ctx context.Context, args ...string) error {
	if output, err := exec.CommandContext(ctx, "osmium", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("osmium %s: %w\n%s", args[0], err, output)
	}
	return nil
}
