package web

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/moderation"
	"cartoquartiers/moderation/publiclog"
)

func TestFiguresTellWhatTheLogTells(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	refused := d.edit(t, visitor(), 1, `{"operator":"A"}`)
	d.decide(t, d.maud, moderation.Verdict{ID: refused.ID, Version: 1, Outcome: moderation.Refused, Reason: "spam", Message: "Non."})
	d.accept(t, d.maud, d.edit(t, visitor(), 1, `{"operator":"B"}`))
	d.edit(t, d.person(t, "Rosa", accounts.Resident), 1, `{"phone":"0240000000"}`)
	d.integrate(t)
	expect(t, "the page", d.page(t, "/chiffres"),
		"3 propositions en 1 semaine, 3 au plus en une semaine", `class="chart__accepted"`, `class="chart__refused"`, `class="chart__open"`,
		"<td>3</td><td>1</td><td>1</td><td>1</td>", "publicité", `href="/lieux?neighbourhood=centre"`, "neighbourhood=centre", "not ⟦")
	expect(t, "in English", d.page(t, "/chiffres?lang=en"), "3 proposals in 1 week", "Old Town", "not ⟦")
}

func TestFiguresOfAnEmptyTownAndOfTwoHundredNeighbourhoods(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sql   string
		areas int
		want  []string
	}{
		"empty": {`truncate neighbourhoods, published_places cascade`, 0, []string{"Le journal n’a encore rien signé", "ni quartier ni lieu", "<dd>–</dd>"}},
		"large": {`
			insert into neighbourhoods (code, name, level, source, ref, area)
			select 'q-' || n, 'Quartier ' || n, 10, 'osm', 'relation/' || 100 + n,
				st_multi(st_makeenvelope(-1.5 + n % 20 * 0.01, 47.3 + n / 20 * 0.01, -1.49 + n % 20 * 0.01, 47.31 + n / 20 * 0.01, 4326))
			from generate_series(0, 199) as n`, 201, []string{"201 quartiers", "Quartier 199", "aucun lieu"}},
	} {
		t.Run(name, func(t *testing.T) {
			town := newTown(t)
			if _, err := town.db.Exec(t.Context(), c.sql); err != nil {
				t.Fatal(err)
			}
			page := town.page(t, "/chiffres")
			expect(t, name, page, append(c.want, "not shade__number", "not NaN", "not ⟦")...)
			if got := strings.Count(page, `<path class="shade`); got != 2*c.areas {
				t.Errorf("%d areas are drawn, want %d", got, 2*c.areas)
			}
			document, err := html.Parse(strings.NewReader(page))
			if err != nil {
				t.Fatal(err)
			}
			checkDocument(t, document, true)
		})
	}
}

func TestWeekChart(t *testing.T) {
	t.Parallel()
	for most, want := range map[int]int{1: 2, 2: 2, 3: 4, 5: 10, 17: 20, 41: 100, 399: 400} {
		if got := niceTop(most); got != want {
			t.Errorf("up to %d: %d, want %d", most, got, want)
		}
	}
	v := &view{Language: "fr", site: &site{catalogue: readCatalogues()}}
	weeks := make([]publiclog.Week, 53)
	for i := range weeks {
		weeks[i] = publiclog.Week{From: fmt.Sprintf("2026-01-%02d", 1+i%28), Received: i, Accepted: i / 2, Refused: i / 4, Open: i / 8}
	}
	chart := v.weekChart(weeks)
	last := chart.Weeks[52]
	if len(last.Parts) != 4 || last.Parts[0].Height != "38.5" || len(chart.Dates) != 3 {
		t.Errorf("%+v, %+v", last, chart.Dates)
	}
}
