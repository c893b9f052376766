package web

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"time"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/moderation"
)

// act is what an author does with their contribution.
type act func(ctx context.Context, db pg.DB, actor accounts.Actor, id int64, message string, now time.Time) (moderation.Contribution, error)

// acting makes a page of an act: who is signed in is sent back to the
// contribution, a visitor with the code is shown it.
func (s *site) acting(do act, done string) func(*http.Request, *view) (answer, error) {
	return func(r *http.Request, v *view) (answer, error) {
		if err := readForm(r); err != nil {
			return answer{}, err
		}
		id, err := contributionID(r)
		if err != nil {
			return answer{}, err
		}
		actor, err := s.authorOf(r, id)
		if err != nil {
			return answer{}, err
		}
		_, failed := do(r.Context(), s.Pool, actor, id, cmp.Or(r.PostFormValue("message"), r.PostFormValue("contact_email")), s.Clock())
		if failed == nil && actor.User != 0 {
			return answer{seeOther: v.ownURL(id)}, nil
		}
		if kind := fault.KindOf(failed); failed != nil && (kind == fault.Internal || kind == fault.NotFound) {
			return answer{}, failed
		}
		return s.showActed(r, v, actor, id, failed, done)
	}
}

func (s *site) showActed(r *http.Request, v *view, actor accounts.Actor, id int64, failed error, done string) (answer, error) {
	page, err := v.ownPage(r.Context(), actor, id)
	if err != nil {
		return answer{}, err
	}
	result := answer{template: "own", title: page.Action + " · " + page.About, data: page, private: true}
	if actor.User == 0 {
		page.Code = r.PostFormValue("code")
	}
	if page.Done = v.T(done); failed != nil {
		said := v.faultOf(r, failed)
		page.Done, page.Problem, result.status = "", said.text(), said.status
	}
	return result, nil
}

// authorOf is who acts on a contribution: the holder of its code, else who is signed in.
func (s *site) authorOf(r *http.Request, id int64) (accounts.Actor, error) {
	if code := r.PostFormValue("code"); code != "" {
		holder, of, ok := readCode(code)
		if !ok || of != id {
			return holder, fault.New(fault.NotFound, "there is no contribution %d", id)
		}
		return holder, nil
	}
	return s.signedIn(r)
}

// withdraw is moderation.Withdraw as an act: it takes no words.
func withdraw(ctx context.Context, db pg.DB, actor accounts.Actor, id int64, _ string, now time.Time) (moderation.Contribution, error) {
	return moderation.Withdraw(ctx, db, actor, id, now)
}

func (s *site) answerQuestion(ctx context.Context, db pg.DB, actor accounts.Actor, id int64, message string, now time.Time) (moderation.Contribution, error) {
	return s.Road.Answer(ctx, db, actor, id, message, now)
}

func (s *site) appealRefusal(ctx context.Context, db pg.DB, actor accounts.Actor, id int64, message string, now time.Time) (moderation.Contribution, error) {
	return s.Road.Appeal(ctx, db, actor, id, message, now)
}

// tellByMail is moderation.TellByMail as an act: the words are an address.
func tellByMail(ctx context.Context, db pg.DB, actor accounts.Actor, id int64, email string, _ time.Time) (moderation.Contribution, error) {
	return moderation.TellByMail(ctx, db, actor, id, email)
}

// downloadReceipt hands the receipt to its author as a file, by POST: a code may stand in the form.
func (s *site) downloadReceipt(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	id, err := contributionID(r)
	if err != nil {
		return err
	}
	actor, err := s.authorOf(r, id)
	if err != nil {
		return err
	}
	c, _, err := moderation.FindOwn(r.Context(), s.Pool, actor, id)
	if err != nil {
		return err
	}
	if c.Receipt == "" {
		return fault.New(fault.NotFound, "contribution %d has no receipt", id)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="recu-`+strconv.FormatInt(id, 10)+`.txt"`)
	w.Header().Set("Cache-Control", "private, no-store")
	_, _ = w.Write([]byte(c.Receipt)) // the caller hung up: nobody is left to tell
	return nil
}
