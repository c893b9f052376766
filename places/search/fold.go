package search

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// ligatures are letters that Unicode does not take apart but people type apart.
var ligatures = map[rune]string{'œ': "oe", 'æ': "ae", 'ß': "ss", 'ø': "o", 'đ': "d", 'ł': "l", 'ð': "d", 'þ': "th", 'ı': "i"}

// AppendFolded writes a name as it is compared: a space before each word, words of
// lower-case letters without accents, and digits; "L'Île 12" is " l ile 12".
func AppendFolded(to []byte, name string) []byte {
	inWord := false
	for len(name) > 0 {
		if c := name[0]; c < utf8.RuneSelf { // nearly all of it
			to, inWord = appendRune(to, rune(c), inWord)
			name = name[1:]
			continue
		}
		r, size := utf8.DecodeRuneInString(name)
		to, inWord = appendAccented(to, r, inWord)
		name = name[size:]
	}
	return to
}

func appendAccented(to []byte, r rune, inWord bool) ([]byte, bool) {
	for _, part := range norm.NFKD.String(string(unicode.ToLower(r))) {
		part = unicode.ToLower(part)
		if unicode.Is(unicode.Mn, part) {
			continue // an accent is neither a letter nor the end of a word
		}
		apart, ok := ligatures[part]
		if !ok {
			to, inWord = appendRune(to, part, inWord)
			continue
		}
		for _, letter := range apart {
			to, inWord = appendRune(to, letter, inWord)
		}
	}
	return to, inWord
}

func appendRune(to []byte, r rune, inWord bool) ([]byte, bool) {
	if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
		return to, false
	}
	if !inWord {
		to = append(to, ' ')
	}
	return utf8.AppendRune(to, unicode.ToLower(r)), true
}

// Fold is AppendFolded as a text.
func Fold(name string) string { return string(AppendFolded(nil, name)) }
