package snapshot

import (
	"context"
	"time"

	"cartoquartiers/places"
)

// reloadAbove is how many changes at once make a fresh load cheaper than a batch.
const reloadAbove = 20_000

// follower is the one goroutine that makes new Views.
type follower struct {
	store  *Store
	words  *dictionary
	folded chan *segment // from the fold in progress
	since  []batch       // applied while it runs; nil channel when none does
}

func (s *Store) follow(ctx context.Context, words *dictionary) {
	f := &follower{store: s, words: words}
	rhythm := time.NewTicker(s.options.Rhythm)
	defer rhythm.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case base := <-f.folded:
			f.rebase(base)
		case <-s.wake:
			f.catchUp(ctx)
		case <-rhythm.C:
			f.catchUp(ctx)
		}
	}
}

// catchUp applies every change that is committed and not yet in the View.
func (f *follower) catchUp(ctx context.Context) {
	asked := f.store.options.Clock()
	if err := f.advance(ctx); err != nil {
		if ctx.Err() == nil {
			f.store.options.Logger.Warn("changes could not be read", "error", err)
		}
		return
	}
	f.store.checked.Store(asked.UnixNano())
}

func (f *follower) advance(ctx context.Context) error {
	view := f.store.View()
	ahead, err := pending(ctx, f.store.pool, view.seq)
	if err != nil || ahead == 0 {
		return err
	}
	if ahead < 0 || ahead > reloadAbove {
		return f.reload(ctx)
	}
	changed, err := readChanges(ctx, f.store.pool, f.words, view.seq)
	if err != nil {
		return err
	}
	if changed.known, err = places.Sources(ctx, f.store.pool); err != nil {
		return err
	}
	next := view.apply(changed, f.words)
	if f.folded != nil {
		f.since = append(f.since, changed)
	}
	f.store.view.Store(next)
	f.store.tiles.bump(view, next, changed)
	f.store.announce(next.seq)
	f.foldIfLarge(ctx, next)
	return nil
}

// reload starts again from everything, after a bulk import or a restored backup.
func (f *follower) reload(ctx context.Context) error {
	f.words = newDictionary()
	next, err := load(ctx, f.store.pool, f.words)
	if err != nil {
		return err
	}
	f.folded, f.since = nil, nil
	f.store.view.Store(next)
	f.store.tiles.bumpAll()
	f.store.announce(next.seq)
	f.store.options.Logger.Info("places loaded again", "places", next.Len(), "seq", next.seq)
	return nil
}
