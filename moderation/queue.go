package moderation

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
)

// QueueFilter narrows the queue. Empty fields do not restrict.
type QueueFilter struct {
	States         []State // open ones by default
	Actions        []Action
	Neighbourhoods []string
	Categories     []string
	MinRisk        int
	Advice         Advice // of residents' votes
	Import         int64  // what this run of an importer asks; AnyImport for all of them
	ReceivedBefore time.Time
}

// AnyImport asks for what imports propose, whichever run it was.
const AnyImport = -1

// ImportOf reads the parameter import: the number of a run, "any", or nothing.
// Faults: Invalid.
func ImportOf(given string) (int64, error) {
	switch given {
	case "":
		return 0, nil
	case "any":
		return AnyImport, nil
	}
	number, err := strconv.ParseInt(given, 10, 64)
	if err != nil || number < 1 {
		return 0, fault.InvalidField("import", "%q is neither the number of an import nor any", given)
	}
	return number, nil
}

// QueueCursor is where the next page of the queue begins: after this item.
type QueueCursor struct {
	Deadline time.Time
	ID       int64
}

// Queue lists what waits in an actor's scope, the most urgent first: by
// deadline, then age. Open reports of one place are one item. The cursor is zero for the first page. Faults: Forbidden
// for all but moderators.
func Queue(ctx context.Context, db pg.DB, actor accounts.Actor, f QueueFilter, after QueueCursor, limit int) ([]Contribution, error) {
	if err := AllowedToModerate(actor, anywhere(actor)); err != nil {
		return nil, err
	}
	states := f.States
	if len(states) == 0 {
		states = []State{Pending, Escalated}
	}
	neighbourhoods, groups := scopesOf(actor)
	// Planned with its values each time: filters differ too much for one plan.
	rows, err := db.Query(ctx, selectContribution+`
		where c.state = any($1)
			and ($2::text[] is null or c.action = any($2))
			and ($3::text[] is null or c.neighbourhood = any($3))
			and ($4::text[] is null or c.category = any($4))
			and c.risk >= $5
			and ($6::timestamptz is null or c.received_at < $6)
			and ($7::text[] is null or exists (
				select from unnest($7::text[], $8::text[]) as s (neighbourhood, group_id)
				where s.neighbourhood in ('', c.neighbourhood) and s.group_id in ('', c.group_id)
			))
			and ($9::timestamptz is null or (c.deadline, c.id) > ($9, $10))
			and `+folded("$12", "$1")+`
			and ($13 = '' or c.advice = $13)
			and ($14::bigint = 0 or c.import_id = $14 or $14 = -1 and c.import_id is not null)
		order by c.deadline, c.id
		limit $11`,
		pgx.QueryExecModeCacheDescribe, states, f.Actions, f.Neighbourhoods, f.Categories, f.MinRisk, orNull(f.ReceivedBefore),
		neighbourhoods, groups, orNull(after.Deadline), after.ID, limit, actor.User, f.Advice, f.Import)
	if err != nil {
		return nil, fmt.Errorf("list queue: %w", err)
	}
	found, err := pgx.CollectRows(rows, scanContribution)
	if err == nil {
		err = tellReports(ctx, db, found)
	}
	return found, err
}

// orNull is a value as the database has it, where its zero says that there is none.
func orNull[T comparable](value T) *T {
	var none T
	if value == none {
		return nil
	}
	return &value
}

// anywhere is an object that the actor's scope covers: only the role is asked for.
func anywhere(actor accounts.Actor) Object {
	if len(actor.Scopes) == 0 {
		return Object{}
	}
	return Object{Neighbourhood: actor.Scopes[0].Neighbourhood, Group: actor.Scopes[0].Group}
}

// scopesOf are an actor's scopes as columns; nil is everywhere.
func scopesOf(actor accounts.Actor) (neighbourhoods, groups []string) {
	for _, scope := range actor.Scopes {
		neighbourhoods, groups = append(neighbourhoods, scope.Neighbourhood), append(groups, scope.Group)
	}
	return neighbourhoods, groups
}

// claimMinutes is how long a claimed contribution is kept from the others.
const claimMinutes = 15

// Claim takes the most urgent contribution of the actor's scope that nobody
// holds and that is not their own, for 15 minutes. Two moderators who ask at once get two. Faults: NotFound when
// nothing waits, Forbidden for all but moderators.
func Claim(ctx context.Context, db pg.DB, actor accounts.Actor, now time.Time) (Contribution, error) {
	if err := AllowedToModerate(actor, anywhere(actor)); err != nil {
		return Contribution{}, err
	}
	neighbourhoods, groups := scopesOf(actor)
	var id int64
	err := db.QueryRow(ctx, `
		update contributions
		set claimed_by = $1, claimed_until = $2
		where id = (
			select c.id
			from contributions c
			where c.state in ('pending', 'escalated')
				and (c.claimed_until is null or c.claimed_until < $3)
				and c.user_id is distinct from $1
				and `+folded("$1", "array['pending', 'escalated']")+`
				and ($4::text[] is null or exists (
					select from unnest($4::text[], $5::text[]) as s (neighbourhood, group_id)
					where s.neighbourhood in ('', c.neighbourhood) and s.group_id in ('', c.group_id)
				))
			order by c.deadline, c.id
			limit 1
			for update skip locked
		)
		returning id`, actor.User, now.UTC().Add(claimMinutes*time.Minute), now.UTC(), neighbourhoods, groups).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return Contribution{}, fault.New(fault.NotFound, "nothing waits in your part of the queue")
	}
	if err != nil {
		return Contribution{}, fmt.Errorf("claim: %w", err)
	}
	return find(ctx, db, id, false)
}

// Release gives a claimed contribution back. Releasing what one does not hold
// changes nothing. Faults: Forbidden for all but moderators.
func Release(ctx context.Context, db pg.DB, actor accounts.Actor, id int64) error {
	if err := AllowedToModerate(actor, anywhere(actor)); err != nil {
		return err
	}
	_, err := db.Exec(ctx, `
		update contributions
		set claimed_by = null, claimed_until = null
		where id = $1 and claimed_by = $2`, id, actor.User)
	if err != nil {
		return fmt.Errorf("release contribution %d: %w", id, err)
	}
	return nil
}
