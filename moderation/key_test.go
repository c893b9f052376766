package moderation_test

import (
	"strings"
	"testing"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
)

// Who loses the network after sending, and asks again from another one, is told the
// first answer: with the secret, which has not reached them. Nobody else is.
func TestAKeyIsOfWhoHoldsItWhereverTheyAre(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	elsewhere := w.visitor
	elsewhere.PrefixHash = []byte("the tram")
	send := func(actor accounts.Actor, text, key string) (moderation.Received, error) {
		return road.Submit(t.Context(), w, actor, submission(t, text), moderation.Envelope{Key: key, Body: []byte(text), Now: noon})
	}
	const random, made = "0b6f1c1e-8f6e-4f0e-9f57-0a9d1f7d1b11", "00000000-0000-0000-0000-000000000001"
	first, err := send(w.visitor, library, random)
	if err != nil {
		t.Fatal(err)
	}
	again, err := send(elsewhere, library, random)
	if err != nil || !again.Repeated || again.ID != first.ID || again.Secret != first.Secret || first.Secret == "" {
		t.Errorf("again, from the tram: %+v, %v", again, err)
	}
	var rows, counted int
	if err := w.QueryRow(t.Context(), `select count(*), count(*) filter (where prefix_hash = 'the tram') from contributions`).Scan(&rows, &counted); err != nil || rows != 1 || counted != 0 {
		t.Errorf("%d contributions, %d counted for the tram, %v", rows, counted, err)
	}
	if got, err := send(elsewhere, strings.Replace(library, "Bibli", "Biblio", 1), random); !fault.Is(err, fault.Reused) || got.Secret != "" {
		t.Errorf("somebody with the key and another body: %+v, %v", got, err)
	}
	if got, err := send(w.resident, library, random); err == nil && got.ID == first.ID || fault.Is(err, fault.Reused) {
		t.Errorf("a resident with the key of a visitor: %+v, %v", got, err)
	}
	const compost = `{"action":"create","place":{"name":"Compost","category":"compost","position":[0.5,0.5]}}`
	if first, err = send(w.visitor, compost, made); err != nil {
		t.Fatal(err)
	}
	if again, err = send(w.visitor, compost, made); err != nil || again.ID != first.ID {
		t.Errorf("a key that is not random, from the same address: %+v, %v", again, err)
	}
	if got, err := send(elsewhere, compost, made); !fault.Is(err, fault.Reused) || got.Secret != "" {
		t.Errorf("a key that is not random, from another address: %+v, %v", got, err)
	}
}
