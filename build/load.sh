#!/usr/bin/env bash
# Puts bin/retable under load and writes what was measured into the section
# "Server" of docs/benchmarks.md (or to standard output with -). Needs wrk, and
# a quiet machine. 10,000 connections need as many open files.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v wrk >/dev/null; then
  sudo=(); (( EUID == 0 )) || sudo=(sudo)
  "${sudo[@]}" apt-get install -y --no-install-recommends wrk >/dev/null || { echo "load: wrk is needed (Debian: wrk)" >&2; exit 1; }
fi
ulimit -n "$(ulimit -Hn)"
out=(-out docs/benchmarks.md)
[[ ${1:-} == - ]] && out=() && shift
program=$(mktemp -d "${TMPDIR:-/tmp}/retable-load.XXXXXX")
trap 'rm -rf "$program"' EXIT
go build -o "$program/load" ./build/load
"$program/load" -retable "${RETABLE:-bin/retable}" "${out[@]}" "$@"
