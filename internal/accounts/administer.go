package accounts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/mail"
	"cartoquartiers/internal/pg"
)

// listedUsers is how many accounts one answer lists.
const listedUsers = 200

// SearchUsers finds accounts for administrators: the one whose e-mail is exactly the
// text, where it is an address, else those whose name holds it. Without a text, everybody
// who is more than a resident. E-mails are not in the answer.
func SearchUsers(ctx context.Context, db pg.DB, text string) ([]User, error) {
	text = strings.TrimSpace(text)
	email, err := mail.Address(text)
	if err != nil {
		email = ""
	}
	rows, err := db.Query(ctx, selectUser+` '' `+fromUsers+`
		and case
			when $2 <> '' then u.email = $2
			when $1 <> '' then strpos(lower(u.name), lower($1)) > 0 or strpos(lower(coalesce(u.known_as, '')), lower($1)) > 0
			else u.role <> 'resident'
		end
		order by u.id
		limit $3`, text, email, listedUsers)
	if err != nil {
		return nil, fmt.Errorf("search users: %w", pg.FaultOf(err))
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[User])
}

// FindUser is one account as SearchUsers gives it. Faults: NotFound.
func FindUser(ctx context.Context, db pg.DB, id int64) (User, error) {
	rows, err := db.Query(ctx, selectUser+` '' `+fromUsers+` and u.id = $1`, id)
	if err != nil {
		return User{}, fmt.Errorf("find user %d: %w", id, pg.FaultOf(err))
	}
	found, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[User])
	if errors.Is(err, pgx.ErrNoRows) {
		return found, noUser(id)
	}
	return found, err
}

// Post is what a user is for: role, organisation of a member, and where an agent or a
// moderator acts.
type Post struct {
	Role         Role
	Organisation int64
	Scopes       []Scope
}

// PostOf is the post of a user. Faults: NotFound.
func PostOf(ctx context.Context, db pg.DB, user int64) (p Post, err error) {
	err = db.QueryRow(ctx, `
		select role, coalesce(organisation_id, 0) from users where id = $1 and erased_at is null`, user).Scan(&p.Role, &p.Organisation)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, noUser(user)
	}
	if err != nil {
		return p, fmt.Errorf("find user %d: %w", user, err)
	}
	p.Scopes, err = scopesOf(ctx, db, user)
	return p, err
}

// SetPost gives a user another post, whose sessions end: who is more, or less, than
// before signs in again. The invitations that they sent for another organisation than the
// new one end, unless they are an administrator, who invites for all. Faults: Invalid as of CreateUser; NotFound; Conflict for the last
// administrator, and for the last one who manages an organisation.
func SetPost(ctx context.Context, db pg.DB, user int64, p Post, now time.Time) error {
	if err := p.check(); err != nil {
		return err
	}
	err := pg.InTx(ctx, db, func(tx pgx.Tx) error {
		before, err := lockPost(ctx, tx, user)
		if err != nil {
			return err
		}
		if err := mayLeave(ctx, tx, user, before, p); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			update users
			set role = $2,
				organisation_id = nullif($3::bigint, 0),
				manages = manages and organisation_id is not distinct from nullif($3::bigint, 0),
				known_as = case when organisation_id is not distinct from nullif($3::bigint, 0) then known_as end
			where id = $1`, user, p.Role, p.Organisation)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from user_scopes where user_id = $1`, user); err != nil {
			return err
		}
		if err := addScopes(ctx, tx, user, p.Scopes); err != nil {
			return err
		}
		if p.Role != Admin {
			if err := endInvitations(ctx, tx, user, p.Organisation, now); err != nil {
				return err
			}
		}
		return RevokeSessions(ctx, tx, user, 0)
	})
	if err != nil {
		return fmt.Errorf("set the post of user %d: %w", user, pg.FaultOf(err))
	}
	return nil
}

func (p Post) check() error {
	if !slices.Contains(UserRoles, p.Role) {
		return fault.InvalidField("role", "%q is none of %v", string(p.Role), UserRoles)
	}
	if (p.Role == Member) != (p.Organisation != 0) {
		return fault.InvalidField("organisation", "members act for one, and nobody else does")
	}
	if len(p.Scopes) > 0 && p.Role != Agent && p.Role != Moderator {
		return fault.InvalidField("neighbourhood", "agents and moderators have a territory, and nobody else does")
	}
	return nil
}

// lockPost locks every administrator, in one order: two who take each other's role are
// one after the other.
func lockPost(ctx context.Context, tx pgx.Tx, user int64) (Post, error) {
	_, err := tx.Exec(ctx, `
		select id from users where id = $1 or role = 'admin' order by id for update`, user)
	if err != nil {
		return Post{}, err
	}
	return PostOf(ctx, tx, user)
}

// mayLeave refuses to take what nobody else would have then.
func mayLeave(ctx context.Context, tx pgx.Tx, user int64, before, after Post) error {
	if before.Role == Admin && after.Role != Admin {
		var others int
		err := tx.QueryRow(ctx, `
			select count(*) from users where role = 'admin' and id <> $1 and blocked_at is null and erased_at is null`, user).Scan(&others)
		if err == nil && others == 0 {
			err = fault.New(fault.Conflict, "this is the last administrator; make another one first")
		}
		return err
	}
	if before.Organisation != 0 && before.Organisation != after.Organisation {
		manages, others, err := lockMember(ctx, tx, before.Organisation, user)
		if err == nil && manages && others == 0 {
			err = lastManager()
		}
		return err
	}
	return nil
}

// Team is an organisation as administrators list it.
type Team struct {
	Organisation
	Members  int
	Managers int
}

// Teams lists every organisation with its numbers, the first one first.
func Teams(ctx context.Context, db pg.DB) ([]Team, error) {
	rows, err := db.Query(ctx, `
		select o.id, o.name, count(u.id), count(u.id) filter (where u.manages and u.blocked_at is null)
		from organisations o
		left join users u on u.organisation_id = o.id
		group by o.id
		order by o.id`)
	if err != nil {
		return nil, fmt.Errorf("list teams: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (t Team, err error) {
		err = row.Scan(&t.ID, &t.Name, &t.Members, &t.Managers)
		return t, err
	})
}
