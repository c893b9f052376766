package snapshot

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/places/placestest"
)

// asRead is what everybody else's JSON says of a feature.
type asRead struct {
	ID         float64
	Geometry   struct{ Coordinates [2]float64 }
	Properties struct {
		Name, Kind, Category, Group, Neighbourhood, State, Wheelchair string
	}
}

func (s shown) asRead() (r asRead) {
	r.ID, r.Geometry.Coordinates = s.id, [2]float64{s.lon, s.lat}
	p := &r.Properties
	p.Name, p.Kind, p.Category, p.Group = string(s.name), string(s.kind), string(s.category), string(s.group)
	p.Neighbourhood, p.State, p.Wheelchair = string(s.neighbourhood), string(s.state), string(s.wheelchair)
	return r
}

// TestShownIsWhatTheFeatureSays writes features in many ways: members of other objects with
// the same names, texts with quotes in them, names written with escapes, two of a kind.
func TestShownIsWhatTheFeatureSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.SampledFrom([]string{"", "open", `"state":"closed"`, `\`, "é", "a\nb", "{", "]", `,"`, "\u2028"})
		value := func(label string) string {
			written, _ := json.Marshal(text.Draw(rt, label))
			if rapid.Bool().Draw(rt, "escaped") {
				written = []byte(strings.ReplaceAll(string(written), "o", `\u006f`))
			}
			return string(written)
		}
		name := rapid.SampledFrom([]string{"state", "name", "kind", "category", "group", "neighbourhood", "wheelchair", `st\u0061te`, "extra", "opening_hours"})
		space := rapid.SampledFrom([]string{"", " ", "\n\t"})
		var properties []string
		for _, always := range []string{"kind", "category", "state"} {
			properties = append(properties, fmt.Sprintf(`"%s"%s:%s"x%d"`, always, space.Draw(rt, "space"), space.Draw(rt, "space"), len(properties)))
		}
		for range rapid.IntRange(0, 6).Draw(rt, "members") {
			member := `"` + name.Draw(rt, "name") + `":`
			switch rapid.IntRange(0, 3).Draw(rt, "form") {
			case 0:
				member = `"extra":{` + member + value("inside") + `,"n":[1,{"a":-2.5e3}],"b":true}`
			case 1:
				member = `"photos":[` + value("in a list") + `,null,{` + member + `"closed"}]`
			case 2:
				member = `"n":-12.5`
			default:
				member += value("text")
			}
			properties = append(properties, member)
		}
		whole := fmt.Sprintf(`{"type":"Feature","bbox":[1,2],"id":7,"geometry":{"type":"Point","coordinates":[-2.8343755,%s46.752568]},"properties":{%s}}`,
			space.Draw(rt, "space"), strings.Join(rapid.Permutation(properties).Draw(rt, "order"), ","+space.Draw(rt, "space")))
		var want asRead
		if err := json.Unmarshal([]byte(whole), &want); err != nil {
			rt.Fatalf("%s: %v", whole, err)
		}
		var s shown
		readable := want.Properties.Kind != "" && want.Properties.Category != "" && want.Properties.State != ""
		if got := s.read([]byte(whole)); got != readable || got && s.asRead() != want {
			rt.Fatalf("%s\nread %v: %+v\nwant %v: %+v", whole, got, s.asRead(), readable, want)
		}
	})
}

func TestWhatIsNoFeatureIsNotShown(t *testing.T) {
	t.Parallel()
	const sound = `{"id":7,"geometry":{"coordinates":[1,2]},"properties":{"kind":"service","category":"library","state":"open"}}`
	var s shown
	if !s.read([]byte(sound)) || s.id != 7 {
		t.Fatalf("%s: %+v", sound, s)
	}
	for _, change := range [][2]string{
		{`[1,2]`, `[1]`}, {`[1,2]`, `[1,2,3]`}, {`[1,2]`, `["1","2"]`}, {`[1,2]`, `null`}, {`{"coordinates":[1,2]}`, `null`},
		{`"open"`, `1`}, {`"open"`, `null`}, {`"open"`, `""`}, {`"open"`, `{"state":"open"}`}, {`"state"`, `"State"`}, {`"properties":`, `"p":`},
		{`{"kind"`, `[{"kind"`}, {sound, `null`}, {sound, `[]`}, {sound, `"x"`}, {sound, `{}`}, {sound, ``}, {sound, `{"`}, {sound, sound[:len(sound)-1]},
	} {
		text := strings.Replace(sound, change[0], change[1], 1)
		if s.read([]byte(text)) {
			t.Errorf("%s: %+v", text, s)
		}
	}
	for cut := range sound { // never beyond the end
		s.read([]byte(sound[:cut]))
	}
}

// TestNoColumnBesideTheFeatureIsShown changes, behind everybody's back, what questions to
// SQL read: lists, tiles and the search go by what the public log can prove.
func TestNoColumnBesideTheFeatureIsShown(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	db := pgtest.New(t)
	placestest.Write(t, db, placestest.RandomList(random, 1, 300)...)
	followed := open(t, db, Options{})
	before := fingerprint(followed.View())
	_, err := db.Exec(t.Context(), `
		update published_places
		set name = 'Nom détourné', category = 'toilets', group_id = 'x', kind = 'x', state = 'closed', wheelchair = 'x',
			neighbourhood = 'x', point = st_setsrid(st_makepoint(1, 1), 4326), hilbert = id`)
	if err != nil {
		t.Fatal(err)
	}
	if loaded := open(t, db, Options{}).View(); !slices.Equal(fingerprint(loaded), before) {
		t.Error("a load shows what the columns say")
	}
	_, err = db.Exec(t.Context(), `
		insert into changes (seq, place_id, revision, operation, at)
		select last.seq + row_number() over (), id, 1, 'update', updated_at
		from published_places, (select max(seq) as seq from changes) last`)
	if err != nil {
		t.Fatal(err)
	}
	var seq int64
	if err := db.QueryRow(t.Context(), `select max(seq) from changes`).Scan(&seq); err != nil {
		t.Fatal(err)
	}
	if got := fingerprint(waitFor(t, followed, seq)); !slices.Equal(got, before) {
		t.Error("a change shows what the columns say")
	}
	if _, err := db.Exec(t.Context(), `update published_places set feature = 'null' where id = 1`); err != nil {
		t.Fatal(err)
	}
	if view := open(t, db, Options{}).View(); view.Len() != len(before)-1 {
		t.Errorf("%d of %d places are shown when one feature cannot be read", view.Len(), len(before))
	}
}
