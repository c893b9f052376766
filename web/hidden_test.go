package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// hide takes a place off the map as a moderator does.
func (town *testTown) hide(t *testing.T, id places.ID, face, reason string) {
	t.Helper()
	if err := places.StoreTaxonomy(t.Context(), town.db, taxonomy); err != nil {
		t.Fatal(err)
	}
	actor := accounts.Actor{Role: accounts.Moderator, Grants: accounts.GrantsOf(accounts.Moderator)}
	var err error
	if actor.User, err = accounts.CreateUser(t.Context(), town.db, accounts.NewUser{Name: "Maud " + face, Role: accounts.Moderator}, wednesday); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(`{"action":"hide","place_id":%d,"base_revision":1,"face":%q,"reason":%q,"message":"canary"}`, id, face, reason)
	submission, err := moderation.DecodeSubmission(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	received, err := moderation.DefaultRoad(taxonomy).Submit(t.Context(), town.db, actor, submission, moderation.Envelope{Body: []byte(text), Now: wednesday.Add(time.Hour)})
	if err != nil || received.State != moderation.Accepted {
		t.Fatalf("%+v, %v", received, err)
	}
	if err := town.store.WaitFor(t.Context(), received.Seq); err != nil {
		t.Fatal(err)
	}
}

func TestHiddenPlacesHaveTwoFaces(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	name := library().Document.Name.In("en")
	town.hide(t, town.library, "refused", "out_of_scope")
	town.hide(t, town.garden, "withheld", "personal_data")
	for _, c := range []struct {
		id          places.ID
		has, hasNot []string
	}{
		{town.library, []string{"taken off the map", "<s>" + name + "</s>", "not what this map is about", "18 March 2026"}, []string{library().Document.Phone, "canary"}},
		{town.garden, []string{"Something was withheld here", "personal data", "18 March 2026"}, []string{garden().Document.Name.Plain(), "canary"}},
	} {
		response := town.get(t, fmt.Sprintf("/lieux/%d?lang=en", c.id))
		if response.Code != http.StatusGone || response.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("place %d: %d, %v", c.id, response.Code, response.Header())
		}
		for _, word := range c.has {
			if !strings.Contains(response.Body.String(), word) {
				t.Errorf("place %d does not say %q", c.id, word)
			}
		}
		for _, word := range c.hasNot {
			if word != "" && strings.Contains(response.Body.String(), word) {
				t.Errorf("place %d tells %q", c.id, word)
			}
		}
		if list := town.page(t, "/lieux?lang=en"); strings.Contains(list, fmt.Sprintf(`/lieux/%d"`, c.id)) {
			t.Errorf("place %d is still listed", c.id)
		}
	}
	if response := town.get(t, "/lieux/999999"); response.Code != http.StatusNotFound {
		t.Errorf("one that never was: %d", response.Code)
	}
}
