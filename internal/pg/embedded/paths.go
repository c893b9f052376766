package embedded

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
)

const (
	port       = "5432" // only a part of the socket's name
	socketName = ".s.PGSQL." + port
	// longestSocket is sun_path of unix(7), 108 bytes, less the closing zero.
	longestSocket = 107
)

// paths are the places of one cluster.
type paths struct {
	cluster string // PostgreSQL's own data directory
	run     string // ours: locks, log, socket, a cluster in the making
	socket  string // the directory of the unix socket
}

func (p paths) file(name string) string { return filepath.Join(p.run, name) }

// make creates the run and socket directories, and fills in p.socket.
func (p *paths) make(ctx context.Context, owner owner) error {
	// The owner must be able to pass through the parents.
	if err := os.MkdirAll(filepath.Dir(p.run), 0o755); err != nil {
		return unwritable(filepath.Dir(p.run), err)
	}
	if err := owner.mkdir(p.run); err != nil {
		return err
	}
	if err := owner.reaches(ctx, p.run); err != nil {
		return err
	}
	p.socket = socketDir(p.run)
	if p.socket == p.run {
		return nil
	}
	return owner.mkdir(p.socket)
}

// clear removes what lies outside of the data directory.
func (p paths) clear() error {
	if p.socket == p.run {
		return nil
	}
	if err := os.Remove(p.socket); err != nil {
		return unwritable(p.socket, err)
	}
	return nil
}

// socketDir is the run directory itself, or, where the socket's address would be
// too long for the kernel or hold a comma, which separates hosts in a connection
// string, a short one of the same life in /tmp. Its name
// depends on nothing but the path, so that all processes agree; mkdir refuses
// one that somebody else made first.
func socketDir(run string) string {
	if len(filepath.Join(run, socketName)) <= longestSocket && !strings.Contains(run, ",") {
		return run
	}
	sum := sha256.Sum256([]byte(run))
	return filepath.Join("/tmp", "cartoquartiers-"+hex.EncodeToString(sum[:8]))
}
