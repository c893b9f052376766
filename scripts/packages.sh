#!/usr/bin/env bash
# Installs the Debian packages that are missing for the purposes named as
# arguments, and does nothing, quickly, when none is:
#
#   run   PostgreSQL with PostGIS, for the private cluster
#   test  a C compiler for the race detector, Chromium, GDAL as an independent reader
#   lint  shellcheck
#   bench osm2pgsql, osmium-tool and wrk: the peer, the large file and the load
#
# It looks for the files it needs, not for package names, so that PostgreSQL from
# elsewhere counts too. Without apt it says what is missing and stops.
set -euo pipefail

missing=()

# need PACKAGE PATTERN: the package is missing when no file matches.
need() {
	compgen -G "$2" >/dev/null || missing+=("$1")
}

for purpose in "$@"; do
	case $purpose in
	run)
		need postgresql '/usr/lib/postgresql/*/bin/initdb'
		need postgresql-postgis '/usr/share/postgresql/*/extension/postgis.control'
		;;
	test)
		need gcc /usr/bin/gcc
		need libc6-dev /usr/include/stdio.h
		need chromium /usr/bin/chromium
		need gdal-bin /usr/bin/ogrinfo
		;;
	lint) need shellcheck /usr/bin/shellcheck ;;
	bench)
		need osm2pgsql /usr/bin/osm2pgsql
		need osmium-tool /usr/bin/osmium
		need wrk /usr/bin/wrk
		;;
	*)
		echo "packages.sh: '$purpose' is none of run, test, lint, bench" >&2
		exit 2
		;;
	esac
done

((${#missing[@]})) || exit 0
if ! command -v apt-get >/dev/null; then
	echo "Please install what Debian calls: ${missing[*]}" >&2
	exit 1
fi

sudo=()
if ((EUID != 0)); then
	command -v sudo >/dev/null || {
		echo "Please run as root: apt-get install -y --no-install-recommends ${missing[*]}" >&2
		exit 1
	}
	sudo=(sudo)
fi

# Debian's server package starts a cluster of its own on port 5432 unless told
# not to beforehand; the map brings its own, on a socket.
if [[ " ${missing[*]} " == *" postgresql "* ]]; then
	conf=/etc/postgresql-common/createcluster.d
	"${sudo[@]}" mkdir -p "$conf"
	echo 'create_main_cluster = false' | "${sudo[@]}" tee "$conf/cartoquartiers.conf" >/dev/null
fi

echo "Installing ${missing[*]}"
apt() {
	"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" </dev/null
}
apt update
apt install --no-install-recommends "${missing[@]}"
