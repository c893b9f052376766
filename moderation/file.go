package moderation

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/places"
)

// File is a contribution with all that helps to decide it.
type File struct {
	Contribution
	Current      places.Fields // the place as it stands; empty for a creation
	Base         places.Fields // as the author saw it; empty for a creation
	Differing    []Difference  // by field
	Record       Record        // of the author; empty for a visitor
	Conversation []Said
	Votes        Votes      // of residents
	Reported     []Reported // open reports of the same place, where it is one
}

// Difference is a field that a proposal changes. An absent value is a field
// that is absent.
type Difference struct {
	Field    string          `json:"field" doc:"Path in the document of a place"`
	Base     json.RawMessage `json:"base,omitempty" doc:"As the author saw it; of an import, what its source said last"`
	Current  json.RawMessage `json:"current,omitempty" doc:"As it stands"`
	Proposed json.RawMessage `json:"proposed,omitempty" doc:"As the author proposes it; absent where it is to be removed"`
	Conflict bool            `json:"conflict" doc:"Somebody else has changed it since: settle it with edits"`
}

// Said is a part of the conversation on a contribution, the oldest first: an
// answer by moderators or a rule, or a word of the author.
type Said struct {
	FromModeration bool      `json:"from_moderation"`
	Outcome        State     `json:"outcome,omitempty" doc:"Of a decision"`
	Reason         string    `json:"reason,omitempty"`
	Rule           string    `json:"rule,omitempty" doc:"When no person decided"`
	Message        string    `json:"message,omitempty"`
	At             time.Time `json:"at"`
}

// FindOwn reads an author's own contribution, whom their account or its secret
// shows; moderators may read those of their scope. Faults: NotFound, for another's
// as for one that never was.
func FindOwn(ctx context.Context, db pg.DB, actor accounts.Actor, id int64) (Contribution, []Said, error) {
	c, err := find(ctx, db, id, false)
	if err != nil {
		return Contribution{}, nil, err
	}
	mine := isAuthor(actor, c)
	if !mine && AllowedToModerate(actor, c.object()) != nil {
		return Contribution{}, nil, fault.New(fault.NotFound, "there is no contribution %d", id)
	}
	if !mine {
		c.Receipt = "" // is for its author
	}
	said, err := conversation(ctx, db, id)
	return c, said, err
}

// Open reads a contribution as a moderator sees it. Faults: Forbidden for all
// but moderators, and outside their scope; NotFound.
func Open(ctx context.Context, db pg.DB, actor accounts.Actor, id int64) (File, error) {
	if err := AllowedToModerate(actor, anywhere(actor)); err != nil {
		return File{}, err
	}
	c, err := find(ctx, db, id, false)
	if err != nil {
		return File{}, err
	}
	if err := AllowedToModerate(actor, c.object()); err != nil {
		return File{}, err
	}
	of, err := sidesOf(ctx, db, c)
	if err != nil {
		return File{}, fmt.Errorf("open contribution %d: %w", id, err)
	}
	f := File{Contribution: c, Current: of.ours, Base: of.base, Differing: differing(of)}
	f.baseOfImport()
	if f.Record, err = recordOf(ctx, db, c.Author); err != nil {
		return File{}, fmt.Errorf("open contribution %d: %w", id, err)
	}
	if f.Votes, err = votesOn(ctx, db, id); err != nil {
		return File{}, fmt.Errorf("open contribution %d: %w", id, err)
	}
	if f.Conversation, err = conversation(ctx, db, id); err != nil || c.Action != Report {
		return f, err
	}
	f.Reported, err = reportsOf(ctx, db, c.Place)
	return f, err
}

// baseOfImport shows, of what an import proposes, what its source said last.
func (f *File) baseOfImport() {
	imported := f.Proposal.Imported
	if imported == nil {
		return
	}
	f.Base = maps.Clone(f.Base)
	for i := range f.Differing {
		path := f.Differing[i].Field
		f.Differing[i].Base = imported.Base[path]
		setOrDelete(f.Base, path, imported.Base[path])
	}
}

func setOrDelete(fields places.Fields, path string, value json.RawMessage) {
	if value == nil {
		delete(fields, path)
		return
	}
	fields[path] = value
}

// differing lists what a proposal changes, by field.
func differing(of sides) []Difference {
	paths := maps.Clone(of.theirs)
	maps.Copy(paths, of.base)
	found := []Difference{}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		base, theirs, ours := of.base[path], of.theirs[path], of.ours[path]
		if bytes.Equal(base, theirs) {
			continue // the author did not touch it
		}
		found = append(found, Difference{
			Field: path, Base: base, Current: ours, Proposed: theirs,
			Conflict: !bytes.Equal(base, ours) && !bytes.Equal(theirs, ours),
		})
	}
	return found
}

func conversation(ctx context.Context, db pg.DB, id int64) ([]Said, error) {
	rows, err := db.Query(ctx, `
		select true, outcome, coalesce(reason, ''), coalesce(rule, ''), coalesce(message, ''), at
		from decisions
		where contribution_id = $1
		union all
		select from_moderation, '', '', '', message, at
		from contribution_messages
		where contribution_id = $1
		union all
		select false, '', '', '', message, at
		from appeals
		where contribution_id = $1
		order by at`, id)
	if err != nil {
		return nil, fmt.Errorf("read conversation on contribution %d: %w", id, err)
	}
	said, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Said])
	for i := range said {
		said[i].At = said[i].At.UTC()
	}
	return said, err
}
