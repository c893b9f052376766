#!/usr/bin/env bash
# test.sh PART...: runs the parts named (go, web, browser), all of them even when
# one fails, and closes with how many tests passed and failed in total. The exit
# status is 0 only when every part succeeded.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

out=$PWD/bin/out
mkdir -p "$out"
passed=0 failed=0 skipped=0 broken=()

# add FILE: adds the "passed failed skipped" of one part.
add() {
	local p f s
	read -r p f s <"$1" || return 1
	((passed += p, failed += f, skipped += s))
	return 0
}

run_go() {
	go build -o bin/tally ./scripts/tally || return 1
	go test -race -json -timeout=15m "${PKG:-./...}" | bin/tally "$out/go.counts"
	local status=("${PIPESTATUS[@]}")
	add "$out/go.counts" && ((status[0] == 0 && status[1] == 0))
}

# run_vitest SCRIPT: an npm script of web/ that runs vitest.
run_vitest() {
	local report=$out/${1//:/-}.json status
	(cd web && npm run --silent "$1" -- --reporter=default --reporter=json --outputFile.json="$report")
	status=$?
	[[ -s $report ]] || return 1
	node -e '
		const r = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
		const unrun = r.testResults.filter((f) => f.status === "failed" && f.assertionResults.length === 0).length;
		console.log(r.numPassedTests, r.numFailedTests + unrun, r.numPendingTests + (r.numTodoTests ?? 0));
	' "$report" >"$report.counts" && add "$report.counts" && ((status == 0))
}

for part in "$@"; do
	rm -f "$out"/*.counts "$out"/test*.json
	echo "== $part"
	case $part in
	go) run_go ;;
	web) run_vitest test ;;
	browser) run_vitest test:browser ;;
	*) echo "test.sh: '$part' is none of go, web, browser" >&2 && false ;;
	esac || broken+=("$part")
done

echo
((skipped)) && echo "$skipped skipped: the lines above say why"
((${#broken[@]})) && echo "failed: ${broken[*]}"
# A part can fail without a failed test (it did not start); the line must not read as success.
((${#broken[@]} && failed == 0)) && failed=${#broken[@]}
echo "$passed passed, $failed failed"
((${#broken[@]} == 0))
