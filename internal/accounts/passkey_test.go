package accounts_test

import (
	"testing"

	"cartoquartiers/internal/accounts"
)

func TestPasskeysAreThereAtEveryAddress(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"https://carte.example.fr", "http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080", "http://192.0.2.1", "https://carte.example.fr:8443"} {
		if _, err := accounts.NewPasskeys(accounts.Passkeys{}, base); err != nil {
			t.Errorf("%s: %v", base, err)
		}
	}
	for _, base := range []string{"", "carte.example.fr", "http://"} {
		if _, err := accounts.NewPasskeys(accounts.Passkeys{}, base); err == nil {
			t.Errorf("%q is no address of a site", base)
		}
	}
}
