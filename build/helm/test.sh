#!/usr/bin/env bash
# Lints and renders the chart, and decodes what comes out with the types of
# Kubernetes. Without Helm the test is skipped; with CI=true it fails.
set -euo pipefail
cd "$(dirname "$0")/charttest"
export RET_CACHE=${RET_CACHE:-$PWD/../../../.cache}
go test -count=1 ./...
