package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
)

// collision says what happened meanwhile; the page around it shows it.
func (v *view) collision(said saidFault, err error) string {
	var conflict *moderation.MergeConflictError
	switch {
	case errors.As(err, &conflict):
		return v.N("item.conflicts", len(conflict.Conflicts))
	case fault.Is(err, fault.Stale):
		return v.T("item.stale")
	case fault.Is(err, fault.Conflict):
		return v.T("item.decided") + " " + said.detail
	}
	return said.text()
}

func (s *site) decide(r *http.Request, v *view, actor accounts.Actor, id int64) error {
	if err := readForm(r); err != nil {
		return err
	}
	verdict := v.verdictFrom(r.PostForm)
	verdict.ID = id
	version, err := strconv.Atoi(r.PostFormValue("version"))
	if err != nil {
		return fault.New(fault.Unconditional, "name the version that you read: If-Match with its ETag")
	}
	verdict.Version = version
	if verdict.Outcome == moderation.Accepted {
		if verdict.Edits, err = editsFrom(r); err != nil {
			return err
		}
		if alt := strings.TrimSpace(r.PostFormValue("alt")); alt != r.PostFormValue("was-alt") {
			if verdict.Alt, err = json.Marshal(alt); err != nil {
				return err
			}
		}
	}
	decision, err := s.Road.Decide(r.Context(), s.Pool, actor, verdict, s.Clock())
	if err != nil {
		return err
	}
	return s.Snapshot.WaitFor(r.Context(), decision.Seq)
}

// editsFrom are the fields that the moderator wrote otherwise than proposed, as a
// JSON Merge Patch; nil for none. A field in conflict is always settled.
func editsFrom(r *http.Request) (json.RawMessage, error) {
	edits := make(map[string]any)
	for name, values := range r.PostForm {
		path, is := strings.CutPrefix(name, "edit:")
		if !is || values[0] == r.PostFormValue("was:"+path) && r.PostFormValue("settle:"+path) == "" {
			continue
		}
		value := any(strings.TrimSpace(values[0]))
		if value == "" {
			value = nil
		}
		setEdit(edits, path, value)
	}
	for name, values := range r.PostForm {
		if path, is := strings.CutPrefix(name, "take:"); is { // one of the two values, as JSON
			var value any
			if err := json.Unmarshal([]byte(values[0]), &value); err != nil {
				return nil, fault.Wrap(fault.Invalid, err, "the request body could not be read")
			}
			setEdit(edits, path, value)
		}
	}
	if len(edits) == 0 {
		return nil, nil
	}
	return json.Marshal(edits)
}

// setEdit puts a value at the path of a field: "name.fr" is within "name".
func setEdit(edits map[string]any, path string, value any) {
	field, part, split := strings.Cut(path, ".")
	if !split {
		edits[path] = value
		return
	}
	parts, ok := edits[field].(map[string]any)
	if !ok {
		parts = make(map[string]any)
		edits[field] = parts
	}
	parts[part] = value
}
