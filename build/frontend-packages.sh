#!/usr/bin/env bash
# Installs the front end's packages, once for each lock file.
set -euo pipefail
cd "$(dirname "$0")/../frontend"
stamp=node_modules/.retable-stamp
digest=$(cat package.json package-lock.json | sha256sum | cut -d' ' -f1)
[[ -f $stamp && $(<"$stamp") == "$digest" ]] && exit 0
command -v npm >/dev/null || { echo "frontend: npm is missing" >&2; exit 1; }
npm ci --no-fund --no-audit --loglevel=error </dev/null
echo "$digest" >"$stamp"
