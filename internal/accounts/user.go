package accounts

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/mail"
	"cartoquartiers/internal/pg"
)

// UserRoles are the roles that a user can have: visitors and imports are no users.
var UserRoles = []Role{Resident, Member, Agent, Moderator, Admin}

// NewUser is a user to create.
type NewUser struct {
	Name         string // never public
	Email        string // to sign in with; empty for what only a token stands for
	Role         Role   // one of UserRoles
	Organisation int64  // of a Member, and of nobody else
	Scopes       []Scope
}

// User is a user as operators list them.
type User struct {
	ID           int64
	Name         string
	Role         Role
	Organisation string // name; empty for all but members
	Scopes       []string
	Blocked      bool
	Email        string // private: shown to operators who ask for it; empty without one
}

// CreateUser makes a user and gives its id. Faults: Invalid for a role that
// users do not have, a member without an organisation or someone else with one;
// Conflict when the name or the e-mail is taken, or the organisation or a group does not exist.
func CreateUser(ctx context.Context, db pg.DB, u NewUser, now time.Time) (id int64, err error) {
	if !slices.Contains(UserRoles, u.Role) {
		return 0, fault.InvalidField("role", "%q is none of %v", string(u.Role), UserRoles)
	}
	if (u.Role == Member) != (u.Organisation != 0) {
		return 0, fault.InvalidField("organisation", "members act for one, and nobody else does")
	}
	if u.Email != "" {
		if u.Email, err = mail.Address(u.Email); err != nil {
			return 0, err
		}
	}
	err = pg.InTx(ctx, db, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `
			insert into users (name, role, organisation_id, email, created_at)
			values ($1, $2, nullif($3::bigint, 0), nullif($4, ''), $5)
			returning id`, u.Name, u.Role, u.Organisation, u.Email, now.UTC()).Scan(&id)
		if err != nil {
			return err
		}
		return addScopes(ctx, tx, id, u.Scopes)
	})
	if err != nil {
		return 0, fmt.Errorf("create user %q: %w", u.Name, pg.FaultOf(err))
	}
	return id, nil
}

func addScopes(ctx context.Context, tx pgx.Tx, user int64, scopes []Scope) error {
	for _, scope := range scopes {
		_, err := tx.Exec(ctx, `
			insert into user_scopes (user_id, neighbourhood, group_id)
			values ($1, nullif($2, ''), nullif($3, ''))`, user, scope.Neighbourhood, scope.Group)
		if err != nil {
			return err
		}
	}
	return nil
}

// NextName is a name that no user has: the role and a number.
func NextName(ctx context.Context, db pg.DB, role Role) (name string, err error) {
	err = db.QueryRow(ctx, `
		select $1 || '-' || coalesce(max(substring(name from length($1) + 2)::bigint), 0) + 1
		from users
		where name ~ ('^' || $1 || '-[0-9]{1,15}$')`, string(role)).Scan(&name)
	if err != nil {
		return "", fmt.Errorf("name a %s: %w", role, err)
	}
	return name, nil
}

// selectUser and fromUsers read users as User has them; between them stands what is told
// of the e-mail.
const (
	selectUser = `
	select
		u.id,
		u.name,
		u.role,
		coalesce(o.name, ''),
		array(
			select concat_ws('/', coalesce(s.neighbourhood, '*'), coalesce(s.group_id, '*'))
			from user_scopes s
			where s.user_id = u.id
			order by 1
		),
		u.blocked_at is not null,`
	fromUsers = `
	from users u
	left join organisations o on o.id = u.organisation_id
	where u.erased_at is null`
)

// Users lists every user, the first one first.
func Users(ctx context.Context, db pg.DB) ([]User, error) {
	rows, err := db.Query(ctx, selectUser+` coalesce(u.email, '') `+fromUsers+` order by u.id`)
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[User])
}

// BlockUser ends what a user may do, all their sessions and the invitations that they
// sent, until UnblockUser, which brings neither back; doing it twice is once. Faults: NotFound.
func BlockUser(ctx context.Context, db pg.DB, id int64, now time.Time) error {
	return pg.InTx(ctx, db, func(tx pgx.Tx) error {
		if err := setBlock(ctx, tx, id, `update users set blocked_at = coalesce(blocked_at, $2) where id = $1`, now); err != nil {
			return err
		}
		if err := endInvitations(ctx, tx, id, 0, now); err != nil {
			return err
		}
		return RevokeSessions(ctx, tx, id, 0)
	})
}

// UnblockUser lets a blocked user begin again: trust counts what comes from now on. Faults: NotFound.
func UnblockUser(ctx context.Context, db pg.DB, id int64, now time.Time) error {
	return setBlock(ctx, db, id, `
		update users
		set unblocked_at = case when blocked_at is null then unblocked_at else $2 end,
			blocked_at = null
		where id = $1`, now)
}

func setBlock(ctx context.Context, db pg.DB, id int64, statement string, now time.Time) error {
	tag, err := db.Exec(ctx, statement, id, now.UTC())
	if err != nil {
		return fmt.Errorf("block or unblock user %d: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.NotFound, "there is no user %d", id)
	}
	return nil
}
