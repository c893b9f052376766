package following_test

import (
	"context"
	"fmt"
	"html"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/mail"
	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/moderation"
	"cartoquartiers/moderation/following"
	"cartoquartiers/places"
)

var (
	taxonomy = places.ShippedTaxonomy()
	// thursday is a quarter past noon in Paris.
	thursday = time.Date(2026, 4, 30, 10, 15, 0, 0, time.UTC)
)

// world is a town with people who read mail.
type world struct {
	*pgxpool.Pool
	t       *testing.T
	now     time.Time
	road    *moderation.Road
	letters *following.Letters
	post    *mail.Post
	box     []mail.Message // that were sent
	refuse  error          // by the mail server
	rosa    accounts.Actor
	maud    accounts.Actor
	agent   accounts.Actor
}

// Send keeps what is sent.
func (w *world) Send(_ context.Context, m mail.Message) error {
	if w.refuse != nil {
		return w.refuse
	}
	w.box = append(w.box, m)
	return nil
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Pool: pgtest.New(t), t: t, now: thursday, road: moderation.DefaultRoad(taxonomy)}
	if err := places.StoreTaxonomy(t.Context(), w, taxonomy); err != nil {
		t.Fatal(err)
	}
	_, err := w.Exec(t.Context(), `
		insert into neighbourhoods (code, name, level, source, ref, area) values
			('centre', 'Centre', 10, 'osm', 'relation/1', st_multi(st_makeenvelope(-1.6, 47.2, -1.5, 47.3, 4326))),
			('ailleurs', 'Ailleurs', 10, 'osm', 'relation/2', st_multi(st_makeenvelope(1, 47.2, 1.1, 47.3, 4326)))`)
	if err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return w.now }
	w.letters, err = following.New(following.Letters{DB: w, Clock: clock, BaseURL: "https://carte.example.fr", Taxonomy: taxonomy})
	if err != nil {
		t.Fatal(err)
	}
	w.post = &mail.Post{DB: w, Mailer: w, Writers: w.letters.Writers(), Clock: clock}
	w.rosa, w.maud, w.agent = w.person("rosa", accounts.Resident), w.person("maud", accounts.Moderator), w.person("ahmed", accounts.Agent)
	return w
}

func (w *world) person(name string, role accounts.Role) accounts.Actor {
	w.t.Helper()
	actor := accounts.Actor{Role: role, Grants: accounts.GrantsOf(role)}
	err := w.QueryRow(w.t.Context(), `
		insert into users (name, role, email, created_at) values ($1, $2, $1 || '@example.org', $3) returning id`, name, role, w.now).Scan(&actor.User)
	if err != nil {
		w.t.Fatal(err)
	}
	return actor
}

func (w *world) submit(actor accounts.Actor, text string) moderation.Received {
	w.t.Helper()
	submission, err := moderation.DecodeSubmission(strings.NewReader(text))
	if err != nil {
		w.t.Fatal(err)
	}
	received, err := w.road.Submit(w.t.Context(), w, actor, submission, moderation.Envelope{Body: []byte(text), Now: w.now})
	if err != nil {
		w.t.Fatal(err)
	}
	return received
}

func (w *world) decide(id int64, version int, v moderation.Verdict) int {
	w.t.Helper()
	v.ID, v.Version = id, version
	decision, err := w.road.Decide(w.t.Context(), w, w.maud, v, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	return decision.Contribution.Version
}

// mailed does the chores and delivers; it gives what was sent since the last time.
func (w *world) mailed() []mail.Message {
	w.t.Helper()
	if _, err := w.letters.Tell(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.letters.Digest(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	rows, err := w.Query(w.t.Context(), `select id from mails order by id`)
	if err != nil {
		w.t.Fatal(err)
	}
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			w.t.Fatal(err)
		}
		ids = append(ids, id)
	}
	for _, id := range ids {
		if err := w.post.Errand().Do(w.t.Context(), id); err != nil {
			w.t.Fatal(err)
		}
	}
	sent := w.box
	w.box = nil
	return sent
}

// one is the only mail that was sent since the last time.
func (w *world) one(to string) mail.Message {
	w.t.Helper()
	sent := w.mailed()
	if len(sent) != 1 || sent[0].To != to {
		w.t.Fatalf("%d mails: %+v", len(sent), sent)
	}
	return sent[0]
}

// says checks that both forms of a mail hold some texts, and that the HTML one has
// only tags of ours.
func says(t *testing.T, m mail.Message, texts ...string) {
	t.Helper()
	if strings.Contains(m.HTML, "<b>") {
		t.Errorf("the letter takes words for HTML: %s", m.HTML)
	}
	for _, text := range texts {
		if !strings.Contains(m.Text, text) || !strings.Contains(strings.ReplaceAll(html.UnescapeString(m.HTML), "’", "'"), text) {
			t.Errorf("the letter lacks %q:\n%s\n%s", text, m.Text, m.HTML)
		}
	}
}

func (w *world) library(name string, lon float64) places.ID {
	return w.submit(w.agent, fmt.Sprintf(`{"action":"create","place":{"name":%q,"category":"library","position":[%v,47.25],"phone":"02 40 41 90 00"}}`, name, lon)).Place
}

func (w *world) edit(place places.ID, base int, patch string) {
	w.submit(w.agent, fmt.Sprintf(`{"action":"edit","place_id":%d,"base_revision":%d,"patch":%s}`, place, base, patch))
}
