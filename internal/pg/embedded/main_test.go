package embedded

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// roleVariable makes the test binary act as another process of the program:
// "start", "use" or "throwaway" on the directory in its first argument.
const roleVariable = "EMBEDDED_TEST_ROLE"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		os.Exit(act(role, os.Args[1]))
	}
	code := m.Run()
	if madeIn != "" {
		os.RemoveAll(madeIn)
	}
	os.Exit(code)
}

// act joins the cluster, prints its URL, and stays until standard input ends.
func act(role, dir string) int {
	begin := Use
	if role == "start" {
		begin = Start
	}
	c, err := begin(context.Background(), Options{Dir: dir, Throwaway: role == "throwaway"})
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	fmt.Println(c.URL())
	_, _ = io.Copy(io.Discard, os.Stdin) // its end is the sign
	if err := c.Stop(context.Background()); err != nil {
		fmt.Println("error", err)
		return 1
	}
	return 0
}

// actor is another process of the program.
type actor struct {
	cmd    *exec.Cmd
	stdin  io.Closer
	output *bufio.Reader
}

// play starts this test binary in a role, as the given user (nil: ours).
func play(t *testing.T, role, dir string, as *owner) *actor {
	t.Helper()
	cmd := exec.Command(binary(t), dir)
	cmd.Env = append(os.Environ(), roleVariable+"="+role)
	cmd.Dir = "/"
	if as != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(as.uid), Gid: uint32(as.gid)}}
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	a := &actor{cmd: cmd, stdin: stdin, output: bufio.NewReader(stdout)}
	t.Cleanup(a.kill)
	return a
}

// says is the actor's next line: the URL once the cluster runs, or its error.
func (a *actor) says(t *testing.T) string {
	t.Helper()
	line, err := a.output.ReadString('\n')
	if err != nil {
		t.Fatalf("the other process ended without a word: %v", err)
	}
	return strings.TrimSpace(line)
}

// leave lets the actor end by itself.
func (a *actor) leave(t *testing.T) {
	t.Helper()
	a.stdin.Close()
	rest, _ := io.ReadAll(a.output)
	if err := a.cmd.Wait(); err != nil {
		t.Fatalf("the other process: %v, %s", err, rest)
	}
}

func (a *actor) kill() {
	_ = a.cmd.Process.Kill() // may have ended
	_ = a.cmd.Wait()
}

// binary is a copy of this test binary where every user can run it.
func binary(t *testing.T) string {
	t.Helper()
	path := filepath.Join(publicDir(t), "embedded.test")
	source, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Link(source, path); err != nil {
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// publicDir is a temporary directory that other users can pass, unlike t.TempDir's.
func publicDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "cq-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// nobody is an unprivileged user other than the one for PostgreSQL.
var nobody = &owner{uid: 65534, gid: 65534}

// needRoot skips what only root can set up: other users, mounts.
func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root, to become other users and to mount file systems")
	}
}

// madeIn is where made has put its cluster, for TestMain to remove.
var madeIn string

// made is a cluster directory as a first start leaves it. It is made once,
// since initdb takes seconds, and copied for each test.
var made = sync.OnceValues(func() (dir string, err error) {
	if madeIn, err = os.MkdirTemp("", "cq-made-"); err != nil {
		return "", err
	}
	if err := os.Chmod(madeIn, 0o755); err != nil {
		return "", err
	}
	c, err := Use(context.Background(), Options{Dir: filepath.Join(madeIn, "postgres")})
	if err != nil {
		return "", err
	}
	return c.paths.cluster, c.Stop(context.Background())
})

// existing is the directory of a cluster of this test's own, made before and stopped.
func existing(t *testing.T) string {
	t.Helper()
	return existingIn(t, publicDir(t))
}

func existingIn(t *testing.T, dir string) string {
	t.Helper()
	source, err := made()
	if err != nil {
		t.Fatal(err)
	}
	if output, err := exec.Command("cp", "-a", source, dir).CombinedOutput(); err != nil {
		t.Fatalf("copy the cluster: %v, %s", err, output)
	}
	return filepath.Join(dir, "postgres")
}

// deadline bounds a test that would otherwise wait for ever; far off, for slow machines.
func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel)
	return ctx
}
