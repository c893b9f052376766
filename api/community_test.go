package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/moderation"
)

// A voter reads what would become public, page by page, and nothing of the author.
func TestVotersReadTheProposalAndNothingOfItsAuthor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rosa := w.tokenOf(w.person("Rosa", accounts.Resident))
	w.body(http.StatusForbidden, "/api/v1/proposals", "Authorization", "Bearer "+rosa)
	w.road.Community = &moderation.DefaultCommunity
	w.submit(noon.Add(-time.Hour), w.visitor(), proposal)
	other := w.submit(noon, w.visitor(), `{"action":"create","place":{"name":"Autre lieu","category":"compost","position":[0.5,1.5]}}`)
	text := w.body(http.StatusOK, "/api/v1/proposals", "Authorization", "Bearer "+rosa)
	for _, word := range []string{"canary", "Canary", "visitor", "email", "message", "role", "receipt", "risk"} {
		if strings.Contains(text, word) {
			t.Errorf("a voter reads %q: %s", word, text)
		}
	}
	type page struct {
		Proposals []struct {
			ID       int64
			Changes  map[string]any
			Confirms *bool
		}
		Links []anyLink
	}
	var first, second page
	w.into(&first, "/api/v1/proposals?limit=1", "Authorization", "Bearer "+rosa)
	w.into(&second, hrefOf(first.Links, "next"), "Authorization", "Bearer "+rosa)
	if first.Proposals[0].ID != other.ID || second.Proposals[0].Changes["name.und"] != "Bibliothèque de l'Est" || hrefOf(second.Links, "next") != "" {
		t.Errorf("pages %+v, %+v", first, second)
	}
	path := fmt.Sprintf("/api/v1/contributions/%d/vote", other.ID)
	w.read(w.send("PUT", path, rosa, `{"confirms":false}`), http.StatusOK, new(any))
	w.into(&second, "/api/v1/proposals?neighbourhood=ouest", "Authorization", "Bearer "+rosa)
	if len(second.Proposals) != 1 || second.Proposals[0].Confirms == nil || *second.Proposals[0].Confirms {
		t.Errorf("with my vote: %+v", second)
	}
	if response := w.send("PUT", path, "", `{"confirms":true}`); response.StatusCode != http.StatusUnauthorized {
		t.Errorf("a visitor votes: %d", response.StatusCode)
	}
}
