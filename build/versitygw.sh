#!/usr/bin/env bash
# Builds the S3 server that the tests of internal/blob run against, into
# ${RET_CACHE:-.cache}/bin. It is done once and takes about five CPU minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
cache=${RET_CACHE:-$PWD/.cache}
version=v1.8.0
bin=$cache/bin/versitygw-$version

[[ -x $bin ]] && exit 0
echo "versitygw: building $version (about five minutes, once)"
mkdir -p "$cache/bin"
dir=$(mktemp -d "$cache/bin/build.XXXXXX")
trap 'rm -rf "$dir"' EXIT
if ! GOBIN=$dir GOFLAGS= CGO_ENABLED=0 nice go install "github.com/versity/versitygw/cmd/versitygw@$version" 2>"$dir/log"; then
  tail -n 20 "$dir/log" >&2
  echo "versitygw: it could not be built" >&2
  exit 1
fi
mv "$dir/versitygw" "$bin"
