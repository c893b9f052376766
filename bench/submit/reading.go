package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"

	"cartoquartiers/internal/accounts"
)

// visible measures how long it takes from sending an edit that a rule accepts to
// the tile that shows it, one after the other.
func (b *bench) visible(ctx context.Context) error {
	if b.edits == 0 {
		return nil
	}
	agent, err := b.token(ctx, accounts.Agent)
	if err != nil {
		return err
	}
	times := make([]time.Duration, b.edits)
	for i := range times {
		p := &b.places[i%len(b.places)]
		name := fmt.Sprintf("Renommé %d", i)
		begun := now()
		if err := b.rename(ctx, agent, p, name); err != nil {
			return err
		}
		shown, err := b.tileShows(ctx, *p, name)
		if err != nil {
			return err
		}
		if !shown {
			return fmt.Errorf("place %d is not called %q in the first tile after the answer", p.ID, name)
		}
		times[i] = now().Sub(begun)
	}
	slices.Sort(times)
	fmt.Fprintf(b.out, "\nan accepted edit is in the tile after %v, p99 %v (goal ≤ 100 ms), %d edits\n",
		times[len(times)/2].Round(time.Microsecond), times[len(times)*99/100].Round(time.Microsecond), len(times))
	return nil
}

func (b *bench) token(ctx context.Context, role accounts.Role) (string, error) {
	id, err := accounts.CreateUser(ctx, b.database.Pool, accounts.NewUser{Name: "bench-" + string(role), Role: role}, now())
	if err != nil {
		return "", err
	}
	return accounts.CreateToken(ctx, b.database.Pool, accounts.NewToken{User: id, Grants: accounts.GrantsOf(role)}, now())
}

// ask puts a request to the handler itself.
func (b *bench) ask(ctx context.Context, method, path, token, body string) *httptest.ResponseRecorder {
	request := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(body))
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	recorder := httptest.NewRecorder()
	b.handler.ServeHTTP(recorder, request)
	return recorder
}

func (b *bench) rename(ctx context.Context, token string, p *place, name string) error {
	body := fmt.Sprintf(`{"action":"edit","place_id":%d,"base_revision":%d,"patch":{"name":%q}}`, p.ID, p.Revision, name)
	answer := b.ask(ctx, http.MethodPost, "/api/v1/contributions", token, body)
	if answer.Code != http.StatusCreated {
		return fmt.Errorf("%s: %d %s", body, answer.Code, answer.Body)
	}
	var now struct{ Revision int }
	err := json.Unmarshal(answer.Body.Bytes(), &now)
	p.Revision = now.Revision
	return err
}

func (b *bench) tileShows(ctx context.Context, p place, name string) (bool, error) {
	const zoom = 15
	at := maptile.At(orb.Point{p.Lon, p.Lat}, zoom)
	answer := b.ask(ctx, http.MethodGet, fmt.Sprintf("/tiles/places/%d/%d/%d.mvt", zoom, at.X, at.Y), "", "")
	layers, err := mvt.Unmarshal(answer.Body.Bytes())
	if err != nil {
		return false, fmt.Errorf("tile %v: %d %w", at, answer.Code, err)
	}
	for _, layer := range layers {
		for _, feature := range layer.Features {
			if feature.Properties["name"] == name {
				return true, nil
			}
		}
	}
	return false, nil
}

// queue measures pages of the moderators' queue, from the first to the depths,
// with and without filters.
func (b *bench) queue(ctx context.Context) error {
	if b.pending == 0 {
		return nil
	}
	if err := b.fill(ctx); err != nil {
		return err
	}
	moderator, err := b.token(ctx, accounts.Moderator)
	if err != nil {
		return err
	}
	var quarter string
	if err := b.database.QueryRow(ctx, `select min(code) from neighbourhoods`).Scan(&quarter); err != nil {
		return err
	}
	fmt.Fprintln(b.out)
	for _, question := range []string{"", "action=create", "neighbourhood=" + quarter, "category=give_box", "min_risk=50", "state=pending&limit=200"} {
		var times []time.Duration
		path := "/api/v1/moderation/contributions?" + question
		for page := 0; page < 100 && path != ""; page++ {
			begun := now()
			answer := b.ask(ctx, http.MethodGet, path, moderator, "")
			times = append(times, now().Sub(begun))
			if answer.Code != http.StatusOK {
				return fmt.Errorf("%s: %d %s", path, answer.Code, answer.Body)
			}
			path = nextOf(answer.Body.Bytes())
		}
		slices.Sort(times)
		fmt.Fprintf(b.out, "queue of %d?%s: %d pages, median %v, p99 %v (goal ≤ 30 ms)\n", b.pending, question, len(times),
			times[len(times)/2].Round(time.Microsecond), times[len(times)*99/100].Round(time.Microsecond))
	}
	return nil
}

func nextOf(page []byte) string {
	var answer struct{ Links []struct{ Rel, Href string } }
	if json.Unmarshal(page, &answer) != nil {
		return ""
	}
	for _, link := range answer.Links {
		if link.Rel == "next" {
			return link.Href
		}
	}
	return ""
}

// fill copies what waits until there is enough of it, with deadlines, risks and
// places of all kinds.
func (b *bench) fill(ctx context.Context) error {
	_, err := b.database.Exec(ctx, `
		insert into contributions (
			action, place_id, base_revision, body, role, body_hash, received_at, deadline, risk, screening,
			neighbourhood, category, group_id, point, key
		)
		select c.action, c.place_id, c.base_revision, c.body, c.role, c.body_hash, c.received_at,
			c.deadline + random() * interval '6 days', (random() * 100)::int, c.screening,
			p.neighbourhood, p.category, p.group_id, p.point, c.key
		from generate_series(1, $1 - (select count(*) from contributions where state = 'pending')) n
		join lateral (select * from contributions where id = 1 + n % 1000) c on true
		join lateral (select * from published_places offset n % 299 limit 1) p on true`, b.pending)
	if err != nil {
		return err
	}
	_, err = b.database.Exec(ctx, `analyze contributions`)
	return err
}
