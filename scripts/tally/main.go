// Command tally reads `go test -json` on standard input, shows what `go test`
// itself shows (a line a package, and the output of what failed), and writes
// "passed failed skipped" into the file named by its argument, and on the lines
// after it what failed.
//
// It is not a test runner: it exits 0 whatever the tests did, and leaves the
// verdict to the exit status of go test.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// event is one line of test2json (go doc test2json).
type event struct {
	Action     string
	Package    string
	ImportPath string
	Test       string
	Output     string
}

// tally counts tests and subtests, and keeps the output of each until it is
// known whether anyone wants to read it.
type tally struct {
	passed, failed, skipped int
	failedIn                map[string]bool // packages with a failed test
	failures                []string        // packages and tests, as they failed
	outputs                 map[string]*strings.Builder
	show                    io.Writer
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go test -json ./... | tally COUNTS-FILE")
		os.Exit(2)
	}
	t := &tally{failedIn: map[string]bool{}, outputs: map[string]*strings.Builder{}, show: os.Stdout}
	err := t.read(os.Stdin)
	if err == nil {
		counts := fmt.Sprintln(t.passed, t.failed, t.skipped)
		err = os.WriteFile(os.Args[1], []byte(counts+strings.Join(append(t.failures, ""), "\n")), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "tally:", err)
		os.Exit(1)
	}
}

func (t *tally) read(input io.Reader) error {
	lines := bufio.NewScanner(input)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Fprintln(t.show, lines.Text()) // the go command speaks plainly when it cannot start
			continue
		}
		t.take(e)
	}
	return lines.Err()
}

func (t *tally) take(e event) {
	switch e.Action {
	case "output", "build-output":
		t.keep(e)
	case "pass", "fail", "skip":
		t.end(e)
	}
}

// keep shows what belongs to a build or a whole package at once.
func (t *tally) keep(e event) {
	if e.Test == "" {
		if e.Output != "PASS\n" && !strings.Contains(e.Output, "[no test files]") {
			fmt.Fprint(t.show, e.Output)
		}
		return
	}
	key := e.Package + " " + e.Test
	if strings.HasPrefix(e.Output, "=== ") {
		return // which test runs, pauses and goes on
	}
	if t.outputs[key] == nil {
		t.outputs[key] = &strings.Builder{}
	}
	t.outputs[key].WriteString(e.Output)
}

func (t *tally) end(e event) {
	key := e.Package + " " + e.Test
	switch {
	case e.Test == "" && e.Action == "fail" && !t.failedIn[e.Package]:
		t.failed++ // it does not build, or it died outside a test
		t.failures = append(t.failures, cmp.Or(e.Package, e.ImportPath))
	case e.Test == "":
	case e.Action == "pass":
		t.passed++
	case e.Action == "fail":
		t.failed++
		t.failures = append(t.failures, key)
		t.failedIn[e.Package] = true
		t.showOutput(key)
	case e.Action == "skip":
		t.skipped++
		t.showOutput(key)
	}
	delete(t.outputs, key)
}

func (t *tally) showOutput(key string) {
	if output := t.outputs[key]; output != nil {
		fmt.Fprint(t.show, output.String())
	}
}
