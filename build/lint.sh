#!/usr/bin/env bash
# Vets and lints all packages; the rules stand in .golangci.yml.
set -euo pipefail
cd "$(dirname "$0")/.."
build/setup.sh build test
go vet -tags "$(build/tags.sh)" ./...
"${RET_CACHE:-$PWD/.cache}"/bin/golangci-lint-v* run --allow-parallel-runners ./...
