package moderation_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/httpkit"
	"cartoquartiers/moderation"
)

func TestPolicyDecides(t *testing.T) {
	t.Parallel()
	trusted := moderation.Record{Since: noon.AddDate(0, 0, -20), Accepted: 9}
	screened := func(risk int, force bool) moderation.Screening {
		return moderation.Screening{Risk: risk, ForceReview: force}
	}
	for name, c := range map[string]struct {
		c    moderation.Case
		want moderation.Ruling
		rule string
	}{
		"a visitor":                       {moderation.Case{Actor: accounts.Actor{Role: accounts.Visitor}, Action: moderation.Create}, moderation.QueueIt, ""},
		"an agent at home":                {moderation.Case{Actor: accounts.Actor{Role: accounts.Agent}, Action: moderation.Create, InScope: true}, moderation.AcceptNow, "agent_territory"},
		"an agent elsewhere":              {moderation.Case{Actor: accounts.Actor{Role: accounts.Agent}, Action: moderation.Create}, moderation.QueueIt, ""},
		"an agent who risks much":         {moderation.Case{Actor: accounts.Actor{Role: accounts.Agent}, Action: moderation.Create, InScope: true, Screening: screened(80, false)}, moderation.QueueIt, ""},
		"an agent in a zone":              {moderation.Case{Actor: accounts.Actor{Role: accounts.Agent}, Action: moderation.Create, InScope: true, Screening: screened(0, true)}, moderation.QueueIt, ""},
		"a moderator in a zone":           {moderation.Case{Actor: accounts.Actor{Role: accounts.Moderator}, Action: moderation.Create, InScope: true, Screening: screened(0, true)}, moderation.AcceptNow, "moderator"},
		"an organisation, its own":        {moderation.Case{Actor: accounts.Actor{Role: accounts.Member}, Action: moderation.Edit, Own: true}, moderation.AcceptNow, "own_record"},
		"a resident who earned it":        {moderation.Case{Actor: accounts.Actor{Role: accounts.Resident}, Action: moderation.Confirm, Record: trusted, Now: noon}, moderation.AcceptNow, "trusted_confirm"},
		"a resident who earned it, large": {moderation.Case{Actor: accounts.Actor{Role: accounts.Resident}, Action: moderation.Edit, Record: trusted, Now: noon}, moderation.QueueIt, ""},
		"a resident who came last week":   {moderation.Case{Actor: accounts.Actor{Role: accounts.Resident}, Action: moderation.Confirm, Record: moderation.Record{Since: noon.AddDate(0, 0, -7), Accepted: 9}, Now: noon}, moderation.QueueIt, ""},
		"a resident who is refused a lot": {moderation.Case{Actor: accounts.Actor{Role: accounts.Resident}, Action: moderation.Confirm, Record: moderation.Record{Since: trusted.Since, Accepted: 9, Refused: 1}, Now: noon}, moderation.QueueIt, ""},
		"a report, whoever makes it":      {moderation.Case{Actor: accounts.Actor{Role: accounts.Admin}, Action: moderation.Report, InScope: true}, moderation.QueueIt, "report"},
	} {
		if got, rule := moderation.DefaultPolicy.Decide(c.c); got != c.want || rule != c.rule {
			t.Errorf("%s: %s by %q, want %s by %q", name, got, rule, c.want, c.rule)
		}
	}
}

func TestQuotasGrowAndShrink(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		role               accounts.Role
		accepted, reported int
		want, confirms     int
	}{
		{accounts.Visitor, 0, 0, 5, 20}, {accounts.Visitor, 9, 1, 2, 10}, {accounts.Visitor, 0, 9, 1, 1},
		{accounts.Resident, 0, 0, 20, 80}, {accounts.Resident, 10, 0, 60, 120}, {accounts.Resident, 1000, 0, 500, 500}, {accounts.Resident, 10, 2, 15, 30},
		{accounts.Agent, 0, 0, 10_000, 10_000},
	} {
		record := moderation.Record{Accepted: c.accepted, Reported: c.reported}
		got, confirms := moderation.DefaultPolicy.Quota(c.role, moderation.Create, record), moderation.DefaultPolicy.Quota(c.role, moderation.Confirm, record)
		if got != c.want || confirms != c.confirms {
			t.Errorf("%+v: %d, and %d confirmations", c, got, confirms)
		}
	}
}

func TestAPolicyReadsWhatItShows(t *testing.T) {
	t.Parallel()
	text, err := json.MarshalIndent(moderation.DefaultPolicy, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if read, err := moderation.ReadPolicy(text); err != nil || !reflect.DeepEqual(read, moderation.DefaultPolicy) {
		t.Errorf("%+v, %v", read, err)
	}
	strict, err := moderation.ReadPolicy([]byte(`{"rules": [], "quotas": {"visitor": {"day": 2}}, "confirm_quotas": {"resident": {"day": 3}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for role, want := range map[accounts.Role][2]int{accounts.Visitor: {2, 20}, accounts.Resident: {20, 3}} {
		got := [2]int{strict.Quota(role, moderation.Edit, moderation.Record{}), strict.Quota(role, moderation.Confirm, moderation.Record{})}
		if got != want {
			t.Errorf("%s: %v, want %v", role, got, want)
		}
	}
	one, err := moderation.ReadPolicy([]byte(`{"rules": [], "community": {"quorum": 1}}`))
	if err != nil || one.Community != (moderation.Community{Quorum: 1, Dissent: 0, WaitHours: 48}) {
		t.Errorf("a quorum alone: %+v, %v", one.Community, err)
	}
	slower, err := moderation.ReadPolicy([]byte(`{"rules": [], "community": {"wait_hours": 72}}`))
	if want := (moderation.Community{Quorum: 3, Dissent: 1, WaitHours: 72}); err != nil || slower.Community != want || strict.Community != moderation.DefaultCommunity {
		t.Errorf("%+v, %+v, %v", slower.Community, strict.Community, err)
	}
	if ruling, _ := strict.Decide(moderation.Case{Actor: accounts.Actor{Role: accounts.Admin}, InScope: true}); ruling != moderation.QueueIt {
		t.Errorf("no rule decides %s", ruling)
	}
}

// englishWord finds what no French sentence about a policy has.
var englishWord = regexp.MustCompile(`(?i)\b(the|is|are|not|cannot|of|from|no|none|there|than|vote carries|must|at least|true or)\b`)

// A person is told what is wrong with a policy in their language, all of it.
func TestAWrongPolicyNamesTheFault(t *testing.T) {
	t.Parallel()
	rule := func(members string) string {
		return "{\n\"rules\": [\n{\"name\": \"a\", \"ruling\": \"accept\"},\n{" + members + "}]}"
	}
	for text, want := range map[string]string{
		``:                                      "it ends too early",
		`{"rules": [`:                           "it ends too early",
		`[]`:                                    "this is not the JSON of a policy",
		"{\n\"rules\": [\n}":                    `line 3: this is not JSON, from "}" on`,
		"{\"rules\": []}\n{}":                   "goes on after the policy",
		`{}`:                                    `"rules" is missing`,
		"{\n\"rules\": [],\n\"colour\": 1}":     `line 3: there is no member "colour"`,
		rule(`"name": "b", "ruling": 7`):        "line 4: ",
		rule(`"name": "b", "ruling": "yes"`):    "rules[1].ruling: \"yes\" is none of",
		rule(`"name": "a", "ruling": "queue"`):  "rules[1].name: \"a\" is there twice",
		rule(`"name": "B!", "ruling": "queue"`): "rules[1].name: ",
		rule(`"name": "b", "ruling": "queue", "roles": ["king"]`):      "rules[1].roles: \"king\"",
		rule(`"name": "b", "ruling": "queue", "actions": ["fly"]`):     "rules[1].actions: \"fly\"",
		rule(`"name": "b", "ruling": "queue", "max_risk": 101`):        "rules[1].max_risk: 101",
		rule(`"name": "b", "ruling": "queue", "sample_percent": 5`):    "rules[1].sample_percent: ",
		rule(`"name": "b", "ruling": "queue", "trusted": {"days":-1}`): "rules[1].trusted: ",
		`{"rules": [], "quotas": {"king": {"day": 1}}}`:                `quotas: there is no role "king"`,
		`{"rules": [], "quotas": {"agent": {"day": 0}}}`:               "quotas.agent: day is at least 1",
		`{"rules": [], "confirm_quotas": {"king": {"day": 1}}}`:        `confirm_quotas: there is no role "king"`,
		`{"rules": [], "confirm_quotas": {"agent": {"most": -1}}}`:     "confirm_quotas.agent: day is at least 1",
		`{"rules": [], "community": {"quorum": 0}}`:                    "community.quorum: at least 1",
		`{"rules": [], "community": {"dissent": 3}}`:                   "community.dissent: from 0 to 2",
		`{"rules": [], "community": {"quorum": 1, "dissent": 1}}`:      "community.dissent: from 0 to 0",
		`{"rules": [], "community": {"wait_hours": 168}}`:              "community.wait_hours: from 0 to 167",
		`{"rules": [], "community": {"wait_hours": 1.5}}`:              "line 1: community.wait_hours cannot be 1.5",
		`{"rules": [], "community": {"wait_hours": "two"}}`:            "line 1: community.wait_hours cannot be a text",
		`{"rules": [], "community": {"wait": 3}}`:                      `there is no member "wait"`,
		`{"rules": [], "texts": {"rude": {"fr": "Non."}}}`:             `texts: "rude" is none of`,
		`{"rules": [], "texts": {"wrong": {"de": "Nein."}}}`:           `texts.wrong: "de" is neither`,
		`{"rules": [], "texts": {"wrong": {"fr": ""}}}`:                "texts.wrong.fr: from 1 to",
	} {
		_, err := moderation.ReadPolicy([]byte(text))
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\ngot  %v\nwant %s", text, err, want)
		}
		french := httpkit.DetailsOf(httptest.NewRequest(http.MethodGet, "/?lang=fr", nil), err).Detail
		if found := englishWord.FindString(french); found != "" || french == "" {
			t.Errorf("%q is not all French: %s", french, found)
		}
	}
}

// A report against what somebody made halves their quota while it waits; a block
// wipes what they had earned.
func TestReportsAndBlocksCostTrust(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	strict := *road
	strict.Policy = moderation.Policy{Rules: moderation.DefaultPolicy.Rules, Quotas: map[accounts.Role]moderation.Quota{
		accounts.Resident: {Day: 2, PerAccepted: 2, Most: 100}, accounts.Visitor: {Day: 5}, accounts.Moderator: {Day: 100},
	}}
	send := func(at time.Time, n int) error {
		text := fmt.Sprintf(`{"action":"create","place":{"name":"Lieu %d","category":"library","position":[%d,40]}}`, n, n)
		_, err := strict.Submit(t.Context(), w, w.resident, submission(t, text), moderation.Envelope{Body: []byte(text), Now: at})
		return err
	}
	made := w.mustSubmit(t, w.resident, library)
	decision, err := w.decide(t, w.moderator, made, moderation.Verdict{Outcome: moderation.Accepted})
	if err != nil {
		t.Fatal(err)
	}
	next := noon.AddDate(0, 0, 2) // quota 4: 2 a day and 2 for the accepted one
	w.mustSubmit(t, w.visitor, fmt.Sprintf(`{"action":"report","place_id":%d,"reason":"spam"}`, decision.Place))
	for n, want := range []bool{true, true, false} { // half of 4
		if err := send(next, n); (err == nil) != want || !want && !fault.Is(err, fault.TooMany) {
			t.Errorf("contribution %d under a report: %v", n, err)
		}
	}
	if _, err := w.Exec(t.Context(), `update contributions set state = 'refused' where action = 'report'`); err != nil {
		t.Fatal(err)
	}
	if err := send(next, 10); err != nil {
		t.Errorf("the report is settled: %v", err)
	}

	if err := accounts.BlockUser(t.Context(), w, w.resident.User, next); err != nil {
		t.Fatal(err)
	}
	after := next.AddDate(0, 0, 3)
	if err := accounts.UnblockUser(t.Context(), w, w.resident.User, after); err != nil {
		t.Fatal(err)
	}
	for n, want := range []bool{true, true, false} { // 2 a day: what was accepted before counts no more
		if err := send(after.Add(time.Hour), 20+n); (err == nil) != want {
			t.Errorf("contribution %d after a block: %v", n, err)
		}
	}
}
