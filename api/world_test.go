package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"

	"cartoquartiers/api"
	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/internal/photos/store"
	"cartoquartiers/moderation"
	"cartoquartiers/moderation/following"
	"cartoquartiers/moderation/publiclog"
	"cartoquartiers/places"
	"cartoquartiers/places/snapshot"
)

var (
	taxonomy = places.ShippedTaxonomy()
	noon     = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
)

// world is a server over a database of its own.
type world struct {
	t     testing.TB
	pool  *pgxpool.Pool
	store *snapshot.Store
	road  *moderation.Road
	url   string
	log   *logWorld // the public log of this world: its key, and a sequencer on demand
	token string    // that the contract test sends
	leaf  string    // hash of an entry of the log, see inTheLog
	item  string    // name of an import
	file  string    // of a published photo
}

func newWorld(t testing.TB, drafts ...places.Draft) *world {
	t.Helper()
	return newWorldWith(t, func(*api.Deps) {}, drafts...)
}

// newWorldWith changes what the server is made of.
func newWorldWith(t testing.TB, change func(*api.Deps), drafts ...places.Draft) *world {
	t.Helper()
	w := &world{t: t, pool: pgtest.New(t), road: moderation.DefaultRoad(taxonomy)}
	w.writeNeighbourhoods()
	w.publish(noon, drafts...)
	var err error
	clock := func() time.Time { return noon }
	if w.store, err = snapshot.Open(t.Context(), w.pool, snapshot.Options{Clock: clock, Logger: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.store.Close)
	w.log = &logWorld{db: w.pool, dir: t.TempDir()}
	if w.log.signer, err = publiclog.OpenSigner(t.Context(), w.pool, w.log.dir, "carte.example.fr/log"); err != nil {
		t.Fatal(err)
	}
	w.road.Signer = w.log.signer
	if w.road.Photos, err = store.Open(t.Context(), "", t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.road.Photos.Close() })
	door, err := accounts.NewDoor(accounts.DoorOptions{DB: w.pool, Clock: clock, BehindProxy: true})
	if err != nil {
		t.Fatal(err)
	}
	letters, err := following.New(following.Letters{DB: w.pool, Clock: clock, BaseURL: "https://carte.example.fr", Taxonomy: taxonomy})
	if err != nil {
		t.Fatal(err)
	}
	deps := api.Deps{
		Letters: letters,
		Pool:    w.pool, Snapshot: w.store, Taxonomy: taxonomy, Road: w.road, Clock: clock,
		Logger: slog.New(slog.NewTextHandler(testLog{t}, nil)), Version: "test", Door: door, LogKey: w.log.signer.PublicKey(),
	}
	if deps.Intake, err = moderation.NewIntake(w.pool); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(deps.Intake.Close)
	change(&deps)
	handler, err := api.New(deps)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

// testLog writes what the server logs, errors all of them, into the test's output.
type testLog struct{ t testing.TB }

func (l testLog) Write(line []byte) (int, error) {
	l.t.Logf("server: %s", line)
	return len(line), nil
}

// writeNeighbourhoods makes two, side by side at the equator, and a third around Fiji's antimeridian.
func (w *world) writeNeighbourhoods() {
	w.t.Helper()
	_, err := w.pool.Exec(w.t.Context(), `
		insert into neighbourhoods (code, name, level, source, ref, area) values
			('ouest', 'Quartier Ouest', 10, 'osm', 'relation/1', st_multi(st_makeenvelope(0, 0, 1, 2, 4326))),
			('est', 'Quartier de l''Est', 10, 'osm', 'relation/2', st_multi(st_makeenvelope(1, 0, 2, 2, 4326))),
			('port', 'Le Port', 11, 'osm', 'relation/3', st_multi(st_makeenvelope(0.2, 0.2, 0.6, 0.6, 4326)))`)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err = w.pool.Exec(w.t.Context(), `update neighbourhoods set parent = 'ouest' where code = 'port'`); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) publish(at time.Time, drafts ...places.Draft) []places.Published {
	w.t.Helper()
	published, err := places.Publish(context.Background(), w.pool, taxonomy, places.Cause{At: at}, drafts)
	if err != nil {
		w.t.Fatal(err)
	}
	if w.store != nil && len(published) > 0 {
		if err := w.store.WaitFor(w.t.Context(), published[len(published)-1].Seq); err != nil {
			w.t.Fatal(err)
		}
	}
	return published
}

// draft is a place of a category at a position, from OpenStreetMap.
func draft(name, category string, lon, lat float64) places.Draft {
	found, ok := taxonomy.Category(category)
	if !ok {
		panic("no category " + category)
	}
	osm := places.Provenance{Source: "osm", Licence: places.LicenceODbL, At: noon, Version: 3}
	d := places.Draft{
		Document: places.Document{
			Kind: found.Kind, Category: category, State: places.Open, Position: orb.Point{lon, lat},
			Identifiers: map[string]string{places.IdentifierOSM: "node/1"},
			Private:     map[string]json.RawMessage{"code": json.RawMessage(`"CANARY"`)},
		},
		Provenance: places.Provenances{"position": osm, "private.code": osm},
	}
	if name != "" {
		d.Document.Name = places.Text{places.Undetermined: name}
	}
	return d
}

// crowd is n places of every kind, in and around the neighbourhoods and on both
// sides of the antimeridian.
func crowd(seed uint64, n int) []places.Draft {
	random := rand.New(rand.NewPCG(seed, 1))
	drafts := make([]places.Draft, n)
	words := []string{"Jardin", "École", "Maison", "de quartier", "des Lilas", "Bellevue", "Repair", "café", "du Port", "L'Île"}
	for i := range drafts {
		category := taxonomy.Categories[random.IntN(len(taxonomy.Categories))]
		name := ""
		if random.IntN(3) > 0 {
			name = words[random.IntN(len(words))] + " " + words[random.IntN(len(words))]
		}
		lon, lat := random.Float64()*3-0.5, random.Float64()*3-0.5
		if random.IntN(4) == 0 {
			if lon += 178; lon > 180 {
				lon -= 360
			}
		}
		d := draft(name, category.ID, round7(lon), round7(lat))
		d.Document.State = []places.State{places.Open, places.Open, places.ClosedTemporarily, places.Closed}[random.IntN(4)]
		if random.IntN(2) == 0 {
			d.Document.Wheelchair = places.AllWheelchairs[random.IntN(len(places.AllWheelchairs))]
		}
		if random.IntN(5) == 0 {
			local := places.Provenance{Source: "local", Licence: places.LicenceOuverte, At: noon}
			d.Provenance = places.Provenances{"position": local}
		}
		drafts[i] = d
	}
	return drafts
}

func round7(degrees float64) float64 { return float64(int64(degrees*1e7)) / 1e7 }

// get asks the server; headers are name, value, ….
func (w *world) get(path string, headers ...string) *http.Response {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, address(w.url, path), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := noRedirects.Do(request)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

var noRedirects = &http.Client{
	Transport:     &http.Transport{DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func address(base, path string) string {
	if strings.HasPrefix(path, "http") {
		return path
	}
	return base + path
}

// body is the text of an answer that must have this status.
func (w *world) body(status int, path string, headers ...string) string {
	w.t.Helper()
	response := w.get(path, headers...)
	text, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if response.StatusCode != status {
		w.t.Fatalf("GET %s: %d, want %d: %s", path, response.StatusCode, status, text)
	}
	return string(text)
}

// into decodes a JSON answer.
func (w *world) into(value any, path string, headers ...string) {
	w.t.Helper()
	if err := json.Unmarshal([]byte(w.body(http.StatusOK, path, headers...)), value); err != nil {
		w.t.Fatalf("GET %s: %v", path, err)
	}
}

// list is a GeoJSON page of items.
type list struct {
	Type           string
	NumberMatched  int
	NumberReturned int
	TimeStamp      time.Time
	Attribution    string
	License        string
	Links          []anyLink
	Features       []anyFeature
}

type anyLink struct{ Href, Rel, Type string }

type anyFeature struct {
	ID         any
	Geometry   *struct{ Coordinates json.RawMessage }
	Properties map[string]any
	Links      []anyLink
}

func (l list) next() string { return hrefOf(l.Links, "next") }

func hrefOf(links []anyLink, rel string) string {
	for _, link := range links {
		if link.Rel == rel {
			return link.Href
		}
	}
	return ""
}

func (l list) ids() []string {
	ids := make([]string, len(l.Features))
	for i, feature := range l.Features {
		ids[i] = fmt.Sprint(feature.ID)
	}
	return ids
}
