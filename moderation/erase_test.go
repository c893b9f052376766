package moderation_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// secret is what must be gone: in the database, its name has no other part.
const secret = "Zyxwvut"

// holds lists the columns of the database, any type, that hold a text.
func (w town) holds(t testing.TB, text string) (found []string) {
	t.Helper()
	rows, err := w.Query(t.Context(), `
		select c.table_name::text, c.column_name::text, c.data_type = 'bytea'
		from information_schema.columns c
		join information_schema.tables t using (table_schema, table_name)
		where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.data_type not in ('bigint', 'integer', 'boolean')
		order by 1, 2`)
	if err != nil {
		t.Fatal(err)
	}
	type column struct {
		Table, Name string
		Bytes       bool
	}
	columns, err := pgx.CollectRows(rows, pgx.RowToStructByPos[column])
	if err != nil || len(columns) < 100 {
		t.Fatalf("%d columns, %v", len(columns), err)
	}
	for _, c := range columns {
		value := pgx.Identifier{c.Name}.Sanitize() + `::text`
		if c.Bytes {
			value = `encode(` + pgx.Identifier{c.Name}.Sanitize() + `, 'escape')`
		}
		var n int
		query := `select count(*) from ` + pgx.Identifier{c.Table}.Sanitize() + ` where ` + value + ` ilike '%' || $1 || '%'`
		if err := w.QueryRow(t.Context(), query, text).Scan(&n); err != nil {
			t.Fatalf("%s.%s: %v", c.Table, c.Name, err)
		}
		if n > 0 {
			found = append(found, c.Table+"."+c.Name)
		}
	}
	return found
}

// erasing is a moderator's submission.
func erasing(place places.ID, revisions string) string {
	return fmt.Sprintf(`{"action":"erase","place_id":%d,"base_revision":1,"revisions":[%s],"reason":"personal_data","message":"Un nom de personne."}`, place, revisions)
}

// gossip makes a place whose every corner holds the secret.
func (w town) gossip(t testing.TB) places.ID {
	t.Helper()
	const created = `{"action":"create","email":"` + secret + `@example.org","message":"` + secret + `","place":{"name":"Atelier ` + secret + `","category":"repair","position":[-1.55,47.21]}}`
	received, err := road.Submit(t.Context(), w, w.visitor, submission(t, created), moderation.Envelope{
		Key: "0b6f1c1e-8f6e-4f0e-9f57-0a9d1f7d1b11", Body: []byte(created), Now: noon,
	})
	if err != nil {
		t.Fatal(err)
	}
	accept := moderation.Verdict{Outcome: moderation.Accepted, Message: secret, Edits: json.RawMessage(`{"operator":"` + secret + `"}`)}
	decision, err := w.decide(t, w.moderator, received, accept)
	if err != nil {
		t.Fatal(err)
	}
	place := decision.Place
	// Another one looks like it, and so notes its name.
	w.mustSubmit(t, w.visitor, strings.Replace(strings.Replace(created, "47.21]", "47.2105]", 1), `"email"`, fmt.Sprintf(`"distinct":[%d],"email"`, place), 1))
	refused := w.mustSubmit(t, w.resident, edit(place, 1, `{"description":"`+secret+`"}`))
	if _, err := w.decide(t, w.moderator, refused, moderation.Verdict{Outcome: moderation.Refused, Reason: "wrong", Message: secret}); err != nil {
		t.Fatal(err)
	}
	if _, err := road.Appeal(t.Context(), w, w.resident, refused.ID, secret, noon); err != nil {
		t.Fatal(err)
	}
	asked := w.mustSubmit(t, w.resident, edit(place, 1, `{"website":"https://`+strings.ToLower(secret)+`.example"}`))
	if _, err := w.decide(t, w.moderator, asked, moderation.Verdict{Outcome: moderation.NeedsInfo, Message: secret}); err != nil {
		t.Fatal(err)
	}
	if _, err := road.Answer(t.Context(), w, w.resident, asked.ID, secret, noon); err != nil {
		t.Fatal(err)
	}
	w.mustSubmit(t, w.visitor, fmt.Sprintf(`{"action":"report","place_id":%d,"reason":"personal_data","message":"%s"}`, place, secret))
	w.imported(t, place)
	return place
}

// imported lets a source say the secret of a place too, as what it said before a merge, and in a conflict.
func (w town) imported(t testing.TB, place places.ID) {
	t.Helper()
	for _, statement := range []string{
		`insert into imports (source, file_name, file_sha256, started_at, finished_at, report) values ('osm', 'x', sha256('x'), now(), now(), '{}')`,
		`insert into source_records (source, ref, place_id, import_id, version, tags, document, point, merged_from)
			select 'osm', 'node/1', $1, max(id), 1, '{"name": "` + secret + `"}', '{"name": {"und": "` + secret + `"}}', st_setsrid(st_makepoint(0, 0), 4326),
				jsonb_build_array(jsonb_build_object('place', $1::bigint, 'document', '{"name": "` + secret + `"}'::jsonb)) from imports`,
		`insert into import_conflicts (import_id, place_id, field, base, theirs, ours) select max(id), $1, 'name', '"a"', '"` + secret + `"', '"b"' from imports`,
		`insert into place_merges (place_id, into_id, given, at) values ($1, $1, '{"name": "` + secret + `"}', now())`,
	} {
		var args []any
		if strings.Contains(statement, "$1") {
			args = append(args, place)
		}
		if _, err := w.Exec(t.Context(), statement, args...); err != nil {
			t.Fatal(err)
		}
	}
}

func TestErasingAPlaceLeavesNothingOfIt(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	place := w.gossip(t)
	before := w.holds(t, secret)
	if len(before) < 15 {
		t.Errorf("the secret was in %v only: the test looks at too little", before)
	}
	if _, err := w.submit(t, w.resident, erasing(place, "")); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a resident erases: %v", err)
	}
	// The other place, that looked like it, is its author's own and must go by itself.
	other := w.mustSubmitOther(t)
	for _, id := range []places.ID{place, other} {
		erased := w.mustSubmit(t, w.moderator, erasing(id, ""))
		if erased.State != moderation.Accepted || erased.Seq == 0 {
			t.Errorf("erased %+v", erased)
		}
	}
	if left := w.holds(t, secret); len(left) > 0 {
		t.Errorf("the secret is still in %v", left)
	}
	var open, leaves int
	err := w.QueryRow(t.Context(), `
		select
			(select count(*) from contributions where place_id = $1 and state in ('pending', 'needs_info', 'escalated')),
			(select count(*) from log_leaves where convert_from(entry, 'UTF8') like '%"event":"erased"%')`, place).Scan(&open, &leaves)
	if err != nil || open != 0 || leaves != 2 {
		t.Errorf("%d wait about it, %d leaves of erasing, %v", open, leaves, err)
	}
	restore := fmt.Sprintf(`{"action":"restore","place_id":%d,"base_revision":1,"reason":"wrong","message":"x"}`, place)
	if _, err := w.submit(t, w.moderator, restore); !fault.Is(err, fault.Conflict) {
		t.Errorf("restoring it: %v", err)
	}
	if _, err := w.submit(t, w.visitor, edit(place, 1, `{"phone":"02 40 00 00 01"}`)); !fault.Is(err, fault.NotFound) {
		t.Errorf("a visitor edits it: %v", err)
	}
	if _, err := moderation.Queue(t.Context(), w, w.moderator, moderation.QueueFilter{States: moderation.AllStates}, moderation.QueueCursor{}, 100); err != nil {
		t.Errorf("the queue cannot be read any more: %v", err)
	}
	for _, id := range w.contributionIDs(t) {
		if _, err := moderation.Open(t.Context(), w, w.moderator, id); err != nil {
			t.Errorf("contribution %d cannot be read any more: %v", id, err)
		}
	}
}

// mustSubmitOther accepts the creation that waits, and gives its place.
func (w town) mustSubmitOther(t testing.TB) places.ID {
	t.Helper()
	var waiting moderation.Received
	err := w.QueryRow(t.Context(), `select id, version from contributions where action = 'create' and state = 'pending'`).Scan(&waiting.ID, &waiting.Version)
	if err != nil {
		t.Fatal(err)
	}
	decision, err := w.decide(t, w.colleague, waiting, moderation.Verdict{Outcome: moderation.Accepted})
	if err != nil {
		t.Fatal(err)
	}
	return decision.Place
}

func (w town) contributionIDs(t testing.TB) []int64 {
	t.Helper()
	rows, err := w.Query(t.Context(), `select id from contributions order by id`)
	if err != nil {
		t.Fatal(err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestErasingARevisionLeavesTheOthers(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	place := w.mustSubmit(t, w.agent, strings.Replace(library, "Bibliothèque", "Bibliothèque "+secret, 1)).Place
	w.mustSubmit(t, w.agent, edit(place, 1, `{"name":"Bibliothèque"}`))
	waiting := w.mustSubmit(t, w.resident, edit(place, 1, `{"website":"https://biblio.example"}`))
	for revisions, kind := range map[string]fault.Kind{"2": fault.Conflict, "9": fault.NotFound} {
		if _, err := w.submit(t, w.moderator, erasing(place, revisions)); !fault.Is(err, kind) {
			t.Errorf("revision %s: %v", revisions, err)
		}
	}
	w.mustSubmit(t, w.moderator, erasing(place, "1"))
	if left := w.holds(t, secret); len(left) > 0 {
		t.Errorf("the secret is still in %v", left)
	}
	if live := w.live(t, place); live.Revision != 2 || live.Document.Name.Plain() != "Bibliothèque" {
		t.Errorf("live %+v", live)
	}
	if _, err := w.decide(t, w.moderator, waiting, moderation.Verdict{Outcome: moderation.Accepted}); err != nil {
		t.Errorf("what was proposed on the erased revision: %v", err)
	}
	revert := fmt.Sprintf(`{"action":"revert","place_id":%d,"base_revision":3,"revision":1,"reason":"wrong","message":"x"}`, place)
	if _, err := w.submit(t, w.moderator, revert); !fault.Is(err, fault.Conflict) {
		t.Errorf("reverting to it: %v", err)
	}
}

// Nobody erases but by the procedure: the tables refuse.
func TestHistoryChangesInNoOtherWay(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	place := w.mustSubmit(t, w.agent, library).Place
	for _, statement := range []string{
		`update place_revisions set document = '{}'`, `update place_revisions set document = document || '{"phone": "1"}'`,
		`delete from place_revisions`, `update decisions set message = 'x'`, `delete from decisions`,
		`update decisions set outcome = 'refused'`,
	} {
		if _, err := w.Exec(t.Context(), statement); !strings.HasSuffix(pg.Constraint(err), "_append_only") {
			t.Errorf("%s: %v", statement, err)
		}
	}
	w.mustSubmit(t, w.moderator, erasing(place, ""))
	if _, err := w.Exec(t.Context(), `update place_revisions set document = '{"name": "back"}'`); !strings.HasSuffix(pg.Constraint(err), "_append_only") {
		t.Errorf("content comes back: %v", err)
	}
	visitor := accounts.Actor{Role: accounts.Visitor, Grants: accounts.GrantsOf(accounts.Visitor)}
	if _, err := road.Submit(t.Context(), w, visitor, submission(t, library), moderation.Envelope{Body: []byte(library), Now: noon.Add(time.Hour)}); err != nil {
		t.Errorf("a new place on the same spot: %v", err)
	}
}
