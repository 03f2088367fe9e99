#!/usr/bin/env bash
# The checks, stage by stage, each with its time:
#   quick  format, vet and lint, short tests
#   full   everything: quick's, generated files, race, coverage, the demo
# The last line is the count of the tests: "N passed, N failed, N skipped".
set -euo pipefail
cd "$(dirname "$0")/.."
mode=${1:?quick or full}
cache=${RET_CACHE:-$PWD/.cache}
tags=$(build/tags.sh)
min_coverage=80
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
times=()

# stage NAME COMMAND...: runs the command and remembers its time; stops at failure.
stage() {
  local name=$1 start=$SECONDS; shift
  printf '\n== %s\n' "$name"
  if "$@" </dev/null; then
    times+=("$(printf '%-12s %5d s' "$name" $((SECONDS - start)))")
  else
    report
    printf 'stopped at: %s\n' "$name" >&2
    [[ -s $work/summary ]] && cat "$work/summary"
    exit 1
  fi
}

report() {
  printf '\n== times\n'
  (( ${#times[@]} )) && printf '%s\n' "${times[@]}"
  printf '%-12s %5d s\n' total $SECONDS
}

tools() {
  mkdir -p "$cache/bin"
  go build -o "$cache/bin/" ./build/testsum ./build/covergate
}

# tests LABEL FLAGS...: runs the tests of all packages, keeping go test's closing lines.
tests() {
  local label=$1; shift
  set +e
  go test -json -tags $tags -timeout 40m "$@" ./... | "$cache/bin/testsum" -label "$label" -out "$work/summary"
  local codes=("${PIPESTATUS[@]}")
  set -e
  (( codes[0] == 0 && codes[1] == 0 ))
}

# front tests and builds the front end.
front() {
  (cd frontend && npm test --silent && npm run --silent build)
}

demo() {
  make --no-print-directory build && build/demo.sh "$work/demo"
}

stage setup build/setup.sh build test
stage format build/fmt.sh check
stage tools tools
stage lint build/lint.sh
stage front front
if [[ $mode == full ]]; then
  stage verify build/verify.sh
  # Races show in the short variants; the long ones would take them ten times as long.
  stage race tests race -count=1 -race -short
  stage tests tests "" -count=1 -coverprofile "$work/cover.out"
  stage coverage "$cache/bin/covergate" -min $min_coverage "$work/cover.out"
  stage demo demo
else
  stage tests tests "" -short
fi
report
echo
cat "$work/summary"
