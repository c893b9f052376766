package embedded

import (
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"cartoquartiers/internal/fault"
)

// oldestMajor is the oldest PostgreSQL that the schema is written for.
const oldestMajor = 15

// installation is one major version of PostgreSQL as Debian and its children
// lay it out: programs in /usr/lib/postgresql/MAJOR/bin, extensions in
// /usr/share/postgresql/MAJOR/extension.
type installation struct {
	major   int
	postgis bool
}

// program is the absolute path of one of the installation's programs.
func (i installation) program(name string) string {
	return fmt.Sprintf("/usr/lib/postgresql/%d/bin/%s", i.major, name)
}

// installations lists the servers found under root ("/" in production),
// oldest first. Client-only packages do not count: they have no initdb.
func installations(root fs.FS) []installation {
	programs, _ := fs.Glob(root, "usr/lib/postgresql/*/bin/initdb") // the pattern is constant, it cannot be bad
	var found []installation
	for _, program := range programs {
		version := strings.Split(program, "/")[3]
		major, err := strconv.Atoi(version)
		if err != nil {
			continue
		}
		control := path.Join("usr/share/postgresql", version, "extension/postgis.control")
		_, err = fs.Stat(root, control)
		found = append(found, installation{major: major, postgis: err == nil})
	}
	return found
}

// newest picks the installation for a new cluster: the highest major version
// that has PostGIS. Its fault holds the exact line that installs what is missing.
func newest(root fs.FS) (installation, error) {
	best := installation{}
	for _, one := range installations(root) {
		if one.postgis && one.major >= oldestMajor && one.major > best.major {
			best = one
		}
	}
	if best.major == 0 {
		return best, missing(root, wanted(root))
	}
	return best, nil
}

// exactly picks the installation that can open a cluster of this major version.
func exactly(root fs.FS, major int) (installation, error) {
	for _, one := range installations(root) {
		if one.major == major && one.postgis {
			return one, nil
		}
	}
	return installation{}, missing(root, major)
}

// wanted is the major version worth installing here: the newest server that
// only lacks PostGIS, else what this release of the system packages.
func wanted(root fs.FS) int {
	best := 0
	for _, one := range installations(root) {
		best = max(best, one.major)
	}
	if best >= oldestMajor {
		return best
	}
	release, _ := fs.ReadFile(root, "etc/os-release") // unreadable is the same as unknown
	return packagedMajor(string(release))
}

// packagedMajor is the PostgreSQL that a release of Debian or Ubuntu carries,
// by the VERSION_CODENAME of os-release(5); Debian 12's where it is unknown.
func packagedMajor(release string) int {
	majors := map[string]int{"bookworm": 15, "noble": 16, "trixie": 17, "plucky": 17}
	for line := range strings.Lines(release) {
		codename, is := strings.CutPrefix(strings.TrimSpace(line), "VERSION_CODENAME=")
		if major := majors[strings.Trim(codename, `"`)]; is && major != 0 {
			return major
		}
	}
	return oldestMajor
}

// missing is the fault for absent packages. Debian's server package creates
// and starts a cluster of its own on port 5432 unless told not to beforehand.
func missing(root fs.FS, major int) error {
	what := fmt.Sprintf("PostgreSQL %d and PostGIS are", major)
	for _, one := range installations(root) {
		if one.major == major {
			what = fmt.Sprintf("PostGIS for PostgreSQL %d is", major)
		}
	}
	return fault.New(fault.Unavailable, `%[1]s not installed on this machine, install with:
  sudo apt-get install -y --no-install-recommends postgresql-%[2]d postgresql-%[2]d-postgis-3
(to keep Debian from also starting a cluster of its own on port 5432, first:
  sudo mkdir -p /etc/postgresql-common/createcluster.d
  echo 'create_main_cluster = false' | sudo tee /etc/postgresql-common/createcluster.d/cartoquartiers.conf)
or set DATABASE_URL to a PostGIS database elsewhere`, what, major)
}
