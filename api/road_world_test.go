package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/moderation"
	"cartoquartiers/moderation/publiclog"
)

// proposal is a place that a visitor proposes, in the neighbourhood "est".
const proposal = `{"action":"create","place":{"name":"Bibliothèque de l'Est","category":"library","position":[1.5,1.5],"phone":"02 40 41 90 00"},` +
	`"email":"canary-visitor@example.org","message":"Je suis Camille Canary."}`

func (w *world) person(name string, role accounts.Role, scopes ...accounts.Scope) accounts.Actor {
	w.t.Helper()
	id, err := accounts.CreateUser(w.t.Context(), w.pool, accounts.NewUser{Name: name, Role: role, Scopes: scopes}, noon)
	if err != nil {
		w.t.Fatal(err)
	}
	return accounts.Actor{User: id, Role: role, Scopes: scopes, Grants: accounts.GrantsOf(role)}
}

func (w *world) tokenOf(a accounts.Actor) string {
	w.t.Helper()
	token, err := accounts.CreateToken(w.t.Context(), w.pool, accounts.NewToken{User: a.User, Grants: a.Grants}, noon)
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

func (w *world) visitor() accounts.Actor {
	return accounts.Actor{Role: accounts.Visitor, Grants: accounts.GrantsOf(accounts.Visitor), PrefixHash: []byte("somewhere")}
}

// submit proposes something without HTTP.
func (w *world) submit(at time.Time, actor accounts.Actor, text string) moderation.Received {
	w.t.Helper()
	submission, err := moderation.DecodeSubmission(strings.NewReader(text))
	if err != nil {
		w.t.Fatal(err)
	}
	received, err := w.road.Submit(w.t.Context(), w.pool, actor, submission, moderation.Envelope{Body: []byte(text), Now: at})
	if err != nil {
		w.t.Fatal(err)
	}
	return received
}

// inTheLog runs an import, signs the log, and remembers a leaf of each.
func (w *world) inTheLog(received moderation.Received) {
	w.t.Helper()
	w.log.runImport(w.t, 2, "Nom")
	w.log.integrate(w.t)
	receipt, err := publiclog.OpenPromise(received.Receipt, w.log.signer.PublicKey())
	if err != nil {
		w.t.Fatal(err)
	}
	w.leaf = receipt.LeafName()
	if err := w.pool.QueryRow(w.t.Context(), `select item::text from imports limit 1`).Scan(&w.item); err != nil {
		w.t.Fatal(err)
	}
}

// send asks with a method, as the owner of a token, or as a visitor without one.
func (w *world) send(method, path, token, body string, headers ...string) *http.Response {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), method, address(w.url, path), strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if token != "" {
		headers = append(headers, "Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := noRedirects.Do(request)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

// operationOf finds what the contract says of a method and a path with {id}.
func operationOf(t testing.TB, document *openapi3.T, method, path string) *openapi3.Operation {
	t.Helper()
	item := document.Paths.Value(path)
	if item == nil || item.GetOperation(method) == nil {
		t.Fatalf("%s %s is not in the contract", method, path)
	}
	return item.GetOperation(method)
}
