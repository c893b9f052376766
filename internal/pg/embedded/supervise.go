package embedded

import (
	"context"
	"time"
)

// restartPause keeps a cluster that dies at once from taking the whole machine.
const restartPause = 250 * time.Millisecond

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
	for {
		select {
		case <-c.current().gone:
		case <-ctx.Done():
			return
		}
		if pause(ctx, restartPause) != nil {
			return
		}
		c.options.Logger.Warn("PostgreSQL ended, starting it again", "dir", c.paths.cluster)
		if err := c.restart(ctx); err != nil && ctx.Err() == nil {
			// Whatever it is (a full disk?) may be mended by somebody: try for ever.
			c.options.Logger.Error("PostgreSQL cannot be started again", "error", err)
		}
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
