package api

import (
	"hash/maphash"
	"net/http"
	"strings"
	"sync/atomic"
	"weak"

	"github.com/maypok86/otter/v2"

	"cartoquartiers/places/snapshot"
)

// Answers keeps finished pages of items, coded as they were sent, for whoever asks
// the same again. Nothing is deleted because data changed: an answer names the View
// that it was made from and is passed over once there is another.
type Answers struct {
	kept  *otter.Cache[question, *keptAnswer] // nil keeps nothing
	seed  maphash.Seed
	asked [askedOnce]atomic.Uint64 // hashes of questions, each in the slot that it falls into
	users atomic.Uint64            // servers that were made with it

	hits, misses atomic.Uint64
}

const (
	// AnswerMemory is how many bytes of answers are kept: eight thousand compressed
	// pages of 100 items, a thousand of 1,000, a hundred of 10,000.
	AnswerMemory = 64 << 20
	// longestAnswer is the size in bytes of the largest answer that is kept. Every
	// compressed page fits; 10,000 items as they are (5 MB) do not, and are copied out
	// of memory for a fourth of what sending them takes.
	longestAnswer = 1 << 20
	// answerOverhead is about what a kept answer costs besides its bytes, its header with it.
	answerOverhead = 1500
	// askedOnce is how many questions are remembered to have been asked. 64 kB.
	askedOnce = 8192
)

// AnswerStats are since the start: pages that were kept and still true, pages that
// were asked for and were not, and the bytes that are kept now.
type AnswerStats struct {
	Hits, Misses, Bytes uint64
}

// NewAnswers keeps answers of up to maxBytes together; none if it is 0.
func NewAnswers(maxBytes int) *Answers {
	a := &Answers{seed: maphash.MakeSeed()}
	if maxBytes > 0 {
		a.kept = otter.Must(&otter.Options[question, *keptAnswer]{
			MaximumWeight: uint64(maxBytes),
			Weigher:       func(q question, kept *keptAnswer) uint32 { return uint32(q.size() + len(kept.body) + answerOverhead) },
		})
	}
	return a
}

// Stats are for whoever watches the server.
func (a *Answers) Stats() AnswerStats {
	stats := AnswerStats{Hits: a.hits.Load(), Misses: a.misses.Load()}
	if a.kept != nil {
		stats.Bytes = a.kept.WeightedSize()
	}
	return stats
}

// question is all that a kept answer depends on but the View. What a server answers
// depends on its categories too, and they change while it serves (decision 0021):
// each server has a number.
type question struct {
	server                                uint64
	base, query, accept, language, coding string
}

func (q question) size() int {
	return len(q.base) + len(q.query) + len(q.accept) + len(q.language) + len(q.coding)
}

// cloned holds on to nothing of the request.
func (q question) cloned() question {
	q.base, q.query, q.accept = strings.Clone(q.base), strings.Clone(q.query), strings.Clone(q.accept)
	q.language, q.coding = strings.Clone(q.language), strings.Clone(q.coding) // they are pieces of headers
	return q
}

// keptAnswer was sent before. It never changes.
type keptAnswer struct {
	view   weak.Pointer[snapshot.View] // weak: an answer must not hold a whole town in memory
	header http.Header                 // what the server set, and its length
	tag    string                      // without quotes and coding
	body   []byte
}

// find gives the answer to a question if it was made from this View.
func (a *Answers) find(q question, view *snapshot.View) *keptAnswer {
	if kept, ok := a.kept.GetIfPresent(q); ok && kept.view.Value() == view {
		return kept
	}
	return nil
}

// again tells whether a question has been asked lately, and remembers it. What is
// asked once is not worth a copy: someone who pans asks for a box that nobody asks
// for again, and a flood of such costs a hash each.
func (a *Answers) again(q question) bool {
	hash := maphash.Comparable(a.seed, q)
	return a.asked[hash%askedOnce].Swap(hash) == hash
}
