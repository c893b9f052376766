package places

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

var ligatures = strings.NewReplacer("œ", "oe", "æ", "ae", "ß", "ss")

// Words are the words of a text without case, accents and punctuation, in
// order: "L'Écluse d'Œuf" is l, ecluse, d, oeuf.
func Words(text string) []string {
	plain := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(ligatures.Replace(strings.ToLower(text))))
	return strings.FieldsFunc(plain, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
