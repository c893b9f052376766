package main

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"syscall"
	"time"

	"cartoquartiers/bench/load"
)

// program is one side of the comparison.
type program struct {
	name string
	path string
	args func(url string) []string
	// before is a call of the same program that is not measured: it prepares the database. May be nil.
	before func(url string) []string
}

// usage is what one import cost.
type usage struct {
	cpu      float64 // seconds of the program itself, user and system
	database float64 // seconds of the PostgreSQL processes that served it
	peakMB   float64 // of the program's resident memory
	wall     float64 // seconds
}

func (u usage) line(name string) string {
	return fmt.Sprintf("%-15s %10.1f %12.1f %10.0f %9.1f", name, u.cpu, u.database, u.peakMB, u.wall)
}

// medians takes each column by itself.
func medians(all []usage) usage {
	middle := func(of func(usage) float64) float64 {
		var column []float64
		for _, u := range all {
			column = append(column, of(u))
		}
		slices.Sort(column)
		return column[len(column)/2]
	}
	return usage{
		cpu:      middle(func(u usage) float64 { return u.cpu }),
		database: middle(func(u usage) float64 { return u.database }),
		peakMB:   middle(func(u usage) float64 { return u.peakMB }),
		wall:     middle(func(u usage) float64 { return u.wall }),
	}
}

// database is the cluster that both programs write to.
type database struct{ load.Cluster }

// measure runs a program on an empty database, which is dropped afterwards.
func (d database) measure(ctx context.Context, p program, name string) (usage, error) {
	url, err := d.Fresh(ctx, name)
	if err != nil {
		return usage{}, err
	}
	if p.before != nil {
		if output, err := exec.CommandContext(ctx, p.path, p.before(url)...).CombinedOutput(); err != nil {
			return usage{}, fmt.Errorf("prepare %s: %w\n%s", p.name, err, output)
		}
	}
	before, err := d.BackendSeconds()
	if err != nil {
		return usage{}, err
	}
	command := exec.CommandContext(ctx, p.path, p.args(url)...)
	start := now()
	if output, err := command.CombinedOutput(); err != nil {
		return usage{}, fmt.Errorf("%s: %w\n%s", p.name, err, output)
	}
	used := usage{wall: now().Sub(start).Seconds()}
	state := command.ProcessState
	used.cpu = (state.UserTime() + state.SystemTime()).Seconds()
	if rusage, ok := state.SysUsage().(*syscall.Rusage); ok {
		used.peakMB = float64(rusage.Maxrss) / 1024 // kilobytes on Linux
	}
	if err := d.Drop(ctx, name); err != nil {
		return usage{}, err
	}
	after, err := d.BackendSeconds()
	used.database = after - before
	return used, err
}

func now() time.Time { return time.Now() }
