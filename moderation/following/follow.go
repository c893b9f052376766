package following

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// Pace is how often a person is told.
type Pace string

// The paces.
const (
	Hourly Pace = "hourly"
	Daily  Pace = "daily"
	Weekly Pace = "weekly"
)

// AllPaces lists every pace.
var AllPaces = []Pace{Hourly, Daily, Weekly}

// Follow is a part of the map that a person follows: one of the four.
type Follow struct {
	ID            int64           `json:"id,omitempty"`
	Place         places.ID       `json:"place,omitempty"`
	Neighbourhood string          `json:"neighbourhood,omitempty" doc:"Code"`
	Organisation  int64           `json:"organisation,omitempty" doc:"Whose records"`
	Area          json.RawMessage `json:"area,omitempty" doc:"A GeoJSON polygon"`
}

// maxFollows is how many parts of the map one person follows.
const maxFollows = 100

// DecodeFollow reads one, strictly. Faults: Invalid unless it is one of the four.
func DecodeFollow(body []byte) (f Follow, err error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&f); err != nil {
		return f, fault.Wrap(fault.Invalid, err, "the body must be the JSON object that the contract describes")
	}
	given := 0
	for _, one := range []bool{f.Place != 0, f.Neighbourhood != "", f.Organisation != 0, f.Area != nil} {
		if one {
			given++
		}
	}
	if given != 1 || f.ID != 0 {
		return f, fault.New(fault.Invalid, "one follows a place, a neighbourhood, an organisation or an area: one of them")
	}
	return f, nil
}

// polygon reads the area. Faults: as of moderation.ReadArea.
func (f Follow) polygon() (orb.Polygon, error) {
	if f.Area == nil {
		return nil, nil //nolint:nilnil // no area is no polygon
	}
	return moderation.ReadArea(f.Area)
}

// Add makes a person follow something; following it already is no fault. Faults:
// Invalid, NotFound for what is not on the map, TooMany beyond a hundred, Conflict for
// an account without an e-mail.
func Add(ctx context.Context, db pg.DB, actor accounts.Actor, f Follow, now time.Time) (added Follow, err error) {
	polygon, err := f.polygon()
	if err != nil {
		return f, err
	}
	var area []byte
	if polygon != nil {
		if area, err = wkb.Marshal(polygon); err != nil {
			return f, err
		}
	} else if _, err := places.NameOf(ctx, db, places.Within{Place: f.Place, Neighbourhood: f.Neighbourhood, Organisation: f.Organisation}); err != nil {
		return f, err
	}
	err = pg.InTx(ctx, db, func(tx pgx.Tx) error {
		if err := mayFollow(ctx, tx, actor.User); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, `
			insert into follows (user_id, place_id, neighbourhood, organisation_id, area, created_at)
			values ($1, nullif($2::bigint, 0), nullif($3, ''), nullif($4::bigint, 0), st_geomfromwkb($5, 4326), $6)
			on conflict (user_id, place_id, neighbourhood, organisation_id, md5(st_asbinary(area))) do update set created_at = follows.created_at
			returning id`, actor.User, f.Place, f.Neighbourhood, f.Organisation, area, now.UTC()).Scan(&f.ID)
		if err != nil {
			return pg.FaultOf(err)
		}
		return begin(ctx, tx, actor.User, now)
	})
	if err != nil {
		return f, fmt.Errorf("follow: %w", err)
	}
	return f, nil
}

func mayFollow(ctx context.Context, tx pgx.Tx, user int64) error {
	var reachable bool
	var count int
	err := tx.QueryRow(ctx, `
		select email is not null, (select count(*) from follows where user_id = users.id)
		from users
		where id = $1
		for update`, user).Scan(&reachable, &count)
	if err != nil {
		return pg.FaultOf(err)
	}
	if !reachable {
		return fault.New(fault.Conflict, "this account has no e-mail address to tell anything to")
	}
	if count >= maxFollows {
		return fault.New(fault.TooMany, "%d are enough to follow; end one first", maxFollows)
	}
	return nil
}

// begin gives a person their place among those who are told, from now on.
func begin(ctx context.Context, tx pgx.Tx, user int64, now time.Time) error {
	_, err := tx.Exec(ctx, `
		insert into digests (user_id, seq, updates_at)
		values ($1, (select coalesce(max(seq), 0) from changes), $2)
		on conflict (user_id) do update
		set updates_at = coalesce(digests.updates_at, excluded.updates_at),
			seq = case when digests.updates_at is null then excluded.seq else digests.seq end`, user, now.UTC())
	return err
}

// Remove ends following one thing. Faults: NotFound, for another's too.
func Remove(ctx context.Context, db pg.DB, actor accounts.Actor, id int64) error {
	tag, err := db.Exec(ctx, `delete from follows where id = $1 and user_id = $2`, id, actor.User)
	if err != nil {
		return fmt.Errorf("end following: %w", pg.FaultOf(err))
	}
	if tag.RowsAffected() == 0 {
		return noFollow()
	}
	return nil
}

func noFollow() error { return fault.New(fault.NotFound, "you follow nothing with that number") }

// Followed is what a person follows, and how often they are told.
type Followed struct {
	Pace    Pace     `json:"pace"`
	Told    bool     `json:"told" doc:"false: letters were ended by their link; following something begins them again"`
	Follows []Follow `json:"follows"`
}

// List is what a person follows, the oldest first.
func List(ctx context.Context, db pg.DB, actor accounts.Actor) (all Followed, err error) {
	all = Followed{Pace: Daily, Follows: []Follow{}}
	err = db.QueryRow(ctx, `select pace, updates_at is not null from digests where user_id = $1`, actor.User).Scan(&all.Pace, &all.Told)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return all, fmt.Errorf("list what is followed: %w", pg.FaultOf(err))
	}
	rows, err := db.Query(ctx, `
		select id, coalesce(place_id, 0), coalesce(neighbourhood, ''), coalesce(organisation_id, 0), st_asgeojson(area)::text
		from follows
		where user_id = $1
		order by id`, actor.User)
	if err != nil {
		return all, fmt.Errorf("list what is followed: %w", pg.FaultOf(err))
	}
	var f Follow
	var area *string
	_, err = pgx.ForEachRow(rows, []any{&f.ID, &f.Place, &f.Neighbourhood, &f.Organisation, &area}, func() error {
		f.Area = nil
		if area != nil {
			f.Area = json.RawMessage(*area)
		}
		all.Follows = append(all.Follows, f)
		return nil
	})
	return all, err
}

// SetPace says how often a person is told; the first letter comes at its next turn.
// Faults: Invalid.
func (l *Letters) SetPace(ctx context.Context, actor accounts.Actor, pace Pace) error {
	if !slices.Contains(AllPaces, pace) {
		return fault.InvalidField("/pace", "%q is none of %v", string(pace), AllPaces)
	}
	_, err := l.DB.Exec(ctx, `
		insert into digests (user_id, pace, seq, updates_at)
		values ($1, $2, (select coalesce(max(seq), 0) from changes), $3)
		on conflict (user_id) do update set pace = excluded.pace, updates_at = excluded.updates_at`,
		actor.User, pace, l.next(pace, l.Clock()))
	if err != nil {
		return fmt.Errorf("set pace: %w", pg.FaultOf(err))
	}
	return nil
}

// Stop ends the letters to whoever holds the link of one, and what they follow stays
// written. An unknown token is none: it does nothing.
func Stop(ctx context.Context, db pg.DB, token string) error {
	_, err := db.Exec(ctx, `update digests set updates_at = null, morning_at = null, seq = 0 where stop_token::text = $1`, token)
	if err != nil {
		return fmt.Errorf("end letters: %w", pg.FaultOf(err))
	}
	return nil
}
