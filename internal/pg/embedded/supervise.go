package embedded

import (
	"context"
	"time"
)

// The pause before a restart keeps a cluster that dies at once from taking the
// whole machine; it doubles while restarts fail.
const (
	restartPause        = 250 * time.Millisecond
	longestRestartPause = time.Minute
)

// supervise starts the cluster again when it dies under a server: out of memory,
// or somebody's kill. The URL stays the same, so the pool reconnects by itself.
// It ends when Stop begins.
func (c *Cluster) supervise() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		<-c.stopping
		cancel()
	}()
	for wait := restartPause; ; {
		select {
		case <-c.current().gone:
		case <-ctx.Done():
			return
		}
		if pause(ctx, wait) != nil {
			return
		}
		c.options.Logger.Warn("PostgreSQL ended, starting it again", "dir", c.paths.cluster)
		err := c.restart(ctx)
		if err == nil {
			wait = restartPause
			continue
		}
		if ctx.Err() != nil {
			return
		}
		// Whatever it is, a full disk perhaps, somebody may mend it: try for ever.
		wait = min(2*wait, longestRestartPause)
		c.options.Logger.Error("PostgreSQL cannot be started again", "error", err, "next", wait)
	}
}

func (c *Cluster) restart(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.options.StartTimeout)
	defer cancel()
	change, err := waitLock(ctx, c.paths.file("change.lock"), c.owner, exclusive)
	if err != nil {
		return err
	}
	defer change.release()
	return c.ensure(ctx)
}
