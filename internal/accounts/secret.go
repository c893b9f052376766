package accounts

import (
	"crypto/sha256"
	"strings"
)

// SecretPrefix begins the secret that a visitor gets with the answer to a
// contribution. It is no token: it opens that one contribution, and nothing else.
const SecretPrefix = "cqc_"

// HolderOf is the visitor who shows the secret of a contribution; which one it
// opens is for package moderation to find. It reports false for what is no secret.
func HolderOf(secret string) (Actor, bool) {
	if !strings.HasPrefix(secret, SecretPrefix) {
		return Actor{}, false
	}
	return Actor{Role: Visitor, Grants: []string{"read"}, Secret: HashSecret(secret)}, true
}

// HashSecret is what is kept of a secret.
func HashSecret(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
