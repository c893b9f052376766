package mail

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// keptFor is how long a letter stays in the folder: it is somebody's mail.
const keptFor = 7 * 24 * time.Hour

// folder writes each mail into a file that mail programs open (.eml).
type folder struct {
	dir   string
	from  string
	clock func() time.Time
}

// ToFolder writes mails into a directory, which it makes when needed, readable by
// its owner alone, each file for a week: what a town uses before it has a mail server.
func ToFolder(dir, from string, clock func() time.Time) (Mailer, error) {
	if err := Check(from); err != nil {
		return nil, err
	}
	return &folder{dir, from, clock}, nil
}

// Send is documented at Mailer. The file is there whole or not at all.
func (f *folder) Send(_ context.Context, m Message) error {
	now := f.clock().UTC()
	msg, err := compose(m, f.from, now)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return fmt.Errorf("keep a mail: %w", err)
	}
	name := filepath.Join(f.dir, now.Format("20060102T150405.000Z")+"-"+strings.ToLower(rand.Text()[:8])+".eml")
	file, err := os.OpenFile(name+".part", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("keep a mail: %w", err)
	}
	_, err = msg.WriteTo(file)
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("keep a mail: %w", err)
	}
	if err := os.Rename(name+".part", name); err != nil {
		return fmt.Errorf("keep a mail: %w", err)
	}
	return SweepFolder(f.dir, now)
}

// SweepFolder removes mails of ToFolder that are older than a week, and what a
// killed server left of one. A folder that is not there is swept.
func SweepFolder(dir string, now time.Time) error {
	names, err := filepath.Glob(filepath.Join(dir, "*.eml*"))
	if err != nil {
		return fmt.Errorf("look through old mails: %w", err)
	}
	oldest := now.UTC().Add(-keptFor).Format("20060102T150405.000Z")
	for _, name := range names {
		if filepath.Base(name) < oldest {
			if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
				return fmt.Errorf("remove an old mail: %w", err)
			}
		}
	}
	return nil
}
