package pg

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"cartoquartiers/internal/fault"
)

// FaultOf turns what the database refused into a fault that names the column
// and the rule; a fault, and what it does not understand, come back as they were.
//
// Constraints are named table_column_rule: the fault's field is the column, its
// message ends with the rule. Who wants a sentence of the domain instead asks
// Constraint and makes its own fault.
//
// Codes: PostgreSQL manual, appendix A, "Error Codes".
func FaultOf(err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return refusal(refused, err)
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.Wrap(fault.NotFound, err, "not found")
	}
	if unreachable(err) {
		return fault.Wrap(fault.Unavailable, err, "the database does not answer, try again")
	}
	return err
}

// Constraint is the name of the violated constraint in err's chain, "" if there is none.
func Constraint(err error) string {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return refused.ConstraintName
	}
	return ""
}

// LockedOut says of an error that a lock was not free within lock_timeout.
func LockedOut(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.Code == "55P03"
}

// refusal translates a SQLSTATE; err is the whole chain around refused.
func refusal(refused *pgconn.PgError, err error) error {
	switch refused.Code {
	case "23505":
		return violation(fault.Conflict, refused, err, "already exists")
	case "23503":
		return violation(fault.Conflict, refused, err, "refers to something that does not exist, or is still referred to")
	case "23502":
		return violation(fault.Invalid, refused, err, "is required")
	case "23514", "23P01":
		return violation(fault.Invalid, refused, err, "breaks a rule")
	case "40001", "40P01", "55P03":
		return fault.Wrap(fault.Unavailable, err, "somebody else was changing the same data, try again")
	case "57014":
		return fault.Wrap(fault.Unavailable, err, "the database took too long")
	}
	switch refused.Code[:min(2, len(refused.Code))] {
	case "22":
		return fault.Wrap(fault.Invalid, err, "%s", refused.Message)
	case "08", "53", "57", "58":
		return fault.Wrap(fault.Unavailable, err, "the database cannot work now, try again")
	}
	return err
}

// violation names the column and the rule of a broken constraint.
func violation(kind fault.Kind, refused *pgconn.PgError, err error, what string) error {
	column, rule := refused.ColumnName, ""
	if rest, named := strings.CutPrefix(refused.ConstraintName, refused.TableName+"_"); named {
		column, rule = rest, ""
		if last := strings.LastIndex(rest, "_"); last > 0 {
			column, rule = rest[:last], rest[last+1:]
		}
	}
	if column == "" {
		column = refused.TableName
	}
	if rule != "" {
		what += " (" + rule + ")"
	}
	made := fault.Wrap(kind, err, "%s %s", column, what)
	made.Fields = []fault.Field{{Name: column, Message: what}}
	return made
}

// unreachable is a broken or refused connection; the caller's own cancelled
// context is not, it comes back unchanged.
func unreachable(err error) bool {
	if errors.Is(err, context.Canceled) {
		return false
	}
	var refused *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &refused) || errors.As(err, &network) || errors.Is(err, net.ErrClosed)
}
