package following

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/mail"
	"cartoquartiers/internal/pg"
)

const (
	toldLetter = "told"
	// tellAtOnce is how many notices one transaction makes letters of.
	tellAtOnce = 100
)

// notice is what an author is to be told, and what their letter waits with.
type notice struct {
	Contribution int64  `json:"contribution"`
	Decision     int64  `json:"decision,omitempty"`
	Event        string `json:"event"` // received, decided or appealed
}

// person is to whom a letter goes.
type person struct {
	email, language string
}

// Tell makes letters of the notices that wait, and gives how many. What a rule
// accepted in the moment that it came needs none.
func (l *Letters) Tell(ctx context.Context) (told int, err error) {
	for {
		done, some, err := l.tellSome(ctx)
		told += some
		if err != nil || done {
			return told, err
		}
	}
}

func (l *Letters) tellSome(ctx context.Context) (done bool, told int, err error) {
	err = pg.InTx(ctx, l.DB, func(tx pgx.Tx) error {
		taken, letters, err := takeNotices(ctx, tx)
		if err != nil {
			return err
		}
		for _, letter := range letters {
			if err := mail.Enqueue(ctx, tx, letter, l.Clock()); err != nil {
				return err
			}
		}
		done, told = taken < tellAtOnce, len(letters)
		return nil
	})
	if err != nil {
		return true, 0, fmt.Errorf("tell authors: %w", err)
	}
	return done, told, nil
}

// takeNotices deletes some notices and gives their number, and the letters that they make.
func takeNotices(ctx context.Context, tx pgx.Tx) (taken int, letters []mail.Waiting, err error) {
	rows, err := tx.Query(ctx, `
		with waiting as (
			delete from notices
			where id in (select id from notices order by id limit $1 for update skip locked)
			returning id, contribution_id, decision_id, event
		)
		select
			w.contribution_id,
			coalesce(w.decision_id, 0),
			w.event,
			coalesce(u.email, c.email, ''),
			coalesce(u.language, 'fr'),
			w.event = 'received' and c.state not in ('pending', 'needs_info', 'escalated') or c.erased_at is not null
		from waiting w
		join contributions c on c.id = w.contribution_id
		left join users u on u.id = c.user_id
		order by w.id`, tellAtOnce)
	if err != nil {
		return 0, nil, err
	}
	var n notice
	var to person
	var over bool
	_, err = pgx.ForEachRow(rows, []any{&n.Contribution, &n.Decision, &n.Event, &to.email, &to.language, &over}, func() error {
		taken++
		address, wrong := mail.Address(to.email)
		if reachable := wrong == nil; reachable && !over {
			letters = append(letters, mail.Waiting{Kind: toldLetter, To: address, Language: to.language, Data: n})
		}
		return nil
	})
	return taken, letters, err
}

// toldPage is what the letter to an author shows.
type toldPage struct {
	Event, Outcome string // of the notice, of the decision
	What           string // the action, in words
	Name           string // of the place; empty where it is not known
	Reason         string // in words
	Message        string // of the moderator
	URL            string // where the contribution is
	Deadline       string // a day
}

// writeTold reads what is to be told when the letter goes: what was erased
// meanwhile is told to nobody.
func (l *Letters) writeTold(ctx context.Context, waiting mail.Letter) (mail.Message, error) {
	var n notice
	if err := json.Unmarshal(waiting.Data, &n); err != nil {
		return mail.Message{}, errors.New("the letter cannot be read")
	}
	words := wordsIn(waiting.Language)
	page := toldPage{Event: n.Event, URL: fmt.Sprintf("%s/mes-contributions/%d", l.BaseURL, n.Contribution)}
	var action, reason string
	var deadline time.Time
	err := l.DB.QueryRow(ctx, `
		select
			c.action,
			coalesce(p.name, c.body -> 'patch' ->> 'name.und', ''),
			c.deadline,
			coalesce(d.outcome, ''),
			coalesce(d.reason, ''),
			coalesce(d.message, '')
		from contributions c
		left join published_places p on p.id = c.place_id
		left join decisions d on d.id = nullif($2::bigint, 0) and d.contribution_id = c.id
		where c.id = $1 and c.erased_at is null`, n.Contribution, n.Decision).Scan(
		&action, &page.Name, &deadline, &page.Outcome, &reason, &page.Message)
	if errors.Is(err, pgx.ErrNoRows) {
		return mail.Message{}, mail.ErrNothing
	}
	if err != nil {
		return mail.Message{}, fmt.Errorf("read contribution %d: %w", n.Contribution, err)
	}
	page.What, page.Reason = words.action(action), words.reason(reason)
	page.Deadline = words.day(deadline.In(l.zone))
	return l.letters.Write(toldLetter, waiting.Language, page)
}
