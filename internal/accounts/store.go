package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/pg"
)

// What a session holds, by scs's keys: numbers and texts that are columns of the table.
const (
	userKey   = "user"
	methodKey = "method"
	idKey     = "id"
	seenKey   = "seen" // Unix seconds
)

// sessionRow is a session between scs and the table.
type sessionRow struct {
	ID       int64
	User     int64
	Method   Method
	Seen     int64
	Deadline time.Time
}

// sessionCodec is scs's codec: the values are columns, not an opaque blob.
type sessionCodec struct{}

// Encode is for scs.
func (sessionCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	row := sessionRow{Deadline: deadline}
	row.User, _ = values[userKey].(int64)
	row.ID, _ = values[idKey].(int64)
	row.Seen, _ = values[seenKey].(int64)
	method, _ := values[methodKey].(string)
	row.Method = Method(method)
	return json.Marshal(row)
}

// Decode is for scs.
func (sessionCodec) Decode(text []byte) (time.Time, map[string]any, error) {
	var row sessionRow
	err := json.Unmarshal(text, &row)
	return row.Deadline, map[string]any{userKey: row.User, methodKey: string(row.Method), idKey: row.ID, seenKey: row.Seen}, err
}

// sessionStore is scs's store over the table sessions. The database holds hashes
// of the tokens: who reads it, or a backup of it, can sign in as nobody. When a
// session ends is reckoned here, by our clock and by the role of its user.
type sessionStore struct {
	db    pg.DB
	clock func() time.Time
}

// FindCtx is for scs: found is false for a session that is unknown or has ended.
func (s *sessionStore) FindCtx(ctx context.Context, token string) (text []byte, found bool, err error) {
	var row sessionRow
	var created, seen time.Time
	var moderates bool
	err = s.db.QueryRow(ctx, `
		select s.id, s.user_id, s.method, s.created_at, s.seen_at, u.role in ('moderator', 'admin')
		from sessions s
		join users u on u.id = s.user_id
		where s.hash = $1`, hashOf(token)).Scan(&row.ID, &row.User, &row.Method, &created, &seen, &moderates)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("find session: %w", err)
	}
	if now := s.clock(); !now.Before(endOf(created, seen, moderates)) {
		return nil, false, nil
	}
	row.Seen, row.Deadline = seen.Unix(), created.Add(lastsFor)
	text, err = json.Marshal(row)
	return text, err == nil, err
}

// endOf is when a session ends that is not used any more.
func endOf(created, seen time.Time, moderates bool) time.Time {
	idle, lasts := idleFor, lastsFor
	if moderates {
		idle, lasts = idleForModerator, lastsModerator
	}
	idleEnd, end := seen.Add(idle), created.Add(lasts)
	if idleEnd.Before(end) {
		return idleEnd
	}
	return end
}

// CommitCtx is for scs: it makes a session, or notes that it is used. A session
// that was revoked meanwhile has no id any more that it could come back under.
func (s *sessionStore) CommitCtx(ctx context.Context, token string, text []byte, _ time.Time) error {
	var row sessionRow
	if err := json.Unmarshal(text, &row); err != nil {
		return fmt.Errorf("keep session: %w", err)
	}
	now := s.clock().UTC()
	if row.ID != 0 {
		_, err := s.db.Exec(ctx, `update sessions set seen_at = $2 where hash = $1`, hashOf(token), now)
		if err != nil {
			return fmt.Errorf("keep session: %w", err)
		}
	} else {
		_, err := s.db.Exec(ctx, `
			insert into sessions (hash, user_id, method, created_at, seen_at)
			values ($1, $2, $3, $4, $4)`, hashOf(token), row.User, row.Method, now)
		if err != nil {
			return fmt.Errorf("begin session: %w", err)
		}
	}
	_, err := s.db.Exec(ctx, `
		update users
		set last_seen_on = $2::date, warned_at = null
		where id = $1 and erased_at is null and (last_seen_on is distinct from $2::date or warned_at is not null)`, row.User, now)
	if err != nil {
		return fmt.Errorf("note the visit of user %d: %w", row.User, err)
	}
	return nil
}

// DeleteCtx is for scs.
func (s *sessionStore) DeleteCtx(ctx context.Context, token string) error {
	if _, err := s.db.Exec(ctx, `delete from sessions where hash = $1`, hashOf(token)); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// Find, Commit and Delete are what scs asks of stores that know no context; it
// calls the others.
func (s *sessionStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is documented at Find.
func (s *sessionStore) Commit(token string, text []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, text, expiry)
}

// Delete is documented at Find.
func (s *sessionStore) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }
