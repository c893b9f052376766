#!/usr/bin/env bash
# run.sh ADDR [FILE.osm.pbf]: what `make run` does once everything is built.
# Data is kept in ./data (or CARTOQUARTIERS_DATA) from one run to the next: the
# demonstration town comes only into an empty map, and a file that was imported
# already changes nothing.
set -euo pipefail
address=$1 file=${2-}

# PostgreSQL refuses to run as root, so root's cluster runs as the user postgres,
# who cannot pass /root.
if ((EUID == 0)) && [[ -z ${CARTOQUARTIERS_DATA-} && -z ${DATABASE_URL-} ]] &&
	! runuser -u postgres -- test -x "$PWD" 2>/dev/null; then
	export CARTOQUARTIERS_DATA=/var/lib/cartoquartiers
	echo "PostgreSQL cannot work below $PWD: keeping the data in $CARTOQUARTIERS_DATA"
fi

if [[ -n $file ]]; then
	bin/cartoquartiers import osm "$file"
	[[ ${CARTOQUARTIERS_DATA-data}/basemap.pmtiles -nt $file ]] || bin/cartoquartiers basemap build "$file"
else
	bin/cartoquartiers import demo --if-empty
fi
exec bin/cartoquartiers serve --addr "$address"
