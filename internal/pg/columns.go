package pg

import (
	"context"
	"maps"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// samePlan are the settings under which a statement is planned once for all arguments.
// They are for large statements over unnest that look up single
// rows: PostgreSQL takes an array of one for ten times cheaper than one that it does not
// know, and would plan anew each time, which takes longer than the statement. A plan is
// kept while tables grow, so it goes by index even where a table is still small.
var samePlan = map[string]string{"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}

// SamePlans is a pool whose sessions plan each statement once for all arguments.
type SamePlans struct{ *pgxpool.Pool }

// NewSamePlans makes a pool of at most so many sessions to the database of another one. A
// statement waits for a lock as long as patience, and fails with what LockedOut knows.
func NewSamePlans(beside *pgxpool.Pool, sessions int32, patience time.Duration) (SamePlans, error) {
	config := beside.Config()
	config.MaxConns, config.MinConns, config.MinIdleConns = sessions, 0, 0
	maps.Copy(config.ConnConfig.RuntimeParams, samePlan)
	config.ConnConfig.RuntimeParams["lock_timeout"] = strconv.FormatInt(patience.Milliseconds(), 10)
	pool, err := pgxpool.NewWithConfig(context.Background(), config) // connects when it is used
	return SamePlans{pool}, err
}

// QueueSamePlan makes the statements queued after it be planned as those of SamePlans
// are, until the transaction ends or QueueOwnPlans comes.
func QueueSamePlan(batch *pgx.Batch, db DB) {
	if _, already := db.(SamePlans); !already {
		batch.Queue(`select set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)`)
	}
}

// QueueOwnPlans ends QueueSamePlan where db is a transaction, which goes on with other
// statements. Elsewhere the batch is all of it.
func QueueOwnPlans(batch *pgx.Batch, db DB) {
	if _, ok := db.(pgx.Tx); ok {
		batch.Queue(`select set_config('plan_cache_mode', 'auto', true), set_config('enable_seqscan', 'on', true)`)
	}
}

// Columns turns rows of values into one array per column, the arguments of an
// unnest($1::bigint[], …). Without rows it gives nothing.
func Columns(rows [][]any) []any {
	if len(rows) == 0 {
		return nil
	}
	columns := make([]any, len(rows[0]))
	for j := range columns {
		column := make([]any, len(rows))
		for i, row := range rows {
			column[i] = row[j]
		}
		columns[j] = column
	}
	return columns
}
