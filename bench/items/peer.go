package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// peer answers as a PostGIS feature server does: one prepared statement that
// gives ST_AsGeoJSON and the properties of each row, then generic marshalling. Its
// table holds the properties as columns, in Hilbert order, so that it need not take
// JSON apart; it counts nothing. The sessions of pg.Open have neither JIT nor
// parallel workers, which is three times faster than with them.
type peer struct{ pool *pgxpool.Pool }

func newPeer(ctx context.Context, pool *pgxpool.Pool) (*peer, error) {
	_, err := pool.Exec(ctx, `
		drop table if exists bench_items;
		create table bench_items as
			select id, hilbert, point, nullif(name, '') as name, kind, category, feature::jsonb->'properties'->'categories' as categories,
				group_id as "group", neighbourhood, feature::jsonb->'properties'->'address' as address,
				feature::jsonb->'properties'->>'phone' as phone, feature::jsonb->'properties'->>'website' as website,
				feature::jsonb->'properties'->>'opening_hours' as opening_hours, nullif(wheelchair, '') as wheelchair, state,
				updated_at, revision, feature::jsonb->'properties'->>'licence' as licence, feature::jsonb->'properties'->>'osm' as osm,
				feature::jsonb->'properties'->'sources' as sources
			from published_places
			where state in ('open', 'closed_temporarily')
			order by hilbert, id;
		create unique index on bench_items (hilbert, id);
		create index on bench_items using gist (point);
		analyze bench_items`)
	if err != nil {
		return nil, fmt.Errorf("make the peer's table: %w", err)
	}
	return &peer{pool}, nil
}

const peerSQL = `
	select id, st_asgeojson(point, 7) as geometry, name, kind, category, categories, "group", neighbourhood, address, phone,
		website, opening_hours, wheelchair, state, updated_at, revision, licence, osm, sources
	from bench_items
	where point && st_makeenvelope($1, $2, $3, $4, 4326)
	limit $5`

type peerFeature struct {
	Type       string          `json:"type"`
	ID         any             `json:"id"`
	Geometry   json.RawMessage `json:"geometry"`
	Properties map[string]any  `json:"properties"`
}

type peerAnswer struct {
	Type     string        `json:"type"`
	Features []peerFeature `json:"features"`
}

func (p *peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := p.answer(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	body, err := json.Marshal(answer)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/geo+json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // the client left
}

func (p *peer) answer(r *http.Request) (peerAnswer, error) {
	answer := peerAnswer{Type: "FeatureCollection"}
	values := r.URL.Query()
	args := make([]any, 0, 5)
	for edge := range strings.SplitSeq(values.Get("bbox"), ",") {
		degrees, err := strconv.ParseFloat(edge, 64)
		if err != nil {
			return answer, err
		}
		args = append(args, degrees)
	}
	limit, err := strconv.Atoi(values.Get("limit"))
	if err != nil {
		return answer, err
	}
	rows, err := p.pool.Query(r.Context(), peerSQL, append(args, limit)...)
	if err != nil {
		return answer, err
	}
	answer.Features, err = pgx.CollectRows(rows, peerRow)
	return answer, err
}

func peerRow(row pgx.CollectableRow) (peerFeature, error) {
	columns, err := row.Values()
	if err != nil {
		return peerFeature{}, err
	}
	feature := peerFeature{Type: "Feature", ID: columns[0], Properties: make(map[string]any, len(columns))}
	for i, field := range row.FieldDescriptions() {
		switch {
		case i == 0 || columns[i] == nil:
		case field.Name == "geometry":
			geometry, _ := columns[i].(string)
			feature.Geometry = json.RawMessage(geometry)
		default:
			feature.Properties[field.Name] = columns[i]
		}
	}
	return feature, nil
}
