package publiclog

import (
	"errors"
	"os"
	"path/filepath"
)

// replaceFile writes a small file so that it holds the old content or the new
// one, never less, after a crash too.
func replaceFile(dir, name string, content []byte) error {
	draft, err := writeDraft(dir, name, content)
	if err != nil {
		return err
	}
	if err := os.Rename(draft, filepath.Join(dir, name)); err != nil {
		return errors.Join(err, os.Remove(draft))
	}
	return syncDir(dir)
}

// writeDraft writes and syncs a file beside its later name, for its owner alone.
func writeDraft(dir, name string, content []byte) (path string, err error) {
	file, err := os.CreateTemp(dir, "."+name+".*") // 0600
	if err != nil {
		return "", err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}

// syncDir makes a rename or link durable.
func syncDir(dir string) error {
	handle, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(handle.Sync(), handle.Close())
}
