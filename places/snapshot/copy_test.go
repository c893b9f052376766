package snapshot

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"cartoquartiers/internal/pg/pgtest"
)

// copied is a COPY of rows with nulls, empty and long values, as PostgreSQL writes it.
func copied(t *testing.T) []byte {
	t.Helper()
	conn, err := pgtest.New(t).Acquire(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	var stream bytes.Buffer
	_, err = conn.Conn().PgConn().CopyTo(context.Background(), &stream, `
		copy (select n, nullif(n % 3, 0)::int, repeat('x', n * 7), '' from generate_series(1, 40) n) to stdout (format binary)`)
	if err != nil {
		t.Fatal(err)
	}
	return stream.Bytes()
}

func rowsOf(pieces [][]byte) (rows []string, err error) {
	stream := &copyStream{row: func(columns [][]byte) error {
		rows = append(rows, fmt.Sprintf("%x %v", columns, columns[1] == nil))
		return nil
	}}
	for _, piece := range pieces {
		if _, err := stream.Write(piece); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func TestCopyIsReadInAnyPieces(t *testing.T) {
	t.Parallel()
	stream := copied(t)
	whole, err := rowsOf([][]byte{stream})
	if err != nil || len(whole) != 40 {
		t.Fatalf("%d rows, %v", len(whole), err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		var pieces [][]byte
		for rest := stream; len(rest) > 0; {
			size := min(len(rest), rapid.IntRange(1, 300).Draw(rt, "size"))
			pieces, rest = append(pieces, bytes.Clone(rest[:size])), rest[size:]
		}
		if rows, err := rowsOf(pieces); err != nil || !slices.Equal(rows, whole) {
			rt.Fatalf("%d rows in %d pieces, %v", len(rows), len(pieces), err)
		}
	})
}

func TestCopyThatIsNoneIsRefused(t *testing.T) {
	if rows, err := rowsOf([][]byte{[]byte("PGDUMP and something else altogether")}); err == nil {
		t.Errorf("%d rows, want an error", len(rows))
	}
}
