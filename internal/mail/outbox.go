package mail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/jobs"
	"cartoquartiers/internal/pg"
)

// Waiting is a letter that is to be written and sent. What it says is made when it
// goes, so that no secret (a link that signs in) lies in the database meanwhile.
type Waiting struct {
	Kind     string // which Writer writes it; for ever
	To       string // as Address gives it
	Language string
	Data     any // what the writer needs, as JSON; nothing secret
}

// errandName names the job.
const errandName = "mail"

// Enqueue has a letter sent when tx commits, and never otherwise. Its row goes when
// the letter has gone.
func Enqueue(ctx context.Context, tx pgx.Tx, w Waiting, now time.Time) error {
	data, err := json.Marshal(w.Data)
	if err != nil {
		return fmt.Errorf("enqueue mail %s: %w", w.Kind, err)
	}
	var row int64
	err = tx.QueryRow(ctx, `
		insert into mails (kind, email, language, data, created_at)
		values ($1, $2, $3, $4, $5)
		returning id`, w.Kind, w.To, w.Language, data, now.UTC()).Scan(&row)
	if err != nil {
		return fmt.Errorf("enqueue mail %s: %w", w.Kind, pg.FaultOf(err))
	}
	return jobs.Run(ctx, tx, errandName, row)
}

// Letter is a waiting letter as its Writer gets it.
type Letter struct {
	To       string
	Language string
	Data     []byte // JSON
	Since    time.Time
}

// ErrNothing is what a Writer returns when there is nothing to send (any more).
var ErrNothing = errors.New("nothing to send")

// Writer makes a letter what is sent. It may write to the database, and is called
// again when sending fails. Its errors must hold nothing private.
type Writer func(ctx context.Context, l Letter) (Message, error)

// Post sends the letters that wait.
type Post struct {
	DB      pg.DB
	Mailer  Mailer
	Writers map[string]Writer // by kind
	Asked   []string          // kinds that go to addresses that bounce, too: their owner has just asked for them
	Clock   func() time.Time
}

// Errand is the job that sends a letter.
func (p *Post) Errand() jobs.Errand { return jobs.Errand{Name: errandName, Do: p.deliver} }

// deliver sends one letter and forgets it. Killed in between, it is sent twice:
// better than not at all.
func (p *Post) deliver(ctx context.Context, row int64) error {
	var kind string
	var l Letter
	err := p.DB.QueryRow(ctx, `
		select kind, email, language, data, created_at
		from mails
		where id = $1`, row).Scan(&kind, &l.To, &l.Language, &l.Data, &l.Since)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find mail %d: %w", row, err)
	}
	write, known := p.Writers[kind]
	if !known {
		return fmt.Errorf("this program writes no mails %q", kind) // a later version may
	}
	message, err := p.write(ctx, kind, write, l)
	if err == nil {
		message.To = l.To
		err = p.send(ctx, message)
	}
	if errors.Is(err, ErrRejected) {
		if err := Stop(ctx, p.DB, l.To, p.Clock()); err != nil {
			return err
		}
		err = ErrNothing
	}
	if err != nil && !errors.Is(err, ErrNothing) {
		return fmt.Errorf("mail %d (%s): %w", row, kind, err)
	}
	if _, err := p.DB.Exec(ctx, `delete from mails where id = $1`, row); err != nil {
		return fmt.Errorf("forget mail %d: %w", row, err)
	}
	return nil
}

// send sends one, and lets its writer know when that failed, also when we are about to end.
func (p *Post) send(ctx context.Context, m Message) error {
	err := p.Mailer.Send(ctx, m)
	if err == nil || m.Unsent == nil {
		return err
	}
	return errors.Join(err, m.Unsent(context.WithoutCancel(ctx)))
}

// write makes the letter, unless mail to its address has ended.
func (p *Post) write(ctx context.Context, kind string, write Writer, l Letter) (Message, error) {
	if !slices.Contains(p.Asked, kind) {
		ended, err := stopped(ctx, p.DB, l.To)
		if err != nil {
			return Message{}, err
		}
		if ended {
			return Message{}, ErrNothing
		}
	}
	return write(ctx, l)
}

// givenUpAfter is more than all attempts of a job take.
const givenUpAfter = 24 * time.Hour

// GivenUp is told the address of a letter that is forgotten unsent.
type GivenUp func(ctx context.Context, tx pgx.Tx, email string) error

// Forget removes letters that could not be sent for a day, tells those who want to know
// of their kind, and gives their number.
func Forget(ctx context.Context, db pg.DB, tell map[string]GivenUp, now time.Time) (lost int, err error) {
	err = pg.InTx(ctx, db, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `delete from mails where created_at < $1 returning kind, email`, now.UTC().Add(-givenUpAfter))
		if err != nil {
			return err
		}
		type letter struct{ Kind, Email string }
		all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[letter])
		for _, one := range all {
			if told := tell[one.Kind]; told != nil {
				err = errors.Join(err, told(ctx, tx, one.Email))
			}
		}
		lost = len(all)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("forget mails: %w", err)
	}
	return lost, nil
}
