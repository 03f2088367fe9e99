#!/usr/bin/env bash
# Prints the build tags: full text in SQLite always, the embedding model where
# build/embedder.sh has made it.
set -euo pipefail
cd "$(dirname "$0")/.."
tags=sqlite_fts5
[[ -s internal/embed/model/use-lite-en.int8 ]] && tags+=,embedder
echo "$tags"
