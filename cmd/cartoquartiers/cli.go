package main

import (
	"io"
	"log/slog"

	"github.com/alecthomas/kong"
)

// cli is the command line, in the order that --help shows it.
type cli struct {
	globals

	Serve   serveCommand   `cmd:"" help:"Start the map: pages, API, tiles."`
	Import  importCommand  `cmd:"" help:"Bring in outside data."`
	Basemap basemapCommand `cmd:"" help:"The map under the places."`
	Export  exportCommand  `cmd:"" help:"Write the published places as GeoJSON or CSV."`
	Migrate migrateCommand `cmd:"" help:"Bring the database to the schema of this version."`
	Log     logCommand     `cmd:"" help:"The public log: its key, and checking it."`
	Mail    mailCommand    `cmd:"" help:"Mail: addresses that bounce."`
	User    userCommand    `cmd:"" help:"Users: who has a role, and where."`
	Org     orgCommand     `cmd:"" help:"Organisations that members act for."`
	Policy  policyCommand  `cmd:"" help:"The rules by which contributions are decided at once."`
	Token   tokenCommand   `cmd:"" help:"API tokens: who may do what by program."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// globals are the flags that every command takes; docs/operate.md has them all in one table.
type globals struct {
	DatabaseURL string `name:"database-url" env:"DATABASE_URL" placeholder:"URL" help:"PostGIS database to use, postgres://user:password@host:5432/name. Without it, a private PostGIS runs in the data directory."`
	Data        string `env:"CARTOQUARTIERS_DATA" default:"./data" type:"path" placeholder:"DIR" help:"Data directory (default: ./data)."`
	LogFormat   string `env:"CARTOQUARTIERS_LOG_FORMAT" enum:"text,json" default:"text" help:"How to write logs on standard error: text or json."`
	LogLevel    string `env:"CARTOQUARTIERS_LOG_LEVEL" enum:"debug,info,warn,error" default:"info" help:"The least important logs to write: debug, info, warn or error."`
}

// environment is what a command is handed besides its own flags.
type environment struct {
	globals
	stdout, stderr io.Writer
}

const description = `The collaborative map of a town's services and initiatives.

  cartoquartiers serve                      the map on http://localhost:8080
  cartoquartiers import osm town.osm.pbf    fill it from OpenStreetMap
  cartoquartiers export --format csv        take everything out

Each command explains itself: cartoquartiers serve --help`

func newParser(commands *cli, stdout, stderr io.Writer) (*kong.Kong, error) {
	return kong.New(commands,
		kong.Name("cartoquartiers"),
		kong.Description(description),
		kong.Writers(stdout, stderr),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
}

// logger writes to standard error, so that standard output stays for what was asked for.
func (e *environment) logger() *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(e.LogLevel)) // the parser lets only known levels through
	options := &slog.HandlerOptions{Level: level}
	if e.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(e.stderr, options))
	}
	return slog.New(slog.NewTextHandler(e.stderr, options))
}
