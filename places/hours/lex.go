package hours

import (
	"strings"

	"cartoquartiers/internal/fault"
)

type tokenKind int

const (
	word    tokenKind = iota // letters, lower case
	number                   // digits
	comment                  // the inside of "…"
	mark                     // one of ; , - : + / ( ) [ ] |
	end
)

type token struct {
	kind tokenKind
	text string
}

// longest is how many bytes of opening hours are read at all; OSM values have 255 characters.
const longest = 2048

// lex cuts a value into tokens. Spaces separate and mean nothing else.
func lex(text string) ([]token, error) {
	if len(text) > longest {
		return nil, fault.New(fault.Invalid, "longer than %d bytes", longest)
	}
	var tokens []token
	for len(text) > 0 {
		switch c := text[0]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			text = text[1:]
		case c == '"':
			inside, rest, closed := strings.Cut(text[1:], `"`)
			if !closed {
				return nil, fault.New(fault.Invalid, "a quotation mark is not closed")
			}
			tokens, text = append(tokens, token{comment, strings.TrimSpace(inside)}), rest
		case isDigit(c):
			n := prefixLength(text, isDigit)
			tokens, text = append(tokens, token{number, text[:n]}), text[n:]
		case isLetter(c):
			n := prefixLength(text, isLetter)
			tokens, text = append(tokens, token{word, strings.ToLower(text[:n])}), text[n:]
		case strings.HasPrefix(text, "–"): // what typewriters of books make of "-"
			tokens, text = append(tokens, token{mark, "-"}), text[len("–"):]
		case strings.IndexByte(";,-:+/()[]|", c) >= 0:
			tokens, text = append(tokens, token{mark, text[:1]}), text[1:]
		default:
			return nil, fault.New(fault.Invalid, "%q is not understood", text)
		}
	}
	return tokens, nil
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func prefixLength(text string, holds func(byte) bool) int {
	for i := range len(text) {
		if !holds(text[i]) {
			return i
		}
	}
	return len(text)
}
