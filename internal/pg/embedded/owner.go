package embedded

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"cartoquartiers/internal/fault"
)

// owner is the system user that the cluster belongs to and postgres runs as.
// PostgreSQL refuses to run as root.
type owner struct {
	uid, gid int
	drop     bool // we are root and must become this user for every child
}

// ownerOf decides who runs the cluster in dir: ourselves; for root, the user
// whose cluster it is already, else the user postgres of Debian's packages.
func ownerOf(dir string) (owner, error) {
	self := owner{uid: os.Geteuid(), gid: os.Getegid()}
	uid, gid, exists := ownership(dir)
	if self.uid == 0 {
		if exists && uid != 0 {
			return owner{uid: uid, gid: gid, drop: true}, nil
		}
		return unprivileged()
	}
	if exists && uid != self.uid {
		return self, fault.New(fault.Forbidden,
			"%s belongs to the user %s; run this command as that user or as root", dir, userName(uid))
	}
	return self, nil
}

// ownership is the owner of dir, or of its run directory when the cluster was not made yet.
func ownership(dir string) (uid, gid int, exists bool) {
	for _, path := range []string{dir, dir + ".run"} {
		if info, err := os.Stat(path); err == nil {
			stat := info.Sys().(*syscall.Stat_t)
			return int(stat.Uid), int(stat.Gid), true
		}
	}
	return 0, 0, false
}

func unprivileged() (owner, error) {
	found, err := user.Lookup("postgres")
	if err != nil {
		return owner{}, fault.Wrap(fault.Unavailable, err,
			"PostgreSQL refuses to run as root, and there is no user postgres; install the package postgresql-common, or run as a normal user")
	}
	uid, _ := strconv.Atoi(found.Uid) // passwd(5): decimal
	gid, _ := strconv.Atoi(found.Gid)
	return owner{uid: uid, gid: gid, drop: true}, nil
}

func userName(uid int) string {
	found, err := user.LookupId(strconv.Itoa(uid))
	if err != nil {
		return strconv.Itoa(uid)
	}
	return found.Username
}

// command prepares a child that runs as the owner, in a session of its own: the
// terminal's Ctrl-C must not reach it, we stop it when our own work is finished.
// It is killed when ctx ends.
func (o owner) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = "/" // ours may be closed to the owner
	// Nothing of the caller's PG* variables or locale may change the cluster.
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if o.drop {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(o.uid), Gid: uint32(o.gid)}
	}
	return cmd
}

// open opens a file of the run directory, and gives it to the owner when we are
// root. No link is followed: the owner, who may write in that directory, must not
// lead root to the files of others.
func (o owner) open(path string, flags int) (*os.File, error) {
	file, err := os.OpenFile(path, flags|syscall.O_NOFOLLOW, 0o600)
	if err == nil && o.drop {
		err = file.Chown(o.uid, o.gid)
	}
	if err != nil {
		return nil, unwritable(filepath.Dir(path), err)
	}
	return file, nil
}

// mkdir makes a directory that only the owner can enter; an existing one must be that already.
func (o owner) mkdir(path string) error {
	err := os.Mkdir(path, 0o700)
	if err == nil {
		return o.give(path)
	}
	if !errors.Is(err, fs.ErrExist) {
		return unwritable(filepath.Dir(path), err)
	}
	info, err := os.Lstat(path)
	if err != nil {
		return unwritable(path, err)
	}
	stat := info.Sys().(*syscall.Stat_t)
	if info.IsDir() && o.drop && int(stat.Uid) == os.Getuid() {
		return o.give(path) // another process of ours has made it this instant, and not given it yet
	}
	if !info.IsDir() || int(stat.Uid) != o.uid {
		return fault.New(fault.Forbidden, "%s exists but is not a directory of the user %s", path, userName(o.uid))
	}
	if err := os.Chmod(path, 0o700); err != nil {
		return unwritable(path, err)
	}
	return nil
}

// give makes the owner own a directory that we have just made.
func (o owner) give(path string) error {
	if !o.drop {
		return nil
	}
	if err := os.Lchown(path, o.uid, o.gid); err != nil {
		return unwritable(path, err)
	}
	return nil
}

// reaches checks that the owner can work in path: every directory above it must
// let the owner pass, which /root does not. Asked of a child that is the owner,
// because mode bits do not tell all (access lists, read-only mounts).
func (o owner) reaches(ctx context.Context, path string) error {
	if o.command(ctx, "/usr/bin/test", "-w", path, "-a", "-x", path).Run() == nil {
		return nil
	}
	return fault.New(fault.Forbidden,
		"the user %s, as whom PostgreSQL runs, cannot write in %s; choose a data directory outside of private ones like /root, or open the way: chmod o+x on each directory above it",
		userName(o.uid), path)
}

func unwritable(dir string, err error) error {
	switch {
	case errors.Is(err, syscall.EROFS):
		return fault.Wrap(fault.Unavailable, err, "%s is on a read-only file system; choose a data directory that can be written", dir)
	case errors.Is(err, fs.ErrPermission):
		return fault.Wrap(fault.Forbidden, err, "%s cannot be written by the user %s; choose another data directory", dir, userName(os.Geteuid()))
	case errors.Is(err, syscall.ENOSPC):
		return fault.Wrap(fault.Unavailable, err, "the disk of %s is full", dir)
	}
	return fault.Wrap(fault.Unavailable, err, "%s cannot be used", dir)
}
