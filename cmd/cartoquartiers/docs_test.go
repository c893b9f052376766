package main

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// The table of docs/operate.md is complete: every flag that the environment can
// set is in it, with its variable.
func TestOperateDocumentsEveryVariable(t *testing.T) {
	page, err := os.ReadFile("../../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	var commands cli
	parser, err := newParser(&commands, io.Discard, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	documented := 0
	err = kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		flag, ok := node.(*kong.Flag)
		if !ok || len(flag.Envs) == 0 {
			return next(nil)
		}
		documented++
		row := rowWith(string(page), "`"+flag.Envs[0]+"`")
		if !strings.Contains(row, "--"+flag.Name) {
			t.Errorf("no row of docs/operate.md has --%s with %s", flag.Name, flag.Envs[0])
		}
		return next(nil)
	})
	if err != nil || documented < 8 {
		t.Errorf("%d flags visited, %v", documented, err)
	}
}

func rowWith(page, text string) string {
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "|") && strings.Contains(line, text) {
			return line
		}
	}
	return ""
}
