package rooms

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "cartoquartiers"

// below lists, for each room, the rooms that its packages may reach, directly or
// through others. A room is the longest prefix found here.
var below = map[string][]string{
	"cmd":             {"api", "web", "tiles", "moderation", "importers", "places/snapshot", "places", "geo", "migrations", "docs", "internal"},
	"api":             {"tiles", "moderation", "places/snapshot", "places", "geo", "internal"},
	"web":             {"moderation", "places/snapshot", "places", "geo", "docs", "internal"},
	"tiles":           {"places/snapshot", "places", "geo", "internal"},
	"importers":       {"moderation", "places", "geo", "internal"},
	"moderation":      {"places", "geo", "internal"},
	"places/snapshot": {"places", "geo", "internal"},
	"places":          {"geo", "internal"},
	"geo":             {},
	"migrations":      {},
	"docs":            {},
	"scripts":         {},
	// Measurements look at everything and are part of nothing.
	"bench": {"api", "web", "tiles", "moderation", "importers", "places/snapshot", "places", "geo", "migrations", "docs", "internal"},
	// Plumbing without a word of the domain: it opens databases, so it migrates
	// them, and knows nothing of what is in them. fault reaches nothing.
	"internal":       {"internal/fault", "migrations"},
	"internal/fault": {},
}

func roomOf(pkg string) string {
	path := strings.TrimPrefix(pkg, module+"/")
	for path != "" {
		if _, ok := below[path]; ok {
			return path
		}
		cut := max(strings.LastIndexByte(path, '/'), 0)
		path = path[:cut]
	}
	return ""
}

// forbidden says why one package of ours must not reach another; empty if it may.
func forbidden(from, to string) string {
	fromRoom, toRoom := roomOf(from), roomOf(to)
	switch {
	case fromRoom == "" || toRoom == "":
		return "is in no room: add it to the plan in this file and in docs/architecture.md"
	case fromRoom == toRoom, slices.Contains(below[fromRoom], toRoom):
		return ""
	case toRoom == "internal/fault" && slices.Contains(below[fromRoom], "internal"):
		return ""
	}
	return "points up or sideways"
}

func TestArrowsPointDown(t *testing.T) {
	list := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.Dir}} {{.ImportPath}} {{join .Deps " "}}`, module+"/...")
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := 0
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		dir, pkg, deps := fields[0], fields[1], fields[2:]
		packages++
		// So that go test's cache, which sees what this process opens, knows when a package changes.
		if _, err := os.ReadDir(dir); err != nil {
			t.Fatal(err)
		}
		for _, dep := range deps {
			if why := forbidden(pkg, dep); strings.HasPrefix(dep, module+"/") && why != "" {
				t.Errorf("%s → %s %s", pkg, dep, why)
			}
		}
	}
	if packages < 4 {
		t.Errorf("go list found %d packages: the test looked at nothing", packages)
	}
}

func TestForbidden(t *testing.T) {
	for _, c := range []struct {
		from, to string
		allowed  bool
	}{
		{"cmd/cartoquartiers", "api", true},
		{"api", "tiles", true},
		{"api", "importers", false},
		{"importers/osm", "api", false},
		{"importers/osm", "importers", true},
		{"tiles", "places/snapshot", true},
		{"places", "places/snapshot", false},
		{"places", "moderation", false},
		{"geo", "internal/fault", false},
		{"migrations", "internal/pg", false},
		{"internal/httpkit", "internal/fault", true},
		{"internal/httpkit", "places", false},
		{"internal/fault", "internal/pg", false},
		{"internal/pg/embedded", "migrations", true},
		{"web", "api", false},
		{"cmd/cartoquartiers", "attic", false},
	} {
		if got := forbidden(module+"/"+c.from, module+"/"+c.to) == ""; got != c.allowed {
			t.Errorf("%s → %s: allowed %v, want %v", c.from, c.to, got, c.allowed)
		}
	}
}
