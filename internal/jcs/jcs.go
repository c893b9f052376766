// Package jcs writes JSON in its one canonical form, RFC 8785, so that two
// programs that mean the same value hash the same bytes.
//
// It is not a validator: numbers beyond a double lose digits as they do in
// JavaScript, which is what the RFC asks. Start with Canonical.
package jcs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// Canonical is the canonical form of one JSON value: no space, members sorted by
// their UTF-16 code units, numbers and strings as ECMAScript writes them. A text
// that is not one JSON value, or a number too large for a double, is an error.
func Canonical(text []byte) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("canonical JSON: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("canonical JSON: more than one value")
	}
	return write(make([]byte, 0, len(text)), value)
}

func write(out []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case map[string]any:
		return writeObject(out, v)
	case []any:
		return writeArray(out, v)
	case string:
		return writeString(out, v), nil
	case float64:
		if v == 0 {
			return append(out, '0'), nil // also for -0: RFC 8785, 3.2.2.3
		}
		text, err := json.Marshal(v) // writes numbers as ECMAScript does
		return append(out, text...), err
	case bool:
		return fmt.Append(out, v), nil
	}
	return append(out, "null"...), nil
}

func writeObject(out []byte, object map[string]any) (_ []byte, err error) {
	out = append(out, '{')
	for i, name := range slices.SortedFunc(maps.Keys(object), compareNames) {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(writeString(out, name), ':')
		if out, err = write(out, object[name]); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

func writeArray(out []byte, array []any) (_ []byte, err error) {
	out = append(out, '[')
	for i, value := range array {
		if i > 0 {
			out = append(out, ',')
		}
		if out, err = write(out, value); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

// compareNames orders by UTF-16 code units, which differs from the order of
// bytes for characters beyond the basic plane.
func compareNames(a, b string) int {
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}

// short are the escapes of two characters: RFC 8785, 3.2.2.2.
var short = map[rune]string{'\b': `\b`, '\t': `\t`, '\n': `\n`, '\f': `\f`, '\r': `\r`, '"': `\"`, '\\': `\\`}

func writeString(out []byte, text string) []byte {
	out = append(out, '"')
	for _, r := range text {
		if r >= ' ' && r != '"' && r != '\\' {
			out = utf8.AppendRune(out, r)
		} else if escape, ok := short[r]; ok {
			out = append(out, escape...)
		} else {
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return append(out, '"')
}
