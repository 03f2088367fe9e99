#!/usr/bin/env bash
# fmt.sh check: names the Go files that gofmt would change, and fails if any.
# fmt.sh write: formats them.
set -euo pipefail
cd "$(dirname "$0")/.."
go_files() {
  git ls-files -co --exclude-standard '*.go' | while read -r file; do
    [[ ! -e $file ]] || printf '%s\n' "$file"
  done
}
case ${1:-} in
  check)
    files=$(go_files | xargs -r gofmt -l)
    [[ -z $files ]] || { printf 'not formatted, run "make fmt":\n%s\n' "$files" >&2; exit 1; }
    ;;
  write) go_files | xargs -r gofmt -w ;;
  *) echo "usage: build/fmt.sh check|write" >&2; exit 2 ;;
esac
