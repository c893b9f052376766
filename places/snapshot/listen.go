package snapshot

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Channel is what publishers notify. The message is only a wake-up: what
// changed is read from the table changes.
const Channel = "changes"

// listen wakes the follower at every notification until ctx ends. A broken
// connection is made again; what it missed, the follower's own rhythm finds.
func (s *Store) listen(ctx context.Context) {
	for ctx.Err() == nil {
		err := s.listenOnce(ctx)
		if ctx.Err() != nil {
			return
		}
		s.options.Logger.Warn("listening for changes was interrupted", "error", err)
		s.nudge()
		pause(ctx, reconnectPause)
	}
}

func (s *Store) listenOnce(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, `listen `+Channel); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	for {
		s.nudge() // also once after connecting: something may have been missed
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
