package api

import (
	"cmp"
	"maps"
	"net/http"
	"slices"

	"cartoquartiers/moderation/publiclog"
	"cartoquartiers/places"
)

func (s *server) figureEndpoints() []endpoint {
	return []endpoint{{
		path: "/api/v1/figures", id: "getFigures", tag: "Public log", summary: "How the town answers contributions, told by the public log alone",
		about: "Received, open and overdue contributions, days to a decision (median and ninetieth percentile), refusals by reason; for the town and each neighbourhood. " +
			"It is computed from the entries of the log and nothing else: who reads them gets the same, and `cartoquartiers log verify` compares it.",
		formats: []representation{{asJSON, publiclog.Figures{}}, {asHTML, nil}}, handle: s.figures,
	}}
}

func (s *server) figures(w http.ResponseWriter, r *request) error {
	figures, err := s.Counter.Figures(r.Context(), s.Pool, s.Clock(), s.Road.DecisionDays)
	if err != nil {
		return err
	}
	if r.format.Name != asHTML.Name {
		return writeJSON(w, r, revalidated, figures)
	}
	neighbourhoods, err := places.NeighbourhoodNames(r.Context(), s.Pool)
	if err != nil {
		return err
	}
	names := make(map[string]string)
	for _, n := range neighbourhoods {
		names[n.Code] = n.Name
	}
	return s.pages.write(w, r, "figures", r.say("Comment la ville répond", "How the town answers"), figuresPage(r, figures, names))
}

// figuresData is what the page of figures shows.
type figuresData struct {
	publiclog.Figures
	Rows     []figuresRow // the town, then its neighbourhoods by name
	Refusals []refusalRow
}

type figuresRow struct {
	Name string
	*publiclog.Counts
}

type refusalRow struct {
	Reason string
	Count  int
}

func figuresPage(r *request, figures publiclog.Figures, names map[string]string) figuresData {
	data := figuresData{Figures: figures}
	for code, counts := range figures.Neighbourhoods {
		name := cmp.Or(names[code], code, r.say("Hors des quartiers", "Outside the neighbourhoods"))
		data.Rows = append(data.Rows, figuresRow{name, counts})
	}
	slices.SortFunc(data.Rows, func(a, b figuresRow) int { return cmp.Compare(a.Name, b.Name) })
	town := figuresRow{r.say("Toute la ville", "The whole town"), &figures.Town}
	data.Rows = append([]figuresRow{town}, data.Rows...)
	for _, reason := range slices.Sorted(maps.Keys(figures.Town.Refusals)) {
		data.Refusals = append(data.Refusals, refusalRow{r.say(reasonFrench[reason], reason), figures.Town.Refusals[reason]})
	}
	return data
}

// reasonFrench are moderation.Reasons in French.
var reasonFrench = map[string]string{
	"wrong": "inexact", "gone": "disparu", "duplicate": "en double", "charter": "contraire à la charte", "spam": "indésirable",
	"personal_data": "données personnelles", "out_of_scope": "hors sujet", "unverifiable": "invérifiable", "already_done": "déjà fait",
}
