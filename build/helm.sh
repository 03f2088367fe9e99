#!/usr/bin/env bash
# Builds Helm, with which the chart is linted and rendered in the tests, into
# ${RET_CACHE:-.cache}/bin. It is done once and takes about two CPU minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
cache=${RET_CACHE:-$PWD/.cache}
version=v3.22.0
bin=$cache/bin/helm-$version

[[ -x $bin ]] && exit 0
echo "helm: building $version (about two minutes, once)"
mkdir -p "$cache/bin"
dir=$(mktemp -d "$cache/bin/build.XXXXXX")
trap 'rm -rf "$dir"' EXIT
if ! GOBIN=$dir GOFLAGS= CGO_ENABLED=0 nice go install "helm.sh/helm/v3/cmd/helm@$version" 2>"$dir/log"; then
  tail -n 20 "$dir/log" >&2
  echo "helm: it could not be built" >&2
  exit 1
fi
mv "$dir/helm" "$bin"
