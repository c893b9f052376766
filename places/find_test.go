package places_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/places"
)

func TestFindSearchesAndSorts(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	names := []string{"Phâre", "école Zola", "Épicerie solidaire", "", "Zinc"}
	for i, name := range names {
		d := draft(name, orb.Point{float64(i), 1})
		d.Document.Address = &places.Address{Street: "rue de l'Évêché"}
		published, err := places.Publish(t.Context(), db, taxonomy, places.Cause{At: noon.Add(time.Duration(-i) * time.Hour)}, []places.Draft{d})
		if err != nil || published[0].Place != places.ID(i+1) {
			t.Fatal(published, err)
		}
	}
	near := &orb.Point{2.2, 1}
	for name, c := range map[string]struct {
		question places.Question
		want     []places.ID
	}{
		"name folds accents and case": {places.Question{Sort: places.ByName}, []places.ID{2, 3, 1, 5, 4}},
		"name from the end":           {places.Question{Sort: places.ByName, Descending: true}, []places.ID{4, 5, 1, 3, 2}},
		"updated":                     {places.Question{Sort: places.ByUpdated}, []places.ID{5, 4, 3, 2, 1}},
		"distance":                    {places.Question{Sort: places.ByDistance, Near: near}, []places.ID{3, 4, 2, 5, 1}},
		"a word of the name":          {places.Question{Text: "PHAR", Sort: places.ByName}, []places.ID{1}},
		"two words, two fields":       {places.Question{Text: "zola evêch", Sort: places.ByName}, []places.ID{2}},
		"label of the category":       {places.Question{Text: "bibliotheque", Sort: places.ByDistance, Near: near}, []places.ID{3, 4, 2, 5, 1}},
		"signs are no operators":      {places.Question{Text: "zola & !('epicerie'"}, nil},
	} {
		c.question.Limit = 10
		found, err := places.Find(t.Context(), db, c.question)
		if err != nil || !slices.Equal(found.IDs, c.want) {
			t.Errorf("%s: %v, %v; want %v", name, found.IDs, err, c.want)
		}
		c.question.Limit = 2
		if paged := pages(t, c.question, func(q places.Question) (places.Found, error) { return places.Find(t.Context(), db, q) }); !slices.Equal(paged, c.want) {
			t.Errorf("%s, in pages of two: %v; want %v", name, paged, c.want)
		}
		if total, err := places.Count(t.Context(), db, c.question); err != nil || total != len(c.want) {
			t.Errorf("%s: counts %d, %v; want %d", name, total, err, len(c.want))
		}
	}
}

func pages(t *testing.T, q places.Question, find func(places.Question) (places.Found, error)) (ids []places.ID) {
	t.Helper()
	for {
		found, err := find(q)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, found.IDs...)
		if !found.More {
			return ids
		}
		after, err := places.ParseMark(found.Next.String())
		if err != nil || after != found.Next {
			t.Fatalf("mark %+v came back as %+v, %v", found.Next, after, err)
		}
		q.After = after
	}
}

func TestFindRefusesWhatItCannotAnswer(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for field, q := range map[string]places.Question{
		"near": {Sort: places.ByDistance},
		"q":    {Text: " ?! "},
	} {
		q.Limit = 1
		if _, err := places.Find(t.Context(), db, q); !fault.Is(err, fault.Invalid) || !strings.HasPrefix(err.Error(), field+": ") {
			t.Errorf("%s: %v", field, err)
		}
	}
	forged := places.Question{After: places.Mark{Key: "'; drop table places", ID: 1}, Limit: 1}
	if _, err := places.Find(t.Context(), db, forged); !fault.Is(err, fault.Invalid) {
		t.Errorf("a forged mark: %v", err)
	}
	for _, text := range []string{"***", "e30x"} {
		if _, err := places.ParseMark(text); !fault.Is(err, fault.Invalid) {
			t.Errorf("ParseMark(%q): %v", text, err)
		}
	}
	if _, _, err := places.ParseSort("colour"); !fault.Is(err, fault.Invalid) {
		t.Errorf("ParseSort(colour): %v", err)
	}
	if _, err := places.MergedInto(t.Context(), db, 1); !fault.Is(err, fault.NotFound) {
		t.Errorf("MergedInto: %v", err)
	}
}

func TestRevisionsTellTheHistoryAndNothingPrivate(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	d := draft("Un", orb.Point{1, 1})
	place := publish(t, db, d)[0].Place
	for i, name := range []string{"Deux", "Trois"} {
		d.Place, d.Base = place, i+1
		d.Document.Name = places.Text{places.Undetermined: name}
		publish(t, db, d)
	}
	revisions, err := places.Revisions(t.Context(), db, place, 0, 2)
	if err != nil || len(revisions) != 2 || revisions[0].Number != 3 || revisions[1].Number != 2 {
		t.Fatalf("%+v, %v", revisions, err)
	}
	if !slices.Equal(revisions[1].Changed, []string{"name.und"}) {
		t.Errorf("changed %v", revisions[1].Changed)
	}
	rest, err := places.Revisions(t.Context(), db, place, 2, 2)
	if err != nil || len(rest) != 1 || rest[0].Number != 1 || !slices.Contains(rest[0].Changed, "position") {
		t.Fatalf("%+v, %v", rest, err)
	}
	for _, revision := range append(revisions, rest...) {
		if text := string(revision.Document) + string(revision.Provenance); strings.Contains(text, "CANARY") || strings.Contains(text, "private") {
			t.Errorf("revision %d shows what is private: %s", revision.Number, text)
		}
	}
	if _, err := places.Revisions(t.Context(), db, 999, 0, 2); !fault.Is(err, fault.NotFound) {
		t.Errorf("no such place: %v", err)
	}
}

func TestCSVDefusesFormulas(t *testing.T) {
	t.Parallel()
	d := draft("=HYPERLINK(\"http://x\")", orb.Point{-1.5, -47.25})
	d.Document.Phone, d.Document.Operator = "+33240000000", "@cmd"
	d.Document.Address = &places.Address{Text: "+1+cmd|' /C calc'!A0"}
	feature, err := places.RenderFeature(d.Document, d.Provenance, places.Standing{Place: 9, Revision: 1, UpdatedAt: noon, Group: "culture"})
	if err != nil {
		t.Fatal(err)
	}
	record, err := places.CSVRecord(feature)
	if err != nil || len(record) != len(places.CSVHeader) {
		t.Fatalf("%d cells for %d columns, %v", len(record), len(places.CSVHeader), err)
	}
	cell := func(column string) string { return record[slices.Index(places.CSVHeader, column)] }
	for column, want := range map[string]string{
		"id": "9", "name": "'=HYPERLINK(\"http://x\")", "operator": "'@cmd", "address": "'+1+cmd|' /C calc'!A0",
		"phone": "+33240000000", "longitude": "-1.5", "latitude": "-47.25", "licence": "etalab-2.0", "updated_at": "2026-05-01T12:00:00Z",
	} {
		if got := cell(column); got != want {
			t.Errorf("%s = %q, want %q", column, got, want)
		}
	}
}

func TestFindKeepsItsOrderAmongEquals(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	want := []places.ID{}
	for i := range 7 {
		publish(t, db, draft("Même nom", orb.Point{1, 1}))
		want = append(want, places.ID(i+1))
	}
	backwards := slices.Clone(want)
	slices.Reverse(backwards)
	for _, sort := range append(places.AllSorts, places.ByPosition) {
		q := places.Question{Sort: sort, Near: &orb.Point{2, 2}, Limit: 2}
		find := func(q places.Question) (places.Found, error) { return places.Find(t.Context(), db, q) }
		if got := pages(t, q, find); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", sort, got, want)
		}
		q.Descending = true
		if got := pages(t, q, find); !slices.Equal(got, backwards) {
			t.Errorf("-%q: %v, want %v", sort, got, backwards)
		}
	}
}
