package jcs

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// AppendString writes a string as Canonical would. Bytes that are not UTF-8 become U+FFFD, as for encoding/json.
func AppendString(to []byte, text string) []byte {
	to = append(to, '"')
	plain := 0 // from here to i nothing needs an escape
	for i := 0; i < len(text); {
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		r, size := rune(c), 1
		if c >= utf8.RuneSelf {
			if r, size = utf8.DecodeRuneInString(text[i:]); r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
		}
		to = appendEscape(append(to, text[plain:i]...), r)
		i += size
		plain = i
	}
	return append(append(to, text[plain:]...), '"')
}

// short are the escapes of two characters: RFC 8785, 3.2.2.2.
var short = map[rune]string{'\b': `\b`, '\t': `\t`, '\n': `\n`, '\f': `\f`, '\r': `\r`, '"': `\"`, '\\': `\\`}

func appendEscape(to []byte, r rune) []byte {
	if escape, ok := short[r]; ok {
		return append(to, escape...)
	}
	if r == utf8.RuneError {
		return utf8.AppendRune(to, r)
	}
	return fmt.Appendf(to, `\u%04x`, r)
}

// AppendNumber writes a finite number as ECMAScript does (RFC 8785, 3.2.2.3).
func AppendNumber(to []byte, value float64) []byte {
	if value == 0 {
		return append(to, '0') // also for -0
	}
	if size := math.Abs(value); size >= 1e-6 && size < 1e21 {
		return strconv.AppendFloat(to, value, 'f', -1, 64)
	}
	start := len(to)
	to = strconv.AppendFloat(to, value, 'e', -1, 64)
	if n := len(to); n-start >= 4 && to[n-4] == 'e' && to[n-2] == '0' { // e-07 becomes e-7
		to[n-2] = to[n-1]
		to = to[:n-1]
	}
	return to
}

// AppendTexts writes an object of strings as Canonical would.
func AppendTexts(to []byte, texts map[string]string) []byte {
	to = append(to, '{')
	for i, name := range Names(texts, make([]string, 0, 16)) {
		if i > 0 {
			to = append(to, ',')
		}
		to = AppendString(append(AppendString(to, name), ':'), texts[name])
	}
	return append(to, '}')
}

// Names are the keys of an object in the order of its members, in room if they fit.
func Names[V any](object map[string]V, room []string) []string {
	for name := range object {
		room = append(room, name)
	}
	if len(room) > 1 {
		slices.SortFunc(room, Compare)
	}
	return room
}

// Compare orders the names of members: by UTF-16 code units, which for ASCII is the order of bytes.
func Compare(a, b string) int {
	if ascii(a) && ascii(b) {
		return strings.Compare(a, b)
	}
	return slices.Compare(utf16Of(a), utf16Of(b))
}

func ascii(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
