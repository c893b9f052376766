package following

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/mail"
	"cartoquartiers/internal/pg"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

const (
	digestLetter = "digest"
	// morningHour is when days begin here.
	morningHour = 7
	// toldPlaces is how many places one letter tells of.
	toldPlaces = 30
)

// next is when a pace has its next turn: at the full hour, at seven in the morning,
// on Monday at seven.
func (l *Letters) next(pace Pace, now time.Time) time.Time {
	if pace == Hourly {
		return now.UTC().Truncate(time.Hour).Add(time.Hour)
	}
	local := now.In(l.zone)
	at := time.Date(local.Year(), local.Month(), local.Day(), morningHour, 0, 0, 0, l.zone)
	for !at.After(now) || pace == Weekly && at.Weekday() != time.Monday {
		at = at.AddDate(0, 0, 1)
	}
	return at.UTC()
}

// digest is what a letter waits with.
type digest struct {
	User    int64 `json:"user"`
	From    int64 `json:"from"` // the last change that was told
	To      int64 `json:"to"`
	Updates bool  `json:"updates"` // what changed
	Morning bool  `json:"morning"` // what waits for a moderator
}

// Digest makes a letter for each person whose turn it is, one for all that they are
// told, and gives how many. A letter that has nothing to say is not sent.
func (l *Letters) Digest(ctx context.Context) (letters int, err error) {
	now := l.Clock().UTC()
	// Whoever began to moderate, or to own records with others, since the last time.
	_, err = l.DB.Exec(ctx, `
		insert into digests (user_id, seq, morning_at, updates_at)
		select id, (select coalesce(max(seq), 0) from changes), case when role <> 'member' then $1::timestamptz end, case when role = 'member' then $1 end
		from users
		where role in ('moderator', 'admin', 'member') and email is not null
		on conflict (user_id) do nothing`, l.next(Daily, now))
	if err != nil {
		return 0, fmt.Errorf("make digests: %w", pg.FaultOf(err))
	}
	for {
		done, err := l.digestOne(ctx, now)
		if err != nil || done {
			return letters, err
		}
		letters++
	}
}

func (l *Letters) digestOne(ctx context.Context, now time.Time) (done bool, err error) {
	err = pg.InTx(ctx, l.DB, func(tx pgx.Tx) error {
		var d digest
		var pace Pace
		var to person
		var moderates bool
		err := tx.QueryRow(ctx, `
			select
				d.user_id,
				d.seq,
				(select coalesce(max(seq), 0) from changes),
				coalesce(d.updates_at <= $1, false),
				coalesce(d.morning_at <= $1, false),
				d.pace,
				coalesce(u.email, ''),
				u.language,
				u.role in ('moderator', 'admin')
			from digests d
			join users u on u.id = d.user_id
			where (d.updates_at <= $1 or d.morning_at <= $1) and u.blocked_at is null
			order by d.user_id
			limit 1
			for update of d skip locked`, now).Scan(
			&d.User, &d.From, &d.To, &d.Updates, &d.Morning, &pace, &to.email, &to.language, &moderates)
		if errors.Is(err, pgx.ErrNoRows) {
			done = true
			return nil
		}
		if err != nil {
			return err
		}
		d.Morning = d.Morning && moderates
		_, err = tx.Exec(ctx, `
			update digests
			set seq = case when $2 then $3 else seq end,
				updates_at = case when $2 then $4 else updates_at end,
				morning_at = case when morning_at <= $6 then $5 else morning_at end
			where user_id = $1`, d.User, d.Updates, d.To, l.next(pace, now), l.next(Daily, now), now)
		if err != nil || to.email == "" || !d.Updates && !d.Morning {
			return err
		}
		return mail.Enqueue(ctx, tx, mail.Waiting{Kind: digestLetter, To: to.email, Language: to.language, Data: d}, now)
	})
	if err != nil {
		return true, fmt.Errorf("make digests: %w", err)
	}
	return done, nil
}

// digestPage is what the letter shows.
type digestPage struct {
	Morning                     bool
	Waiting, Overdue, Escalated int
	DeskURL                     string
	Own                         []toldPlace // records of the reader's organisation that others changed
	TeamURL                     string      // where they are looked after
	Places                      []toldPlace // of what the reader follows
	More                        int         // places that are left out
	Stop                        string
}

// toldPlace is a place that changed.
type toldPlace struct {
	Name, URL string
	New       bool
	Changes   []toldChange
}

// toldChange is a field before and after; empty where it was not there, or cannot be
// said in a line.
type toldChange struct{ Field, Before, After string }

// writeDigest looks when the letter goes: what was hidden meanwhile is not in it.
func (l *Letters) writeDigest(ctx context.Context, waiting mail.Letter) (m mail.Message, err error) {
	var d digest
	if err := json.Unmarshal(waiting.Data, &d); err != nil {
		return m, errors.New("the letter cannot be read")
	}
	var token string
	err = l.DB.QueryRow(ctx, `select stop_token::text from digests where user_id = $1`, d.User).Scan(&token)
	if errors.Is(err, pgx.ErrNoRows) {
		return m, mail.ErrNothing
	}
	if err != nil {
		return m, fmt.Errorf("write digest: %w", err)
	}
	page := digestPage{DeskURL: l.BaseURL + "/moderation", Stop: l.BaseURL + StopPath + "?jeton=" + token}
	if d.Morning {
		if err := l.addWaiting(ctx, d.User, &page); err != nil {
			return m, err
		}
	}
	if d.Updates {
		if err := l.addPlaces(ctx, d, wordsIn(waiting.Language), waiting.Language, &page); err != nil {
			return m, err
		}
	}
	if page.Morning = page.Waiting > 0; !page.Morning && len(page.Own)+len(page.Places) == 0 {
		return m, mail.ErrNothing
	}
	m, err = l.letters.Write(digestLetter, waiting.Language, page)
	m.Unsubscribe = page.Stop
	return m, err
}

// StopPath is the page that ends letters.
const StopPath = "/suivi/arret"

// addWaiting counts what waits in a moderator's scope.
func (l *Letters) addWaiting(ctx context.Context, user int64, page *digestPage) error {
	actor := accounts.Actor{User: user, Role: accounts.Moderator, Grants: accounts.GrantsOf(accounts.Moderator)}
	rows, err := l.DB.Query(ctx, `select coalesce(neighbourhood, ''), coalesce(group_id, '') from user_scopes where user_id = $1`, user)
	if err != nil {
		return fmt.Errorf("read scopes: %w", err)
	}
	if actor.Scopes, err = pgx.CollectRows(rows, pgx.RowToStructByPos[accounts.Scope]); err != nil {
		return fmt.Errorf("read scopes: %w", err)
	}
	all, err := moderation.AllWaiting(ctx, l.DB, l.Clock())
	if err != nil {
		return err
	}
	counts, err := moderation.CountWaiting(actor, all)
	page.Waiting, page.Overdue, page.Escalated = counts.Pending+counts.Escalated, counts.Overdue, counts.Escalated
	return err
}

// addPlaces tells what changed in what a person follows, the newest first; what others
// changed in the records of their organisation stands before it.
func (l *Letters) addPlaces(ctx context.Context, d digest, w words, language string, page *digestPage) error {
	rows, err := l.DB.Query(ctx, `
		select coalesce(place_id, 0), coalesce(neighbourhood, ''), coalesce(organisation_id, 0), st_asbinary(area)
		from follows
		where user_id = $1`, d.User)
	if err != nil {
		return fmt.Errorf("read what is followed: %w", err)
	}
	followed, err := pgx.CollectRows(rows, pgx.RowToStructByPos[places.Within])
	if err != nil {
		return fmt.Errorf("read what is followed: %w", err)
	}
	changed := make(map[places.ID]places.Update)
	for _, part := range followed {
		updates, err := places.Updates(ctx, l.DB, part, d.From, 10*toldPlaces)
		if err != nil {
			return err
		}
		for _, one := range updates {
			if one.Seq <= d.To { // later ones are for the next letter
				changed[one.Place] = one
			}
		}
	}
	own, err := l.ownChanged(ctx, d, page)
	if err != nil {
		return err
	}
	for place := range own {
		delete(changed, place)
	}
	if page.Own, err = l.tellPlaces(ctx, d, own, w, language, &page.More); err != nil {
		return err
	}
	page.Places, err = l.tellPlaces(ctx, d, changed, w, language, &page.More)
	return err
}

func (l *Letters) tellPlaces(ctx context.Context, d digest, changed map[places.ID]places.Update, w words, language string, more *int) (all []toldPlace, err error) {
	newest := slices.SortedFunc(maps.Values(changed), func(a, b places.Update) int { return int(b.Seq - a.Seq) })
	for i, one := range newest {
		if i == toldPlaces {
			*more += len(newest) - i
			break
		}
		told, err := l.tellPlace(ctx, one, d.From, w, language)
		if err != nil {
			return nil, err
		}
		all = append(all, told)
	}
	return all, nil
}

// tellPlace compares a place with what it was when its follower was told last.
func (l *Letters) tellPlace(ctx context.Context, u places.Update, from int64, w words, language string) (toldPlace, error) {
	category, _ := l.Taxonomy.Category(u.Category)
	told := toldPlace{Name: u.Name, URL: fmt.Sprintf("%s/lieux/%d", l.BaseURL, u.Place)}
	if told.Name == "" {
		told.Name = category.Label(language)
	}
	before, after, err := places.Since(ctx, l.DB, u.Place, from)
	if err != nil {
		return told, err
	}
	if told.New = len(before) == 0; told.New {
		return told, nil
	}
	paths := maps.Clone(before)
	maps.Copy(paths, after)
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		if bytes.Equal(before[path], after[path]) {
			continue
		}
		field, _, _ := strings.Cut(path, ".")
		change := toldChange{Field: w.field(field), Before: l.line(path, before[path], language), After: l.line(path, after[path], language)}
		if field == "verified_at" {
			change = toldChange{Field: change.Field}
		}
		told.Changes = append(told.Changes, change)
	}
	return told, nil
}

// line says a value in a line, where that can be done.
func (l *Letters) line(path string, value json.RawMessage, language string) string {
	var text string
	var photo places.Photo
	var address places.Address
	switch {
	case value == nil:
	case places.IsPhoto(path):
		if json.Unmarshal(value, &photo) == nil {
			return photo.Alt.In(language)
		}
	case path == "address":
		if json.Unmarshal(value, &address) == nil {
			return strings.Join(strings.Fields(strings.Join([]string{address.Text, address.Housenumber, address.Street, address.Postcode, address.City}, " ")), " ")
		}
	case json.Unmarshal(value, &text) == nil && path == "category":
		if category, known := l.Taxonomy.Category(text); known {
			return category.Label(language)
		}
	}
	return strings.Join(strings.Fields(text), " ") // on one line
}
