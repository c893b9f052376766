package jcs

import (
	"bytes"
	"encoding/json"
	"slices"
	"unicode/utf16"
)

// member is one member of an object, as it was written to the output.
type member struct {
	name       []byte // in quotes, canonical
	start, end int    // of name, colon and value in the output
}

func (w *writer) object() error {
	w.at++
	begin := len(w.out)
	w.out = append(w.out, '{')
	var few [16]member
	members := few[:0]
	for w.peek() != '}' {
		if w.peek() == ',' {
			w.at++
		}
		w.peek()
		one := member{start: len(w.out)}
		if err := w.text(); err != nil {
			return err
		}
		nameEnd := len(w.out)
		w.peek()
		w.at++ // the colon
		w.out = append(w.out, ':')
		if err := w.value(); err != nil {
			return err
		}
		one.name, one.end = w.out[one.start:nameEnd], len(w.out)
		members = append(members, one)
		w.out = append(w.out, ',')
	}
	w.at++
	w.close(begin, members)
	return nil
}

// close puts the members in order, unless they are, and ends the object.
func (w *writer) close(begin int, members []member) {
	sorted := true
	for i := range members {
		members[i].name = w.out[members[i].start : members[i].start+len(members[i].name)] // out may have moved
		sorted = sorted && (i == 0 || compareNames(members[i-1].name, members[i].name) < 0)
	}
	if !sorted {
		written := slices.Clone(w.out[begin:])
		slices.SortStableFunc(members, func(a, b member) int { return compareNames(a.name, b.name) })
		ordered := append(make([]byte, 0, len(written)), '{')
		for i, one := range members {
			if i+1 < len(members) && bytes.Equal(one.name, members[i+1].name) {
				continue // the last of one name counts
			}
			ordered = append(append(ordered, written[one.start-begin:one.end-begin]...), ',')
		}
		w.out = append(w.out[:begin], ordered...)
	}
	if len(members) > 0 {
		w.out = w.out[:len(w.out)-1] // the last comma
	}
	w.out = append(w.out, '}')
}

// compareNames orders by UTF-16 code units, which for ASCII is the order of
// bytes. Names come in quotes: escapes and the closing quote sort otherwise than
// what they stand for, so that those are decoded.
func compareNames(a, b []byte) int {
	if simple(a) && simple(b) {
		return bytes.Compare(a[1:len(a)-1], b[1:len(b)-1])
	}
	return slices.Compare(units(a), units(b))
}

func simple(name []byte) bool {
	for _, c := range name {
		if c == '\\' || c >= 0x80 {
			return false
		}
	}
	return true
}

func units(name []byte) []uint16 {
	var text string
	if json.Unmarshal(name, &text) != nil {
		return nil // it was written by us: it is a string
	}
	return utf16Of(text)
}

func utf16Of(text string) []uint16 { return utf16.Encode([]rune(text)) }
