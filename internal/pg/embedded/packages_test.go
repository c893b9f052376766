package embedded

import (
	"strings"
	"testing"
	"testing/fstest"

	"cartoquartiers/internal/fault"
)

// machine is a file system with these files, all empty but os-release.
func machine(codename string, files ...string) fstest.MapFS {
	root := fstest.MapFS{"etc/os-release": {Data: []byte("ID=debian\nVERSION_CODENAME=" + codename + "\n")}}
	for _, file := range files {
		root[file] = &fstest.MapFile{}
	}
	return root
}

const (
	server15  = "usr/lib/postgresql/15/bin/initdb"
	client15  = "usr/lib/postgresql/15/bin/psql"
	postgis15 = "usr/share/postgresql/15/extension/postgis.control"
	server17  = "usr/lib/postgresql/17/bin/initdb"
	postgis17 = "usr/share/postgresql/17/extension/postgis.control"
	server13  = "usr/lib/postgresql/13/bin/initdb"
	postgis13 = "usr/share/postgresql/13/extension/postgis.control"
)

func TestNewest(t *testing.T) {
	tests := map[string]struct {
		root  fstest.MapFS
		major int
		line  string
	}{
		"takes_what_is_there":       {root: machine("bookworm", server15, postgis15), major: 15},
		"takes_the_newest":          {root: machine("bookworm", server15, postgis15, server17, postgis17), major: 17},
		"passes_over_one_without":   {root: machine("bookworm", server15, postgis15, server17), major: 15},
		"names_debian_12_packages":  {root: machine("bookworm"), line: "postgresql-15 postgresql-15-postgis-3"},
		"names_debian_13_packages":  {root: machine("trixie"), line: "postgresql-17 postgresql-17-postgis-3"},
		"names_ubuntu_packages":     {root: machine("noble"), line: "postgresql-16 postgresql-16-postgis-3"},
		"names_the_missing_postgis": {root: machine("trixie", server15), line: "postgresql-15 postgresql-15-postgis-3"},
		"a_client_is_not_enough":    {root: machine("bookworm", client15), line: "postgresql-15 postgresql-15-postgis-3"},
		"too_old_is_not_enough":     {root: machine("bookworm", server13, postgis13), line: "postgresql-15 postgresql-15-postgis-3"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := newest(test.root)
			if test.line == "" {
				if err != nil || got.major != test.major {
					t.Fatalf("%d, %v; want %d", got.major, err, test.major)
				}
				return
			}
			if !fault.Is(err, fault.Unavailable) {
				t.Fatalf("error %v, want Unavailable", err)
			}
			for _, want := range []string{
				"sudo apt-get install -y --no-install-recommends " + test.line + "\n",
				"create_main_cluster = false", "DATABASE_URL",
			} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

func TestOpens(t *testing.T) {
	root := machine("bookworm", server15, postgis15)
	if got, err := opens(root, "/data/postgres", "15"); err != nil || got.program("postgres") != "/usr/lib/postgresql/15/bin/postgres" {
		t.Errorf("%v, %v", got, err)
	}
	_, err := opens(root, "/data/postgres", "14")
	for _, want := range []string{"/data/postgres", "made by PostgreSQL 14", "postgresql-14-postgis-3"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
	if _, err := opens(root, "/data/postgres", "9.6"); !fault.Is(err, fault.Invalid) {
		t.Errorf("version 9.6: %v, want Invalid", err)
	}
}
