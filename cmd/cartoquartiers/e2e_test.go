package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/pg/pgtest"
)

// filled is the environment of a program on a database that holds the invented town.
func filled(t *testing.T) []string {
	t.Helper()
	env := []string{"DATABASE_URL=" + pgtest.URL(t), "CARTOQUARTIERS_DATA=" + t.TempDir()}
	if status := start(t, env, "import", "demo").exit(); status != exitDone {
		t.Fatalf("import demo: %d", status)
	}
	return env
}

// slowPath is answered by the database, so that a lock can hold it up.
const slowPath = "/ogc/collections/places/items?q=bouillon"

// hold locks what slowPath reads, until the returned function is called.
func hold(t *testing.T, env []string) (release func()) {
	t.Helper()
	address := strings.TrimPrefix(env[0], "DATABASE_URL=")
	connection, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := connection.Exec(t.Context(), `begin; lock table published_places in access exclusive mode`); err != nil {
		t.Fatal(err)
	}
	release = sync.OnceFunc(func() { _ = connection.Close(context.Background()) }) // the server rolls back
	t.Cleanup(release)
	return release
}

// later asks in the background.
func (p *program) later(path string) <-chan answer {
	answered := make(chan answer, 1)
	go func() {
		got, err := p.get(path)
		if err != nil {
			got.body = err.Error()
		}
		answered <- got
	}()
	return answered
}

// waitInFlight waits until so many requests are being answered, besides the question itself.
func (p *program) waitInFlight(count int) {
	p.t.Helper()
	want := fmt.Sprintf("\ncartoquartiers_http_requests_in_flight %d\n", count+1)
	eventually(p.t, want, func() bool {
		got, err := p.get("/metrics")
		return err == nil && strings.Contains(got.body, want)
	})
}

func TestEmbeddedLife(t *testing.T) {
	t.Parallel()
	data := "CARTOQUARTIERS_DATA=" + publicDir(t)
	env := []string{data}
	if status := start(t, env, "import", "demo").exit(); status != exitDone {
		t.Fatalf("import demo: %d", status)
	}

	first := serve(t, env).ready()
	before := first.mustGet("/ogc/collections/places/items?limit=1000", http.StatusOK)
	first.mustGet("/readyz", http.StatusOK)

	t.Run("a second server on the same data is refused in a sentence", func(t *testing.T) {
		second := start(t, env, "serve", "--addr", "127.0.0.1:0")
		if status := second.exit(); status != exitFailed || !strings.Contains(second.stderr.String(), " already uses ") {
			t.Errorf("%d %s", status, second.stderr)
		}
	})
	t.Run("a command beside the server uses its database", func(t *testing.T) {
		beside := start(t, env, "migrate")
		if status := beside.exit(); status != exitDone {
			t.Errorf("%d %s", status, beside.stderr)
		}
		first.mustGet("/readyz", http.StatusOK)
	})

	// kill -9 leaves the database an orphan; the next start finds it, with everything in it.
	first.signal(syscall.SIGKILL)
	first.exit()
	second := serve(t, env).ready()
	after := second.mustGet("/ogc/collections/places/items?limit=1000", http.StatusOK)
	if strings.Count(after.body, `"Feature"`) != strings.Count(before.body, `"Feature"`) {
		t.Error("places were lost by kill -9")
	}

	second.signal(syscall.SIGTERM)
	if status := second.exit(); status != exitDone {
		t.Errorf("SIGTERM: exit %d", status)
	}
	pidFile := filepath.Join(strings.TrimPrefix(data, "CARTOQUARTIERS_DATA="), "postgres", "postmaster.pid")
	if _, err := os.Stat(pidFile); !os.IsNotExist(err) {
		t.Errorf("postgres still runs: %v", err)
	}
}

// relay is a database that can be away: it passes TCP on to the real one while it is open.
type relay struct {
	t           *testing.T
	target      string // socket of the database
	address     string
	mu          sync.Mutex
	listener    net.Listener
	connections []net.Conn
}

// newRelay reserves an address where nothing answers yet, and gives the URL of the database there.
func newRelay(t *testing.T, database, password string) (*relay, string) {
	t.Helper()
	config, err := pgx.ParseConfig(database)
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{t: t, target: fmt.Sprintf("%s/.s.PGSQL.%d", config.Host, config.Port), address: "127.0.0.1:0"}
	r.open()
	r.address = r.listener.Addr().String()
	r.close()
	t.Cleanup(r.close)
	there := url.URL{Scheme: "postgres", User: url.UserPassword(config.User, password), Host: r.address, Path: "/" + config.Database, RawQuery: "sslmode=disable"}
	return r, there.String()
}

func (r *relay) open() {
	listener, err := net.Listen("tcp", r.address)
	if err != nil {
		r.t.Fatal(err)
	}
	r.mu.Lock()
	r.listener = listener
	r.mu.Unlock()
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("unix", r.target)
			if err != nil {
				from.Close()
				continue
			}
			r.mu.Lock()
			r.connections = append(r.connections, from, to)
			r.mu.Unlock()
			go func() { _, _ = io.Copy(to, from); to.Close() }()
			go func() { _, _ = io.Copy(from, to); from.Close() }()
		}
	}()
}

// close cuts every connection too, as a crashed machine would.
func (r *relay) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.listener.Close()
	for _, connection := range r.connections {
		connection.Close()
	}
	r.connections = nil
}

func TestDatabaseComesAndGoes(t *testing.T) {
	t.Parallel()
	const password = "tournesol-42"
	env := filled(t)
	database, away := newRelay(t, strings.TrimPrefix(env[0], "DATABASE_URL="), password)

	p := serve(t, []string{"DATABASE_URL=" + away, "CARTOQUARTIERS_LOG_LEVEL=debug"})
	p.stderr.waitFor(t, "waiting for the database")
	p.mustGet("/livez", http.StatusOK)
	if got := p.mustGet("/readyz", http.StatusServiceUnavailable); !strings.Contains(got.body, "the database does not answer") {
		t.Errorf("readyz says %s", got.body)
	}
	for _, path := range []string{"/", "/ogc/collections/places/items"} {
		if got := p.mustGet(path, http.StatusServiceUnavailable); got.header.Get("Retry-After") == "" ||
			got.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s before it is ready: %v", path, got.header)
		}
	}

	database.open()
	p.ready()
	p.mustGet("/readyz", http.StatusOK)
	p.mustGet("/ogc/collections/places/items?limit=10", http.StatusOK)

	database.close()
	eventually(t, "not ready without database", func() bool {
		got, err := p.get("/readyz")
		return err == nil && got.status == http.StatusServiceUnavailable
	})
	p.mustGet("/livez", http.StatusOK)
	p.mustGet("/ogc/collections/places/items?limit=10", http.StatusOK) // from memory

	database.open()
	eventually(t, "ready again", func() bool {
		got, err := p.get("/readyz")
		return err == nil && got.status == http.StatusOK
	})

	if said := p.stdout.String() + p.stderr.String(); strings.Contains(said, password) {
		t.Errorf("the password is printed:\n%s", said)
	}
}

func TestPasswordIsNeverPrinted(t *testing.T) {
	t.Parallel()
	const password = "tournesol-42"
	for _, address := range []string{
		"postgres://carto:" + password + "@127.0.0.1:1/carto",
		"postgres://carto:" + password + "@127.0.0.1:port/carto",
		"postgres://carto:" + password + "%zz@127.0.0.1/carto",
		"host=127.0.0.1 port=1 user=carto password=" + password,
	} {
		for _, command := range [][]string{{"migrate"}, {"import", "demo"}, {"--database-url", address, "migrate"}, {"migrate", "--help"}, {"migrate", "--no-such"}} {
			p := start(t, []string{"DATABASE_URL=" + address, "CARTOQUARTIERS_LOG_LEVEL=debug"}, command...)
			status := p.exit()
			if said := p.stdout.String() + p.stderr.String(); strings.Contains(said, password) {
				t.Errorf("%v prints the password:\n%s", command, said)
			}
			if !slices.Contains(command, "--help") && (status == exitDone || p.stderr.String() == "") {
				t.Errorf("%v: exit %d, says %q", command, status, p.stderr)
			}
		}
	}
}

func TestRunningRequestsFinish(t *testing.T) {
	t.Parallel()
	env := filled(t)
	p := serve(t, env).ready()
	release := hold(t, env)
	answered := p.later(slowPath)
	p.waitInFlight(1)

	p.signal(syscall.SIGTERM)
	eventually(t, "no new connections", func() bool {
		connection, err := net.Dial("tcp", p.addr)
		if err == nil {
			connection.Close()
		}
		return err != nil
	})
	release()
	if got := <-answered; got.status != http.StatusOK || !strings.Contains(got.body, "Le Bouillon") {
		t.Errorf("the running request got %d %s", got.status, got.body)
	}
	if status := p.exit(); status != exitDone {
		t.Errorf("exit %d", status)
	}
}

func TestAskedTwiceItStopsAtOnce(t *testing.T) {
	t.Parallel()
	env := filled(t)
	p := serve(t, env).ready()
	hold(t, env)
	p.later(slowPath)
	p.waitInFlight(1)
	p.signal(syscall.SIGINT)
	eventually(t, "stopped", func() bool {
		_ = p.cmd.Process.Signal(syscall.SIGINT) // it may have ended
		select {
		case <-p.exited:
			return true
		default:
			return false
		}
	})
	if status := p.exit(); status != exitInterrupted {
		t.Errorf("exit %d, want %d", status, exitInterrupted)
	}
}

func TestTooManyAtOnce(t *testing.T) {
	t.Parallel()
	env := filled(t)
	p := serve(t, env, "--max-requests", "1").ready()
	release := hold(t, env)
	answered := p.later(slowPath)
	p.waitInFlight(1)

	refused := p.mustGet("/lieux", http.StatusServiceUnavailable)
	if refused.header.Get("Retry-After") != "1" || refused.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("refused with %v", refused.header)
	}
	p.mustGet("/livez", http.StatusOK) // operators are let in
	if metrics := p.mustGet("/metrics", http.StatusOK); !strings.Contains(metrics.body, "\ncartoquartiers_http_requests_refused_total 1\n") {
		t.Error("the refusal is not counted")
	}
	release()
	if got := <-answered; got.status != http.StatusOK {
		t.Errorf("the first got %d %s", got.status, got.body)
	}
	p.mustGet("/lieux", http.StatusOK)
}

func TestWorkHasAnEnd(t *testing.T) {
	t.Parallel()
	env := filled(t)
	p := serve(t, env, "--max-work", "200ms").ready()
	hold(t, env)
	got := p.mustGet(slowPath, http.StatusServiceUnavailable)
	if got.header.Get("Content-Type") != "application/problem+json" || !strings.Contains(got.body, "/problems/unavailable") {
		t.Errorf("%v %s", got.header, got.body)
	}
}

func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	p := serve(t, []string{"DATABASE_URL=" + pgtest.URL(t)}).ready()
	request, err := http.NewRequest(http.MethodPost, "http://"+p.addr+"/api/v1/search", strings.NewReader(strings.Repeat("x", maxBody+1)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Expect", "100-continue") // a body on its way would meet a connection that is closed
	got, err := ask(request)
	if err != nil || got.status != http.StatusRequestEntityTooLarge || !strings.Contains(got.body, "/problems/too-large") {
		t.Errorf("%d %s %v", got.status, got.body, err)
	}
}

// What a policy without 'unsafe-inline' would make a browser refuse.
var inline = regexp.MustCompile(`(?i)<script(?:\s+(?:nonce|type="(?:module|text/javascript)")[^>]*)?>[^<]|<style|\sstyle="|\son[a-z]+="|javascript:`)

func TestEveryFaceIsGuarded(t *testing.T) {
	t.Parallel()
	p := serve(t, filled(t)).ready()
	for _, path := range []string{
		"/", "/lieux", "/lieux/1", "/donnees", "/a-propos", "/no/such/page", "/lieux/999999", "/embed", "/integrer", "/imprimer", "/style.json",
		"/ogc", "/ogc/collections/places/items?limit=2", "/ogc/collections/places/items?f=html&limit=2", "/ogc/collections/places/items?f=csv",
		"/ogc/collections/places/items?nonsense=1", "/api/openapi.json", "/api/docs", "/api/nothing",
		"/tiles/places.json", "/tiles/places/12/2015/1444.mvt", "/tiles/places/99/0/0.mvt",
		"/livez", "/readyz", "/metrics",
	} {
		got, err := p.get(path)
		if err != nil {
			t.Fatal(err)
		}
		policy := got.header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") {
			t.Errorf("%s: policy %q", path, policy)
		}
		if got.header.Get("X-Content-Type-Options") != "nosniff" || got.header.Get("X-Request-Id") == "" || got.status >= 500 {
			t.Errorf("%s: %d %v", path, got.status, got.header)
		}
		if found := inline.FindString(got.body); strings.HasPrefix(got.header.Get("Content-Type"), "text/html") && found != "" {
			t.Errorf("%s holds %q, which its own policy forbids", path, found)
		}
		if len(got.header.Values("Set-Cookie")) > 0 {
			t.Errorf("%s sets a cookie", path)
		}
	}
}

func TestMetricsAndLogsNameRoutes(t *testing.T) {
	t.Parallel()
	p := serve(t, filled(t)).ready()
	p.mustGet("/lieux/1?q=intime", http.StatusOK)
	p.mustGet("/ogc/collections/places/items/1", http.StatusOK)
	for range 2 {
		p.mustGet("/tiles/places/12/2015/1444.mvt", http.StatusOK)
	}
	for range 3 { // the second time it is kept
		p.mustGet("/ogc/collections/places/items?limit=10", http.StatusOK)
	}
	metrics := p.mustGet("/metrics", http.StatusOK).body
	for _, want := range []string{
		`cartoquartiers_http_requests_total{method="GET",route="/ogc/collections/places/items/{`,
		`cartoquartiers_http_requests_total{method="GET",route="/tiles/places/{z}/{x}/{y}.mvt",status="200"} 2`,
		`cartoquartiers_http_request_duration_seconds_count{route="/lieux/{`,
		"cartoquartiers_snapshot_places 299", "cartoquartiers_snapshot_lag_seconds ", "cartoquartiers_pool_connections_max ",
		"go_goroutines ",
		"cartoquartiers_tile_cache_hits_total 1", "cartoquartiers_tile_cache_misses_total 1", "cartoquartiers_tile_cache_bytes ",
		"cartoquartiers_items_cache_hits_total 1", "cartoquartiers_items_cache_misses_total 2", "cartoquartiers_items_cache_bytes ",
		`cartoquartiers_http_requests_total{method="GET",route="/ogc/collections/places/items",status="200"} 3`,
	} {
		if !strings.Contains(metrics, "\n"+want) {
			t.Errorf("no line %q", want)
		}
	}
	line := p.stderr.waitFor(t, `"path":"/lieux/1"`)
	if !strings.Contains(line, `"route":"/lieux/{`) || !strings.Contains(line, `"request_id":"`) || strings.Contains(line, "intime") {
		t.Errorf("logged %s", line)
	}
}

func TestUnusableAddresses(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, c := range []struct {
		addr   string
		status int
		says   string
	}{
		{taken.Addr().String(), exitFailed, "is used by another program"},
		{"nowhere", exitMisused, "--addr takes HOST:PORT"},
		{"127.0.0.1:http-but-not-quite", exitMisused, "--addr takes HOST:PORT"},
	} {
		p := start(t, nil, "serve", "--addr", c.addr)
		if status := p.exit(); status != c.status || !strings.Contains(p.stderr.String(), c.says) || strings.Count(p.stderr.String(), "\n") != 1 {
			t.Errorf("%s: %d %s", c.addr, status, p.stderr)
		}
	}
}
