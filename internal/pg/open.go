package pg

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"cartoquartiers/internal/fault"
)

// Option changes how Open sets up the pool.
type Option func(*pgxpool.Config)

// StatementTimeout stops a statement that runs longer; zero never stops one.
// Without this option it is 30 seconds.
func StatementTimeout(limit time.Duration) Option {
	return parameter("statement_timeout", strconv.FormatInt(limit.Milliseconds(), 10))
}

// ApplicationName is what pg_stat_activity shows; "cartoquartiers" by default.
func ApplicationName(name string) Option { return parameter("application_name", name) }

// MaxConns bounds the pool; without it, pgx's default: the number of CPUs, at least four.
func MaxConns(count int32) Option {
	return func(config *pgxpool.Config) { config.MaxConns = count }
}

func parameter(name, value string) Option {
	return func(config *pgxpool.Config) { config.ConnConfig.RuntimeParams[name] = value }
}

// Open makes a pool and checks that the database answers.
//
// Sessions run without JIT and without parallel workers: our queries are short,
// and both cost more to start than they give (JIT alone ~50 ms a plan with PostGIS).
// A parameter given in the URL wins over these defaults, an option over both.
// Faults: Invalid when the URL cannot be read, Unavailable when nothing answers;
// neither shows the password.
func Open(ctx context.Context, url string, options ...Option) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		// The cause is left out on purpose: it may quote a part of the password.
		return nil, fault.New(fault.Invalid,
			"the database URL cannot be read; it looks like postgres://user:password@host:5432/database")
	}
	defaults(config.ConnConfig.RuntimeParams)
	for _, option := range options {
		option(config)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "the database %s cannot be used", RedactURL(url))
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fault.Wrap(fault.Unavailable, err, "the database %s does not answer", RedactURL(url))
	}
	return pool, nil
}

func defaults(parameters map[string]string) {
	for name, value := range map[string]string{
		"application_name":                "cartoquartiers",
		"jit":                             "off",
		"max_parallel_workers_per_gather": "0",
		"statement_timeout":               "30000",
		"tcp_keepalives_idle":             "10", // s: what a machine without power holds is let go after some 25
		"tcp_keepalives_interval":         "5",
		"tcp_keepalives_count":            "3",
		"timezone":                        "UTC",
	} {
		if _, given := parameters[name]; !given {
			parameters[name] = value
		}
	}
}

// RedactURL names a database for logs and messages: user, host, port and
// database, built from the parts that are safe rather than by cutting out the
// secret ones. What cannot be read is not repeated.
func RedactURL(url string) string {
	config, err := pgconn.ParseConfig(url)
	if err != nil {
		return "(database URL that cannot be read)"
	}
	return fmt.Sprintf("postgres://%s@%s:%d/%s", config.User, config.Host, config.Port, config.Database)
}
