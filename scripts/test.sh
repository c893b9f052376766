#!/usr/bin/env bash
# test.sh PART...: runs the parts named (go, web, browser), all of them even when
# one fails, and closes with how many tests passed and failed in total. The exit
# status is 0 only when every part succeeded.
#
# The part `lint` only starts the linters, and after them the compiler for the Go
# tests, and gives them what processor time the next parts leave over: a browser
# mostly waits. The tests of Go, which leave nothing, wait for them to end.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

out=$PWD/bin/out
mkdir -p "$out"
passed=0 failed=0 skipped=0 broken=() failures=() lint='' vet=()

# add FILE: adds the "passed failed skipped" of one part, and what failed or passed only
# at its second try, which is on the lines after it.
add() {
	local lines p f s
	mapfile -t lines <"$1" || return 1
	read -r p f s <<<"${lines[0]-}" || return 1
	((passed += p, failed += f, skipped += s))
	failures+=("${lines[@]:1}")
	return 0
}

start_lint() {
	set -m # a group of its own, to be ended as one
	nice -n 19 bash -c 'make lint && go list -race -test -export ./... >/dev/null' >"$out/lint.txt" 2>&1 &
	lint=$!
	set +m
	trap 'kill -- "-$lint" 2>/dev/null' EXIT
	vet=(-vet=off) # the linters vet, and more
}

# end_lint: waits for the linters if they were started, and tells what they found.
end_lint() {
	[[ -n $lint ]] || return 0
	echo "== lint"
	wait "$lint" || broken+=(lint)
	lint=''
	trap - EXIT
	cat "$out/lint.txt"
}

run_go() {
	go build -o bin/tally ./scripts/tally || return 1
	go test -race "${vet[@]}" -json -timeout=15m "${PKG:-./...}" | bin/tally "$out/go.counts"
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
		const unrun = r.testResults.filter((f) => f.status === "failed" && f.assertionResults.length === 0);
		console.log(r.numPassedTests, r.numFailedTests + unrun.length, r.numPendingTests + (r.numTodoTests ?? 0));
		const line = (text) => text.replace(/\x1b\[\d*m|\s+/g, " ").slice(0, 300);
		for (const file of unrun) console.log(line(file.name + ": " + file.message));
		for (const test of r.testResults.flatMap((file) => file.assertionResults)) {
			const [why] = test.failureMessages;
			const when = test.status === "failed" ? "" : "at its second try: ";
			if (why) console.log(line(when + test.fullName + ": " + why));
		}
	' "$report" >"$report.counts" && add "$report.counts" && ((status == 0))
}

for part in "$@"; do
	rm -f "$out"/*.counts "$out"/test*.json
	[[ $part == go ]] && end_lint
	echo "== $part"
	case $part in
	lint) start_lint ;;
	go) run_go ;;
	web) run_vitest test ;;
	browser) run_vitest test:browser ;;
	*) echo "test.sh: '$part' is none of lint, go, web, browser" >&2 && false ;;
	esac || broken+=("$part")
done
end_lint

echo
((skipped)) && echo "$skipped skipped: the lines above say why"
((${#failures[@]})) && printf '  %s\n' "${failures[@]}" # here too: the end is what one reads first
((${#broken[@]})) && echo "failed: ${broken[*]}"
# A part can fail without a failed test (it did not start); the line must not read as success.
((${#broken[@]} && failed == 0)) && failed=${#broken[@]}
echo "$passed passed, $failed failed"
((${#broken[@]} == 0))
