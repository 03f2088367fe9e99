#!/usr/bin/env bash
# Tests what is deployed: lints and renders the chart with several sets of values
# and decodes what comes out with the types of Kubernetes, strictly; loads the
# compose file, Dockerfile and workflows with the libraries of their tools; and
# looks up the runbook of every alert. Helm and actionlint are built once, into
# ${RET_CACHE:-.cache}/bin, which takes about three CPU minutes. It needs Go
# alone, and no cluster or Docker.
set -euo pipefail
cd "$(dirname "$0")/../.."
export RET_CACHE=${RET_CACHE:-$PWD/.cache}
actionlint=$RET_CACHE/bin/actionlint-v1.7.12

build/helm.sh
if [[ ! -x $actionlint ]]; then
  echo "actionlint: building it (once)"
  dir=$(mktemp -d "$RET_CACHE/bin/build.XXXXXX")
  trap 'rm -rf "$dir"' EXIT
  GOBIN=$dir GOFLAGS= CGO_ENABLED=0 nice go install "github.com/rhysd/actionlint/cmd/actionlint@${actionlint##*-}"
  mv "$dir/actionlint" "$actionlint"
fi
"$actionlint" .github/workflows/*.yml
(cd build/deploytest && go vet ./... && go test -count=1 ./...)
