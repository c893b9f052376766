package publiclog

import (
	"context"
	"sync"
	"time"

	"cartoquartiers/internal/pg"
)

// Counter keeps what was read of the log, so that a question reads only what is
// new. The zero value is ready, and is shared by everybody who asks.
type Counter struct {
	mutex sync.Mutex
	read  *Tally
	last  Figures // of that many entries, on that day
}

// Figures are those of now. They are counted again when the log has grown, or the
// day has changed: 200,000 contributions take a third of a second. Faults:
// NotFound before anything was signed.
func (c *Counter) Figures(ctx context.Context, db pg.DB, now time.Time, decisionDays int) (Figures, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if err := c.follow(ctx, db); err != nil {
		return Figures{}, err
	}
	now = now.UTC()
	if c.last.Size != c.read.Size() || c.last.Day != now.Format(time.DateOnly) {
		c.last = c.read.Figures(now, decisionDays)
	}
	return c.last, nil
}

// Positions are where the signed log speaks of an item, from 0, in its order;
// empty where it does not. The last second may be missing.
func (c *Counter) Positions(ctx context.Context, db pg.DB, item string) ([]int64, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if err := c.follow(ctx, db); err != nil {
		return nil, err
	}
	return c.read.Positions(item), nil
}

func (c *Counter) follow(ctx context.Context, db pg.DB) error {
	if c.read == nil {
		c.read = NewTally()
	}
	return c.read.Read(ctx, db)
}
