package embedded

import (
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"cartoquartiers/internal/fault"
)

const (
	shownLines   = 8
	longestLog   = 10 << 20 // bytes; a longer log is set aside at the next start
	longestShown = 16 << 10
	smallest     = 64 << 10 // bytes of free space
)

// openLog opens PostgreSQL's log for appending and tells where the new part begins.
func (c *Cluster) openLog() (*os.File, int64, error) {
	path := c.paths.file("postgres.log")
	if info, err := os.Stat(path); err == nil && info.Size() > longestLog {
		if err := os.Rename(path, path+".old"); err != nil {
			return nil, 0, unwritable(c.paths.run, err)
		}
	}
	file, err := c.owner.open(path, os.O_RDWR|os.O_CREATE|os.O_APPEND)
	if err != nil {
		return nil, 0, err
	}
	end, err := file.Seek(0, io.SeekEnd)
	return file, end, err
}

// logSince is what PostgreSQL wrote after this point, its last part if that is long.
func (c *Cluster) logSince(start int64) []byte {
	file, err := os.Open(c.paths.file("postgres.log"))
	if err != nil {
		return nil
	}
	defer func() { _ = file.Close() }() // only read
	if info, err := file.Stat(); err == nil {
		start = max(start, info.Size()-longestShown)
	}
	text, _ := io.ReadAll(io.NewSectionReader(file, start, longestShown)) // what can be read is shown
	return text
}

// refused is the fault for a PostgreSQL program that failed, with its last words.
func (c *Cluster) refused(err error, what string, output []byte) error {
	words := lastLines(output)
	// On a full disk, the log that would say so cannot be written either.
	if strings.Contains(words, "No space left on device") || full(c.paths.run) {
		what += ": the disk is full"
	}
	if words != "" {
		what += "; its last words were:\n" + words
	}
	return fault.Wrap(fault.Unavailable, err, "%s", what)
}

func lastLines(text []byte) string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-shownLines):], "\n")
}

// full tells whether the file system of dir has no room for even a small file.
func full(dir string) bool {
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil {
		return false
	}
	return stat.Bavail*uint64(stat.Bsize) < smallest
}
