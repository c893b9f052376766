package embedded

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"cartoquartiers/internal/fault"
)

// installed finds the programs for this directory: of the cluster's own major
// version, or the newest when there is no cluster yet.
func (c *Cluster) installed() (installation, error) {
	root := os.DirFS("/")
	version, err := os.ReadFile(filepath.Join(c.paths.cluster, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		return newest(root)
	}
	if err != nil {
		return installation{}, unwritable(c.paths.cluster, err)
	}
	return opens(root, c.paths.cluster, strings.TrimSpace(string(version)))
}

// opens finds the installation for a cluster that says it is of this version.
func opens(root fs.FS, dir, version string) (installation, error) {
	major, err := strconv.Atoi(version)
	if err != nil {
		return installation{}, fault.New(fault.Invalid, "%s is not a PostgreSQL data directory that we know: its version is %q", dir, version)
	}
	found, err := exactly(root, major)
	if err != nil {
		return found, fault.New(fault.Unavailable,
			"the data in %s was made by PostgreSQL %d, and only that version can open it: run it there, or dump it there with pg_dump and restore it into a new data directory; %s",
			dir, major, message(err))
	}
	return found, nil
}

// message is what a fault says to the person.
func message(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Message
	}
	return err.Error()
}

// initialise makes the cluster when there is none: in the run directory, then
// renamed into place, so that a killed initdb leaves nothing that looks finished.
func (c *Cluster) initialise(ctx context.Context, with installation) error {
	if _, err := os.Stat(filepath.Join(c.paths.cluster, "PG_VERSION")); err == nil {
		return nil
	}
	if entries, _ := os.ReadDir(c.paths.cluster); len(entries) > 0 { // absent is as good as empty
		return fault.New(fault.Invalid, "%s is not empty and is not a PostgreSQL data directory; choose another one", c.paths.cluster)
	}
	draft, err := c.draft()
	if err != nil {
		return err
	}
	if err := c.initdb(ctx, with, draft); err != nil {
		return errors.Join(err, os.RemoveAll(draft))
	}
	if err := os.Remove(c.paths.cluster); err != nil && !errors.Is(err, fs.ErrNotExist) { // it is empty
		return unwritable(filepath.Dir(c.paths.cluster), err)
	}
	if err := os.Rename(draft, c.paths.cluster); err != nil {
		return unwritable(filepath.Dir(c.paths.cluster), err)
	}
	return nil
}

// draft is a fresh directory for initdb. Its name is new each time: the initdb of
// a killed process may still be writing to the last one.
func (c *Cluster) draft() (string, error) {
	old, _ := filepath.Glob(c.paths.file("new-*")) // a pattern in the path finds nothing, which is harmless
	for _, dir := range old {
		_ = os.RemoveAll(dir) // still being written: the next new cluster's turn, which is never
	}
	draft, err := os.MkdirTemp(c.paths.run, "new-")
	if err != nil {
		return "", unwritable(c.paths.run, err)
	}
	return draft, c.owner.give(draft)
}

func (c *Cluster) initdb(ctx context.Context, with installation, dir string) error {
	args := []string{
		"--pgdata=" + dir, "--username=" + superuser,
		// Who reaches the socket is who may enter its directory: the owner and root.
		"--auth-local=trust", "--auth-host=reject",
		"--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums",
	}
	if c.options.Throwaway {
		args = append(args, "--no-sync")
	}
	c.options.Logger.Info("making a new PostgreSQL cluster", "dir", c.paths.cluster, "major", with.major)
	output, err := c.owner.command(ctx, with.program("initdb"), args...).CombinedOutput()
	if err != nil {
		return c.refused(err, "PostgreSQL cannot make a cluster in "+c.paths.cluster, output)
	}
	return nil
}
