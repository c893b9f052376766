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
	grams   []uint8  // by trigram: 1 + the bit of seen that it sets, 0 if not in the query
	count   int      // of different trigrams
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
	q.countTrigrams()
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

// gramBits is the size of a trigram: three characters of five bits.
const gramBits = 15

// code5 maps a byte of a folded name to five bits; digits and letters outside
// a–z share codes, which can only let a name through to the exact comparison.
func code5(c byte) uint32 {
	if c == ' ' {
		return 0
	}
	if c >= 'a' && c <= 'z' {
		return uint32(c-'a') + 1
	}
	return 27 + uint32(c)%5
}

func (q *Query) countTrigrams() {
	q.grams = make([]uint8, 1<<gramBits)
	gram := uint32(0)
	for i, c := range q.folded {
		gram = (gram<<5 | code5(c)) & (1<<gramBits - 1)
		if i < 2 || q.grams[gram] != 0 || q.count == 64 {
			continue
		}
		q.count++
		q.grams[gram] = uint8(q.count)
	}
}

// resembles tells whether a name shares enough trigrams with the query to be worth
// comparing letter by letter: a fifth. Two swapped letters break up to four
// trigrams, so two typos leave two of the ten of a word like "mediatheque".
func (q *Query) resembles(name []byte) bool {
	var seen uint64
	gram := uint32(0)
	for i, c := range name {
		gram = (gram<<5 | code5(c)) & (1<<gramBits - 1)
		if number := q.grams[gram]; number != 0 && i >= 2 {
			seen |= 1 << (number - 1)
		}
	}
	return seen != 0 && bits.OnesCount64(seen)*5 >= q.count
}

// MatchTypos compares with a folded name, typos forgiven: one in a word from four
// letters, two from eight. The first letter must be right: people rarely miss it.
func (q *Query) MatchTypos(name []byte) Rank {
	if q.count == 0 || !q.resembles(name) {
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
	allowed := 0
	switch {
	case len(word) >= 8:
		allowed = 2
	case len(word) >= 4:
		allowed = 1
	}
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
