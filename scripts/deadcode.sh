#!/usr/bin/env bash
# Fails when a function is reachable neither from the binary nor from a test.
set -euo pipefail
found=$("$1" -test ./...)
if [[ -n $found ]]; then
	echo "$found"
	echo "dead code: remove it, or use it" >&2
	exit 1
fi
