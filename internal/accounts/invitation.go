package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/mail"
	"cartoquartiers/internal/pg"
)

const (
	// invitationDays is how long one waits to be accepted.
	invitationDays = 7
	// invitationKept is how long its row stays, and from then on how long one that
	// was declined does: that is the week in which nothing else is sent.
	invitationKept = (invitationDays + 1) * 24 * time.Hour
	// maxInvitations bounds what an organisation sends in a day, maxInvited what
	// all of them send to one address.
	maxInvitations = 30
	maxInvited     = 3
	// InvitationLetter is the kind of the letter.
	InvitationLetter = "invitation"
	// InvitationPath is the page that an invitation opens. The token stands in the
	// query, which no log of ours keeps.
	InvitationPath = "/organisations/invitation"
)

// NewInvitation asks somebody to act for an organisation.
type NewInvitation struct {
	Organisation int64
	Email        string
	Name         string // what the organisation calls them
	Manages      bool
	Language     string // of the letter
	By           int64  // who invites
}

// Invite has an invitation sent. Like Ask it does the same for every address, in the
// same time: neither who has an account, nor who is a member already is told. A new
// one ends those before it to the same address. Faults: Invalid; NotFound for an
// organisation that is none; TooMany beyond thirty a day.
func (l *Links) Invite(ctx context.Context, n NewInvitation) error {
	address, err := mail.Address(n.Email)
	if err != nil {
		return err
	}
	name, err := nameOf(n.Name)
	if err != nil {
		return err
	}
	now := l.Clock().UTC()
	err = pg.InTx(ctx, l.DB, func(tx pgx.Tx) error {
		if err := mayInvite(ctx, tx, n.Organisation, now); err != nil {
			return err
		}
		var id int64
		err := tx.QueryRow(ctx, `
			with ended as (
				update invitations
				set ended_at = $6
				where organisation_id = $1 and email = $2 and ended_at is null
			)
			insert into invitations (organisation_id, email, name, manages, language, invited_by, created_at, expires_at)
			values ($1, $2, $3, $4, $5, nullif($8::bigint, 0), $6, $7)
			returning id`, n.Organisation, address, name, n.Manages, n.Language, now, now.AddDate(0, 0, invitationDays), n.By).Scan(&id)
		if err != nil {
			return err
		}
		letter := mail.Waiting{Kind: InvitationLetter, To: address, Language: n.Language, Data: inviting{id}}
		return mail.Enqueue(ctx, tx, letter, now)
	})
	if err != nil {
		return fmt.Errorf("invite: %w", pg.FaultOf(err))
	}
	return nil
}

// inviting is what a letter that waits knows besides its address.
type inviting struct {
	Invitation int64 `json:"invitation"`
}

func mayInvite(ctx context.Context, tx pgx.Tx, organisation int64, now time.Time) error {
	if err := lockOrganisation(ctx, tx, organisation); err != nil {
		return err
	}
	var today int
	err := tx.QueryRow(ctx, `
		select count(*) from invitations where organisation_id = $1 and created_at > $2`, organisation, now.Add(-24*time.Hour)).Scan(&today)
	if err == nil && today >= maxInvitations {
		err = fault.New(fault.TooMany, "%d invitations in a day are enough; the others can wait until tomorrow", maxInvitations)
	}
	return err
}

// writeInvitation makes the token and the letter; a letter that is tried again has
// another token, and the one before works no more. Who declined, or was written to by
// many, gets none.
func (l *Links) writeInvitation(ctx context.Context, waiting mail.Letter) (mail.Message, error) {
	var about inviting
	if err := json.Unmarshal(waiting.Data, &about); err != nil {
		return mail.Message{}, errors.New("the letter cannot be read")
	}
	now, token := l.Clock().UTC(), newSecret()
	var organisation string
	err := l.DB.QueryRow(ctx, `
		update invitations i
		set hash = $2
		from organisations o
		where i.id = $1
			and o.id = i.organisation_id
			and i.ended_at is null
			and i.expires_at > $3
			and not exists (select from invitations d where d.organisation_id = i.organisation_id and d.email = i.email and d.declined)
			and (select count(*) from invitations s where s.email = i.email and s.hash is not null and s.id <> i.id and s.created_at > $4) < $5
		returning o.name`, about.Invitation, hashOf(token), now, now.Add(-24*time.Hour), maxInvited).Scan(&organisation)
	if errors.Is(err, pgx.ErrNoRows) {
		return mail.Message{}, mail.ErrNothing
	}
	if err != nil {
		return mail.Message{}, fmt.Errorf("keep invitation: %w", err)
	}
	link := l.BaseURL + InvitationPath + "?" + url.Values{"jeton": {token}, "lang": {waiting.Language}}.Encode()
	message, err := l.letters.Write(InvitationLetter, waiting.Language, struct {
		Organisation, URL string
		Days              int
	}{organisation, link, invitationDays})
	message.Unsubscribe = link + "&refuser=1"
	return message, err
}

// Invited is what somebody is asked to join.
type Invited struct {
	Organisation Organisation
	Manages      bool
}

const invitedBy = `
	from invitations i
	join organisations o on o.id = i.organisation_id
	where i.hash = $1 and i.ended_at is null and i.expires_at > $2`

// OpenInvitation finds what an invitation is to, and leaves it as it is: programs
// that look through mails follow links too. Faults: NotFound for one that is unknown,
// used, withdrawn or too old, all alike.
func (l *Links) OpenInvitation(ctx context.Context, token string) (i Invited, err error) {
	err = l.DB.QueryRow(ctx, `select o.id, o.name, i.manages `+invitedBy, hashOf(token), l.Clock().UTC()).Scan(
		&i.Organisation.ID, &i.Organisation.Name, &i.Manages)
	if errors.Is(err, pgx.ErrNoRows) {
		return i, noInvitation()
	}
	if err != nil {
		return i, fmt.Errorf("find invitation: %w", err)
	}
	return i, nil
}

func noInvitation() error {
	return fault.New(fault.NotFound, "this invitation is not valid any more; ask for another one")
}

// Accept makes the owner of the address that an invitation was sent to a member,
// and gives of what; where they have no account it makes one, for the organisation has
// vouched for them. It signs nobody in: a letter that lies about for a week is no key.
// Faults: as of OpenInvitation; Conflict for who acts for another organisation or for
// the town, Forbidden for who is blocked; then it can be accepted later.
func (l *Links) Accept(ctx context.Context, token string) (joined Invited, err error) {
	now := l.Clock().UTC()
	err = pg.InTx(ctx, l.DB, func(tx pgx.Tx) error {
		var email, name, language string
		err := tx.QueryRow(ctx, `
			update invitations u
			set ended_at = $2
			from (select i.id, o.id as organisation, o.name as called `+invitedBy+` for update of i) found
			where u.id = found.id
			returning found.organisation, found.called, u.manages, u.email, u.name, u.language`, hashOf(token), now).Scan(
			&joined.Organisation.ID, &joined.Organisation.Name, &joined.Manages, &email, &name, &language)
		if errors.Is(err, pgx.ErrNoRows) {
			return noInvitation()
		}
		if err != nil {
			return err
		}
		user, err := enter(ctx, tx, email, language, true, now)
		if err != nil {
			return err
		}
		return join(ctx, tx, user, joined, name)
	})
	if err != nil {
		return joined, fmt.Errorf("accept an invitation: %w", pg.FaultOf(err))
	}
	return joined, nil
}

// join makes a resident a member. Who is one already may begin to manage, and goes on
// being called as before.
func join(ctx context.Context, tx pgx.Tx, user int64, as Invited, name string) error {
	tag, err := tx.Exec(ctx, `
		update users
		set role = $2, organisation_id = $3, manages = manages or $4, known_as = coalesce(known_as, $5)
		where id = $1 and (role = $6 or organisation_id = $3)`, user, Member, as.Organisation.ID, as.Manages, name, Resident)
	if err == nil && tag.RowsAffected() == 0 {
		err = fault.New(fault.Conflict, "this account acts for another organisation, or for the town; that must end first")
	}
	return err
}

// Decline ends an invitation, and its organisation sends no other to that address for
// a week from now, also where it had ended before: whoever holds the letter may ask for
// silence. Faults: NotFound for a token that is unknown, of which nothing can be noted.
func (l *Links) Decline(ctx context.Context, token string) error {
	tag, err := l.DB.Exec(ctx, `
		update invitations set declined = true, ended_at = $2 where hash = $1`, hashOf(token), l.Clock().UTC())
	if err != nil {
		return fmt.Errorf("decline an invitation: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return noInvitation()
	}
	return nil
}

// Invitation is one that waits, as the organisation sees it: without the address.
type Invitation struct {
	ID      int64
	Name    string
	Manages bool
	Created time.Time
	Expires time.Time
}

// Invitations are those of an organisation that wait, the oldest first.
func Invitations(ctx context.Context, db pg.DB, organisation int64, now time.Time) ([]Invitation, error) {
	rows, err := db.Query(ctx, `
		select id, name, manages, created_at, expires_at
		from invitations
		where organisation_id = $1 and expires_at > $2 and ended_at is null
		order by id`, organisation, now.UTC())
	if err != nil {
		return nil, fmt.Errorf("list invitations of organisation %d: %w", organisation, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Invitation])
}

// WithdrawInvitation ends one. Faults: NotFound, also for one of another organisation.
func WithdrawInvitation(ctx context.Context, db pg.DB, organisation, id int64, now time.Time) error {
	tag, err := db.Exec(ctx, `
		update invitations
		set ended_at = coalesce(ended_at, $3)
		where id = $1 and organisation_id = $2`, id, organisation, now.UTC())
	if err != nil {
		return fmt.Errorf("withdraw invitation %d: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.NotFound, "there is no invitation %d", id)
	}
	return nil
}
