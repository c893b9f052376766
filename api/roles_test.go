package api_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

var update = flag.Bool("update", false, "write testdata/routes.txt again, to be reviewed in the diff")

const routesFile = "testdata/routes.txt"

// roleRow is a row of the table: one operation on one object, and what each role is answered.
type roleRow struct {
	method, path, object string
	statuses             []int
}

func (r roleRow) name() string { return r.method + " " + r.path + " " + r.object }

// routesHead is the comment over the table, for whoever reviews it.
const routesHead = `# What each route answers to whom, about what. This table is reviewed: TestEveryRouteAnswersByRole sends all of it, and
# fails when a route of the contract is missing or a row names a route that is none. After a change:
#     go test ./api -run TestEveryRoute -update     and read the diff, line by line.
#
# Objects: own (of the actor, or of their organisation), other (somebody else's), hidden (a hidden place, or a contribution
# about one), absent (never was); a dash where a route has no object. What stands behind a dash is a state or a variant.
# Roles: secret is a visitor who holds the secret of their own contribution; agents and moderators are inside their territory, or "-out" of it. wrong, expired and revoked are tokens: they are
# never taken for a visitor where it matters who asks, and not looked at where it does not.
`

// readRoutes reads the table.
func readRoutes(t *testing.T) []roleRow {
	t.Helper()
	text, err := os.ReadFile(routesFile)
	if err != nil {
		t.Fatal(err)
	}
	var rows []roleRow
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] == "#" || fields[0] == "method" {
			continue
		}
		if len(fields) != 3+len(roleNames) {
			t.Fatalf("%s: a row has %d columns, not %d: %s", routesFile, len(fields), 3+len(roleNames), line)
		}
		row := roleRow{method: fields[0], path: fields[1], object: fields[2]}
		for _, field := range fields[3:] {
			status, err := strconv.Atoi(field)
			if err != nil {
				t.Fatalf("%s: %v in %s", routesFile, err, line)
			}
			row.statuses = append(row.statuses, status)
		}
		rows = append(rows, row)
	}
	return rows
}

func writeRoutes(t *testing.T, rows []roleRow) {
	t.Helper()
	var text bytes.Buffer
	text.WriteString(routesHead)
	line := func(method, path, object string, cells []string) {
		fmt.Fprintf(&text, "%-7s %-50s %-14s", method, path, object)
		for i, cell := range cells {
			fmt.Fprintf(&text, " %*s", max(3, len(roleNames[i])), cell)
		}
		text.WriteByte('\n')
	}
	line("method", "path", "object", roleNames)
	for _, row := range rows {
		cells := make([]string, len(row.statuses))
		for i, status := range row.statuses {
			cells[i] = strconv.Itoa(status)
		}
		line(row.method, row.path, row.object, cells)
	}
	if err := os.WriteFile(routesFile, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// wantedRows are the rows that the contract asks for, without their statuses.
func wantedRows(t *testing.T, document *openapi3.T) []roleRow {
	t.Helper()
	var rows []roleRow
	for path, item := range document.Paths.Map() {
		for method, operation := range item.Operations() {
			for _, object := range objectsOf(path, operation) {
				rows = append(rows, roleRow{method: method, path: path, object: object})
			}
			if operation.RequestBody != nil && roleBodies[operation.OperationID] == nil {
				t.Errorf("%s takes a body: give it one in roleBodies", operation.OperationID)
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b roleRow) int {
		if a.path != b.path {
			return strings.Compare(a.path, b.path)
		}
		return strings.Compare(a.method, b.method)
	})
	return rows
}

// TestEveryRouteAnswersByRole sends every request of the table, and compares each
// answer with the table and with the contract. To whoever may not know, a hidden
// thing must be answered exactly as one that never was.
func TestEveryRouteAnswersByRole(t *testing.T) {
	t.Parallel()
	w := newRoleWorld(t)
	document := w.contract("/api/openapi-3.0.json")
	wanted := wantedRows(t, document)
	if !*update {
		compareRows(t, readRoutes(t), wanted)
	}
	known := make(map[string][]int)
	if !*update {
		for _, row := range readRoutes(t) {
			known[row.name()] = row.statuses
		}
	}
	absent := make(map[string][]string) // what each role is told of what never was
	for i, row := range wanted {
		operation := operationOf(t, document, row.method, row.path)
		texts := make([]string, len(roleNames))
		for column, role := range roleNames {
			response := w.ask(row, operation, role)
			wanted[i].statuses = append(wanted[i].statuses, response.StatusCode)
			texts[column] = w.shown(operation, response)
			if statuses := known[row.name()]; statuses != nil && response.StatusCode != statuses[column] {
				t.Errorf("%s as %s: %d, the table says %d: %s", row.name(), role, response.StatusCode, statuses[column], texts[column])
			}
		}
		switch row.object {
		case "absent":
			absent[row.method+row.path] = texts
		case "hidden":
			compareHidden(t, row, texts, absent[row.method+row.path])
		}
	}
	if *update {
		writeRoutes(t, wanted)
	}
}

// compareRows finds routes that the table forgets, and rows about none.
func compareRows(t *testing.T, written, wanted []roleRow) {
	t.Helper()
	named := func(row roleRow) func(roleRow) bool {
		return func(other roleRow) bool { return other.name() == row.name() }
	}
	for _, row := range wanted {
		if !slices.ContainsFunc(written, named(row)) {
			t.Errorf("%s is not in %s; add it with -update, and review it", row.name(), routesFile)
		}
	}
	for _, row := range written {
		if !slices.ContainsFunc(wanted, named(row)) {
			t.Errorf("%s is in %s, but the contract has no such route", row.name(), routesFile)
		}
	}
}

func compareHidden(t *testing.T, row roleRow, hidden, absent []string) {
	t.Helper()
	for column, role := range roleNames {
		if !slices.Contains(mayKnow, role) && hidden[column] != absent[column] {
			t.Errorf("%s as %s tells the hidden from the absent:\n%s\n%s", row.name(), role, hidden[column], absent[column])
		}
	}
}

// shown is all that an answer tells, without what differs each time: the ids that
// were asked for, and the id of the request.
func (w *roleWorld) shown(operation *openapi3.Operation, response *http.Response) string {
	w.t.Helper()
	var body []byte
	if response.Header.Get("Content-Type") != "text/event-stream" { // it never ends
		var err error
		if body, err = io.ReadAll(response.Body); err != nil {
			w.t.Fatal(err)
		}
		response.Body = io.NopCloser(bytes.NewReader(body))
		checkContract(w.world, operation, response)
	}
	header := response.Header.Clone()
	for _, name := range []string{"Date", "X-Request-Id", "Content-Length"} {
		header.Del(name)
	}
	text := fmt.Sprint(response.StatusCode, header, string(body))
	for _, id := range w.asked {
		text = strings.ReplaceAll(text, id, "{id}")
	}
	return text
}
