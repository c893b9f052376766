package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

func (s *server) duplicateEndpoints() []endpoint {
	const tag = "Moderation"
	return []endpoint{
		{
			path: "/api/v1/moderation/duplicates", id: "getDuplicates", tag: tag, summary: "Pairs of places that may be one, in a moderator's scope, the most alike first",
			query: []parameter{
				{"limit", "Pairs of a page.", whole(1, 200, 50), 10},
				{"after", "Where the page begins; comes from the link `next`.", text(), nil},
			},
			statuses: []int{http.StatusOK}, formats: []representation{{asJSON, pairPage{}}}, handle: s.asActor(s.duplicates),
		},
		{
			method: http.MethodPost, path: "/api/v1/moderation/duplicates/{pair}", id: "settlePair", tag: tag, summary: "Say that two places are distinct, or merge them",
			about: "`{\"verdict\": \"distinct\"}` is remembered for ever. `{\"verdict\": \"merge\", \"into\": 7, \"message\": \"…\"}` makes a contribution that merges the other place into 7; " +
				"`restore` of the other place undoes it. 409 when the pair is settled already.",
			takes:  moderation.PairVerdict{},
			inPath: []parameter{{"pair", "The two places, the smaller number first: 7-12", text(), nil}}, statuses: []int{http.StatusOK},
			formats: []representation{{asJSON, settledPair{}}}, handle: s.asActor(s.settlePair),
		},
	}
}

// pairPage is one page of pairs.
type pairPage struct {
	Pairs []pair `json:"pairs"`
	Links []link `json:"links"`
}

// pair are two places that may be one.
type pair struct {
	Pair   string            `json:"pair" doc:"Its name: 7-12"`
	Score  float64           `json:"score" doc:"How alike they were when they met, 0.5 to 1"`
	Metres float64           `json:"metres" doc:"Between them"`
	Since  time.Time         `json:"since"`
	Places []json.RawMessage `json:"places" doc:"The two as GeoJSON features, in the order of the name"`
}

// settledPair is what became of a pair.
type settledPair struct {
	Pair    string        `json:"pair"`
	Verdict string        `json:"verdict" enum:"distinct,merged,open" doc:"open while the merge waits for somebody else"`
	Merge   *contribution `json:"merge,omitempty" doc:"The contribution that merges"`
}

func pairName(a, b places.ID) string { return fmt.Sprintf("%d-%d", a, b) }

func (s *server) duplicates(w http.ResponseWriter, r *request, actor accounts.Actor) error {
	limit, err := r.limit(50, 200)
	if err != nil {
		return err
	}
	after, err := r.pairCursor()
	if err != nil {
		return err
	}
	found, err := moderation.OpenPairs(r.Context(), s.Pool, actor, after, limit+1)
	if err != nil {
		return err
	}
	page := pairPage{Pairs: []pair{}, Links: r.selfAndAlternates(asJSON)}
	if len(found) > limit {
		found = found[:limit]
		last := found[limit-1]
		cursor := strconv.FormatFloat(last.Score, 'g', -1, 64) + "_" + pairName(last.A, last.B)
		page.Links = append(page.Links, link{Href: r.with("after", cursor), Rel: "next", Type: asJSON.MediaType})
	}
	for _, p := range found {
		page.Pairs = append(page.Pairs, pair{
			Pair: pairName(p.A, p.B), Score: p.Score, Metres: p.Metres, Since: p.Since,
			Places: []json.RawMessage{p.FeatureA, p.FeatureB},
		})
	}
	return writeOwn(w, r, http.StatusOK, 0, page)
}

// pairCursor reads the parameter after: score and name of the last pair seen.
func (r *request) pairCursor() (moderation.PairCursor, error) {
	given := r.values.Get("after")
	if given == "" {
		return moderation.PairCursor{}, nil
	}
	score, name, _ := strings.Cut(given, "_")
	number, err := strconv.ParseFloat(score, 64)
	a, b, ok := readPair(name)
	if err != nil || !ok {
		return moderation.PairCursor{}, fault.InvalidField("after", "%q is not from a link of ours", given)
	}
	return moderation.PairCursor{Score: number, A: a, B: b}, nil
}

// readPair reads a name like 7-12.
func readPair(name string) (a, b places.ID, ok bool) {
	left, right, _ := strings.Cut(name, "-")
	first, err1 := strconv.ParseInt(left, 10, 64)
	second, err2 := strconv.ParseInt(right, 10, 64)
	return places.ID(first), places.ID(second), err1 == nil && err2 == nil && first > 0 && first < second
}

func (s *server) settlePair(w http.ResponseWriter, r *request, actor accounts.Actor) error {
	name := mux.Vars(r.Request)["pair"]
	var given moderation.PairVerdict
	if err := decode(r, &given); err != nil {
		return err
	}
	a, b, ok := readPair(name)
	if !ok {
		return fault.New(fault.NotFound, "there is no pair %s", name)
	}
	given.A, given.B = a, b
	settled, err := s.Road.SettlePair(r.Context(), s.Pool, actor, given, s.Clock())
	if err != nil {
		return err
	}
	answer := settledPair{Pair: name, Verdict: settled.Verdict}
	if m := settled.Merge; m.ID != 0 {
		answer.Merge = &contribution{
			ID: m.ID, Item: m.Item, Action: moderation.Merge, State: m.State, Version: m.Version, Rule: m.Rule,
			Place: m.Place, Revision: m.Revision, Deadline: m.Deadline.UTC(), Receipt: m.Receipt,
		}
		if err := s.Snapshot.WaitFor(r.Context(), m.Seq); err != nil {
			return err
		}
	}
	return writeOwn(w, r, http.StatusOK, 0, answer)
}
