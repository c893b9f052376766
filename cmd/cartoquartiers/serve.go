package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/mail"
	"strconv"
	"strings"
	"syscall"
	"time"

	"cartoquartiers/api"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/httpkit"
	"cartoquartiers/internal/pg"
	"cartoquartiers/internal/pg/embedded"
	"cartoquartiers/internal/photos/store"
	"cartoquartiers/moderation"
	"cartoquartiers/moderation/publiclog"
	"cartoquartiers/places/snapshot"
	"cartoquartiers/tiles"
	"cartoquartiers/tiles/basemap"
)

type serveCommand struct {
	Addr        string `env:"CARTOQUARTIERS_ADDR" default:"localhost:8080" placeholder:"HOST:PORT" help:"Where to listen (default: localhost:8080). :8080 listens on every address of the machine."`
	BaseURL     string `name:"base-url" env:"CARTOQUARTIERS_BASE_URL" placeholder:"URL" help:"Address that the public uses, https://carte.example.fr, when a proxy stands in front. Without it, links say what each request said."`
	BehindProxy bool   `env:"CARTOQUARTIERS_BEHIND_PROXY" help:"Tell visitors apart by the last address in X-Forwarded-For, which the proxy in front must add. Without it, everybody behind one proxy shares one quota."`
	PhotosURL   string `name:"photos-url" env:"CARTOQUARTIERS_PHOTOS_URL" placeholder:"URL" help:"Where photos are kept: s3://bucket?region=eu-west-3&prefix=carte/, or file:///srv/photos. Without it, in the directory photos of the data directory. Nothing else may be in it."`
	Contact     string `env:"CARTOQUARTIERS_CONTACT" placeholder:"ADDRESS" help:"Where people write to the town: an e-mail address or a page, https://…. The accessibility statement gives it, as the law asks."`
	policyFlag
	signInFlags
	oidcFlags
	Community   bool          `env:"CARTOQUARTIERS_COMMUNITY" help:"Let residents with an account vote on what waits: three for and at most one against accept it after two days, or what the policy says."`
	MaxRequests int           `env:"CARTOQUARTIERS_MAX_REQUESTS" default:"256" placeholder:"N" help:"Requests answered at the same time; more get 503 and Retry-After (default: 256)."`
	MaxStreams  int           `env:"CARTOQUARTIERS_MAX_STREAMS" default:"100" placeholder:"N" help:"Readers who follow the events at the same time, beside the other requests; more get 503 and Retry-After (default: 100)."`
	TileMemory  int           `env:"CARTOQUARTIERS_TILE_MEMORY" default:"128" placeholder:"MB" help:"Megabytes of compressed tiles to keep; 0 keeps none (default: 128)."`
	MaxWork     time.Duration `env:"CARTOQUARTIERS_MAX_WORK" default:"10s" placeholder:"DURATION" help:"How long a request may work before it is told to try again; downloads of everything are not bound (default: 10s)."`
}

func (serveCommand) Help() string {
	return `Starts the map. Without --database-url it brings its own PostGIS, from the PostgreSQL packages of the system, in
the data directory.

  cartoquartiers serve                               on http://localhost:8080
  cartoquartiers serve --addr :80 --data /srv/carte
  DATABASE_URL=postgres://carto@db/carto cartoquartiers serve --base-url https://carte.example.fr

It listens at once. /livez says that it lives, /readyz whether it has loaded the places, /metrics the rest. SIGINT or
SIGTERM lets running requests finish for 10 seconds, then stops the database too; a second one stops at once.`
}

// Validate is called by kong.
func (c *serveCommand) Validate() error {
	c.BaseURL = strings.TrimSuffix(c.BaseURL, "/")
	if c.MaxRequests < 1 || c.MaxStreams < 1 || c.MaxWork <= 0 || c.TileMemory < 0 {
		return errors.New("--max-requests, --max-streams and --max-work must be more than nothing, --tile-memory no less")
	}
	return c.checkContact()
}

// checkContact makes a link of where people write.
func (c *serveCommand) checkContact() error {
	if c.Contact == "" || strings.HasPrefix(c.Contact, "https://") {
		return nil
	}
	if address, err := mail.ParseAddress(c.Contact); err != nil || address.Address != c.Contact {
		return fmt.Errorf("--contact: %q is neither an e-mail address nor a page that begins with https://", c.Contact)
	}
	c.Contact = "mailto:" + c.Contact
	return nil
}

// drainTime is how long running requests may take to finish once the server is asked to stop.
const drainTime = 10 * time.Second

// server is the program while it serves.
type server struct {
	command  *serveCommand
	env      *environment
	logger   *slog.Logger
	clock    func() time.Time
	metrics  *httpkit.Metrics
	gate     *httpkit.Gate
	http     *http.Server
	stopping chan struct{}      // closed when no new request is taken
	cut      context.CancelFunc // ends the requests that still run
	database *embedded.Database // nil until connected
	snapshot *snapshot.Store    // nil until loaded
	kept     *tiles.Source      // tiles; nil until the gate opens
	answers  *api.Answers       // pages of items; likewise
	counter  *publiclog.Counter // of the public log; likewise
	intake   *moderation.Intake // of contributions; likewise
	basemap  *basemap.Served    // the map under the places, where there is one
	signer   *publiclog.Signer  // of receipts; nil when the log cannot be signed here
	stopLog  func()             // ends the sequencer; nil when there is none
	policy   moderation.Policy  // that the road decides by
	road     *moderation.Road   // of every change; nil until connected
	photos   *store.Store       // nil until opened
	public   string             // scheme and host of links in letters
	people   people             // signing in, letters, forgetting; empty until connected
	stopDue  func()             // ends the keeping of deadlines; nil until started
}

func (c *serveCommand) Run(ctx context.Context, env *environment) error {
	policy, err := c.read()
	if err != nil {
		return err
	}
	listener, err := listen(ctx, c.Addr)
	if err != nil {
		return err
	}
	s := newServer(ctx, c, env)
	s.policy, s.public = policy, cmp.Or(c.BaseURL, address(c.Addr, listener.Addr()))
	s.logger.Info("listening", "addr", listener.Addr().String())
	ended := make(chan error, 1)
	go func() { ended <- s.http.Serve(listener) }()

	if err = s.start(ctx); err == nil {
		fmt.Fprintf(env.stdout, "CartoQuartiers: %s\n", address(c.Addr, listener.Addr()))
		select {
		case <-ctx.Done():
		case err = <-ended:
		}
	}
	return errors.Join(err, s.stop(ctx))
}

func newServer(ctx context.Context, command *serveCommand, env *environment) *server {
	s := &server{
		command: command, env: env, logger: env.logger(), clock: time.Now,
		metrics: httpkit.NewMetrics(), gate: httpkit.NewGate("starting the database"),
		stopping: make(chan struct{}),
		basemap:  basemap.NewServed(env.basemapFile(), time.Now),
	}
	// Requests outlive the order to stop, up to drainTime.
	requests, cut := context.WithCancel(context.WithoutCancel(ctx))
	s.cut = cut
	s.http = &http.Server{
		Handler:           s.faces(),
		BaseContext:       func(net.Listener) context.Context { return requests },
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(s.logger.Handler(), slog.LevelWarn),
	}
	s.http.RegisterOnShutdown(func() { close(s.stopping) })
	return s
}

// start does what takes time, then opens the gate.
func (s *server) start(ctx context.Context) (err error) {
	if s.database, err = s.connect(ctx); err != nil {
		return err
	}
	taxonomy, changed, err := storeTaxonomy(ctx, s.database.Pool)
	if err != nil {
		return err
	}
	s.gate.Wait("loading the places")
	s.snapshot, err = snapshot.Open(ctx, s.database.Pool, snapshot.Options{Logger: s.logger, Clock: s.clock})
	if err != nil {
		return fmt.Errorf("load the places: %w", err)
	}
	s.startLog(ctx)
	if s.photos, err = store.Open(ctx, s.command.PhotosURL, s.env.Data); err != nil {
		return err
	}
	if err := s.startPeople(ctx); err != nil {
		return err
	}
	if err := s.startRoad(ctx); err != nil {
		return err
	}
	s.measure()
	if err := s.open(taxonomy); err != nil {
		return err
	}
	go s.followTaxonomy(ctx, changed)
	return nil
}

// connect waits for a database elsewhere, which may start after us; the private
// one either starts or says what is wrong.
func (s *server) connect(ctx context.Context) (*embedded.Database, error) {
	choice := s.env.choice()
	choice.Server = true
	for pause := 250 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		database, err := embedded.Connect(ctx, choice)
		if err == nil || choice.URL == "" || !fault.Is(err, fault.Unavailable) || ctx.Err() != nil {
			return database, err
		}
		s.gate.Wait("the database does not answer")
		s.logger.Warn("waiting for the database", "database", pg.RedactURL(choice.URL), "error", sentence(err), "again_in", pause)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// check is what /readyz asks once everything is loaded.
func (s *server) check(ctx context.Context) error {
	if err := s.database.Ping(ctx); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the database does not answer")
	}
	if !s.snapshot.Ready() {
		return fault.New(fault.Unavailable, "the places have not been compared with the database for %s", s.snapshot.Lag().Round(time.Second))
	}
	return nil
}

// stop lets running requests finish, and then leaves the database.
func (s *server) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	s.logger.Info("stopping")
	if err := s.http.Shutdown(ctx); err != nil {
		s.logger.Warn("requests were cut", "after", drainTime)
		_ = s.http.Close() // the listener is closed already; nothing else can fail
	}
	s.cut()
	if s.stopDue != nil {
		s.stopDue()
	}
	if s.stopLog != nil {
		s.stopLog() // after the last request, so that its leaf is signed too
	}
	if s.photos != nil {
		if err := s.photos.Close(); err != nil {
			s.logger.Warn("the store of photos was not closed", "error", err)
		}
	}
	if s.snapshot != nil {
		s.snapshot.Close()
	}
	if s.intake != nil {
		s.intake.Close()
	}
	if s.database == nil {
		return nil
	}
	return s.database.Close(ctx)
}

// listen gives the two usual mistakes a sentence of their own.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fault.New(fault.Conflict, "%s is used by another program; stop it, or choose another address with --addr", addr)
	case errors.Is(err, syscall.EACCES):
		return nil, fault.New(fault.Forbidden, "listening on %s needs more rights; choose a port above 1023 with --addr", addr)
	case err != nil:
		return nil, misuse{fault.Wrap(fault.Invalid, err, "cannot listen on %q; --addr takes HOST:PORT", addr)}
	}
	return listener, nil
}

// address is what a person on this machine types into a browser.
func address(asked string, listening net.Addr) string {
	host, _, _ := net.SplitHostPort(asked) // it has been listened on, so it is well formed
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	port := ""
	if tcp, ok := listening.(*net.TCPAddr); ok {
		port = strconv.Itoa(tcp.Port)
	}
	return "http://" + net.JoinHostPort(host, port)
}
