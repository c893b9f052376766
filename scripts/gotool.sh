#!/usr/bin/env bash
# gotool.sh MODULE VERSION FILE builds a Go program from source at an exact
# version into FILE. The version is in the file's name, so a new one is rebuilt.
set -euo pipefail
module=$1 version=$2 file=$3
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
GOBIN=$directory go install "$module@$version"
mkdir -p "$(dirname "$file")"
mv "$directory/$(basename "$module")" "$file"
