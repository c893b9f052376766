package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// beTheProgram turns this test binary into cartoquartiers itself, so that tests
// meet the real program, race detector included, without building it twice.
const beTheProgram = "CARTOQUARTIERS_TEST_BE_THE_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(beTheProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// patience is how long a test waits for something that must happen.
const patience = 60 * time.Second

// program is one run of cartoquartiers.
type program struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdout *journal
	stderr *journal
	exited chan struct{}
	addr   string // of a server
}

// start runs the program with JSON logs and an environment of its own.
func start(t *testing.T, env []string, args ...string) *program {
	t.Helper()
	p := &program{
		t: t, cmd: exec.Command(os.Args[0], args...),
		stdout: newJournal(), stderr: newJournal(), exited: make(chan struct{}),
	}
	p.cmd.Env = append([]string{
		"GORACE=atexit_sleep_ms=50", // a second otherwise, at the end of every command
		beTheProgram + "=1", "PATH=" + os.Getenv("PATH"), "CARTOQUARTIERS_LOG_FORMAT=json", "CARTOQUARTIERS_DATA=" + t.TempDir(),
	}, env...)
	// A group of its own, so that a signal to the tests does not reach it.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.cmd.Stdout, p.cmd.Stderr = p.stdout, p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = p.cmd.Wait(); close(p.exited) }() // ProcessState tells
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.exited
		if t.Failed() {
			t.Logf("%v\nstdout:\n%s\nstderr:\n%s", args, p.stdout, p.stderr)
		}
	})
	return p
}

// serve starts a server on a free port and waits until it listens.
func serve(t *testing.T, env []string, args ...string) *program {
	t.Helper()
	p := start(t, env, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)...)
	line := p.stderr.waitFor(t, `"msg":"listening"`)
	var entry struct{ Addr string }
	if err := json.Unmarshal([]byte(line), &entry); err != nil {
		t.Fatal(err)
	}
	p.addr = entry.Addr
	return p
}

// ready waits until the server says that the map is there.
func (p *program) ready() *program {
	p.t.Helper()
	p.stdout.waitFor(p.t, "CartoQuartiers: http://")
	return p
}

// exit waits for the end and gives the status; -1 when a signal ended it.
func (p *program) exit() int {
	p.t.Helper()
	select {
	case <-p.exited:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		p.t.Fatalf("%v does not end", p.cmd.Args[1:])
		return 0
	}
}

func (p *program) signal(signal syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		p.t.Fatal(err)
	}
}

// answer is a response read to its end.
type answer struct {
	status int
	header http.Header
	body   string
}

// get asks the server; each time on a new connection, as strangers do.
func (p *program) get(path string) (answer, error) {
	request, err := http.NewRequest(http.MethodGet, "http://"+p.addr+path, nil)
	if err != nil {
		return answer{}, err
	}
	return ask(request)
}

func ask(request *http.Request) (answer, error) {
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true, ExpectContinueTimeout: patience}}
	response, err := client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{status: response.StatusCode, header: response.Header, body: string(body)}, err
}

// mustGet asks, and fails the test unless the status is the given one.
func (p *program) mustGet(path string, status int) answer {
	p.t.Helper()
	got, err := p.get(path)
	if err != nil {
		p.t.Fatalf("%s: %v", path, err)
	}
	if got.status != status {
		p.t.Fatalf("%s: %d %s, want %d", path, got.status, got.body, status)
	}
	return got
}

// eventually asks again and again until the condition holds: another process is
// watched from outside, and there is nothing to wait on.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for deadline := time.After(patience); ; {
		if holds() {
			return
		}
		select {
		case <-again.C:
		case <-deadline:
			t.Fatalf("still not: %s", what)
		}
	}
}

// journal keeps the lines of a stream, and wakes who waits for one.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{} // closed and replaced at each write
}

func newJournal() *journal { return &journal{more: make(chan struct{})} }

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	close(j.more)
	j.more = make(chan struct{})
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// waitFor gives the first line that contains a text, once it is there.
func (j *journal) waitFor(t *testing.T, text string) string {
	t.Helper()
	deadline := time.After(patience)
	for {
		j.mu.Lock()
		written, more := j.text.String(), j.more
		j.mu.Unlock()
		lines := bufio.NewScanner(strings.NewReader(written))
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if strings.Contains(lines.Text(), text) {
				return lines.Text()
			}
		}
		select {
		case <-more:
		case <-deadline:
			t.Fatalf("no line with %q in:\n%s", text, written)
		}
	}
}

// publicDir is a temporary directory that the user of the private cluster may
// pass; t.TempDir's parent is closed to others.
func publicDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "cq-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // a leftover in the temporary directory harms nobody
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "data")
}
