package publiclog_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"cartoquartiers/internal/jcs"
	"cartoquartiers/internal/pg"
	"cartoquartiers/moderation/publiclog"
	"cartoquartiers/places"
)

func TestLeavesTakeCodesAndNoText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, change := range map[string]func(*publiclog.Leaf){
		"a sentence":        func(l *publiclog.Leaf) { l.Reason = "Rude to Mrs Martin" },
		"an e-mail address": func(l *publiclog.Leaf) { l.Rule = "anna@example.fr" },
		"a name in a code":  func(l *publiclog.Leaf) { l.Outcome = "Accepted" },
		"a long code":       func(l *publiclog.Leaf) { l.Neighbourhood = strings.Repeat("a", 65) },
		"a speaking item":   func(l *publiclog.Leaf) { l.Item = "contribution-12" },
		"an unknown event":  func(l *publiclog.Leaf) { l.Event = "noticed" },
	} {
		one := leaf(1)
		change(&one)
		err := pg.InTx(t.Context(), w.db, func(tx pgx.Tx) error {
			_, err := publiclog.Append(t.Context(), tx, one)
			return err
		})
		if err == nil {
			t.Errorf("the log took %s", name)
		}
	}
}

func TestALeafSaysTheSameOnceParsed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, event := range publiclog.AllEvents {
		want := publiclog.Leaf{
			Event: event, Item: uuid(7), At: noon, Place: 12, Revision: 3, Into: 4, Outcome: "accepted", Reason: "out-of-scope",
			Rule: "agent.own_territory", Neighbourhood: "vieux-bourg", Commitment: [32]byte{1}, Count: 5, Root: [32]byte{2},
		}
		receipt := w.append(t, want)[0]
		got, err := publiclog.ParseLeaf(receipt.Entry)
		want.At = want.At.Truncate(24 * 60 * 60 * 1e9) // the hour stays private
		if err != nil || got != want {
			t.Errorf("%s\n got %+v, %v\nwant %+v", receipt.Entry, got, err, want)
		}
		canonical, err := jcs.Canonical(receipt.Entry)
		if err != nil || !bytes.Equal(canonical, receipt.Entry) {
			t.Errorf("%s is not canonical: %s, %v", receipt.Entry, canonical, err)
		}
		if bytes.Contains(receipt.Entry, []byte("12:00")) {
			t.Errorf("%s tells the hour", receipt.Entry)
		}
	}
}

func TestTwoLeavesThatSayTheSameAreTwo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	receipts := w.append(t, leaf(1), leaf(1))
	if receipts[0].Leaf == receipts[1].Leaf {
		t.Error("one could stand for both")
	}
	w.integrate(t)
	w.whole(t, receipts)
}

func FuzzParseLeaf(f *testing.F) {
	f.Add([]byte(`{"c":"00","day":"2026-05-01","event":"received","item":"00000000-0000-4000-8000-000000000001","v":1}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if leaf, err := publiclog.ParseLeaf(text); err == nil && !json.Valid(text) {
			t.Errorf("%q became %+v", text, leaf)
		}
	})
}

// The frontier and package tlog compute the same roots.
func TestFrontier(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(0, 600).Draw(t, "leaves")
		var stored []tlog.Hash
		reader := tlog.HashReaderFunc(func(indexes []int64) (hashes []tlog.Hash, _ error) {
			for _, i := range indexes {
				hashes = append(hashes, stored[i])
			}
			return hashes, nil
		})
		var frontier publiclog.Frontier
		for i := range count {
			hash := tlog.RecordHash([]byte{byte(i), byte(i >> 8)})
			frontier.Push(hash)
			more, err := tlog.StoredHashesForRecordHash(int64(i), hash, reader)
			if err != nil {
				t.Fatal(err)
			}
			stored = append(stored, more...)
		}
		want, err := tlog.TreeHash(int64(count), reader)
		if err != nil || frontier.Root() != want || frontier.Size() != int64(count) {
			t.Fatalf("%d leaves: root %v, want %v, %v", count, frontier.Root(), want, err)
		}
	})
}

func TestCommitmentsOpenWithTheirKeyAlone(t *testing.T) {
	content := places.Content{
		At: noon, Document: json.RawMessage(`{"name": {"fr": "Café"}, "position": [2.0, 48.10]}`), Footprint: []byte{1, 0xab},
		Place: 12, Provenance: json.RawMessage(`{"name.fr": {"source": "osm"}}`), Revision: 3,
	}
	canonical, err := content.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"at":"2026-05-01T12:00:00Z","document":{"name":{"fr":"Café"},"position":[2,48.1]},"footprint":"01ab","place":12,"provenance":{"name.fr":{"source":"osm"}},"revision":3}`
	if string(canonical) != want {
		t.Errorf("canonical %s", canonical)
	}
	got := fmt.Sprintf("%x", places.Commit([32]byte{7}, canonical))
	if other := "7f5dd3d58248d67c864874c0c3f980942c0ac266dbdad3c7accae485e3ca6c4a"; got != other {
		t.Errorf("commitment %s, Node.js computes %s", got, other)
	}
}
