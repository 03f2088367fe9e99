#!/usr/bin/env bash
# Vets and lints all packages; the rules stand in .golangci.yml. What is built
# only into the window is vetted and linted too, where GTK's headers are.
set -euo pipefail
cd "$(dirname "$0")/.."
build/setup.sh build test
go vet -tags "$(build/tags.sh)" ./...
"${RET_CACHE:-$PWD/.cache}"/bin/golangci-lint-v* run --allow-parallel-runners ./...
if pkg-config --exists gtk+-3.0 webkit2gtk-4.1 2>/dev/null; then
  window=desktop,production,webkit2_41,$(build/tags.sh)
  go vet -tags "$window" . ./app/desktop
  "${RET_CACHE:-$PWD/.cache}"/bin/golangci-lint-v* run --allow-parallel-runners --build-tags "$window" . ./app/desktop/...
else
  echo "lint: the window's own files are passed over: GTK's headers are missing (build/setup.sh desktop)"
fi
