#!/usr/bin/env bash
# Runs every fuzz target of the module for the given time, one after the other.
# A target that fails leaves its input under testdata/fuzz; the others still run.
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-10m}
tags=$(build/tags.sh)

# "FuzzName" lines come before their package's "ok  PACKAGE" line.
targets=$(go test -tags "$tags" -list '^Fuzz' ./... |
  awk '/^Fuzz/ { names[++n] = $1 } /^ok/ { for (i = 1; i <= n; i++) print $2, names[i]; n = 0 }')
[[ -n $targets ]] || { echo "no fuzz targets found" >&2; exit 1; }

passed=0 failed=()
while read -r package name; do
  echo "== $package $name for $time"
  if go test -tags "$tags" -run '^$' -fuzz "^$name\$" -fuzztime "$time" "$package" </dev/null; then
    passed=$((passed + 1))
  else
    failed+=("$package $name")
  fi
done <<<"$targets"

for target in "${failed[@]}"; do echo "failed: $target"; done
echo "fuzz: $passed passed, ${#failed[@]} failed"
(( ${#failed[@]} == 0 ))
