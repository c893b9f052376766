package moderation

import (
	"context"
	"fmt"
	"time"

	"cartoquartiers/internal/pg"
)

// forgetDays is how long what tells visitors apart is kept, and how long a
// request can be repeated under its key.
const forgetDays = 30

// Forget erases, 30 days after a contribution came in, the hash of its visitor's
// address and its idempotency key, also of the photo that came with it; and 30 days after it was decided, its e-mail.
func Forget(ctx context.Context, db pg.DB, now time.Time) error {
	before := now.UTC().AddDate(0, 0, -forgetDays)
	_, err := db.Exec(ctx, `
		update contributions c
		set prefix_hash = null, idempotency_key = null
		where (c.prefix_hash is not null or c.idempotency_key is not null)
			and (c.received_at < $1 or exists (select from contributions w where w.id = c.came_with and w.received_at < $1))`, before)
	if err != nil {
		return fmt.Errorf("forget visitors: %w", err)
	}
	_, err = db.Exec(ctx, `update photos set prefix_hash = null where uploaded_at < $1 and prefix_hash is not null`, before)
	if err != nil {
		return fmt.Errorf("forget who sent photos: %w", err)
	}
	_, err = db.Exec(ctx, `
		update contributions
		set email = null
		where email is not null and decided_at < $1`, before)
	if err != nil {
		return fmt.Errorf("forget e-mails: %w", err)
	}
	return nil
}
