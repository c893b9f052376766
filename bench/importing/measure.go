package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/pg/embedded"
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
type database struct {
	cluster *embedded.Cluster
	dir     string
}

// measure runs a program on an empty database, which is dropped afterwards.
func (d database) measure(ctx context.Context, p program, name string) (usage, error) {
	url, err := d.fresh(ctx, name)
	if err != nil {
		return usage{}, err
	}
	if p.before != nil {
		if output, err := exec.CommandContext(ctx, p.path, p.before(url)...).CombinedOutput(); err != nil {
			return usage{}, fmt.Errorf("prepare %s: %w\n%s", p.name, err, output)
		}
	}
	before, err := d.seconds()
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
	if err := d.drop(ctx, name); err != nil {
		return usage{}, err
	}
	after, err := d.seconds()
	used.database = after - before
	return used, err
}

func now() time.Time { return time.Now() }

// fresh makes a database with PostGIS and gives its URL.
func (d database) fresh(ctx context.Context, name string) (string, error) {
	if err := d.admin(ctx, d.cluster.AdminURL(), "create database "+name); err != nil {
		return "", err
	}
	config, err := pgx.ParseConfig(d.cluster.AdminURL())
	if err != nil {
		return "", err
	}
	url := fmt.Sprintf("postgresql:///%s?host=%s&user=%s", name, config.Host, config.User)
	return url, d.admin(ctx, url, "create extension postgis")
}

func (d database) drop(ctx context.Context, name string) error {
	return d.admin(ctx, d.cluster.AdminURL(), "drop database "+name+" with (force)")
}

func (d database) admin(ctx context.Context, url, statement string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

// seconds is the CPU time of all backends that have ended so far: the
// postmaster waits for each, so the kernel adds theirs to its own (proc(5),
// /proc/pid/stat, cutime and cstime).
func (d database) seconds() (float64, error) {
	lock, err := os.ReadFile(filepath.Join(d.dir, "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	pid, _, _ := strings.Cut(string(lock), "\n")
	stat, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	const cutime, ticks = 13, 100 // counted from the field after the name; USER_HZ is 100 on Linux
	ended := 0
	for _, field := range fields[cutime : cutime+2] {
		n, err := strconv.Atoi(field)
		if err != nil {
			return 0, err
		}
		ended += n
	}
	return float64(ended) / ticks, nil
}
