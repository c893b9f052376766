package api_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"cartoquartiers/api"
	"cartoquartiers/places"
)

// What changes no field of the town is no contribution, whatever way it says so; what a
// replacement leaves out is taken away.
func TestExtraThatChangesNothingIsNoChange(t *testing.T) {
	t.Parallel()
	w := newItemWorldWith(t, func(d *api.Deps) {
		d.Taxonomy = taxonomy.With(places.Town{Extra: map[string][]places.ExtraField{"community_garden": {
			{Key: "beds", Kind: places.ExtraNumber, LabelFr: "Parcelles"}, {Key: "shed", Kind: places.ExtraYesNo, LabelFr: "Cabane"},
		}}})
		road := *d.Road
		road.Taxonomy = d.Taxonomy
		d.Road = &road
	})
	whole := func(extra string) string {
		return `{"type":"Feature","geometry":{"type":"Point","coordinates":[1.5,1.5]},"properties":{"name":"Jardin","category":"community_garden"` + extra + `}}`
	}
	for _, c := range []struct {
		method, body string
		status       int
		extra        string
	}{
		{"PUT", whole(``), http.StatusCreated, `null`},
		{"PUT", whole(`,"extra":{}`), http.StatusNoContent, `null`},
		{"PUT", whole(`,"extra":null`), http.StatusNoContent, `null`},
		{"PATCH", `{"properties":{"extra":{"absent":null}}}`, http.StatusNoContent, `null`},
		{"PATCH", `{"properties":{"extra":{"beds":14,"shed":true}}}`, http.StatusCreated, `{"beds":14,"shed":true}`},
		{"PATCH", `{"properties":{"extra":{"beds":14.0}}}`, http.StatusNoContent, `{"beds":14,"shed":true}`},
		{"PUT", whole(`,"extra":{"beds":14,"shed":true}`), http.StatusNoContent, `{"beds":14,"shed":true}`},
		{"PUT", whole(`,"extra":{"beds":14}`), http.StatusCreated, `{"beds":14}`},
		{"PATCH", `{"properties":{"extra":{"beds":"many"}}}`, http.StatusBadRequest, `{"beds":14}`},
		{"PUT", whole(`,"extra":[1]`), http.StatusBadRequest, `{"beds":14}`},
		{"PUT", whole(`,"extra":null`), http.StatusCreated, `null`},
	} {
		_, tag := w.item()
		response := w.send(c.method, w.path, w.agent, c.body, "If-Match", tag)
		properties, _ := w.item()
		extra, err := json.Marshal(properties["extra"])
		if response.StatusCode != c.status || err != nil || string(extra) != c.extra {
			t.Errorf("%s %s: %d, %s, %v; want %d, %s", c.method, c.body, response.StatusCode, extra, err, c.status, c.extra)
		}
	}
}
