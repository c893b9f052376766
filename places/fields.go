package places

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Fields is a document taken apart for merging: one JSON value per field path.
// A path is a field's JSON name, or "name.fr" for fields that hold one value per
// key: texts per language, identifiers per scheme. Absent fields have no entry.
type Fields map[string]json.RawMessage

// splitFields are merged key by key: a SIRET added here must not
// collide with an OSM id that changed there.
var splitFields = map[string]bool{
	"name": true, "description": true, "identifiers": true,
	"accessibility": true, "extra": true, "private": true, "photos": true,
}

// Fields takes the document apart.
func (d Document) Fields() (Fields, error) {
	text, err := marshal(d)
	if err != nil {
		return nil, fmt.Errorf("take document apart: %w", err)
	}
	return FieldsOf(text)
}

// Paths lists the paths of Fields, in no order.
func (d Document) Paths() []string {
	paths := append(make([]string, 0, 16), "kind", "category", "state", "position")
	for _, field := range [...]struct {
		path   string
		filled bool
	}{
		{"categories", len(d.Categories) > 0},
		{"address", d.Address != nil},
		{"phone", d.Phone != ""},
		{"email", d.Email != ""},
		{"website", d.Website != ""},
		{"opening_hours", d.OpeningHours != ""},
		{"closure", d.Closure != nil},
		{"wheelchair", d.Wheelchair != ""},
		{"audiences", len(d.Audiences) > 0},
		{"languages", len(d.Languages) > 0},
		{"operator", d.Operator != ""},
		{"starts_on", d.StartsOn != ""},
		{"ends_on", d.EndsOn != ""},
		{"verified_at", d.VerifiedAt != nil},
		{"labels", len(d.Labels) > 0},
	} {
		if field.filled {
			paths = append(paths, field.path)
		}
	}
	paths = appendParts(paths, "name.", d.Name)
	paths = appendParts(paths, "description.", d.Description)
	paths = appendParts(paths, "accessibility.", d.Accessibility)
	paths = appendParts(paths, "identifiers.", d.Identifiers)
	paths = appendParts(paths, "extra.", d.Extra)
	paths = appendParts(paths, "photos.", d.Photos)
	return appendParts(paths, "private.", d.Private)
}

func appendParts[V any](paths []string, prefix string, values map[string]V) []string {
	for key := range values {
		paths = append(paths, prefix+key)
	}
	return paths
}

// FieldsOf takes the JSON form of a document apart, whatever its spacing and key order.
func FieldsOf(document []byte) (Fields, error) {
	var top map[string]json.RawMessage
	if err := json.Unmarshal(document, &top); err != nil {
		return nil, fmt.Errorf("read document: %w", err)
	}
	fields := make(Fields, len(top))
	for name, value := range top {
		if !splitFields[name] {
			fields[name] = compact(value)
			continue
		}
		var parts map[string]json.RawMessage
		if err := json.Unmarshal(value, &parts); err != nil {
			return nil, fmt.Errorf("read document field %s: %w", name, err)
		}
		for key, part := range parts {
			fields[name+"."+key] = compact(part)
		}
	}
	return fields, nil
}

// Document puts the fields together again.
func (f Fields) Document() (Document, error) {
	top := make(map[string]any, len(f))
	for path, value := range f {
		name, key, split := strings.Cut(path, ".")
		if !split {
			top[name] = value
			continue
		}
		parts, _ := top[name].(map[string]json.RawMessage)
		if parts == nil {
			parts = make(map[string]json.RawMessage)
			top[name] = parts
		}
		parts[key] = value
	}
	var d Document
	text, err := json.Marshal(top)
	if err != nil {
		return d, fmt.Errorf("put document together: %w", err)
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return d, fmt.Errorf("put document together: %w", err)
	}
	return d, nil
}

// compact gives equal JSON values of equal key order equal bytes. PostgreSQL's jsonb and
// our structs each write objects in one order of their own, so compare like with like:
// values go through Document first.
func compact(value json.RawMessage) json.RawMessage {
	var decoded any
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.UseNumber()
	if decoder.Decode(&decoded) != nil {
		return value
	}
	text, err := marshal(decoded)
	if err != nil {
		return value
	}
	return text
}

// marshal is json.Marshal without HTML escapes: the text is served as JSON, never inside HTML.
func marshal(value any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimRight(buffer.Bytes(), "\n"), nil
}
