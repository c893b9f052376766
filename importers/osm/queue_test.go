package osm_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"cartoquartiers/importers"
	"cartoquartiers/importers/osm"
	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// monaco is a town that lives on the real extracts of 2021 and 2022.
type monaco struct {
	*testing.T
	*pgxpool.Pool
	road      *moderation.Road
	moderator accounts.Actor
	day       int
}

func newMonaco(t *testing.T) *monaco {
	t.Helper()
	m := &monaco{T: t, Pool: pgtest.New(t), road: moderation.DefaultRoad(places.ShippedTaxonomy())}
	m.imports("2021-04-21")
	actor := accounts.Actor{Role: accounts.Moderator, Grants: accounts.GrantsOf(accounts.Moderator)}
	user := accounts.NewUser{Name: "Maud", Role: accounts.Moderator}
	id, err := accounts.CreateUser(t.Context(), m, user, m.now())
	if err != nil {
		t.Fatal(err)
	}
	actor.User, m.moderator = id, actor
	return m
}

func (m *monaco) now() time.Time { return time.Date(2026, 5, 1, m.day, 0, 0, 0, time.UTC) }

// imports takes the extract of a day, an hour later than what was before.
func (m *monaco) imports(of string) *importers.Report {
	m.Helper()
	path := filepath.Join(data, "osm/monaco-"+of+".osm.pbf")
	if _, err := os.Stat(path); err != nil {
		m.Skip("the real extracts are not beside the project: ", err)
	}
	m.day++
	source, err := osm.NewSource(path, m.road.Taxonomy, osm.Options{})
	if err != nil {
		m.Fatal(err)
	}
	report, err := importers.Run(m.Context(), m, source, importers.Options{Taxonomy: m.road.Taxonomy, Now: m.now(), AllowOlder: true, AcceptVanished: true})
	if err != nil {
		m.Fatal(err)
	}
	return report
}

// change is what the extract of 2022 says differently of one place.
type change struct {
	Place         places.ID
	Revision      int // before it
	Field         string
	Before, After *string
}

// changesOf2022 are the changed values of fields that people can edit, and the
// vanished places, found by a run that is rolled back.
func (m *monaco) changesOf2022() (edited []change, vanished []places.ID) {
	m.Helper()
	scratch := newMonaco(m.T)
	scratch.imports("2022-07-19")
	rows, err := scratch.Query(m.Context(), `
		select r.place_id, r.number - 1, f, o.document ->> f, r.document ->> f
		from place_revisions r
		join place_revisions o on o.place_id = r.place_id and o.number = r.number - 1
		cross join unnest(array['phone', 'website', 'opening_hours', 'operator', 'wheelchair']) f
		where o.document -> f is distinct from r.document -> f and r.document ->> 'state' = 'open'
		order by r.place_id, f`)
	if err != nil {
		m.Fatal(err)
	}
	if edited, err = pgx.CollectRows(rows, pgx.RowToStructByPos[change]); err != nil {
		m.Fatal(err)
	}
	rows, err = scratch.Query(m.Context(), `select id from published_places where state = 'closed' order by id`)
	if err != nil {
		m.Fatal(err)
	}
	if vanished, err = pgx.CollectRows(rows, pgx.RowTo[places.ID]); err != nil {
		m.Fatal(err)
	}
	return edited, vanished
}

func (m *monaco) submit(text string) moderation.Received {
	m.Helper()
	submission, err := moderation.DecodeSubmission(strings.NewReader(text))
	if err != nil {
		m.Fatal(err)
	}
	received, err := m.road.Submit(m.Context(), m, m.moderator, submission, moderation.Envelope{Body: []byte(text), Now: m.now()})
	if err != nil || received.State != moderation.Accepted {
		m.Fatalf("%s: %+v, %v", text, received, err)
	}
	return received
}

// ours is what people here say, on both sides of each change.
var ours = map[string]string{
	"phone": "+37799999999", "website": "https://ici.example", "opening_hours": "Mo-Su 01:00-02:00", "operator": "Nous", "wheelchair": "limited",
}

func (m *monaco) queue() []moderation.Contribution {
	m.Helper()
	found, err := moderation.Queue(m.Context(), m, m.moderator, moderation.QueueFilter{}, moderation.QueueCursor{}, 1000)
	if err != nil {
		m.Fatal(err)
	}
	return found
}

func (m *monaco) decide(c moderation.Contribution, outcome moderation.State) moderation.Decision {
	m.Helper()
	v := moderation.Verdict{ID: c.ID, Version: c.Version, Outcome: outcome}
	if outcome == moderation.Refused {
		v.Reason, v.Message = "wrong", "Nous l'avons vu."
	}
	d, err := m.road.Decide(m.Context(), m, m.moderator, v, m.now())
	if err != nil {
		m.Fatal(err)
	}
	return d
}

func (m *monaco) live(id places.ID) places.Live {
	m.Helper()
	found, err := places.FindLive(m.Context(), m, []places.ID{id})
	if err != nil {
		m.Fatal(err)
	}
	return found[id]
}

// TestConflictsOfMonacoAreDecidedOnce edits what 2022 changes, on the map of
// 2021, decides half of the conflicts each way, and then imports the old and the
// new extract again: nothing that was decided comes back.
func TestConflictsOfMonacoAreDecidedOnce(t *testing.T) {
	t.Parallel()
	m := newMonaco(t)
	edited, vanished := m.changesOf2022()
	if len(edited) < 10 || len(vanished) < 4 {
		t.Fatalf("%d changed fields and %d vanished places are not enough to look at", len(edited), len(vanished))
	}
	fields := make(map[places.ID][]change)
	for _, c := range edited {
		patch := fmt.Sprintf(`{"action":"edit","place_id":%d,"base_revision":%d,"patch":{%q:%q}}`, c.Place, m.live(c.Place).Revision, c.Field, ours[c.Field])
		m.submit(patch)
		fields[c.Place] = append(fields[c.Place], c)
	}
	for _, id := range vanished[:4] {
		m.submit(fmt.Sprintf(`{"action":"confirm","place_id":%d,"base_revision":%d}`, id, m.live(id).Revision))
	}
	report := m.imports("2022-07-19")
	waiting := m.queue()
	if report.Conflicts != len(edited)+4 || len(waiting) != len(fields)+4 || report.Closed != len(vanished)-4 {
		t.Fatalf("%d contributions of %d places, %d vanished: %+v", len(waiting), len(fields), len(vanished), report)
	}
	m.checkThreeValues(waiting, fields)
	m.decideInTurn(waiting, fields)

	back := m.imports("2021-04-21")
	again := m.imports("2022-07-19")
	if m.countOpen(moderation.Edit) != 0 {
		t.Errorf("conflicts came back: %+v", m.queue())
	}
	// The records that had vanished were there in between, which opened what was closed: they are asked again, once.
	if got := m.countOpen(moderation.Close); got != 4 || again.Remembered == 0 {
		t.Errorf("%d disappearances are asked again, want 4; %+v then %+v", got, back, again)
	}
	if third := m.imports("2022-07-19"); third.Conflicts != 0 || third.Published != 0 || m.countOpen(moderation.Close) != 4 {
		t.Errorf("the same extract again: %+v", third)
	}
}

// checkThreeValues compares what a moderator is shown with what each side said.
func (m *monaco) checkThreeValues(waiting []moderation.Contribution, fields map[places.ID][]change) {
	m.Helper()
	for _, c := range waiting {
		file, err := moderation.Open(m.Context(), m, m.moderator, c.ID)
		if err != nil {
			m.Fatal(err)
		}
		if c.Role != accounts.Importer {
			m.Errorf("contribution %d is by a %s", c.ID, c.Role)
		}
		shown := make(map[string]moderation.Difference)
		for _, d := range file.Differing {
			shown[d.Field] = d
		}
		for _, want := range fields[c.Place] {
			got := shown[want.Field]
			if text(got.Base) != value(want.Before) || text(got.Proposed) != value(want.After) || text(got.Current) != ours[want.Field] {
				m.Errorf("place %d, %s: shown %s, %s, %s; want %s, %s, %s", c.Place, want.Field,
					got.Base, got.Proposed, got.Current, value(want.Before), value(want.After), ours[want.Field])
			}
		}
	}
}

// decideInTurn accepts every other contribution and refuses the others.
func (m *monaco) decideInTurn(waiting []moderation.Contribution, fields map[places.ID][]change) {
	m.Helper()
	for i, c := range waiting {
		outcome := []moderation.State{moderation.Accepted, moderation.Refused}[i%2]
		m.decide(c, outcome)
		live := m.live(c.Place)
		if c.Action == moderation.Close {
			if isClosed := live.Document.State == places.Closed; isClosed != (outcome == moderation.Accepted) {
				m.Errorf("place %d is %s after %s", c.Place, live.Document.State, outcome)
			}
			continue
		}
		m.checkTaken(live, fields[c.Place], outcome)
	}
}

func (m *monaco) checkTaken(live places.Live, fields []change, outcome moderation.State) {
	m.Helper()
	now, err := live.Document.Fields()
	if err != nil {
		m.Fatal(err)
	}
	for _, f := range fields {
		want, source, licence := value(f.After), "osm", places.LicenceODbL
		if outcome == moderation.Refused {
			want, source, licence = ours[f.Field], "local", places.LicenceOuverte
		}
		from, there := live.Provenance[f.Field]
		if text(now[f.Field]) != want || there && (from.Source != source || from.Licence != licence) {
			m.Errorf("place %d, %s after %s: %s from %+v, want %s", live.Place, f.Field, outcome, now[f.Field], from, want)
		}
	}
}

func (m *monaco) countOpen(action moderation.Action) (n int) {
	for _, c := range m.queue() {
		if c.Action == action {
			n++
		}
	}
	return n
}

func text(value json.RawMessage) string {
	var plain string
	_ = json.Unmarshal(value, &plain) // an absent value is no text
	return plain
}

func value(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
