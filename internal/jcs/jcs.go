// Package jcs writes JSON in its one canonical form, RFC 8785, so that two
// programs that mean the same value hash the same bytes.
//
// It works on the text, without building the value. Numbers beyond a double lose
// digits as they do in JavaScript, which is what the RFC asks. Start with Canonical; who writes a value of a known
// type uses the Append functions and Names.
package jcs

import (
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// Canonical is the canonical form of one JSON value: no space, members sorted by
// their UTF-16 code units, numbers and strings as ECMAScript writes them. Of
// members of one name the last counts, as for JSON.parse. A text that is not one
// JSON value in UTF-8, or a number too large for a double, is an error.
func Canonical(text []byte) ([]byte, error) {
	if !json.Valid(text) || !utf8.Valid(text) {
		return nil, errors.New("canonical JSON: the text is not one JSON value in UTF-8")
	}
	w := writer{in: text, out: make([]byte, 0, len(text))}
	if err := w.value(); err != nil {
		return nil, err
	}
	return w.out, nil
}

// writer reads valid JSON and writes its canonical form.
type writer struct {
	in  []byte
	at  int // in in
	out []byte
}

// peek skips space and gives the next byte.
func (w *writer) peek() byte {
	for {
		switch c := w.in[w.at]; c {
		case ' ', '\t', '\n', '\r':
			w.at++
		default:
			return c
		}
	}
}

func (w *writer) value() error {
	switch c := w.peek(); {
	case c == '{':
		return w.object()
	case c == '[':
		return w.array()
	case c == '"':
		return w.text()
	case c == '-' || c >= '0' && c <= '9':
		return w.number()
	}
	start := w.at // true, false, null
	for w.at < len(w.in) && w.in[w.at] >= 'a' && w.in[w.at] <= 'z' {
		w.at++
	}
	w.out = append(w.out, w.in[start:w.at]...)
	return nil
}

func (w *writer) array() error {
	w.at++
	w.out = append(w.out, '[')
	for w.peek() != ']' {
		if w.peek() == ',' {
			w.at++
			w.out = append(w.out, ',')
		}
		if err := w.value(); err != nil {
			return err
		}
	}
	w.at++
	w.out = append(w.out, ']')
	return nil
}
