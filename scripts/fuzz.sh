#!/usr/bin/env bash
# fuzz.sh SECONDS: fuzzes each target of the project in turn for that long, from
# the seeds and findings in testdata/.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=$1
grep -rnoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' . | while IFS=: read -r file _ target; do
	echo "== ${target#func } in ${file%/*}"
	go test -run '^$' -fuzz "^${target#func }\$" -fuzztime "${seconds}s" "${file%/*}" </dev/null
done
