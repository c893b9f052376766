package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cartoquartiers/internal/pg/pgtest"
)

// TestAPolicyIsShownCheckedAndObeyed goes the way of an operator.
func TestAPolicyIsShownCheckedAndObeyed(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "policy.json")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(output(t, nil, "policy", "show"))
	if said := output(t, nil, "policy", "check", file); !strings.Contains(said, "6 rules, a policy") {
		t.Errorf("the policy shown is no policy: %s", said)
	}

	write("{\n\"rules\": [],\n\"quota\": {}}")
	for _, args := range [][]string{{"policy", "check", file}, {"serve", "--policy", file, "--addr", "127.0.0.1:0"}} {
		var out, errs bytes.Buffer
		if status := run(t.Context(), args, &out, &errs); status != exitMisused || !strings.Contains(errs.String(), `line 3: there is no member "quota" in a policy`) {
			t.Errorf("%v: %d, %s", args, status, errs.String())
		}
	}

	write(`{"rules": [{"name": "everybody", "ruling": "accept"}], "quotas": {"visitor": {"day": 1}}}`)
	env := []string{"DATABASE_URL=" + pgtest.URL(t), "CARTOQUARTIERS_DATA=" + t.TempDir(), "CARTOQUARTIERS_POLICY=" + file}
	p := serve(t, env).ready()
	for _, want := range []int{http.StatusCreated, http.StatusTooManyRequests} {
		body := strings.NewReader(`{"action":"create","place":{"name":"Repair café","category":"repair","position":[2.35,48.85]},"distinct":[1]}`)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+p.addr+"/api/v1/contributions", body)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ask(request); err != nil || got.status != want {
			t.Errorf("got %d, %v; want %d", got.status, err, want)
		}
	}
}
