package load

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Working is the CPU time that this process and the backends have used so far.
// Backends of another machine cannot be seen and count as nothing.
func Working(backends []int) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	total := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	for _, pid := range backends {
		total += workOf(pid)
	}
	return total
}

// workOf reads utime and stime, fields 14 and 15 of /proc/PID/stat: proc(5).
func workOf(pid int) time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	const userTime, systemTime, perSecond = 14 - 3, 15 - 3, 100
	user, _ := strconv.Atoi(fields[userTime]) // the kernel writes numbers
	system, _ := strconv.Atoi(fields[systemTime])
	return time.Duration(user+system) * time.Second / perSecond
}

// Backends opens every connection of the pool and gives the processes behind all
// connections to its database, whosever they are.
func Backends(ctx context.Context, pool *pgxpool.Pool) ([]int, error) {
	var held []*pgxpool.Conn
	defer func() {
		for _, conn := range held {
			conn.Release()
		}
	}()
	for range pool.Config().MaxConns {
		conn, err := pool.Acquire(ctx)
		if err != nil {
			return nil, err
		}
		held = append(held, conn)
	}
	var pids []int
	err := held[0].QueryRow(ctx, `
		select array_agg(pid)
		from pg_stat_activity
		where datname = current_database() and backend_type = 'client backend'`).Scan(&pids)
	return pids, err
}
