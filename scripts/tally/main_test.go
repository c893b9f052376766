package main

import (
	"strings"
	"testing"
)

const aRun = `{"Action":"start","Package":"a"}
{"Action":"run","Package":"a","Test":"TestGood"}
{"Action":"output","Package":"a","Test":"TestGood","Output":"noise\n"}
{"Action":"pass","Package":"a","Test":"TestGood"}
{"Action":"output","Package":"a","Test":"TestBad","Output":"=== RUN   TestBad\n"}
{"Action":"output","Package":"a","Test":"TestBad","Output":"    a_test.go:1: why it failed\n"}
{"Action":"fail","Package":"a","Test":"TestBad"}
{"Action":"output","Package":"a","Test":"TestAway","Output":"    a_test.go:2: no data here\n"}
{"Action":"skip","Package":"a","Test":"TestAway"}
{"Action":"output","Package":"a","Output":"FAIL\ta\t0.1s\n"}
{"Action":"fail","Package":"a"}
{"ImportPath":"b","Action":"build-output","Output":"b.go:3: undefined: x\n"}
{"Action":"fail","Package":"b"}
{"Action":"output","Package":"c","Output":"PASS\n"}
{"Action":"pass","Package":"c"}
go: a plain sentence
`

func TestTally(t *testing.T) {
	var shown strings.Builder
	counted := &tally{failedIn: map[string]bool{}, outputs: map[string]*strings.Builder{}, show: &shown}
	if err := counted.read(strings.NewReader(aRun)); err != nil {
		t.Fatal(err)
	}
	if counted.passed != 1 || counted.failed != 2 || counted.skipped != 1 {
		t.Errorf("passed %d, failed %d, skipped %d; want 1, 2 (a test and a build), 1",
			counted.passed, counted.failed, counted.skipped)
	}
	if failures := strings.Join(counted.failures, ", "); failures != "a TestBad, b" {
		t.Errorf("what failed: %s", failures)
	}
	want := "    a_test.go:1: why it failed\n    a_test.go:2: no data here\nFAIL\ta\t0.1s\nb.go:3: undefined: x\ngo: a plain sentence\n"
	if shown.String() != want {
		t.Errorf("shown:\n%s\nwant:\n%s", shown.String(), want)
	}
}
