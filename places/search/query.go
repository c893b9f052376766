package search

import (
	"bytes"
	"math/bits"
	"strings"
)

// Rank is how well a name answers, the best first.
type Rank uint8

// The ranks of a name that answers; NoMatch does not.
const (
	NoMatch Rank = iota
	Prefix       // the name begins with what was typed
	Words        // each typed word begins a word of the name
	Typos        // as Words, with a typo or two forgiven
)

// Query is what somebody has typed so far, ready to be compared with many names.
// It keeps scratch space: one goroutine.
type Query struct {
	folded  []byte   // " jardin de l"
	words   [][]byte // without spaces
	longest []byte   // the longest word, with the space before it
	letters uint32   // of the longest word, as lettersOf gives them
	rows    [3][]int // of the edit distance
}

// longestQuery bounds what is compared, in bytes; no name is longer by much.
const longestQuery = 120

// NewQuery reads what was typed; nil when there is no letter and no digit in it.
func NewQuery(typed string) *Query {
	folded := AppendFolded(nil, typed)
	folded = folded[:min(len(folded), longestQuery)]
	words := bytes.Fields(folded)
	if len(words) == 0 {
		return nil
	}
	q := &Query{folded: folded, words: words}
	for _, word := range words {
		if len(word) >= len(q.longest) {
			q.longest = append([]byte{' '}, word...)
		}
	}
	q.letters = lettersOf(q.longest[1:])
	return q
}

// Needle is a text that every name of rank Prefix or Words holds: what to look
// for first in many names at once.
func (q *Query) Needle() []byte { return q.longest }

// Match compares with a folded name, typos not forgiven.
func (q *Query) Match(name []byte) Rank {
	if bytes.HasPrefix(name, q.folded) {
		return Prefix
	}
	for _, word := range q.words {
		if !beginsAWord(name, word) {
			return NoMatch
		}
	}
	return Words
}

func beginsAWord(name, word []byte) bool {
	for rest := name; ; {
		at := bytes.Index(rest, word)
		if at < 0 {
			return false
		}
		if at > 0 && rest[at-1] == ' ' {
			return true
		}
		rest = rest[at+1:]
	}
}

// typosIn is how many typos a word is forgiven: one from four letters, two from eight.
func typosIn(word []byte) int {
	switch {
	case len(word) >= 8:
		return 2
	case len(word) >= 4:
		return 1
	}
	return 0
}

// TypoNeedle is a text that every name of rank Typos holds: the beginning of its
// longest word, whose first letter must be right, as people rarely miss it. It is
// nil when no word is long enough for a typo.
func (q *Query) TypoNeedle() []byte {
	if typosIn(q.longest[1:]) == 0 {
		return nil
	}
	return q.longest[:2]
}

// MayBegin tells whether the word at the beginning of text is near enough to the
// longest one to be worth MatchTypos. It says no to nearly all, at a glance: a
// typo changes the set of letters by one.
func (q *Query) MayBegin(text []byte) bool {
	word := q.longest[1:]
	have := lettersOf(text[:min(len(text), len(word)+2)])
	return bits.OnesCount32(q.letters&^have) <= typosIn(word)
}

// lettersOf is the set of letters of a word, up to its end.
func lettersOf(word []byte) (set uint32) {
	for _, c := range word {
		if c == ' ' || c == '\n' {
			break
		}
		set |= 1 << (c & 31)
	}
	return set
}

// MatchTypos compares with a folded name, typos forgiven.
func (q *Query) MatchTypos(name []byte) Rank {
	if q.TypoNeedle() == nil {
		return NoMatch
	}
	for _, word := range q.words {
		if !q.nearlyBeginsAWord(name, word) {
			return NoMatch
		}
	}
	return Typos
}

func (q *Query) nearlyBeginsAWord(name, word []byte) bool {
	allowed := typosIn(word)
	for candidate := range bytes.FieldsSeq(name) {
		if candidate[0] == word[0] && len(candidate)+allowed >= len(word) && q.prefixDistance(word, candidate) <= allowed {
			return true
		}
	}
	return false
}

// prefixDistance is how many letters must be changed, added, left out or swapped
// with their neighbour to make word a beginning of candidate: the restricted
// Damerau–Levenshtein distance, least over all beginnings.
func (q *Query) prefixDistance(word, candidate []byte) int {
	candidate = candidate[:min(len(candidate), len(word)+2)]
	before, last, row := q.row(0, len(candidate)), q.row(1, len(candidate)), q.row(2, len(candidate))
	for j := range last {
		last[j] = j
	}
	for i := range word {
		row[0] = i + 1
		for j := range candidate {
			cost := 1
			if word[i] == candidate[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && word[i] == candidate[j-1] && word[i-1] == candidate[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	least := len(word)
	for _, distance := range last {
		least = min(least, distance)
	}
	return least
}

func (q *Query) row(i, length int) []int {
	if len(q.rows[i]) < length+1 {
		q.rows[i] = make([]int, 2*length+1)
	}
	return q.rows[i][:length+1]
}

// Best is the rank of a name that is not folded yet.
func (q *Query) Best(name string) Rank {
	folded := []byte(Fold(name))
	if rank := q.Match(folded); rank != NoMatch {
		return rank
	}
	return q.MatchTypos(folded)
}

// String is what is compared, for logs and tests.
func (q *Query) String() string { return strings.TrimSpace(string(q.folded)) }
