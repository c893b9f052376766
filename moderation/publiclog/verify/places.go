package verify

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/jcs"
	"cartoquartiers/places"
)

// shown is what the map shows to everybody.
type shown struct {
	features  map[places.ID][]byte
	revisions map[revision]opened
	latest    map[places.ID]revision
}

// opened is a revision as /log/revisions shows it.
type opened struct {
	erased     bool
	text       []byte // the content, canonical
	commitment [32]byte
	document   map[string]any
	provenance map[string]provenance
}

type provenance struct {
	Source  string `json:"source"`
	Licence string `json:"licence"`
	Role    string `json:"role"`
}

// everyPlace is the whole published collection, one GeoJSON feature a line.
const everyPlace = "ogc/collections/places/items?f=geojsonl&state=open,closed_temporarily,closed"

func (l *look) readShown() (shown, error) {
	s := shown{features: make(map[places.ID][]byte), revisions: make(map[revision]opened), latest: make(map[places.ID]revision)}
	body, err := l.get(everyPlace)
	if err != nil {
		return s, err
	}
	for line := range lines(body) {
		var feature struct {
			ID places.ID `json:"id"`
		}
		if err := json.Unmarshal(line, &feature); err != nil {
			return s, fault.Wrap(fault.Invalid, err, "a published place is not JSON")
		}
		s.features[feature.ID] = line
	}
	for after := (revision{}); ; {
		body, err := l.get(fmt.Sprintf("log/revisions?after=%d.%d", after.place, after.number))
		if err != nil {
			return s, err
		}
		before := after
		for line := range lines(body) {
			if after, err = s.open(line); err != nil {
				return s, err
			}
		}
		if after == before {
			return s, nil
		}
	}
}

// open reads a line of /log/revisions: the members c and key, and the content.
func (s *shown) open(line []byte) (revision, error) {
	var members map[string]json.RawMessage
	var head struct {
		C, Key     string
		Erased     bool
		Place      places.ID
		Revision   int
		Document   map[string]any
		Provenance map[string]provenance
	}
	if err := json.Unmarshal(line, &head); err != nil {
		return revision{}, fault.Wrap(fault.Invalid, err, "a line of log/revisions is not understood")
	}
	if err := json.Unmarshal(line, &members); err != nil {
		return revision{}, fault.Wrap(fault.Invalid, err, "a line of log/revisions is not understood")
	}
	name := revision{head.Place, head.Revision}
	one := opened{erased: head.Erased, document: head.Document, provenance: head.Provenance}
	if !head.Erased {
		key, err := hash(head.Key)
		if err != nil {
			return name, err
		}
		delete(members, "c")
		delete(members, "key")
		rest, err := json.Marshal(members)
		if err != nil {
			return name, err
		}
		if one.text, err = jcs.Canonical(rest); err != nil {
			return name, fault.Wrap(fault.Invalid, err, "place %d, revision %d cannot be read", name.place, name.number)
		}
		one.commitment = places.Commit(key, one.text)
	}
	stated, err := hash(head.C)
	if head.Erased {
		one.commitment = stated // all that is left; the log must have it
	}
	if err != nil || stated != one.commitment {
		return name, fault.New(fault.Invalid, "place %d, revision %d is not opened by its key: its content, its key or its commitment was changed", name.place, name.number)
	}
	s.revisions[name] = one
	if s.latest[name.place].number < name.number {
		s.latest[name.place] = name
	}
	return name, nil
}

func hash(text string) (value [32]byte, err error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(value) {
		return value, fault.New(fault.Invalid, "%q is not a hash", text)
	}
	return [32]byte(raw), nil
}

// comparePlaces compares what is shown with the log, both ways: nothing is shown
// that the log does not know, and nothing that the log knows is missing.
func (l *look) comparePlaces(s shown) {
	if l.log.committed == nil {
		return // the log could not be read; that is told already
	}
	before := len(l.report.Problems)
	for _, name := range sortedRevisions(s.revisions) {
		l.compareRevision(name, s.revisions[name])
	}
	for _, name := range sortedRevisions(l.log.committed) {
		_, isShown := s.revisions[name]
		withdrawn := l.log.withdrawn[name.place]
		switch {
		case withdrawn != "" && isShown:
			l.problem("Place %d was %s according to the log, and revision %d is shown all the same.", name.place, withdrawn, name.number)
		case withdrawn == "" && !isShown:
			l.problem("Place %d, revision %d is in the log and has disappeared from the map: no entry says that it was hidden, merged or erased.", name.place, name.number)
		}
	}
	l.compareFeatures(s)
	l.moving = len(l.report.Problems) > before
}

func (l *look) compareRevision(name revision, one opened) {
	logged, known := l.log.committed[name]
	switch {
	case !known:
		l.problem("Place %d, revision %d is shown, and the log does not know it.", name.place, name.number)
	case logged != one.commitment:
		l.problem("Place %d, revision %d is not what the log committed to: its content or its key was changed.", name.place, name.number)
	case one.erased && !l.log.isErased(name):
		l.problem("Place %d, revision %d was emptied, and no entry of the log says so.", name.place, name.number)
	default:
		l.report.Revisions++
	}
}

func (l *look) compareFeatures(s shown) {
	for _, place := range slices.Sorted(maps.Keys(s.latest)) {
		feature, published := s.features[place]
		one := s.revisions[s.latest[place]]
		switch {
		case !published:
			l.problem("Place %d has a history, and is not among the published places.", place)
		case one.erased:
			l.problem("Place %d is published, and the content of its last revision was erased.", place)
		case !says(feature, s.latest[place], one):
			l.problem("Place %d is not published as its revision %d says.", place, s.latest[place].number)
		default:
			l.report.Places++
		}
	}
	for _, place := range slices.Sorted(maps.Keys(s.features)) {
		if _, known := s.latest[place]; !known {
			l.problem("Place %d is published without any history.", place)
		}
	}
}

func sortedRevisions[V any](all map[revision]V) []revision {
	return slices.SortedFunc(maps.Keys(all), func(a, b revision) int {
		if a.place != b.place {
			return int(a.place - b.place)
		}
		return a.number - b.number
	})
}

// says compares a published feature with what its revision makes of it.
func says(feature []byte, name revision, one opened) bool {
	var got map[string]any
	if json.Unmarshal(feature, &got) != nil {
		return false
	}
	properties, ok := got["properties"].(map[string]any)
	if !ok {
		return false
	}
	// These three follow from the map around the place, not from its content
	// (docs/decisions/0003): they change without a revision.
	for _, derived := range []string{"group", "neighbourhood", "updated_at"} {
		delete(properties, derived)
	}
	want := map[string]any{
		"type": "Feature", "id": name.place,
		"geometry":   map[string]any{"type": "Point", "coordinates": one.document["position"]},
		"properties": propertiesOf(name, one),
	}
	return bytes.Equal(canonical(got), canonical(want))
}

// canonical is nil for what cannot be written, which equals nothing valid.
func canonical(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		return nil
	}
	text, err = jcs.Canonical(text)
	if err != nil {
		return nil
	}
	return text
}
