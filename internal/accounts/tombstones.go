package accounts

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// Tombstones is a file beside the database, a line for each erased account. A
// database that is restored from a backup knows nothing of what was erased since:
// the file does. It holds no personal data.
type Tombstones struct {
	path string
	lock sync.Mutex
}

// TombstonesIn is the file in a data directory; it is made with the first line.
func TombstonesIn(dir string) *Tombstones {
	return &Tombstones{path: filepath.Join(dir, "erased-accounts.jsonl")}
}

// Read gives all lines. A last line that was cut by a crash is left out: the
// database still has it, and Keep writes it anew.
func (t *Tombstones) Read() ([]Tombstone, error) {
	file, err := os.Open(t.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read erased accounts: %w", err)
	}
	defer file.Close()
	var all []Tombstone
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var one Tombstone
		if json.Unmarshal(lines.Bytes(), &one) == nil && one.Mark != "" {
			all = append(all, one)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read erased accounts: %w", err)
	}
	return all, nil
}

// Keep adds a line, which is on the disk when it returns.
func (t *Tombstones) Keep(stone Tombstone) error {
	t.lock.Lock()
	defer t.lock.Unlock()
	line, err := json.Marshal(stone)
	if err != nil {
		return fmt.Errorf("keep erased account: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(t.path), 0o700); err != nil {
		return fmt.Errorf("keep erased account: %w", err)
	}
	file, err := os.OpenFile(t.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("keep erased account: %w", err)
	}
	_, err = file.Write(append(append([]byte{'\n'}, line...), '\n')) // after a cut line, a new one begins
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("keep erased account: %w", err)
	}
	return nil
}
