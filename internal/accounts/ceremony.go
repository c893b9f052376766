package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
)

// ceremonyFor is how long one may take: to find one's key, or one's password at the town.
const ceremonyFor = 10 * time.Minute

// ceremonies are what was begun and is not finished.
type ceremonies struct {
	db    pg.DB
	clock func() time.Time
}

// begin keeps what a ceremony must remember, and gives the secret that finishes
// it. user is 0 for somebody who is not signed in. What is over goes at the same time,
// so that the table holds ten minutes of them at most.
func (c ceremonies) begin(ctx context.Context, kind string, user int64, data any) (secret string, err error) {
	text, err := json.Marshal(data)
	if err != nil {
		return "", fmt.Errorf("begin %s: %w", kind, err)
	}
	secret = newSecret()
	now := c.clock().UTC()
	_, err = c.db.Exec(ctx, `
		with gone as (
			delete from ceremonies where expires_at < $6
		)
		insert into ceremonies (hash, kind, user_id, data, expires_at)
		values ($1, $2, nullif($3::bigint, 0), $4, $5)`, hashOf(secret), kind, user, text, now.Add(ceremonyFor), now)
	if err != nil {
		return "", fmt.Errorf("begin %s: %w", kind, pg.FaultOf(err))
	}
	return secret, nil
}

// finish takes what was kept, which works once. Faults: Unauthenticated for what
// was never begun, is over, or was begun by somebody else.
func (c ceremonies) finish(ctx context.Context, kind, secret string, user int64, data any) error {
	var text []byte
	err := c.db.QueryRow(ctx, `
		delete from ceremonies
		where hash = $1 and kind = $2 and coalesce(user_id, 0) = $3 and expires_at > $4
		returning data`, hashOf(secret), kind, user, c.clock().UTC()).Scan(&text)
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.New(fault.Unauthenticated, "this took too long, or was done before; begin again")
	}
	if err != nil {
		return fmt.Errorf("finish %s: %w", kind, err)
	}
	return json.Unmarshal(text, data)
}
