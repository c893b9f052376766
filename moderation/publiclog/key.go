package publiclog

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
)

// keyFile is the private key's file in the data directory.
const keyFile = "log.key"

// Signer holds the log's key.
type Signer struct {
	signer note.Signer
	public string // the verifier key: name+hash+base64
}

// Origin names the log: the first line of all that it signs (c2sp.org/tlog-checkpoint).
func (s *Signer) Origin() string { return s.signer.Name() }

// PublicKey is the verifier key, name+hash+base64 (c2sp.org/signed-note).
func (s *Signer) PublicKey() string { return s.public }

// sign signs a text that ends with a newline.
func (s *Signer) sign(text string) ([]byte, error) {
	return note.Sign(&note.Note{Text: text}, s.signer)
}

// OpenSigner reads the key in the data directory. At the very first start, when
// the database has signed nothing yet either, it makes one, for this origin; an
// empty origin is replaced by a random one, and an existing key keeps its own.
//
// A log that was signed while the key is not here is a Conflict fault that says
// what to do: a second key would make a second log.
func OpenSigner(ctx context.Context, db pg.DB, dir, origin string) (*Signer, error) {
	signer, err := ReadSigner(dir)
	if !fault.Is(err, fault.NotFound) {
		return signer, err
	}
	var signed bool
	if err := db.QueryRow(ctx, `select exists (select from log_checkpoints)`).Scan(&signed); err != nil {
		return nil, fmt.Errorf("open the log's key: %w", err)
	}
	if signed {
		return nil, fault.New(fault.Conflict,
			"the log in this database was signed with a key that is not in %s; copy log.key there from the data directory that has it, or from its backup", dir)
	}
	if err := makeKey(dir, origin); err != nil {
		return nil, fmt.Errorf("make the log's key: %w", err)
	}
	return ReadSigner(dir)
}

// ReadSigner reads the key in the data directory; NotFound when there is none yet.
func ReadSigner(dir string) (*Signer, error) {
	path := filepath.Join(dir, keyFile)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "there is no log key in %s yet; the server makes it when it starts for the first time", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("read the log's key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fault.New(fault.Forbidden, "%s can be read by others; whoever reads it can sign for the log. Do: chmod 600 %s", path, path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the log's key: %w", err)
	}
	return newSigner(strings.TrimSpace(string(text)))
}

func newSigner(secret string) (*Signer, error) {
	signer, err := note.NewSigner(secret)
	if err != nil {
		return nil, fault.New(fault.Invalid, "log.key is damaged; put it back from a backup") // the cause may quote the key
	}
	public, err := publicOf(secret)
	if err != nil {
		return nil, err
	}
	return &Signer{signer: signer, public: public}, nil
}

// makeKey writes a new key, unless another process was first: link refuses to
// replace, and the file under its name is always whole.
func makeKey(dir, origin string) error {
	if origin == "" {
		var random [6]byte
		if _, err := rand.Read(random[:]); err != nil {
			return err
		}
		origin = "cartoquartiers/" + hex.EncodeToString(random[:])
	}
	secret, _, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	draft, err := writeDraft(dir, keyFile, []byte(secret+"\n"))
	if err != nil {
		return err
	}
	defer os.Remove(draft) //nolint:errcheck // a second name of the key, 0600 like the first
	if err := os.Link(draft, filepath.Join(dir, keyFile)); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(dir)
}
