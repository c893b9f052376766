#!/usr/bin/env bash
# run.sh ADDR [FILE.osm.pbf]: what `make run` does once everything is built.
# Data is kept in ./data (or CARTOQUARTIERS_DATA) from one run to the next: the
# demonstration town comes only into an empty map, and a file that was imported
# already changes nothing.
set -euo pipefail
address=$1 file=${2-}

if [[ -n $file ]]; then
	bin/cartoquartiers import osm "$file"
else
	bin/cartoquartiers import demo --if-empty
fi
exec bin/cartoquartiers serve --addr "$address"
