#!/usr/bin/env bash
# Builds the front end into frontend/dist, when something of it has changed.
set -euo pipefail
cd "$(dirname "$0")/.."
build/frontend-packages.sh
cd frontend
stamp=node_modules/.retable-built
digest=$(git ls-files -co --exclude-standard . | sort | xargs -d '\n' sha256sum 2>/dev/null | sha256sum | cut -d' ' -f1)
[[ -f dist/index.html && -f $stamp && $(<"$stamp") == "$digest" ]] && exit 0
npm run --silent build
echo "$digest" >"$stamp"
