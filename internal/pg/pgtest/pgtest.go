// Package pgtest gives each test a database of its own: a copy of a template
// that is migrated once, made in tens of milliseconds and dropped at the end.
//
// All test processes of a user share one cluster. It is the database server of
// $CARTOQUARTIERS_TEST_DATABASE_URL when that is set (the role needs CREATEDB and
// the right to create PostGIS); otherwise a private one below the temporary
// directory, without fsync, that starts with the first test and is stopped by a
// watchdog after the last.
//
// Start with New.
package pgtest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"cartoquartiers/internal/pg"
	"cartoquartiers/internal/pg/embedded"
)

// Variable names the environment variable with a server to use instead of the private cluster.
const Variable = "CARTOQUARTIERS_TEST_DATABASE_URL"

// connections is the size of a test's pool: enough for tests about concurrency,
// and few enough for all packages at once on one server.
const connections = 10

// New is a pool on a fresh, migrated, empty database. Both go at the end of the
// test. Safe in parallel tests and in any number of test processes.
func New(t testing.TB, options ...pg.Option) *pgxpool.Pool {
	t.Helper()
	pool, err := pg.Open(context.Background(), URL(t), append([]pg.Option{pg.MaxConns(connections)}, options...)...)
	if err != nil {
		t.Fatalf("open the test database: %v", err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// URL is New for code that connects by itself: the address of a fresh database.
// Connections that are still open at the end of the test are cut.
func URL(t testing.TB) string {
	t.Helper()
	server, err := shared()
	if err != nil {
		t.Fatalf("the test database server: %v", err)
	}
	return server.address(server.create(t, " template "+server.template))
}

// EmptyURL is URL without the schema: a fresh database with PostGIS and nothing
// else, for tests of migrations.
func EmptyURL(t testing.TB) string {
	t.Helper()
	server, err := shared()
	if err != nil {
		t.Fatalf("the test database server: %v", err)
	}
	name := server.create(t, "")
	if err := execute(server.database(name).String(), createPostGIS); err != nil {
		t.Fatalf("make the test database: %v", err)
	}
	return server.address(name)
}

// server is where test databases are made.
type server struct {
	admin    string // connects with the right to make databases
	owner    string // the role that tests work as and that owns their databases
	template string
	cluster  *embedded.Cluster // holds our lock on the private cluster until the process ends; nil elsewhere
}

// shared is the server of this process, found once. A process-wide value, since
// the cluster belongs to the test process and not to one of its tests.
var shared = sync.OnceValues(func() (*server, error) {
	ctx := context.Background()
	s, err := find(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.prepare(ctx); err != nil {
		return nil, err
	}
	return s, nil
})

func find(ctx context.Context) (*server, error) {
	s := &server{admin: os.Getenv(Variable)}
	worker := s.admin
	if s.admin == "" {
		cluster, err := embedded.Use(ctx, embedded.Options{
			Dir:       filepath.Join(os.TempDir(), "cartoquartiers-test-"+strconv.Itoa(os.Getuid()), "postgres"),
			Throwaway: true,
		})
		if err != nil {
			return nil, err
		}
		s.cluster, s.admin, worker = cluster, cluster.AdminURL(), cluster.URL()
	}
	config, err := pgx.ParseConfig(worker)
	if err != nil {
		return nil, err
	}
	s.owner = config.User
	return s, nil
}

// database is the administrator's URL with another database.
func (s *server) database(name string) *url.URL {
	u, err := url.Parse(s.admin)
	if err != nil {
		panic("pgtest: " + Variable + " must be a URL") // pgx has read it, but it takes other forms too
	}
	u.Path = "/" + name
	return u
}

// address is the URL of a database for the role that tests work as.
func (s *server) address(name string) string {
	u := s.database(name)
	if s.cluster != nil {
		u.User = url.User(s.owner)
	}
	return u.String()
}

// create makes a database for one test and gives its name.
func (s *server) create(t testing.TB, template string) string {
	t.Helper()
	name := clonePrefix + strings.ToLower(rand.Text()[:16])
	if err := execute(s.admin, "create database "+name+template+" owner "+s.owner); err != nil {
		t.Fatalf("make the test database: %v", err)
	}
	t.Cleanup(func() {
		if err := execute(s.admin, "drop database "+name+" with (force)"); err != nil {
			t.Errorf("drop the test database: %v", err)
		}
	})
	return name
}

// execute runs statements one by one on a connection of its own.
func execute(url string, statements ...string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
