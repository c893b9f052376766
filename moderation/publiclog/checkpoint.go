package publiclog

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
)

// Checkpoint is a signed tree (c2sp.org/tlog-checkpoint).
type Checkpoint struct {
	Size int64
	Root tlog.Hash
	Note string // as it was signed
}

// newCheckpoint signs a tree.
func (s *Signer) newCheckpoint(size int64, root tlog.Hash) (Checkpoint, error) {
	text := fmt.Sprintf("%s\n%d\n%s\n", s.Origin(), size, base64.StdEncoding.EncodeToString(root[:]))
	signed, err := s.sign(text)
	return Checkpoint{Size: size, Root: root, Note: string(signed)}, err
}

// OpenCheckpoint checks the signature of a checkpoint under a verifier key, and
// reads it. An Invalid fault says what is wrong with it.
func OpenCheckpoint(text, publicKey string) (Checkpoint, error) {
	body, err := openNote(text, publicKey)
	if err != nil {
		return Checkpoint{}, err
	}
	lines := strings.Split(strings.TrimSuffix(body, "\n"), "\n")
	if len(lines) != 3 {
		return Checkpoint{}, fault.New(fault.Invalid, "the checkpoint has %d lines instead of 3", len(lines))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, fault.New(fault.Invalid, "the checkpoint's size %q is not a number", lines[1])
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return Checkpoint{}, fault.New(fault.Invalid, "the checkpoint's root %q is not a hash", lines[2])
	}
	return Checkpoint{Size: size, Root: tlog.Hash(root), Note: text}, nil
}

// openNote checks that a note is signed by the key and that its first line is
// the key's name, and gives its text.
func openNote(text, publicKey string) (string, error) {
	verifier, err := note.NewVerifier(publicKey)
	if err != nil {
		return "", fault.Wrap(fault.Invalid, err, "%q is not the public key of a log", publicKey)
	}
	opened, err := note.Open([]byte(text), note.VerifierList(verifier))
	if err != nil {
		return "", fault.Wrap(fault.Invalid, err, "the signature is not one of the key %s", publicKey)
	}
	if !exact(text) {
		return "", fault.New(fault.Invalid, "the signature is written in another way than the log writes it")
	}
	if origin, _, _ := strings.Cut(opened.Text, "\n"); origin != verifier.Name() {
		return "", fault.New(fault.Invalid, "it speaks for %q, not for %q", origin, verifier.Name())
	}
	return opened.Text, nil
}

// exact refuses the spare bits at the end of a signature's base64, which could be
// changed without the signature noticing.
func exact(text string) bool {
	_, signatures, _ := strings.Cut(text, "\n\n")
	for line := range strings.Lines(signatures) {
		fields := strings.Fields(line)
		if _, err := base64.StdEncoding.Strict().DecodeString(fields[len(fields)-1]); err != nil {
			return false
		}
	}
	return true
}

// publicOf is the verifier key of a signer key.
func publicOf(secret string) (string, error) {
	parts := strings.SplitN(secret, "+", 5) // PRIVATE+KEY+name+hash+key
	seed, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(parts) != 5 || len(seed) != 1+ed25519.SeedSize {
		return "", fault.New(fault.Invalid, "log.key is damaged; put it back from a backup")
	}
	public, _ := ed25519.NewKeyFromSeed(seed[1:]).Public().(ed25519.PublicKey) // it is one
	return note.NewEd25519VerifierKey(parts[2], public)
}

// LatestNote is the last signed checkpoint, NotFound before the first.
func LatestNote(ctx context.Context, db pg.DB) (size int64, text string, err error) {
	err = db.QueryRow(ctx, `select size, note from log_checkpoints order by size desc limit 1`).Scan(&size, &text)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, "", fault.New(fault.NotFound, "the log has signed nothing yet; it does within seconds of the first start")
	}
	if err != nil {
		return 0, "", fmt.Errorf("find the last checkpoint: %w", err)
	}
	return size, text, nil
}
