// Package fault gives errors a kind that every outside face of the program
// (HTTP, command line, import report) can translate without guessing.
//
// It is not a logging or wrapping library: wrap with fmt.Errorf and %w when an
// error crosses a package, and make a fault where the cause is understood.
// Anything that is not a fault is internal: logged with its chain, shown as such.
package fault

import (
	"errors"
	"fmt"
)

// Kind says what went wrong from the caller's side.
type Kind int

// The kinds, in the order of their usual HTTP statuses.
const (
	Internal        Kind = iota // our bug or our machine: 500
	Invalid                     // the input is wrong: 400 or 422
	Unauthenticated             // we do not know who asks: 401
	Forbidden                   // we know, and the answer is no: 403
	NotFound                    // absent, or hidden from this caller: 404
	NotAcceptable               // no representation that the caller takes: 406
	MediaType                   // a body in a form that is not taken: 415
	Conflict                    // the state has moved on: 409
	Stale                       // another version than the one named: 412
	Unconditional               // the version must be named: 428
	TooLarge                    // more than we take: 413
	Unreadable                  // a body of the right form that holds nothing usable: 422
	Reused                      // a key that stands for another request: 422
	TooMany                     // too often: 429
	Unavailable                 // not now, try again: 503
)

// AllKinds lists every kind, for tests that must cover each.
var AllKinds = []Kind{
	Internal, Invalid, Unauthenticated, Forbidden, NotFound, NotAcceptable, MediaType,
	Conflict, Stale, Unconditional, TooLarge, Unreadable, Reused, TooMany, Unavailable,
}

// String is the stable lower-case name used in problem types and logs.
func (k Kind) String() string {
	switch k {
	case Internal:
		return "internal"
	case Invalid:
		return "invalid"
	case Unauthenticated:
		return "unauthenticated"
	case Forbidden:
		return "forbidden"
	case NotFound:
		return "not-found"
	case NotAcceptable:
		return "not-acceptable"
	case MediaType:
		return "media-type"
	case Conflict:
		return "conflict"
	case Stale:
		return "stale"
	case Unconditional:
		return "unconditional"
	case TooLarge:
		return "too-large"
	case Unreadable:
		return "unreadable"
	case Reused:
		return "reused"
	case TooMany:
		return "too-many"
	case Unavailable:
		return "unavailable"
	}
	return fmt.Sprintf("kind(%d)", int(k))
}

// Field is one wrong part of an input.
type Field struct {
	Name    string // a query parameter, a flag, or a JSON pointer (RFC 6901)
	Message string
	said    sentence
}

// Error is an error with a kind, a sentence for the person, and a chain for us.
type Error struct {
	Kind    Kind
	Message string
	Fields  []Field
	Err     error
	said    sentence
}

// Error joins the sentence and the chain; show a person Message alone.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Message
	}
	return e.Message + ": " + e.Err.Error()
}

// Unwrap gives the cause, which may be nil.
func (e *Error) Unwrap() error { return e.Err }

// New makes a fault without a cause; use Wrap where there is one.
func New(kind Kind, format string, args ...any) *Error {
	return Wrap(kind, nil, format, args...)
}

// Wrap makes a fault whose message is for the person and whose cause is for us.
func Wrap(kind Kind, cause error, format string, args ...any) *Error {
	said := sentence{format, args}
	return &Error{Kind: kind, Message: said.in(nil), Err: cause, said: said}
}

// InvalidField makes an Invalid fault about one named field.
func InvalidField(name, format string, args ...any) *Error {
	return InvalidFields([]Field{Wrong(name, format, args...)})
}

// Wrong says what is wrong with one named field, for InvalidFields.
func Wrong(name, format string, args ...any) Field {
	said := sentence{format, args}
	return Field{Name: name, Message: said.in(nil), said: said}
}

// InvalidFields makes an Invalid fault about several fields at once, at least one.
func InvalidFields(fields []Field) *Error {
	if len(fields) == 1 {
		return &Error{Kind: Invalid, Message: fields[0].Name + ": " + fields[0].Message, Fields: fields}
	}
	f := New(Invalid, "%d fields are wrong", len(fields))
	f.Fields = fields
	return f
}

// KindOf finds the kind of the outermost fault in a chain; Internal if there is none.
func KindOf(err error) Kind {
	var f *Error
	if errors.As(err, &f) {
		return f.Kind
	}
	return Internal
}

// Is reports whether err carries a fault of this kind.
func Is(err error, kind Kind) bool {
	var f *Error
	return errors.As(err, &f) && f.Kind == kind
}
