package api_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
	"cartoquartiers/moderation/publiclog"
	"cartoquartiers/moderation/publiclog/verify"
)

// history does at random what people do with contributions, a day or so apart.
type history struct {
	*world
	random   *rand.Rand
	day      time.Time
	people   []accounts.Actor // who contribute; no user is a visitor
	deciders []accounts.Actor
	sent     []sentBy
}

type sentBy struct {
	id    int64
	actor accounts.Actor
}

func newHistory(t *testing.T, w *world, seed uint64) *history {
	t.Helper()
	h := &history{world: w, random: rand.New(rand.NewPCG(seed, 5)), day: noon.AddDate(0, 0, -200)}
	h.people = []accounts.Actor{w.visitor(), w.person("Rosa", accounts.Resident), w.person("René", accounts.Resident), w.person("Ahmed", accounts.Agent)}
	h.deciders = []accounts.Actor{w.person("Maud", accounts.Moderator), w.person("Colin", accounts.Moderator)}
	return h
}

// run takes steps until the history reaches noon.
func (h *history) run() {
	h.t.Helper()
	for n := 0; h.day.Before(noon); n++ {
		h.day = h.day.Add(time.Duration(h.random.IntN(40)) * time.Hour)
		if h.day.After(noon) {
			return
		}
		if err := h.step(n); err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Stale) && !fault.Is(err, fault.TooMany) && !fault.Is(err, fault.Forbidden) {
			h.t.Fatalf("step %d on %v: %v", n, h.day, err)
		}
	}
}

func (h *history) step(n int) error {
	ctx := h.t.Context()
	if len(h.sent) == 0 || h.random.IntN(3) == 0 {
		return h.propose(n)
	}
	one := h.sent[max(0, len(h.sent)-1-h.random.IntN(20))]
	var err error
	switch h.random.IntN(8) {
	case 0:
		_, err = moderation.Withdraw(ctx, h.pool, one.actor, one.id, h.day)
	case 1:
		_, err = h.road.Answer(ctx, h.pool, one.actor, one.id, "Au fond.", h.day)
	case 2:
		_, err = h.road.Appeal(ctx, h.pool, one.actor, one.id, "Elle existe.", h.day)
	case 3:
		_, _, err = h.road.Overdue(ctx, h.pool, h.day)
	default:
		err = h.decideAtRandom(one.id)
	}
	if fault.Is(err, fault.NotFound) && one.actor.User == 0 { // a visitor without the secret
		return nil
	}
	return err
}

func (h *history) propose(n int) error {
	actor := h.people[h.random.IntN(len(h.people))]
	text := fmt.Sprintf(`{"action":"create","place":{"name":"Lieu %d","category":"compost","position":[%.4f,%.4f]}}`,
		n, h.random.Float64()*2.5, h.random.Float64()*2.5)
	submission, err := moderation.DecodeSubmission(strings.NewReader(text))
	if err != nil {
		return err
	}
	received, err := h.road.Submit(h.t.Context(), h.pool, actor, submission, moderation.Envelope{Body: []byte(text), Now: h.day})
	if err == nil {
		h.sent = append(h.sent, sentBy{received.ID, actor})
	}
	return err
}

func (h *history) decideAtRandom(id int64) error {
	v := moderation.Verdict{ID: id, Message: "Dit.", Reason: moderation.Reasons[h.random.IntN(len(moderation.Reasons))]}
	v.Outcome = []moderation.State{moderation.Accepted, moderation.Refused, moderation.Refused, moderation.NeedsInfo, moderation.Escalated}[h.random.IntN(5)]
	if v.Outcome != moderation.Refused {
		v.Reason = ""
	}
	if err := h.pool.QueryRow(h.t.Context(), `select version from contributions where id = $1`, id).Scan(&v.Version); err != nil {
		return err
	}
	_, err := h.road.Decide(h.t.Context(), h.pool, h.deciders[h.random.IntN(2)], v, h.day)
	return err
}

// fromTheDatabase are the same figures, from the tables that the log knows nothing of.
func (w *world) fromTheDatabase() publiclog.Figures {
	w.t.Helper()
	figures := publiclog.Figures{Neighbourhoods: make(map[string]*publiclog.Counts)}
	rows, err := w.pool.Query(w.t.Context(), `
		with fates as (
			select
				coalesce(c.neighbourhood, '') as neighbourhood,
				c.state,
				c.state in ('pending', 'needs_info', 'escalated') as open,
				(c.received_at at time zone 'UTC')::date as received,
				(first.at at time zone 'UTC')::date as answered,
				first.rule,
				last.reason
			from contributions c
			left join lateral (
				select at, rule from decisions where contribution_id = c.id and outcome in ('accepted', 'refused') order by id limit 1
			) first on true
			left join lateral (
				select reason from decisions where contribution_id = c.id and outcome = 'refused' order by id desc limit 1
			) last on true
		)
		select
			grouping(neighbourhood) = 1,
			coalesce(neighbourhood, ''),
			count(*),
			count(*) filter (where open),
			count(*) filter (where open and received + 7 < ($1::timestamptz at time zone 'UTC')::date),
			count(*) filter (where answered is not null and rule is not null),
			count(*) filter (where answered is not null and rule is null),
			percentile_disc(0.5) within group (order by answered - received) filter (where rule is null),
			percentile_disc(0.9) within group (order by answered - received) filter (where rule is null),
			array_agg(state) filter (where not open),
			array_agg(reason) filter (where state = 'refused')
		from fates
		group by grouping sets ((neighbourhood), ())`, noon)
	if err != nil {
		w.t.Fatal(err)
	}
	var whole bool
	var code string
	var states, reasons []string
	var c publiclog.Counts
	_, err = pgx.ForEachRow(rows, []any{&whole, &code, &c.Received, &c.Open, &c.Overdue, &c.ByRule, &c.ByPeople, &c.Median, &c.Ninetieth, &states, &reasons}, func() error {
		counts := c
		counts.Outcomes, counts.Refusals = tallied(states), tallied(reasons)
		if whole {
			figures.Town = counts
		} else {
			figures.Neighbourhoods[code] = &counts
		}
		c.Median, c.Ninetieth = nil, nil
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return figures
}

func tallied(names []string) map[string]int {
	if len(names) == 0 {
		return nil
	}
	counts := make(map[string]int)
	for _, name := range names {
		counts[name]++
	}
	return counts
}

func TestFiguresOfTheLogAreThoseOfTheDatabase(t *testing.T) {
	t.Parallel()
	histories := uint64(1)
	if os.Getenv("CARTOQUARTIERS_SOAK") != "" {
		histories = 3
	}
	for seed := range histories {
		w := newWorld(t)
		newHistory(t, w, seed).run()
		w.log.integrate(t)
		want := w.fromTheDatabase()
		var told publiclog.Figures
		w.into(&told, "/api/v1/figures")
		if told.Day != "2026-05-01" || told.DecisionDays != 7 || told.Size == 0 {
			t.Errorf("told on %s, after %d days, by %d entries", told.Day, told.DecisionDays, told.Size)
		}
		if told.Town.Received < 60 || told.Town.Open == 0 || told.Town.Overdue == 0 || told.Town.ByRule == 0 || len(told.Town.Refusals) < 3 || len(told.Neighbourhoods) != 4 {
			t.Errorf("a history with too little in it: %s", asText(told))
		}
		if !reflect.DeepEqual(told.Town, want.Town) || !reflect.DeepEqual(told.Neighbourhoods, want.Neighbourhoods) {
			t.Errorf("the log tells\n%s\nthe database\n%s", asText(told), asText(want))
		}
		checkWeeks(t, told)
		report := w.log.look(t, w.pool, func(o *verify.Options) { o.Clock = func() time.Time { return noon } })
		if from := report.Tally.Figures(noon, 7); !reflect.DeepEqual(asText(from), asText(told)) {
			t.Errorf("from the outside\n%s\nthe server tells\n%s", asText(from), asText(told))
		}
		w.seesALie(told)
	}
}

// seesALie: both verifiers count again what the map tells, and say so when it tells otherwise.
func (w *world) seesALie(told publiclog.Figures) {
	w.t.Helper()
	figures, err := json.Marshal(told)
	if err != nil {
		w.t.Fatal(err)
	}
	honest := w.log.open(w.pool)
	handler := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v1/figures" {
			_, _ = rw.Write(figures)
			return
		}
		honest.ServeHTTP(rw, r)
	})
	other := startOther(w.t, handler)
	if problem := other.check(w.t); problem != "" {
		w.t.Errorf("verify.mjs does not count as the server does: %s", problem)
	}
	outside := func(o *verify.Options) { o.Client = &http.Client{Transport: direct{handler}} }
	if figures, err = json.Marshal(publiclog.NewTally().Figures(noon, 7)); err != nil {
		w.t.Fatal(err)
	}
	report := w.log.look(w.t, w.pool, outside)
	if problem := other.check(w.t); !strings.Contains(problem, "is old") || len(report.Problems) != 1 || !strings.Contains(report.Problems[0], "are old") {
		w.t.Errorf("figures of no entry at all: log verify %v, verify.mjs %q", report.Problems, problem)
	}
	for neighbourhood, counts := range told.Neighbourhoods {
		counts.Overdue++
		if figures, err = json.Marshal(told); err != nil {
			w.t.Fatal(err)
		}
		counts.Overdue--
		report := w.log.look(w.t, w.pool, outside)
		problem := other.check(w.t)
		if tells(problem) || problem == "" || len(report.Problems) != 1 || tells(report.Problems[0]) {
			w.t.Errorf("one more overdue in %q: log verify %v, verify.mjs %q", neighbourhood, report.Problems, problem)
		}
	}
}

// checkWeeks: the weeks of a history of less than a year hold all of it, and follow on each other.
func checkWeeks(t *testing.T, told publiclog.Figures) {
	t.Helper()
	var sum publiclog.Week
	for i, week := range told.Weeks {
		sum.Received, sum.Accepted, sum.Refused, sum.Open = sum.Received+week.Received, sum.Accepted+week.Accepted, sum.Refused+week.Refused, sum.Open+week.Open
		day, err := time.Parse(time.DateOnly, week.From)
		if err != nil || day.Weekday() != time.Monday || i > 0 && told.Weeks[i-1].From != day.AddDate(0, 0, -7).Format(time.DateOnly) {
			t.Errorf("week %d is from %s, %v", i, week.From, err)
		}
	}
	town := told.Town
	if want := (publiclog.Week{Received: town.Received, Accepted: town.Outcomes["accepted"], Refused: town.Outcomes["refused"], Open: town.Open}); sum != want {
		t.Errorf("the weeks hold %+v, want %+v", sum, want)
	}
}

func TestFiguresGrowWithTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.body(http.StatusNotFound, "/api/v1/figures") // nothing is signed yet
	w.submit(noon.AddDate(0, 0, -9), w.visitor(), proposal)
	w.log.integrate(t)
	for _, want := range []string{`"received":1,"open":1,"overdue":1,`, `"received":2,"open":2,"overdue":1,`} {
		if got := w.body(http.StatusOK, "/api/v1/figures"); !strings.Contains(got, want) {
			t.Errorf("%s, want %s", got, want)
		}
		w.submit(noon, w.visitor(), strings.NewReplacer("1.5,1.5", "0.5,0.5", "0240", "0241").Replace(proposal))
		w.log.integrate(t)
	}
	page := w.body(http.StatusOK, "/api/v1/figures?f=html&lang=en")
	if !strings.Contains(page, "The whole town") || !strings.Contains(page, "Quartier de l&#39;Est") {
		t.Errorf("the page: %s", page)
	}
}

func asText(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
