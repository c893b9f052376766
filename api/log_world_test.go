package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"

	"cartoquartiers/api"
	"cartoquartiers/importers"
	"cartoquartiers/internal/pg"
	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/moderation/publiclog"
	"cartoquartiers/moderation/publiclog/verify"
	"cartoquartiers/places"
)

// logWorld is a map whose log tells of one of everything: an import and a later
// one, local changes, a hidden place, an erased revision, a merged place, and
// enough contributions for a second level of tiles.
type logWorld struct {
	db      *pgxpool.Pool
	dir     string
	signer  *publiclog.Signer
	receipt publiclog.Receipt // of a contribution that was refused
	hidden  places.ID
	items   int
	figures []byte // the last ones that could be counted
}

const canary = "CANARI-9f2c"

func newLogWorld(t testing.TB) *logWorld {
	t.Helper()
	w := &logWorld{db: pgtest.New(t), dir: t.TempDir()}
	var err error
	if w.signer, err = publiclog.OpenSigner(t.Context(), w.db, w.dir, "carte.example.fr/log"); err != nil {
		t.Fatal(err)
	}
	w.runImport(t, 6, "Nom")
	w.integrate(t)
	w.runImport(t, 7, "Autre nom")
	ids := []places.ID{w.publish(t, localDraft("Médiathèque")), w.publish(t, localDraft("Annexe")), w.publish(t, localDraft(canary)), w.publish(t, localDraft("Double"))}
	edited := localDraft("Médiathèque Jacques Demy")
	edited.Place, edited.Base = ids[0], 1
	edited.Footprint = orb.Polygon{{{2, 48}, {2.001, 48}, {2.001, 48.0015}, {2, 48}}}
	w.publish(t, edited)
	w.withdraw(t, publiclog.Leaf{Event: publiclog.Hidden, Place: ids[2], Reason: "spam"})
	w.withdraw(t, publiclog.Leaf{Event: publiclog.Merged, Place: ids[3], Into: ids[1]})
	w.hidden = ids[2]
	w.erase(t, ids[0], 1)
	w.integrate(t)
	w.receipt = w.contributions(t, 270)
	w.integrate(t)
	return w
}

func (w *logWorld) inTx(t testing.TB, work func(tx pgx.Tx) error) {
	t.Helper()
	if err := pg.InTx(t.Context(), w.db, work); err != nil {
		t.Fatal(err)
	}
}

func (w *logWorld) integrate(t testing.TB) {
	t.Helper()
	sequencer := publiclog.NewSequencer(w.db, w.signer, w.dir)
	if _, err := sequencer.Integrate(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (w *logWorld) item() string {
	w.items++
	return fmt.Sprintf("00000000-0000-4000-8000-%012x", w.items)
}

func (w *logWorld) append(t testing.TB, tx pgx.Tx, leaf publiclog.Leaf) publiclog.Receipt {
	t.Helper()
	leaf.Item, leaf.At = w.item(), noon
	receipt, err := publiclog.Append(t.Context(), tx, leaf)
	if err != nil {
		t.Fatal(err)
	}
	return receipt
}

// town is a source of count libraries.
type town struct {
	count int
	name  string
}

func (town) ID() string           { return "osm" }
func (town) File() importers.File { return importers.File{Name: "town.osm.pbf"} }
func (s town) Read(_ context.Context, sink importers.Sink) (importers.Summary, error) {
	for i := range s.count {
		name := fmt.Sprint("Lieu ", i)
		if i == 0 {
			name = s.name
		}
		ref := fmt.Sprint("node/", i)
		err := sink.Record(importers.Record{
			Ref: ref, Version: 1, Tags: map[string]string{"name": name},
			Document: places.Document{
				Kind: places.Service, Category: "library", State: places.Open, Position: orb.Point{2 + float64(i)/100, 48},
				Name: places.Text{"und": name, "en": "Place"}, Identifiers: map[string]string{"osm": ref, "siret": "123"},
			},
		})
		if err != nil {
			return importers.Summary{}, err
		}
	}
	return importers.Summary{Seen: s.count}, nil
}

func (w *logWorld) runImport(t testing.TB, count int, name string) {
	t.Helper()
	if _, err := importers.Run(t.Context(), w.db, town{count, name}, importers.Options{Taxonomy: taxonomy, Now: noon}); err != nil {
		t.Fatal(err)
	}
}

func localDraft(name string) places.Draft {
	local := places.Provenance{Source: "local", Licence: places.LicenceOuverte, At: noon, Role: "agent"}
	return places.Draft{
		Document: places.Document{
			Kind: places.Service, Category: "library", Categories: []string{"museum"}, State: places.Open, Position: orb.Point{2.5, 48.5},
			Name: places.Text{"fr": name, "en": "Library"}, Description: places.Text{"fr": "Prêt de livres 😀"}, Phone: "+33240000000",
			Extra:   map[string]json.RawMessage{"seats": json.RawMessage(`120.50`), "big": json.RawMessage(`12345678901234567890`)},
			Private: map[string]json.RawMessage{"code": json.RawMessage(`"` + canary + `"`)},
		},
		Provenance: places.Provenances{
			"name.fr": local, "position": local,
			"private.code": {Source: "town", Licence: places.LicenceOuverte, At: noon, Role: "agent"},
		},
	}
}

// publish publishes a draft as a decision does: revision and leaf in one transaction.
func (w *logWorld) publish(t testing.TB, draft places.Draft) (id places.ID) {
	t.Helper()
	w.inTx(t, func(tx pgx.Tx) error {
		published, err := places.Publish(t.Context(), tx, taxonomy, places.Cause{At: noon}, []places.Draft{draft})
		if err != nil {
			return err
		}
		id = published[0].Place
		w.append(t, tx, publiclog.Leaf{
			Event: publiclog.Decided, Outcome: "accepted", Rule: "agent-own-territory",
			Place: id, Revision: published[0].Revision, Commitment: published[0].Commitment,
		})
		return nil
	})
	return id
}

// withdraw takes a place out of what is published.
func (w *logWorld) withdraw(t testing.TB, leaf publiclog.Leaf) {
	t.Helper()
	w.inTx(t, func(tx pgx.Tx) error {
		w.append(t, tx, leaf)
		_, err := tx.Exec(t.Context(), `delete from published_places where id = $1`, leaf.Place)
		return err
	})
}

func (w *logWorld) erase(t testing.TB, place places.ID, revision int) {
	t.Helper()
	w.inTx(t, func(tx pgx.Tx) error {
		w.append(t, tx, publiclog.Leaf{Event: publiclog.Erased, Place: place, Revision: revision, Reason: "personal-data"})
		_, err := places.Erase(t.Context(), tx, places.Cause{At: noon}, place, []int{revision})
		return err
	})
}

// contributions are received and refused; the receipt is that of the last one.
func (w *logWorld) contributions(t testing.TB, count int) (receipt publiclog.Receipt) {
	t.Helper()
	w.inTx(t, func(tx pgx.Tx) error {
		for range count {
			receipt = w.append(t, tx, publiclog.Leaf{Event: publiclog.Received, Commitment: places.Commit([32]byte{1}, []byte(canary))})
		}
		w.append(t, tx, publiclog.Leaf{Event: publiclog.Decided, Outcome: "refused", Reason: "out-of-scope"})
		return nil
	})
	receipt.Key = [32]byte{1}
	return receipt
}

// open is the map as the outside sees it, read from db: the log as it is served,
// and the collection straight from the rows, as a server has it that has just started.
func (w *logWorld) open(db pg.DB) http.Handler {
	log := api.NewLog(db, w.signer.PublicKey())
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/ogc/collections/places/items":
		case "/api/v1/figures":
			_, _ = rw.Write(w.count(r.Context(), db))
			return
		default:
			log.ServeHTTP(rw, r)
			return
		}
		rows, err := db.Query(r.Context(), `select feature::text from published_places order by id`)
		if err != nil {
			http.Error(rw, err.Error(), http.StatusInternalServerError)
			return
		}
		var text string
		if _, err := pgx.ForEachRow(rows, []any{&text}, func() error { _, err := fmt.Fprintln(rw, text); return err }); err != nil {
			http.Error(rw, err.Error(), http.StatusInternalServerError)
		}
	})
}

// count is what a server says of the log that db holds. A log that cannot be read
// leaves the figures as they were: its own checks must see it, not these.
func (w *logWorld) count(ctx context.Context, db pg.DB) []byte {
	tally := publiclog.NewTally()
	if tally.Read(ctx, db) == nil {
		w.figures, _ = json.Marshal(tally.Figures(noon, 7))
	}
	return w.figures
}

// direct answers requests without a network.
type direct struct{ handler http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	d.handler.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

// look verifies the map that db holds.
func (w *logWorld) look(t testing.TB, db pg.DB, change ...func(*verify.Options)) *verify.Report {
	t.Helper()
	options := verify.Options{
		URL: "http://carte.example.fr", Client: &http.Client{Transport: direct{w.open(db)}},
		Clock: func() time.Time { return noon.Add(time.Hour) },
	}
	for _, apply := range change {
		apply(&options)
	}
	report, err := verify.Run(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// everythingPublic is every byte that the log's addresses show.
func (w *logWorld) everythingPublic(t testing.TB) []byte {
	t.Helper()
	var all bytes.Buffer
	var requests atomic.Int64
	handler := w.open(w.db)
	recording := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, r)
		requests.Add(1)
		all.Write(recorder.Body.Bytes())
		for name, values := range recorder.Header() {
			fmt.Fprintln(&all, name, values)
			rw.Header()[name] = values
		}
		rw.WriteHeader(recorder.Code)
		_, _ = rw.Write(recorder.Body.Bytes())
	})
	w.look(t, w.db, func(o *verify.Options) {
		o.Client = &http.Client{Transport: direct{recording}}
		o.Receipt = w.promise(t, w.receipt)
	})
	if requests.Load() < 10 {
		t.Fatalf("only %d addresses were asked", requests.Load())
	}
	return all.Bytes()
}

func (w *logWorld) promise(t testing.TB, receipt publiclog.Receipt) string {
	t.Helper()
	text, err := w.signer.Promise(receipt)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
