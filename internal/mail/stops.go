package mail

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"cartoquartiers/internal/pg"
)

// ErrRejected is what a Mailer's error wraps when the server will never take mail
// for this recipient (RFC 5321, 4.2.1: 5yz to RCPT).
var ErrRejected = errors.New("the recipient is refused for good")

// Stop ends all mail to an address, but what its owner asks for (Post.Asked): a
// server refused it for good, or it bounced. Only a hash of it is kept. Faults: Invalid.
func Stop(ctx context.Context, db pg.DB, address string, now time.Time) error {
	hash, err := stopHash(address)
	if err != nil {
		return err
	}
	_, err = db.Exec(ctx, `insert into mail_stops (hash, at) values ($1, $2) on conflict do nothing`, hash, now.UTC())
	if err != nil {
		return fmt.Errorf("end mail to an address: %w", pg.FaultOf(err))
	}
	return nil
}

// Resume begins it again. Faults: Invalid.
func Resume(ctx context.Context, db pg.DB, address string) error {
	hash, err := stopHash(address)
	if err != nil {
		return err
	}
	if _, err := db.Exec(ctx, `delete from mail_stops where hash = $1`, hash); err != nil {
		return fmt.Errorf("begin mail to an address again: %w", pg.FaultOf(err))
	}
	return nil
}

func stopHash(address string) ([]byte, error) {
	bare, err := Address(address)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(bare))
	return sum[:], nil
}

// stopped reports whether mail to an address has ended.
func stopped(ctx context.Context, db pg.DB, address string) (ended bool, err error) {
	hash, err := stopHash(address)
	if err != nil {
		return false, err
	}
	err = db.QueryRow(ctx, `select exists (select from mail_stops where hash = $1)`, hash).Scan(&ended)
	if err != nil {
		return false, fmt.Errorf("look for an ended address: %w", err)
	}
	return ended, nil
}
