package web

import "unicode"

// part is a piece of a text; Changed where the other text has not got it.
type part struct {
	Text    string
	Changed bool
}

// mostCompared is how many words of a text are compared one by one; of more, all
// count as changed. Descriptions have at most some 700.
const mostCompared = 1500

// wordDiff tells two texts apart word by word: the longest common subsequence of
// their words, spaces and signs. Where one of them is empty nothing is marked.
func wordDiff(before, after string) (old, now []part) {
	if before == "" || after == "" { // all of it came or went: nothing to point at
		return joined(nil, before, false), joined(nil, after, false)
	}
	a, b := words(before), words(after)
	if len(a) > mostCompared || len(b) > mostCompared {
		return []part{{before, true}}, []part{{after, true}}
	}
	lengths := commonLengths(a, b)
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			old, now = joined(old, a[i], false), joined(now, b[j], false)
			i, j = i+1, j+1
		case lengths[i+1][j] >= lengths[i][j+1]:
			old = joined(old, a[i], true)
			i++
		default:
			now = joined(now, b[j], true)
			j++
		}
	}
	for ; i < len(a); i++ {
		old = joined(old, a[i], true)
	}
	for ; j < len(b); j++ {
		now = joined(now, b[j], true)
	}
	return old, now
}

// commonLengths is how long the common subsequence of a[i:] and b[j:] is.
func commonLengths(a, b []string) [][]int {
	lengths := make([][]int, len(a)+1)
	for i := range lengths {
		lengths[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			lengths[i][j] = max(lengths[i+1][j], lengths[i][j+1])
			if a[i] == b[j] {
				lengths[i][j] = lengths[i+1][j+1] + 1
			}
		}
	}
	return lengths
}

func joined(parts []part, word string, changed bool) []part {
	if last := len(parts) - 1; last >= 0 && parts[last].Changed == changed {
		parts[last].Text += word
		return parts
	}
	return append(parts, part{word, changed})
}

// words cuts a text into words and single other characters; joined again they are the text.
func words(text string) []string {
	var all []string
	inWord := false
	for _, r := range text {
		is := unicode.IsLetter(r) || unicode.IsDigit(r)
		if is && inWord {
			all[len(all)-1] += string(r)
		} else {
			all = append(all, string(r))
		}
		inWord = is
	}
	return all
}
