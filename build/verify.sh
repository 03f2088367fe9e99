#!/usr/bin/env bash
# Fails when go.mod is not tidy or when running the generators changes a file:
# what is generated must be committed as generated. A stale file is left fresh.
set -euo pipefail
cd "$(dirname "$0")/.."

go mod tidy -diff || { echo "verify: go.mod or go.sum is not tidy; run 'go mod tidy'" >&2; exit 1; }

if git grep -q --untracked '^//go:generate ' -- '*.go'; then
  snapshot() { git ls-files -co --exclude-standard -z | xargs -0 sha256sum 2>/dev/null | sort -k2; }
  before=$(snapshot)
  go generate -tags sqlite_fts5 ./...
  if ! stale=$(diff <(echo "$before") <(snapshot)); then
    echo "verify: these generated files were stale and are fresh now; commit them:" >&2
    awk '/^[<>]/ { print "  " $3 }' <<<"$stale" | sort -u >&2
    exit 1
  fi
fi
echo "verify: generated files and go.mod are fresh"
