package snapshot

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// shown is what lists, filters, tiles and the search say of a place, read off its
// feature: what is answered of a place is then what everybody can compare with the
// public log, and no column beside the feature can hide, move or rename it.
// Texts are as JSON writes them between its quotes, unless they say otherwise.
type shown struct {
	name                                 []byte // plain
	kind, category, group, neighbourhood []byte // plain
	state, wheelchair                    []byte // plain
	hours, verified                      []byte
	id, lon, lat                         float64
}

// read takes a feature apart. It is false for what is no feature of a place.
func (s *shown) read(feature []byte) bool {
	*s = shown{}
	scan := scanner{text: feature}
	if s.scan(&scan) {
		return true
	}
	*s = shown{}
	return s.parse(feature)
}

// scan is read for features as they are rendered. It is false for everything else that
// JSON may be: a member's name written with an escape, say.
func (s *shown) scan(j *scanner) bool {
	located := false
	return j.members(func(name []byte) bool {
		switch string(name) {
		case "id":
			return j.number(&s.id)
		case "geometry":
			return j.members(func(name []byte) bool {
				if string(name) != "coordinates" {
					return j.skip()
				}
				located = j.position(&s.lon, &s.lat)
				return located
			})
		case "properties":
			*s = shown{id: s.id, lon: s.lon, lat: s.lat} // of two, everybody reads the latter
			return j.members(func(name []byte) bool { return s.property(j, name) })
		default:
			return j.skip()
		}
	}) && located && len(s.kind) > 0 && len(s.category) > 0 && len(s.state) > 0
}

// property reads one member of properties.
func (s *shown) property(j *scanner, name []byte) bool {
	switch string(name) {
	case "name":
		return j.plain(&s.name)
	case "kind":
		return j.plain(&s.kind)
	case "category":
		return j.plain(&s.category)
	case "group":
		return j.plain(&s.group)
	case "neighbourhood":
		return j.plain(&s.neighbourhood)
	case "state":
		return j.plain(&s.state)
	case "wheelchair":
		return j.plain(&s.wheelchair)
	case "opening_hours":
		return j.quoted(&s.hours)
	case "verified_at":
		return j.quoted(&s.verified)
	default:
		return j.skip()
	}
}

// parse is read for every feature, however it is written. Members are told apart by
// case, as everybody else's JSON does.
func (s *shown) parse(feature []byte) bool {
	var whole, geometry, properties map[string]json.RawMessage
	var position []float64
	if json.Unmarshal(feature, &whole) != nil || json.Unmarshal(whole["geometry"], &geometry) != nil ||
		json.Unmarshal(whole["properties"], &properties) != nil || json.Unmarshal(geometry["coordinates"], &position) != nil || len(position) != 2 {
		return false
	}
	if json.Unmarshal(whole["id"], &s.id) != nil {
		return false
	}
	s.lon, s.lat = position[0], position[1]
	for name, value := range properties {
		rendered := scanner{text: canonicalText(value)}
		if !s.property(&rendered, []byte(name)) {
			return false
		}
	}
	return len(s.kind) > 0 && len(s.category) > 0 && len(s.state) > 0
}

// canonicalText writes a text as features have it; other values stay.
func canonicalText(value json.RawMessage) []byte {
	var text string
	if json.Unmarshal(value, &text) != nil {
		return value
	}
	written, _ := json.Marshal(text) // a text always can be
	return written
}

// scanner reads JSON that is known to be valid, without a copy.
type scanner struct {
	text []byte
	at   int
}

// next skips white space and gives the byte that follows, 0 at the end.
func (j *scanner) next() byte {
	for ; j.at < len(j.text); j.at++ {
		switch c := j.text[j.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// takes a byte that must come next.
func (j *scanner) take(c byte) bool {
	if j.next() != c {
		return false
	}
	j.at++
	return true
}

// members reads an object: each reads the value of a member. It is false where a name
// is written with an escape.
func (j *scanner) members(each func(name []byte) bool) bool {
	if !j.take('{') {
		return false
	}
	for !j.take('}') {
		var name []byte
		if !j.quoted(&name) || bytes.IndexByte(name, '\\') >= 0 || !j.take(':') || !each(name) {
			return false
		}
		if !j.take(',') && j.next() != '}' {
			return false
		}
	}
	return true
}

// quoted reads a text as it is written.
func (j *scanner) quoted(text *[]byte) bool {
	if !j.take('"') {
		return false
	}
	from := j.at
	for j.at < len(j.text) {
		switch j.text[j.at] {
		case '\\':
			j.at += 2
		case '"':
			*text = j.text[from:j.at]
			j.at++
			return true
		default:
			j.at++
		}
	}
	return false
}

// plain reads a text.
func (j *scanner) plain(text *[]byte) bool {
	if j.next() != '"' {
		return false
	}
	from := j.at
	if !j.quoted(text) {
		return false
	}
	if bytes.IndexByte(*text, '\\') < 0 {
		return true
	}
	var unescaped string
	if json.Unmarshal(j.text[from:j.at], &unescaped) != nil || strings.ContainsRune(unescaped, 0) {
		return false // no text of ours holds a zero byte
	}
	*text = []byte(unescaped)
	return true
}

// position reads an array of two numbers.
func (j *scanner) position(lon, lat *float64) bool {
	return j.take('[') && j.number(lon) && j.take(',') && j.number(lat) && j.take(']')
}

func (j *scanner) number(n *float64) bool {
	j.next()
	from := j.at
	for j.at < len(j.text) && bytes.IndexByte([]byte(",]} \t\r\n"), j.text[j.at]) < 0 {
		j.at++
	}
	var err error
	*n, err = strconv.ParseFloat(string(j.text[from:j.at]), 64)
	return err == nil
}

// skip passes over a value.
func (j *scanner) skip() bool {
	from, depth := j.at, 0
	for j.at < len(j.text) {
		switch j.next() {
		case '"':
			var text []byte
			if !j.quoted(&text) {
				return false
			}
			if depth == 0 {
				return true
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 { // ends what holds a number
				return true
			}
			if depth--; depth == 0 {
				j.at++
				return true
			}
		case ',':
			if depth == 0 { // a number, or a word
				return true
			}
		}
		j.at++
	}
	return depth == 0 && j.at > from // a number, or a word, and nothing behind it
}
