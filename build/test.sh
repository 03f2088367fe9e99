#!/usr/bin/env bash
# The checks, stage by stage, each with its time:
#   quick  format, vet and lint, short tests
#   full   everything: quick's, generated files, what is deployed, race, coverage, the
#          demo, the page in a browser and the real window
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

# front lints, tests and builds the front end.
front() {
  (cd frontend && npm run --silent lint && npm test --silent && npm run --silent build)
}

demo() {
  make --no-print-directory build && build/demo.sh "$work/demo"
}

# walked COMMAND...: runs the command; its last line is told again at the end.
walked() {
  "$@" | tee "$work/walked" && tail -n 1 "$work/walked" >>"$work/walks"
}

# headless: the program without a window, where there is no display, tells its
# commands instead.
headless() {
  go build -tags "$tags" ./... && go build -tags "$tags" -o "$work/headless" . &&
    env -u DISPLAY -u WAYLAND_DISPLAY "$work/headless" | grep 'Usage: retable'
}

# All but the window is built and tested as where GTK's headers are missing.
export PKG_CONFIG=/bin/false
stage setup build/setup.sh build test browser desktop window
stage format build/fmt.sh check
stage tools tools
stage lint env -u PKG_CONFIG build/lint.sh
stage front front
if [[ $mode == full ]]; then
  stage verify build/verify.sh
  stage deploy build/helm/test.sh
  # Races show in the short variants; the long ones would take them ten times as long.
  stage race tests race -count=1 -race -short
  stage tests tests "" -count=1 -coverprofile "$work/cover.out"
  stage coverage "$cache/bin/covergate" -min $min_coverage "$work/cover.out"
  stage demo demo
  stage headless headless
  stage browser walked build/browser.sh bin/retable
  stage window walked env -u PKG_CONFIG build/e2e-desktop.sh
else
  stage tests tests "" -short
fi
report
echo
[[ -s $work/walks ]] && cat "$work/walks"
cat "$work/summary"
