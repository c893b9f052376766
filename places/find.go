package places

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
)

// Sort is an order of places. Ties are broken by id, in the same direction.
type Sort string

// The orders. ByPosition is along the Hilbert curve, the order of places/snapshot.
const (
	ByPosition Sort = ""
	ByName     Sort = "name" // case and accents aside; unnamed places come after all named ones
	ByUpdated  Sort = "updated"
	ByDistance Sort = "distance" // in metres from Question.Near
)

// AllSorts lists the orders that a caller can name.
var AllSorts = []Sort{ByName, ByUpdated, ByDistance}

// ParseSort reads "name", or "-name" for the other direction; empty is ByPosition.
// The fault names the parameter sortby.
func ParseSort(text string) (sort Sort, descending bool, err error) {
	name, descending := strings.CutPrefix(text, "-")
	name = strings.TrimPrefix(name, "+")
	if text == "" {
		return ByPosition, false, nil
	}
	return Sort(name), descending, oneOf("sortby", []Sort{Sort(name)}, AllSorts)
}

// Question is what Find answers: a Filter, and what needs an index or a language.
type Question struct {
	Filter
	Text       string // each of its words begins a word of the place; empty for any
	Sort       Sort
	Descending bool
	Near       *orb.Point // longitude, latitude; needed by ByDistance
	After      Mark       // where the page begins
	Limit      int        // places of the page
}

// Validate checks what Filter.Validate does not know.
func (q Question) Validate() error {
	if q.Sort == ByDistance && q.Near == nil {
		return fault.InvalidField("near", "is needed for sortby=distance: longitude,latitude")
	}
	if !q.OpenAt.IsZero() {
		return fault.InvalidField("open", "cannot be asked together with words or an order")
	}
	if q.Text != "" && searchQuery(q.Text) == "" {
		return fault.InvalidField("q", "%q has no letter and no digit", q.Text)
	}
	return nil
}

// Mark is a position in an ordered list: behind the place with this key and id.
// It names values, not rows, so it stays right while rows come and go.
type Mark struct {
	Key string `json:"k"` // as PostgreSQL writes the sort key
	ID  ID     `json:"i"`
}

// String is safe in a URL; empty for the beginning.
func (m Mark) String() string {
	if m == (Mark{}) {
		return ""
	}
	text, _ := json.Marshal(m) // a string and a number: never fails
	return base64.RawURLEncoding.EncodeToString(text)
}

// ParseMark is the inverse of String. The fault names the parameter cursor.
func ParseMark(text string) (Mark, error) {
	var mark Mark
	if text == "" {
		return mark, nil
	}
	decoded, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(decoded, &mark)
	}
	if err != nil {
		return mark, fault.InvalidField("cursor", "%q is not from a link of ours", text)
	}
	return mark, nil
}

// Found is one page of ids, in order.
type Found struct {
	IDs  []ID
	Next Mark // of the last id
	More bool // whether there is any behind it
}

// sortKey is how an order reads in SQL; the key crosses as text and comes back
// through its type, which loses nothing.
type sortKey struct{ expression, kind string }

var sortKeys = map[Sort]sortKey{
	ByPosition: {`hilbert`, `bigint`},
	ByName:     {`case when name = '' then '~' else fold(name) end collate "C"`, `text`}, // ~ is behind all letters
	ByUpdated:  {`updated_at`, `timestamptz`},
	ByDistance: {`(point::geography <-> st_setsrid(st_makepoint($12, $13), 4326)::geography)`, `float8`},
}

// conditions of a Question: parameters 1 to 11, as arguments gives them. && alone
// compares boxes in single precision, so the exact comparison follows.
const conditions = `
	state = any($1)
	and ($2::text[] is null or category = any($2))
	and ($3::text[] is null or group_id = any($3))
	and ($4::text[] is null or kind = any($4))
	and ($5::text[] is null or neighbourhood = any($5))
	and ($6::text[] is null or wheelchair = any($6))
	and ($7::text[] is null or source = any($7))
	and ($8::timestamptz is null or updated_at >= $8)
	and ($9::timestamptz is null or updated_at <= $9)
	and ($10::text is null or search @@ to_tsquery('simple', fold($10)))
	and (
		$11::float8[] is null
		or point && st_makeenvelope($11[1], $11[2], $11[3], $11[4], 4326)
			and st_x(point) between $11[1] and $11[3] and st_y(point) between $11[2] and $11[4]
		or point && st_makeenvelope($11[5], $11[6], $11[7], $11[8], 4326)
			and st_x(point) between $11[5] and $11[7] and st_y(point) between $11[6] and $11[8]
	)`

// nearest is what Find asks for ByDistance. The index on distance gives no order
// among equals, so it is read until they are over, and then they are sorted.
var nearest = `
	select id, metres::text as mark
	from (
		select id, ` + sortKeys[ByDistance].expression + ` as metres
		from published_places
		where ` + conditions + `
			and ($14::text is null or (` + sortKeys[ByDistance].expression + `, id) > ($14::text::float8, $15::bigint))
		order by ` + sortKeys[ByDistance].expression + `
		fetch first ($16::bigint) rows with ties
	) nearby
	order by metres, id
	limit $16::bigint`

// Find gives the ids of a page. It asks PostgreSQL: for what a Filter alone can
// ask in the order of position, places/snapshot gives the same answer sooner.
func Find(ctx context.Context, db pg.DB, q Question) (Found, error) {
	if err := q.Validate(); err != nil {
		return Found{}, err
	}
	key := sortKeys[q.Sort]
	direction, beyond := "", ">"
	if q.Descending {
		direction, beyond = " desc", "<"
	}
	// The statement is put together from the constants above; values are parameters.
	// Without "as mark" the text would take the name of its column, and order by would mean it.
	statement := `select id, (` + key.expression + `)::text as mark from published_places where ` + conditions + `
		and ($14::text is null or (` + key.expression + `, id) ` + beyond + ` ($14::text::` + key.kind + `, $15::bigint))
		and ($12::float8 is null or $13::float8 is not null)
		order by ` + key.expression + direction + `, id` + direction + `
		limit $16`
	if q.Sort == ByDistance && !q.Descending {
		statement = nearest
	}
	args := append(q.arguments(), nil, nil, nil, q.After.ID, q.Limit+1)
	if q.Near != nil {
		args[11], args[12] = q.Near[0], q.Near[1]
	}
	if q.After != (Mark{}) {
		args[13] = q.After.Key
	}
	return q.collect(ctx, db, statement, args)
}

func (q Question) collect(ctx context.Context, db pg.DB, statement string, args []any) (Found, error) {
	// Planned with its values each time: filters differ too much for one plan.
	rows, err := db.Query(ctx, statement, append([]any{pgx.QueryExecModeCacheDescribe}, args...)...)
	if err != nil {
		return Found{}, fmt.Errorf("find places: %w", pg.FaultOf(err))
	}
	marks, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (mark Mark, err error) {
		return mark, row.Scan(&mark.ID, &mark.Key)
	})
	if err != nil {
		return Found{}, fmt.Errorf("find places: %w", pg.FaultOf(err))
	}
	found := Found{More: len(marks) > q.Limit}
	if found.More {
		marks = marks[:q.Limit]
	}
	for _, mark := range marks {
		found.IDs, found.Next = append(found.IDs, mark.ID), mark
	}
	return found, nil
}

// Count is how many places a question finds in all, exactly.
func Count(ctx context.Context, db pg.DB, q Question) (count int, err error) {
	if err := q.Validate(); err != nil {
		return 0, err
	}
	args := append([]any{pgx.QueryExecModeCacheDescribe}, q.arguments()...)
	err = db.QueryRow(ctx, `select count(*) from published_places where `+conditions, args...).Scan(&count)
	if err != nil {
		return 0, fmt.Errorf("count places: %w", pg.FaultOf(err))
	}
	return count, nil
}

// arguments are the parameters 1 to 11 of conditions.
func (q Question) arguments() []any {
	args := []any{
		q.EffectiveStates(), orNull(q.Categories), orNull(q.Groups), orNull(q.Kinds), orNull(q.Neighbourhoods),
		orNull(q.Wheelchairs), orNull(q.Sources), timeOrNull(q.UpdatedFrom), timeOrNull(q.UpdatedUntil), nil, nil,
	}
	if words := searchQuery(q.Text); words != "" {
		args[9] = words
	}
	if q.BBox != nil {
		var edges []float64
		bounds := q.BBox.Bounds()
		for _, bound := range append(bounds, bounds[0])[:2] { // one box twice is the same box
			edges = append(edges, bound.Min[0], bound.Min[1], bound.Max[0], bound.Max[1])
		}
		args[10] = edges
	}
	return args
}

func orNull[T ~string](values []T) any {
	if len(values) == 0 {
		return nil
	}
	return values
}

func timeOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

// searchQuery turns what a person wrote into a tsquery: every word, as a prefix.
// Signs are left out, so no text can be a wrong query. PostgreSQL folds it.
func searchQuery(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, word := range words {
		words[i] = word + ":*"
	}
	return strings.Join(words, " & ")
}
