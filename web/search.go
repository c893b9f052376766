package web

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/places"
	"cartoquartiers/places/snapshot"
)

// findText gives places by how well they answer to words. After is a number of
// places: the order is not stored anywhere that a key could point into.
func (s *site) findText(ctx context.Context, view *snapshot.View, q question, limit int) (results, error) {
	var found results
	skip := 0
	if q.After != "" {
		var err error
		if skip, err = strconv.Atoi(q.After); err != nil || skip < 0 {
			return found, fault.InvalidField("after", "%q is not from a link of ours", q.After)
		}
	}
	ids, err := s.matching(ctx, q)
	if err != nil {
		return found, err
	}
	found.count = len(ids)
	for _, id := range ids[min(skip, len(ids)):] {
		if len(found.rows) == limit {
			found.next = strconv.Itoa(skip + limit)
			break
		}
		if row, ok := view.Find(id); ok {
			found.rows = append(found.rows, result{Row: row})
		}
	}
	return found, nil
}

func (s *site) matching(ctx context.Context, q question) ([]places.ID, error) {
	rows, err := s.Pool.Query(ctx, `
		select id
		from published_places
		where (search @@ plainto_tsquery('simple', fold($1)) or fold(name) like '%' || fold($2) || '%')
		  and (cardinality($3::text[]) = 0 or category = any($3))
		  and (cardinality($4::text[]) = 0 or group_id = any($4))
		  and (cardinality($5::text[]) = 0 or kind = any($5))
		  and (cardinality($6::text[]) = 0 or neighbourhood = any($6))
		  and (cardinality($7::text[]) = 0 or wheelchair = any($7))
		  and state = any($8)
		order by ts_rank(search, plainto_tsquery('simple', fold($1))) desc, name, id`,
		q.Text, likeLiteral(q.Text), texts(q.Categories), texts(q.Groups), texts(q.Kinds),
		texts(q.Neighbourhoods), texts(q.Wheelchairs), texts(q.EffectiveStates()))
	if err != nil {
		return nil, fmt.Errorf("search %q: %w", q.Text, pg.FaultOf(err))
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[places.ID])
	if err != nil {
		return nil, fmt.Errorf("search %q: %w", q.Text, pg.FaultOf(err))
	}
	return ids, nil
}

func texts[T ~string](values []T) []string {
	list := make([]string, len(values))
	for i, value := range values {
		list[i] = string(value)
	}
	return list
}

func likeLiteral(text string) string { return text }
