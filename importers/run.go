package importers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/moderation"
	"cartoquartiers/moderation/publiclog"
	"cartoquartiers/places"
)

// Options says how a run behaves where there is a choice.
type Options struct {
	Taxonomy *places.Taxonomy
	// Territory limits which known records can vanish: those inside. Nil is everywhere.
	// The source limits what it yields by the same area.
	Territory orb.MultiPolygon
	// Neighbourhoods replace those that the source yields, when not nil.
	Neighbourhoods []Boundary
	AcceptVanished bool // pass the mass-vanish guard
	AllowOlder     bool // take a file older than the last one
	DryRun         bool // report and write nothing
	Now            time.Time
	// Stage is told what the run is doing, for a progress display. May be nil.
	Stage func(stage string)
}

// errDryRun rolls a run back after it has reported.
var errDryRun = errors.New("dry run")

// Run imports one file: all of it or nothing, in one transaction, so that
// readers see the map before or the map after. A second run at the same time is
// refused with a Conflict fault; so are an older file and a mass vanishing,
// unless Options allow them. With DryRun the report is the one that the run
// would have given.
func Run(ctx context.Context, db pg.DB, source Source, options Options) (*Report, error) {
	run := &run{source: source, options: options, report: newReport(source, options)}
	err := pg.InTx(ctx, db, func(tx pgx.Tx) error {
		run.tx = tx
		if err := run.everything(ctx); err != nil {
			return err
		}
		if options.DryRun {
			return errDryRun
		}
		return nil
	})
	if err != nil && !errors.Is(err, errDryRun) {
		return nil, fmt.Errorf("import %s: %w", source.File().Name, err)
	}
	return run.report, nil
}

// run is one import under way.
type run struct {
	tx      pgx.Tx
	source  Source
	options Options
	report  *Report
	licence string          // of the source
	rows    []publiclog.Row // of the revisions published

	boundaries []Boundary // that the source yielded

	road    *moderation.Road   // that conflicts and disappearances take
	waiting map[places.ID]bool // for which an earlier run's question is still open
}

func (r *run) everything(ctx context.Context) error {
	steps := []struct {
		stage string
		do    func(context.Context) error
	}{
		{"lock", r.lock},
		{"read", r.stage},
		{"compare", r.compare},
		{"neighbourhoods", r.writeNeighbourhoods},
		{"new", r.publishNew},
		{"changed", r.publishChanged},
		{"vanished", r.closeVanished},
		{"relocate", r.relocate},
		{"territory", r.keepTerritory},
		{"report", r.finish},
		{"analyze", r.analyze},
	}
	for _, step := range steps {
		if r.options.Stage != nil {
			r.options.Stage(step.stage)
		}
		if err := step.do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// importsLock is the advisory lock of the one import at a time.
const importsLock int64 = 0x6371_696d_706f_7274

func (r *run) lock(ctx context.Context) error {
	var taken bool
	if err := r.tx.QueryRow(ctx, `select pg_try_advisory_xact_lock($1)`, importsLock).Scan(&taken); err != nil {
		return err
	}
	if !taken {
		return fault.New(fault.Conflict, "another import is running; nothing was read. Start this one again when it has ended")
	}
	if err := r.findLicence(ctx); err != nil {
		return err
	}
	if err := r.findWaiting(ctx); err != nil {
		return err
	}
	// The row comes first because revisions point at it; finish completes it.
	file := r.source.File()
	return r.tx.QueryRow(ctx, `
		insert into imports (source, file_name, file_sha256, started_at, finished_at, report)
		values ($1, $2, $3, $4, $4, '{}')
		returning id`, r.source.ID(), file.Name, file.SHA256[:], r.options.Now).Scan(&r.report.Import)
}

// analyze tells the planner what came in, so that the first readers do not pay for its ignorance.
func (r *run) analyze(ctx context.Context) error {
	if r.report.Published == 0 {
		return nil
	}
	_, err := r.tx.Exec(ctx, `analyze published_places, places, place_revisions, changes, source_records`)
	return err
}

func (r *run) findLicence(ctx context.Context) error {
	err := r.tx.QueryRow(ctx, `select licence from sources where id = $1`, r.source.ID()).Scan(&r.licence)
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.New(fault.NotFound, "there is no source %q", r.source.ID())
	}
	return err
}

func (r *run) cause() places.Cause {
	return places.Cause{Import: r.report.Import, At: r.options.Now}
}
