package accounts

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net/netip"
	"sync/atomic"
	"time"

	"cartoquartiers/internal/pg"
)

// VisitorFrom is the visitor at an address. The address itself is not kept: only a
// keyed hash of its prefix (the whole of IPv4, the /64 of IPv6), to count by.
func VisitorFrom(address netip.Addr, key []byte) Actor {
	visitor := Actor{Role: Visitor, Grants: []string{"read", "contribute"}}
	bits := 64
	if address = address.Unmap(); address.Is4() {
		bits = 32
	}
	prefix, _ := address.Prefix(bits) // no address, as on a unix socket: all of them share one quota
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(prefix.String()))
	visitor.PrefixHash = mac.Sum(nil)
	return visitor
}

// keyDays is how long a month's key outlives its month: quotas and repetitions
// look 30 days back.
const keyDays = 30

// VisitorKeys remembers the key of the month, which each request of a visitor
// needs. The zero value is ready, and may be shared.
type VisitorKeys struct {
	latest atomic.Pointer[monthlyKey]
}

type monthlyKey struct {
	month time.Time
	key   []byte
}

// At is VisitorKey, which it asks once a month.
func (k *VisitorKeys) At(ctx context.Context, db pg.DB, now time.Time) ([]byte, error) {
	month := monthOf(now)
	if latest := k.latest.Load(); latest != nil && latest.month.Equal(month) {
		return latest.key, nil
	}
	key, err := VisitorKey(ctx, db, now)
	if err == nil {
		k.latest.Store(&monthlyKey{month, key})
	}
	return key, err
}

func monthOf(now time.Time) time.Time {
	now = now.UTC()
	return time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
}

// VisitorKey is the key of the month (UTC) that VisitorFrom hashes with, the same on
// every node. The first call in a month makes it, and deletes those that
// are no longer needed.
func VisitorKey(ctx context.Context, db pg.DB, now time.Time) ([]byte, error) {
	month := monthOf(now)
	key, err := monthKey(ctx, db, month)
	if err != nil || key != nil {
		return key, err
	}
	fresh := make([]byte, 32)
	if _, err := rand.Read(fresh); err != nil {
		return nil, fmt.Errorf("make visitor key: %w", err)
	}
	_, err = db.Exec(ctx, `insert into visitor_keys (month, key) values ($1, $2) on conflict do nothing`, month, fresh)
	if err != nil {
		return nil, fmt.Errorf("keep visitor key: %w", err)
	}
	_, err = db.Exec(ctx, `delete from visitor_keys where (month + interval '1 month')::date + $2::int <= $1::date`, now.UTC(), keyDays)
	if err != nil {
		return nil, fmt.Errorf("delete old visitor keys: %w", err)
	}
	return monthKey(ctx, db, month) // another node may have been faster
}

// monthKey is nil when the month has none yet.
func monthKey(ctx context.Context, db pg.DB, month time.Time) (key []byte, err error) {
	err = db.QueryRow(ctx, `select (select key from visitor_keys where month = $1)`, month).Scan(&key)
	if err != nil {
		return nil, fmt.Errorf("find visitor key: %w", err)
	}
	return key, nil
}
