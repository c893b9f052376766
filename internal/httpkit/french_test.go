package httpkit

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// makers are the functions whose last text is a message, and which argument it is.
var makers = map[string]int{"New": 1, "Wrap": 2, "InvalidField": 1, "wrapField": 2, "Wrong": 1, "wrong": 1}

// TestEveryMessageHasItsFrench reads the source for the messages that callers of
// the API can meet.
func TestEveryMessageHasItsFrench(t *testing.T) {
	var files []string
	for _, pattern := range []string{
		"*.go", "../fault/*.go", "../accounts/*.go", "../mail/address.go", "../../web/signin*.go", "../../web/account*.go", "../../web/who.go", "../../api/*.go", "../../moderation/*.go", "../../moderation/publiclog/read.go", "../../moderation/following/*.go",
		"../../places/filter.go", "../../places/find.go", "../../places/publish*.go", "../../places/withdraw.go", "../../places/join.go", "../../places/erase.go", "../../places/revisions.go", "../../places/recent.go", "../../places/extra_fields*.go", "../../places/group_colours*.go", "../../places/overrides.go",
		"../photos/*.go", "../photos/store/*.go", "../../places/hours/*.go", "../../places/snapshot/cursor.go",
	} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		files = append(files, found...)
	}
	messages := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, message := range messagesOf(t, file) {
			messages++
			french, ok := frenchMessages[message]
			if !ok {
				t.Errorf("%s: %q is not in frenchMessages", file, message)
			} else if !slices.Equal(verbs(message), verbs(french)) {
				t.Errorf("%q and %q take different arguments", message, french)
			}
		}
	}
	if messages < 120 {
		t.Errorf("only %d messages found: the test does not see them", messages)
	}
}

func messagesOf(t *testing.T, path string) (messages []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok {
			return true
		}
		name := ""
		switch function := call.Fun.(type) {
		case *ast.Ident:
			name = function.Name
		case *ast.SelectorExpr:
			if room, ok := function.X.(*ast.Ident); ok && (room.Name == "fault" || function.Sel.Name == "wrong") {
				name = function.Sel.Name
			}
		}
		if at, ok := makers[name]; ok && len(call.Args) > at {
			if literal, ok := call.Args[at].(*ast.BasicLit); ok && literal.Kind == token.STRING {
				message, _ := strconv.Unquote(literal.Value) // the parser has read it
				if message != "%v" {                         // another message, which has its own French
					messages = append(messages, message)
				}
			}
		}
		return true
	})
	return messages
}

// verbs are the %d, %q … of a format, in order.
func verbs(format string) (found []string) {
	for i := range len(format) - 1 {
		if format[i] == '%' {
			found = append(found, format[i:i+2])
		}
	}
	return found
}
