package accounts

import (
	"context"
	"fmt"
	"time"

	"cartoquartiers/internal/pg"
)

// linkKept is how long a link that ended stays, for nobody needs it.
const linkKept = time.Hour

// Sweep removes links, invitations, ceremonies and sessions that have ended.
func Sweep(ctx context.Context, db pg.DB, now time.Time) error {
	now = now.UTC()
	if _, err := db.Exec(ctx, `delete from login_links where expires_at < $1`, now.Add(-linkKept)); err != nil {
		return fmt.Errorf("sweep links: %w", err)
	}
	if _, err := db.Exec(ctx, `
		delete from invitations
		where created_at < $1 and (not declined or ended_at < $1)`, now.Add(-invitationKept)); err != nil {
		return fmt.Errorf("sweep invitations: %w", err)
	}
	if _, err := db.Exec(ctx, `delete from ceremonies where expires_at < $1`, now); err != nil {
		return fmt.Errorf("sweep ceremonies: %w", err)
	}
	_, err := db.Exec(ctx, `
		delete from sessions s
		using users u
		where u.id = s.user_id
			and case when u.role in ('moderator', 'admin')
				then s.seen_at < $1 or s.created_at < $2
				else s.seen_at < $3 or s.created_at < $4
			end`,
		now.Add(-idleForModerator), now.Add(-lastsModerator), now.Add(-idleFor), now.Add(-lastsFor))
	if err != nil {
		return fmt.Errorf("sweep sessions: %w", err)
	}
	return nil
}
