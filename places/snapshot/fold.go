package snapshot

import "context"

// foldIfLarge starts folding the recent rows into a new big segment, beside.
func (f *follower) foldIfLarge(ctx context.Context, v *View) {
	if f.folded != nil || v.recent.len()+len(v.dead) <= f.store.options.FoldAt {
		return
	}
	folded := make(chan *segment, 1)
	f.folded, f.since = folded, nil
	f.store.stopped.Add(1)
	go func() {
		defer f.store.stopped.Done()
		if ctx.Err() == nil {
			base := fold(v)
			base.foldedNames()
			folded <- base
		}
	}()
}

// rebase swaps the folded segment in and applies again what came meanwhile.
// Nothing changes for readers, so no tile gets a new version.
func (f *follower) rebase(base *segment) {
	view := f.store.View()
	recent := emptySegment()
	recent.nameBase = uint32(base.nameCount())
	next := &View{
		base: base, recent: recent, words: view.words,
		seq: view.seq, updatedAt: view.updatedAt, known: view.known,
	}
	for _, b := range f.since {
		next = next.apply(b, f.words)
	}
	f.folded, f.since = nil, nil
	f.store.view.Store(next)
}

// fold makes one segment of a View. Its recent texts move together; when a third
// of all text is out of use, all of it moves.
func fold(v *View) *segment {
	base := merge(v.base, v.dead, v.recent)
	kept := len(v.base.texts)
	held, used := 0, 0
	for _, text := range base.texts {
		held += len(text)
	}
	for _, length := range base.featureLen {
		used += int(length) + 1
	}
	if used < held/3*2 {
		kept = 0
	}
	base.moveTexts(kept)
	base.sumUp(v.profiles, len(v.groups))
	return base
}

// moveTexts copies the features of all pieces from the given one on into new
// pieces, in the order of rows.
func (s *segment) moveTexts(from int) {
	left := 0
	for i, at := range s.featureAt {
		if at>>32 >= uint64(from) {
			left += int(s.featureLen[i]) + 1
		}
	}
	pieces := s.texts[:from:from]
	var piece []byte
	for i, at := range s.featureAt {
		if at>>32 < uint64(from) {
			continue
		}
		text := s.feature(i)
		if len(piece)+len(text)+1 > cap(piece) {
			piece = make([]byte, 0, max(min(left, textChunk), len(text)+1))
			pieces = append(pieces, nil)
		}
		left -= len(text) + 1
		s.featureAt[i] = uint64(len(pieces)-1)<<32 | uint64(len(piece))
		piece = append(append(piece, text...), ',')
		pieces[len(pieces)-1] = piece
	}
	s.texts = pieces
}
