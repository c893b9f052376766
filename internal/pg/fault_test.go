package pg_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/internal/pg/pgtest"
)

func TestFaultOf_what_the_database_refuses(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	mustExec(t, db, `
		create table towns (
			id bigint constraint towns_id_key primary key,
			post_code text not null constraint towns_post_code_digits check (post_code ~ '^[0-9]{5}$'),
			parent bigint constraint towns_parent_fkey references towns (id),
			oddly integer constraint unnamed check (oddly > 0)
		)`)
	mustExec(t, db, `insert into towns (id, post_code) values (1, '98000')`)
	for name, test := range map[string]struct {
		sql   string
		kind  fault.Kind
		field string
		text  string
	}{
		"a_second_of_something_unique": {`insert into towns (id, post_code) values (1, '98000')`, fault.Conflict, "id", "id already exists (key)"},
		"a_broken_rule":                {`insert into towns (id, post_code) values (2, 'MC')`, fault.Invalid, "post_code", "post_code breaks a rule (digits)"},
		"a_rule_with_another_name":     {`insert into towns (id, post_code, oddly) values (2, '98000', 0)`, fault.Invalid, "towns", "towns breaks a rule"},
		"a_missing_value":              {`insert into towns (id) values (2)`, fault.Invalid, "post_code", "post_code is required"},
		"a_reference_to_nothing":       {`insert into towns (id, post_code, parent) values (2, '98000', 9)`, fault.Conflict, "parent", ""},
		"a_value_of_the_wrong_form":    {`select 'x'::integer`, fault.Invalid, "", ""},
		"a_geometry_that_is_none":      {`select st_geomfromwkb('\x00'::bytea)`, fault.Internal, "", ""},
		"a_mistake_of_ours":            {`select nothing from nowhere`, fault.Internal, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, cause := db.Exec(context.Background(), test.sql)
			err := pg.FaultOf(fmt.Errorf("somewhere: %w", cause))
			if got := fault.KindOf(err); got != test.kind {
				t.Fatalf("kind %v, want %v: %v", got, test.kind, err)
			}
			if !errors.Is(err, cause) {
				t.Errorf("the cause is lost: %v", err)
			}
			var made *fault.Error
			if errors.As(err, &made) && test.text != "" && made.Message != test.text {
				t.Errorf("message %q, want %q", made.Message, test.text)
			}
			if test.field != "" && (len(made.Fields) != 1 || made.Fields[0].Name != test.field) {
				t.Errorf("fields %v, want %s", made.Fields, test.field)
			}
		})
	}
}

func TestFaultOf_by_code(t *testing.T) {
	for code, want := range map[string]fault.Kind{
		"40001": fault.Unavailable, "40P01": fault.Unavailable, "55P03": fault.Unavailable,
		"57014": fault.Unavailable, "57P01": fault.Unavailable, "53300": fault.Unavailable,
		"53100": fault.Unavailable, "08006": fault.Unavailable, "58030": fault.Unavailable,
		"22P02": fault.Invalid, "22003": fault.Invalid, "23P01": fault.Invalid,
		"23503": fault.Conflict, "42601": fault.Internal, "XX000": fault.Internal, "": fault.Internal,
	} {
		if got := fault.KindOf(pg.FaultOf(&pgconn.PgError{Code: code})); got != want {
			t.Errorf("%s: %v, want %v", code, got, want)
		}
	}
}

func TestFaultOf_other_errors(t *testing.T) {
	known := fault.New(fault.TooMany, "slower")
	for name, test := range map[string]struct {
		err  error
		kind fault.Kind
		same bool
	}{
		"a_fault_stays":                   {err: known, kind: fault.TooMany, same: true},
		"no_row_is_not_found":             {err: pgx.ErrNoRows, kind: fault.NotFound},
		"a_broken_connection_is_for_now":  {err: &net.OpError{Op: "read", Err: io.EOF}, kind: fault.Unavailable},
		"a_caller_that_left_stays":        {err: &net.OpError{Op: "read", Err: context.Canceled}, kind: fault.Internal, same: true},
		"what_we_do_not_understand_stays": {err: io.ErrShortWrite, kind: fault.Internal, same: true},
	} {
		t.Run(name, func(t *testing.T) {
			got := pg.FaultOf(test.err)
			if fault.KindOf(got) != test.kind || (got.Error() == test.err.Error()) != test.same {
				t.Errorf("%#v", got)
			}
		})
	}
	if pg.FaultOf(nil) != nil {
		t.Error("nil became an error")
	}
}
