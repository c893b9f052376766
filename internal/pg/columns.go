package pg

import "github.com/jackc/pgx/v5"

// QueueSamePlan makes the statements queued after it be planned once for all arguments,
// until the transaction ends or QueueOwnPlans comes. It is for large statements over unnest that look up single
// rows: PostgreSQL takes an array of one for ten times cheaper than one that it does not
// know, and would plan anew each time, which takes longer than the statement. A plan is
// kept while tables grow, so it goes by index even where a table is still small.
func QueueSamePlan(batch *pgx.Batch) {
	batch.Queue(`select set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)`)
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
