#!/usr/bin/env bash
# Builds the front end, when something of it has changed:
#   build/frontend.sh        into frontend/dist, for the program
#   build/frontend.sh fake   into frontend/dist-fake, which speaks to nobody
set -euo pipefail
cd "$(dirname "$0")/.."
kind=${1:-real}
build/frontend-packages.sh
cd frontend
case $kind in
  real) stamp=node_modules/.retable-built out=dist make=(npm run --silent build) ;;
  fake) stamp=node_modules/.retable-built-fake out=dist-fake make=(npx --no-install vite build --mode fake --logLevel warn) ;;
  *) echo "usage: build/frontend.sh [fake]" >&2; exit 2 ;;
esac
digest=$(git ls-files -co --exclude-standard . | sort | xargs -d '\n' sha256sum 2>/dev/null | sha256sum | cut -d' ' -f1)
[[ -f $out/index.html && -f $stamp && $(<"$stamp") == "$digest" ]] && exit 0
"${make[@]}"
echo "$digest" >"$stamp"
