package moderation

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/pg"
)

// secretFor makes the secret with which a visitor comes back to a contribution:
// 256 bits that nobody else has. Under an idempotency key they follow from that key
// and the contribution's own, so that a repeated request is given the same secret
// although only its hash is kept. The receipt, which one may show around, holds the
// contribution's key, but not the idempotency key.
func secretFor(key [32]byte, idempotencyKey string) (string, error) {
	bits := make([]byte, 32)
	if idempotencyKey == "" {
		if _, err := rand.Read(bits); err != nil {
			return "", fmt.Errorf("make a secret: %w", err)
		}
	} else {
		mac := hmac.New(sha256.New, key[:])
		mac.Write([]byte("secret of the author\x00" + idempotencyKey))
		bits = mac.Sum(nil)
	}
	return accounts.SecretPrefix + base64.RawURLEncoding.EncodeToString(bits), nil
}

// isAuthor tells whether somebody wrote a contribution: by their account, or by its secret.
func isAuthor(a accounts.Actor, c Contribution) bool {
	if a.User != 0 {
		return a.User == c.Author
	}
	return len(a.Secret) > 0 && subtle.ConstantTimeCompare(a.Secret, c.secretHash) == 1
}

// Own lists an actor's own contributions, the newest first, at most limit, with
// smaller ids than before where that is not 0. No states are all states. A visitor has no list.
func Own(ctx context.Context, db pg.DB, actor accounts.Actor, states []State, before int64, limit int) ([]Contribution, error) {
	rows, err := db.Query(ctx, selectContribution+`
		where c.user_id = $1
			and ($2::text[] is null or c.state = any($2))
			and ($3::bigint = 0 or c.id < $3)
		order by c.id desc
		limit $4`, actor.User, states, before, limit)
	if err != nil {
		return nil, fmt.Errorf("list own contributions: %w", pg.FaultOf(err))
	}
	return pgx.CollectRows(rows, scanContribution)
}
