package api_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"cartoquartiers/internal/accounts"
)

const someKey = "0b6f1c1e-8f6e-4f0e-9f57-0a9d1f7d1b11"

// ownContribution is what an author reads of a contribution.
type ownContribution struct {
	anyContribution
	Secret       string
	Conversation []struct {
		Message string
		Outcome string
	}
}

func TestAVisitorComesBackWithTheSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	maud := w.tokenOf(w.person("Maud Canari", accounts.Moderator))
	var sent, again, read ownContribution
	w.read(w.send("POST", "/api/v1/contributions", "", proposal, "Idempotency-Key", someKey), http.StatusAccepted, &sent)
	w.read(w.send("POST", "/api/v1/contributions", "", proposal, "Idempotency-Key", someKey), http.StatusAccepted, &again)
	if !strings.HasPrefix(sent.Secret, "cqc_") || len(sent.Secret) != 47 || again.Secret != sent.Secret {
		t.Fatalf("the secret is %q, and %q when asked again", sent.Secret, again.Secret)
	}
	path := fmt.Sprintf("/api/v1/contributions/%d", sent.ID)
	const question = `{"outcome":"needs_info","message":"À quelle porte ?"}`
	w.read(w.send("POST", fmt.Sprintf("/api/v1/moderation/contributions/%d/decision", sent.ID), maud, question, "If-Match", `"1"`), http.StatusOK, &read)
	text := w.read(w.send("GET", path, sent.Secret, ""), http.StatusOK, &read)
	if read.State != "needs_info" || read.Receipt != sent.Receipt || len(read.Conversation) != 1 || read.Conversation[0].Message != "À quelle porte ?" {
		t.Errorf("read %+v", read)
	}
	for _, never := range []string{"Maud", "cqc_", "canary-visitor"} {
		if strings.Contains(text, never) {
			t.Errorf("%q is in %s", never, text)
		}
	}
	w.read(w.send("POST", path+"/answer", sent.Secret, `{"message":"Celle du fond."}`), http.StatusOK, &read)
	w.read(w.send("POST", path+"/withdraw", sent.Secret, ""), http.StatusOK, &read)
	if read.State != "withdrawn" {
		t.Errorf("withdrawn: %+v", read)
	}
	var refused problem
	w.read(w.send("POST", path+"/answer", sent.Secret, `{"message":"Non."}`, "Accept-Language", "fr"), http.StatusConflict, &refused)
	if want := fmt.Sprintf("la contribution %d est retirée ; rien n'a été demandé", sent.ID); refused.Detail != want {
		t.Errorf("told %q, want %q", refused.Detail, want)
	}
}

func TestASecretOpensOneContributionAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var mine, other ownContribution
	w.read(w.send("POST", "/api/v1/contributions", "", proposal), http.StatusAccepted, &mine)
	elsewhere := strings.NewReplacer("library", "compost", "1.5,1.5", "0.5,0.5").Replace(proposal)
	w.read(w.send("POST", "/api/v1/contributions", "", elsewhere, "Idempotency-Key", someKey), http.StatusAccepted, &other)
	if mine.Secret == other.Secret || mine.Secret == "" {
		t.Fatalf("secrets %q and %q", mine.Secret, other.Secret)
	}
	for _, refused := range []struct {
		method, path, secret string
		status               int
	}{
		{"GET", fmt.Sprintf("/api/v1/contributions/%d", other.ID), mine.Secret, http.StatusNotFound},
		{"GET", fmt.Sprintf("/api/v1/contributions/%d", other.ID), "cqc_", http.StatusNotFound},
		{"GET", "/api/v1/contributions", mine.Secret, http.StatusUnauthorized},
		{"POST", "/api/v1/contributions", mine.Secret, http.StatusUnauthorized}, // it would escape the visitor's quota
		{"GET", "/api/v1/moderation/contributions", mine.Secret, http.StatusUnauthorized},
	} {
		if response := w.send(refused.method, refused.path, refused.secret, proposal); response.StatusCode != refused.status {
			t.Errorf("%s %s: %d, want %d", refused.method, refused.path, response.StatusCode, refused.status)
		}
	}
	var kept int
	err := w.pool.QueryRow(t.Context(), `
		select count(*) from contributions c where strpos(to_jsonb(c)::text, $1) > 0`, strings.TrimPrefix(mine.Secret, "cqc_")).Scan(&kept)
	if err != nil || kept != 0 {
		t.Errorf("the secret itself is kept in %d rows, %v", kept, err)
	}
}

func TestPeopleListTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rosa, other := w.person("Rosa", accounts.Resident), w.person("René", accounts.Resident)
	var want []int64
	for i := range 5 {
		text := fmt.Sprintf(`{"action":"create","place":{"name":"Lieu %d","category":"compost","position":[1.%[1]d,1.5]}}`, i)
		want = append(want, w.submit(noon, rosa, text).ID)
		w.submit(noon, other, strings.ReplaceAll(text, ",1.5]", ",0.5]"))
	}
	slices.Reverse(want)
	token := w.tokenOf(rosa)
	var got []int64
	for path := "/api/v1/contributions?mine&limit=2&state=pending"; path != ""; {
		var page struct {
			Contributions []ownContribution
			Links         []anyLink
		}
		text := w.read(w.send("GET", path, token, ""), http.StatusOK, &page)
		if strings.Contains(text, "secret") {
			t.Errorf("a list shows secrets: %s", text)
		}
		for _, c := range page.Contributions {
			got = append(got, c.ID)
		}
		path = hrefOf(page.Links, "next")
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed %v, want %v", got, want)
	}
	for path, status := range map[string]int{
		"/api/v1/contributions?mine=false": 400, "/api/v1/contributions?state=lost": 400, "/api/v1/contributions?mine=true&state=refused": 200,
	} {
		response := w.send("GET", path, token, "")
		if body, err := io.ReadAll(response.Body); err != nil || response.StatusCode != status {
			t.Errorf("%s: %d, want %d: %s", path, response.StatusCode, status, body)
		}
	}
}
