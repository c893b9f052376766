package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/httpkit"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
	"cartoquartiers/places/snapshot"
)

// OGC API – Features, Part 4 (draft): https://docs.ogc.org/DRAFTS/20-002r1.html.
// Writing an item is proposing a contribution: docs/decisions/0008.

var asMergePatch = httpkit.Format{Name: "merge-patch", MediaType: "application/merge-patch+json"}

const changesAbout = "Takes the same road as a contribution: 201 when a named rule accepted it, with the address of the item in `Location`; " +
	"202 while it waits for a moderator, with the address of the contribution; 204 where there is nothing to change. With `Idempotency-Key` the same request again gives the first answer. " +
	"`If-Match` names the version that was read, by the item's `ETag` or its revision (`\"3\"`): without it 428, after somebody else's change 412; `*` is whatever stands. "

func (s *server) itemChangeEndpoints() []endpoint {
	const path, tag = "/ogc/collections/places/items", "Places"
	inPath := []parameter{{"id", "The id of the item", text(), nil}}
	answers := []representation{{asJSON, contribution{}}}
	feature, features := proposedFeature(), []string{asGeoJSON.MediaType, asJSON.MediaType}
	statuses := []int{http.StatusCreated, http.StatusAccepted, http.StatusNoContent}
	based := []parameter{keyHeader, matchHeader}
	return []endpoint{
		{
			method: http.MethodPost, path: path, id: "createItem", tag: tag, summary: "Propose a new place, as a feature",
			about: "Takes the same road as a contribution: 201 when a named rule accepted it, with the address of the new item in `Location`; 202 while it waits for a moderator, " +
				"with the address of the contribution. Positions are longitude, latitude (CRS84).",
			headers: []parameter{keyHeader},
			takes:   feature, takesAs: features, statuses: statuses[:2], formats: answers, handle: s.createItem,
		},
		{
			method: http.MethodPut, path: path + "/{id}", id: "replaceItem", tag: tag, summary: "Propose another content of a place",
			about:   changesAbout + "A property that is absent is removed; those that the map itself writes (`group`, `updated_at`, …) may stay as they were read.",
			headers: based,
			takes:   feature, takesAs: features, inPath: inPath, statuses: statuses, formats: answers, handle: s.changing(replacement),
		},
		{
			method: http.MethodPatch, path: path + "/{id}", id: "updateItem", tag: tag, summary: "Propose to change some properties of a place",
			about:   changesAbout + "The body is a JSON Merge Patch (RFC 7396) on the feature: `{\"properties\": {\"phone\": null}}`.",
			headers: based,
			takes:   feature, takesAs: []string{asMergePatch.MediaType, asJSON.MediaType}, inPath: inPath, statuses: statuses, formats: answers, handle: s.changing(update),
		},
		{
			method: http.MethodDelete, path: path + "/{id}", id: "deleteItem", tag: tag, summary: "Propose that a place has closed for good",
			about:   changesAbout + "A closed place keeps its address and its history.",
			query:   []parameter{{"reason", "Why, in one's own words.", text(), nil}},
			headers: based,
			inPath:  inPath, statuses: statuses, formats: answers, handle: s.changing(closing),
		},
	}
}

// featureIn is a GeoJSON feature (RFC 7946, 3.2) as it is sent to us. Members
// that it does not name are left alone, as section 6.1 of the RFC wants it.
type featureIn struct {
	Geometry   json.RawMessage
	Properties map[string]json.RawMessage
}

func (r *request) feature() (f featureIn, body []byte, err error) {
	if crs := r.Header.Get("Content-Crs"); crs != "" && strings.Trim(crs, "<>") != crs84 {
		return f, nil, fault.InvalidField("Content-Crs", "positions are longitude, latitude: %s", crs84)
	}
	body, err = io.ReadAll(io.LimitReader(r.Body, moderation.MaxSubmission+1))
	if err != nil {
		return f, nil, err
	}
	if len(body) > moderation.MaxSubmission {
		return f, nil, fault.New(fault.TooLarge, "a contribution is at most %d bytes", moderation.MaxSubmission)
	}
	if err = json.Unmarshal(body, &f); err != nil {
		return f, nil, fault.Wrap(fault.Invalid, err, "the body must be a GeoJSON feature with a point")
	}
	return f, body, nil
}

// createItem proposes a new place.
func (s *server) createItem(w http.ResponseWriter, r *request) error {
	actor, err := s.actor(r)
	if err != nil {
		return err
	}
	f, body, err := r.feature()
	if err != nil {
		return err
	}
	fields, err := proposedFields(f, featureIn{})
	if err != nil {
		return err
	}
	place, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	return s.proposeItem(w, r, actor, moderation.Submission{Action: moderation.Create, Place: place}, body)
}

// proposedFields are the fields of a place that a feature proposes, under the
// names of a contribution, where they differ from what stands.
func proposedFields(f, stands featureIn) (map[string]json.RawMessage, error) {
	fields := make(map[string]json.RawMessage)
	var wrong []fault.Field
	if position, err := pointOf(f.Geometry); err != nil {
		wrong = append(wrong, fault.Wrong("/geometry", "must be a GeoJSON point with a longitude and a latitude"))
	} else if position != nil && !samePoint(position, stands.Geometry) {
		fields["position"] = position
	}
	texts := make(map[string]map[string]json.RawMessage)
	for name, value := range f.Properties {
		if sameJSON(value, stands.Properties[name]) {
			continue
		}
		field, language := name, ""
		if base, suffix, split := strings.Cut(name, "_"); split && (base == "name" || base == "description") {
			field, language = base, suffix
		}
		switch {
		case !moderation.Proposable(field):
			wrong = append(wrong, fault.Wrong("/properties/"+name, "is written by the map itself, or no property of a place; leave it as you read it"))
		case field == "name" || field == "description":
			if texts[field] == nil {
				texts[field] = make(map[string]json.RawMessage)
			}
			texts[field][language] = value
		case field == "extra":
			if changes := extraChanges(value, stands.Properties[name]); string(changes) != "{}" {
				fields[field] = changes
			}
		default:
			fields[field] = value
		}
	}
	for field, byLanguage := range texts {
		fields[field] = textOf(byLanguage)
	}
	if len(wrong) > 0 {
		slices.SortFunc(wrong, func(a, b fault.Field) int { return strings.Compare(a.Name, b.Name) })
		return nil, fault.InvalidFields(wrong)
	}
	return fields, nil
}

// textOf is a text as a contribution has it: alone, or by language.
func textOf(byLanguage map[string]json.RawMessage) json.RawMessage {
	if plain, ok := byLanguage[""]; ok && len(byLanguage) == 1 {
		return plain
	}
	if plain, ok := byLanguage[""]; ok {
		delete(byLanguage, "")
		byLanguage[places.Undetermined] = plain
	}
	text, _ := json.Marshal(byLanguage) // JSON values
	return text
}

// pointOf is the position of a geometry, as it was written; nil for none.
func pointOf(geometry json.RawMessage) (json.RawMessage, error) {
	if len(geometry) == 0 || string(geometry) == "null" {
		return nil, nil
	}
	var point struct {
		Type        string
		Coordinates json.RawMessage
	}
	if err := json.Unmarshal(geometry, &point); err != nil || point.Type != "Point" {
		return nil, errors.New("not a point")
	}
	return point.Coordinates, nil
}

func samePoint(position, standing json.RawMessage) bool {
	var a, b orb.Point
	other, err := pointOf(standing)
	return err == nil && other != nil && json.Unmarshal(position, &a) == nil && json.Unmarshal(other, &b) == nil && a == b
}

// sameJSON compares two values; absent and null are the same.
func sameJSON(a, b json.RawMessage) bool {
	return bytes.Equal(compact(a), compact(b))
}

func compact(value json.RawMessage) []byte {
	var anything any
	if len(value) == 0 || json.Unmarshal(value, &anything) != nil || anything == nil {
		return nil
	}
	text, _ := marshal(anything) // it was JSON
	return text
}

// change turns a request about what stands into a submission; nil when there is nothing to do.
type change func(r *request, id places.ID, stands featureIn) (*moderation.Submission, []byte, error)

// changing handles what changes a place that is there.
func (s *server) changing(to change) func(http.ResponseWriter, *request) error {
	return func(w http.ResponseWriter, r *request) error {
		actor, err := s.actor(r)
		if err != nil {
			return err
		}
		id, err := placeID(r)
		if err != nil {
			return err
		}
		row, ok := s.Snapshot.View().Find(id)
		if !ok {
			return s.redirectMerged(w, r, id)
		}
		var stands featureIn
		if err := json.Unmarshal(row.Feature(), &stands); err != nil {
			return fmt.Errorf("read a rendered feature: %w", err)
		}
		proposed, body, err := to(r, id, stands)
		if err != nil {
			return err
		}
		if again, err := s.answeredBefore(w, r, actor, body); again || err != nil {
			return err
		}
		if err := r.basedOn(row); err != nil {
			return err
		}
		if proposed == nil {
			w.Header().Set("Cache-Control", "no-store")
			w.WriteHeader(http.StatusNoContent)
			return nil
		}
		proposed.PlaceID, proposed.BaseRevision = id, row.Revision()
		return s.proposeItem(w, r, actor, *proposed, body)
	}
}

// basedOn compares If-Match with what stands (RFC 9110, 13.1.1). An ETag of ours
// begins with the number of the change that made the item, see tagOf.
func (r *request) basedOn(row snapshot.Row) error {
	given := r.Header.Values("If-Match")
	if len(given) == 0 {
		return fault.New(fault.Unconditional, "name the version that you read: If-Match with its ETag")
	}
	change, revision := strconv.FormatInt(row.Seq(), 36), strconv.Itoa(row.Revision())
	for candidate := range strings.SplitSeq(strings.Join(given, ","), ",") {
		candidate = strings.TrimSpace(candidate)
		named, _, tagged := strings.Cut(strings.Trim(candidate, `"`), "-")
		if candidate == "*" || tagged && named == change || !tagged && named == revision {
			return nil
		}
	}
	return fault.New(fault.Stale, "the place is at revision %d; read it again", row.Revision())
}

func update(r *request, _ places.ID, stands featureIn) (*moderation.Submission, []byte, error) {
	f, body, err := r.feature()
	if err != nil {
		return nil, nil, err
	}
	return edit(f, stands, body)
}

// replacement is an update that also removes what the new feature does not have.
// The kind follows from the category, and may be left out.
func replacement(r *request, _ places.ID, stands featureIn) (*moderation.Submission, []byte, error) {
	f, body, err := r.feature()
	if err != nil {
		return nil, nil, err
	}
	if f.Properties == nil {
		f.Properties = make(map[string]json.RawMessage)
	}
	if stands.Properties["extra"] != nil {
		f.Properties["extra"] = wholeExtra(f.Properties["extra"], stands.Properties["extra"])
	}
	for name := range stands.Properties {
		base, _, _ := strings.Cut(name, "_")
		ours := moderation.Proposable(name) || base == "name" || base == "description"
		if _, kept := f.Properties[name]; !kept && ours && name != "kind" {
			f.Properties[name] = json.RawMessage("null")
		}
	}
	return edit(f, stands, body)
}

func edit(f, stands featureIn, body []byte) (*moderation.Submission, []byte, error) {
	fields, err := proposedFields(f, stands)
	if err != nil || len(fields) == 0 {
		return nil, body, err
	}
	patch, err := json.Marshal(fields)
	return &moderation.Submission{Action: moderation.Edit, Patch: patch}, body, err
}

// closing proposes that a place has closed for good; one that has is left alone.
func closing(r *request, _ places.ID, stands featureIn) (*moderation.Submission, []byte, error) {
	reason := r.values.Get("reason")
	if string(stands.Properties["state"]) == strconv.Quote(string(places.Closed)) {
		return nil, []byte(reason), nil
	}
	return &moderation.Submission{Action: moderation.Close, Message: reason}, []byte(reason), nil
}

// envelope is how this request came. The same body sent to another address is
// another request.
func (s *server) envelope(r *request, body []byte) moderation.Envelope {
	return moderation.Envelope{
		Key: r.Header.Get("Idempotency-Key"), Body: append([]byte(r.Method+" "+r.URL.Path+"\n"), body...), Now: s.Clock(),
	}
}

// answeredBefore gives the first answer to a request that is sent again: what it
// was based on may have changed by its own doing.
func (s *server) answeredBefore(w http.ResponseWriter, r *request, actor accounts.Actor, body []byte) (bool, error) {
	received, again, err := moderation.Repeated(r.Context(), s.Pool, actor, s.envelope(r, body))
	if err != nil || !again {
		return false, err
	}
	return true, s.writeReceived(w, r, received, itemOf)
}

func (s *server) proposeItem(w http.ResponseWriter, r *request, actor accounts.Actor, proposed moderation.Submission, body []byte) error {
	received, err := s.Road.Submit(r.Context(), s.Intake, actor, proposed, s.envelope(r, body))
	if err != nil {
		return inFeature(explained(err))
	}
	return s.writeReceived(w, r, received, itemOf)
}

// itemOf is where what was accepted can be read.
func itemOf(received moderation.Received) string {
	return fmt.Sprintf("/ogc/collections/places/items/%d", received.Place)
}

// inFeature names the wrong parts of a contribution as those of the feature that it came in.
func inFeature(err error) error {
	var refused *fault.Error
	if !errors.As(err, &refused) || len(refused.Fields) == 0 || refused.Kind != fault.Invalid {
		return err
	}
	fields := slices.Clone(refused.Fields)
	for i := range fields {
		fields[i].Name = featurePointer(fields[i].Name)
	}
	return fault.InvalidFields(fields)
}

func featurePointer(pointer string) string {
	for _, prefix := range []string{"/place/", "/patch/"} {
		path, ours := strings.CutPrefix(pointer, prefix)
		if !ours {
			continue
		}
		if path == "position" {
			return "/geometry/coordinates"
		}
		if field, language, split := strings.Cut(path, "/"); split && (field == "name" || field == "description") && language != places.Undetermined {
			return "/properties/" + field + "_" + language
		} else if field == "name" || field == "description" {
			return "/properties/" + field
		}
		return "/properties/" + path
	}
	if pointer == "/message" {
		return "reason"
	}
	return pointer
}
