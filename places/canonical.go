package places

import (
	"cmp"
	"encoding/json"
	"strconv"
	"time"

	"github.com/paulmach/orb"

	"cartoquartiers/internal/jcs"
)

// Canonical writes the document as RFC 8785 wants it, which is what
// jcs.Canonical makes of its JSON, without the detour: an import seals a hundred
// thousand of them. The error tells a value of Extra or Private that is not JSON.
func (d Document) Canonical() ([]byte, error) {
	w := members{to: append(make([]byte, 0, 512), '{')}
	// In canonical order. TestCanonicalDocument notices a field that is missing here.
	w.texts("accessibility", d.Accessibility)
	w.address("address", d.Address)
	w.list("audiences", d.Audiences)
	w.list("categories", d.Categories)
	w.text("category", d.Category)
	w.closure("closure", d.Closure)
	w.texts("description", d.Description)
	w.optional("email", d.Email)
	w.optional("ends_on", d.EndsOn)
	w.values("extra", d.Extra)
	w.texts("identifiers", d.Identifiers)
	w.text("kind", string(d.Kind))
	w.list("labels", d.Labels)
	w.list("languages", d.Languages)
	w.texts("name", d.Name)
	w.optional("opening_hours", d.OpeningHours)
	w.optional("operator", d.Operator)
	w.optional("phone", d.Phone)
	w.photos("photos", d.Photos)
	w.point("position", d.Position)
	w.values("private", d.Private)
	w.optional("starts_on", d.StartsOn)
	w.text("state", string(d.State))
	w.instant("verified_at", d.VerifiedAt)
	w.optional("website", d.Website)
	w.optional("wheelchair", string(d.Wheelchair))
	return append(w.to, '}'), w.err
}

// Canonical writes the provenances as RFC 8785 wants them, like Document.Canonical.
func (p Provenances) Canonical() ([]byte, error) {
	w := members{to: append(make([]byte, 0, 128*(1+len(p))), '{')}
	var last Provenance
	var written []byte // of last: nearly always all fields come from one source at one time
	for i, path := range jcs.Names(p, make([]string, 0, 32)) {
		w.name(path)
		if one := p[path]; i > 0 && one == last {
			w.to = append(w.to, written...)
		} else {
			start := len(w.to)
			w.provenance(one)
			last, written = one, w.to[start:]
		}
	}
	return append(w.to, '}'), w.err
}

func (w *members) provenance(p Provenance) {
	w.to = append(w.to, '{')
	w.instant("at", &p.At)
	w.text("licence", p.Licence)
	w.number("revision", p.Revision)
	w.optional("role", p.Role)
	w.text("source", p.Source)
	if p.Version != 0 {
		w.number("version", p.Version)
	}
	w.to = append(w.to, '}')
}

// members writes the members of an object, in the order of the calls. Once err
// is set the text is of no use.
type members struct {
	to  []byte
	err error
}

func (w *members) name(name string) {
	if w.to[len(w.to)-1] != '{' {
		w.to = append(w.to, ',')
	}
	w.to = append(jcs.AppendString(w.to, name), ':')
}

func (w *members) text(name, value string) {
	w.name(name)
	w.to = jcs.AppendString(w.to, value)
}

// object begins one; end ends it.
func (w *members) object(name string) {
	w.name(name)
	w.to = append(w.to, '{')
}

func (w *members) end() { w.to = append(w.to, '}') }

func (w *members) point(name string, p orb.Point) {
	w.name(name)
	w.to = jcs.AppendNumber(append(w.to, '['), p[0])
	w.to = append(jcs.AppendNumber(append(w.to, ','), p[1]), ']')
}

// optional leaves out what is empty, like the methods that follow it.
func (w *members) optional(name, value string) {
	if value != "" {
		w.text(name, value)
	}
}

func (w *members) number(name string, value int) {
	w.name(name)
	w.to = strconv.AppendInt(w.to, int64(value), 10)
}

func (w *members) list(name string, values []string) {
	if len(values) == 0 {
		return
	}
	w.every(name, values)
}

// every is list for a member that is there even when it is empty.
func (w *members) every(name string, values []string) {
	w.name(name)
	w.to = append(w.to, '[')
	for i, value := range values {
		if i > 0 {
			w.to = append(w.to, ',')
		}
		w.to = jcs.AppendString(w.to, value)
	}
	w.to = append(w.to, ']')
}

func (w *members) texts(name string, values map[string]string) {
	if len(values) == 0 {
		return
	}
	w.name(name)
	w.to = jcs.AppendTexts(w.to, values)
}

func (w *members) values(name string, values map[string]json.RawMessage) {
	if len(values) == 0 {
		return
	}
	w.object(name)
	for _, key := range jcs.Names(values, nil) {
		w.name(key)
		if values[key] == nil {
			w.to = append(w.to, "null"...) // as encoding/json has it
			continue
		}
		text, err := jcs.Canonical(values[key])
		w.to, w.err = append(w.to, text...), cmp.Or(w.err, err)
	}
	w.end()
}

func (w *members) address(name string, a *Address) {
	if a == nil {
		return
	}
	w.object(name)
	w.optional("city", a.City)
	w.optional("housenumber", a.Housenumber)
	w.optional("postcode", a.Postcode)
	w.optional("street", a.Street)
	w.optional("text", a.Text)
	w.end()
}

func (w *members) closure(name string, c *Closure) {
	if c == nil {
		return
	}
	w.object(name)
	w.optional("from", c.From)
	w.texts("message", c.Message)
	w.optional("until", c.Until)
	w.end()
}

func (w *members) photos(name string, photos map[string]Photo) {
	if len(photos) == 0 {
		return
	}
	w.object(name)
	for _, key := range jcs.Names(photos, nil) {
		p := photos[key]
		w.object(key)
		w.texts("alt", p.Alt)
		w.text("file", p.File)
		w.number("height", p.Height)
		w.text("licence", p.Licence)
		w.optional("role", p.Role)
		w.optional("taken", p.Taken)
		w.number("width", p.Width)
		w.end()
	}
	w.end()
}

func (w *members) instant(name string, at *time.Time) {
	if at == nil {
		return
	}
	w.name(name)
	text, err := at.MarshalJSON() // no escapes: digits, colons, a letter
	w.to, w.err = append(w.to, text...), cmp.Or(w.err, err)
}
