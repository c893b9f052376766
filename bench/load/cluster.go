package load

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/pg/embedded"
)

// Cluster makes databases for programs that are measured, and knows what PostgreSQL
// spent on them.
type Cluster struct {
	*embedded.Cluster
	Dir string // of its data
}

// Fresh makes a database with PostGIS and gives its URL.
func (c Cluster) Fresh(ctx context.Context, name string) (string, error) {
	if err := c.admin(ctx, c.AdminURL(), "create database "+name); err != nil {
		return "", err
	}
	config, err := pgx.ParseConfig(c.AdminURL())
	if err != nil {
		return "", err
	}
	url := fmt.Sprintf("postgresql:///%s?host=%s&user=%s", name, config.Host, config.User)
	return url, c.admin(ctx, url, "create extension postgis")
}

// Drop ends a database that Fresh made.
func (c Cluster) Drop(ctx context.Context, name string) error {
	return c.admin(ctx, c.AdminURL(), "drop database "+name+" with (force)")
}

func (Cluster) admin(ctx context.Context, url, statement string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

// BackendSeconds is the CPU time of all backends that have ended so far: the
// postmaster waits for each, so the kernel adds theirs to its own (proc(5),
// /proc/pid/stat, cutime and cstime).
func (c Cluster) BackendSeconds() (float64, error) {
	lock, err := os.ReadFile(filepath.Join(c.Dir, "postmaster.pid"))
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
