package accounts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
)

// Membership is a user who acts for an organisation, as the other members see them.
type Membership struct {
	User    int64
	Name    string // as the organisation calls them; private to it
	Manages bool   // invites and removes others
}

// Members are those of an organisation: who manages it first, then by name.
func Members(ctx context.Context, db pg.DB, organisation int64) ([]Membership, error) {
	rows, err := db.Query(ctx, `
		select id, coalesce(known_as, name), manages
		from users
		where organisation_id = $1
		order by not manages, 2, id`, organisation)
	if err != nil {
		return nil, fmt.Errorf("list members of organisation %d: %w", organisation, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Membership])
}

// SetManager lets a member manage an organisation, or no more; doing it twice is
// once. Faults: NotFound for who is no member of it, Conflict for the last one who manages it.
func SetManager(ctx context.Context, db pg.DB, organisation, user int64, manages bool, now time.Time) error {
	return changeMember(ctx, db, organisation, user, now, memberChange{!manages, `update users set manages = $2 where id = $1`, manages})
}

// RemoveMember makes a member a resident again, who left or was removed: their
// account stays. Faults: as of SetManager.
func RemoveMember(ctx context.Context, db pg.DB, organisation, user int64, now time.Time) error {
	return changeMember(ctx, db, organisation, user, now, memberChange{true, `
		update users
		set role = $2, organisation_id = null, manages = false, known_as = null
		where id = $1`, Resident})
}

// memberChange is a statement about the user $1.
type memberChange struct {
	ends      bool // managing, where they did
	statement string
	value     any // $2
}

// changeMember changes one member. One that ends managing is refused where nobody else
// does; then the invitations that they sent end, too. The organisation is locked: two who
// leave at the same moment are one after the other.
func changeMember(ctx context.Context, db pg.DB, organisation, user int64, now time.Time, c memberChange) error {
	err := pg.InTx(ctx, db, func(tx pgx.Tx) error {
		manages, others, err := lockMember(ctx, tx, organisation, user)
		if err != nil {
			return err
		}
		if c.ends && manages {
			if others == 0 {
				return lastManager()
			}
			if err := endInvitations(ctx, tx, user, 0, now); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, c.statement, user, c.value)
		return err
	})
	if err != nil {
		return fmt.Errorf("change member %d of organisation %d: %w", user, organisation, pg.FaultOf(err))
	}
	return nil
}

func noUser(id int64) error { return fault.New(fault.NotFound, "there is no user %d", id) }

func lastManager() error {
	return fault.New(fault.Conflict, "an organisation keeps somebody who manages it; let another member do so first")
}

// lockMember locks an organisation and one of its members, and gives whether they
// manage it and how many others do.
func lockMember(ctx context.Context, tx pgx.Tx, organisation, user int64) (manages bool, others int, err error) {
	if err := lockOrganisation(ctx, tx, organisation); err != nil {
		return false, 0, err
	}
	err = tx.QueryRow(ctx, `
		select
			manages,
			(select count(*) from users o where o.organisation_id = $1 and o.manages and o.id <> $2 and o.blocked_at is null)
		from users
		where id = $2 and organisation_id = $1
		for update`, organisation, user).Scan(&manages, &others)
	if errors.Is(err, pgx.ErrNoRows) {
		err = noUser(user)
	}
	return manages, others, err
}

func lockOrganisation(ctx context.Context, tx pgx.Tx, id int64) error {
	var there bool
	err := tx.QueryRow(ctx, `select true from organisations where id = $1 for update`, id).Scan(&there)
	if errors.Is(err, pgx.ErrNoRows) {
		return noOrganisation(id)
	}
	return err
}

// endInvitations ends those that somebody sent and that wait, except of the organisation
// that they may go on inviting for; 0 is none. Their rows stay, since they say who declined
// and how many were sent in a day.
func endInvitations(ctx context.Context, tx pgx.Tx, by, except int64, now time.Time) error {
	_, err := tx.Exec(ctx, `
		update invitations
		set ended_at = $3
		where invited_by = $1 and organisation_id <> $2 and ended_at is null`, by, except, now.UTC())
	if err != nil {
		return fmt.Errorf("end the invitations that user %d sent: %w", by, err)
	}
	return nil
}
