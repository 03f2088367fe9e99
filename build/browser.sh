#!/usr/bin/env bash
# Walks the page in Chromium: against its fake back end, every view and state;
# then against bin/retable serve, the whole workflow. Brings the browser where it
# can; without one it says so and ends well, but with CI=true it fails.
#   build/browser.sh [PROGRAM]
set -euo pipefail
cd "$(dirname "$0")/.."
program=$(realpath "${1:-bin/retable}")
[[ -x $program ]] || { echo "browser: $program is missing: run make build first" >&2; exit 1; }
build/setup.sh browser
browser=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
if [[ -z $browser ]]; then
  echo "browser: skipped, no Chromium here and it could not be installed"
  [[ ${CI:-} != true ]]
  exit
fi
export CHROMIUM=$browser

build/frontend.sh fake
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Settings of the one who runs this mustn't reach the server.
for name in $(compgen -e | grep '^RET_' || true); do [[ $name == RET_CACHE ]] || unset "$name"; done
cd frontend
SHOTS=${RET_SHOTS:-$work/fake} npm run --silent e2e:fake | tee "$work/fake.log"
SHOTS=${RET_SHOTS:-$work/real} npm run --silent e2e:real -- "$program" | tee "$work/real.log"
echo "browser: $(sed -n 's/;.*//; $p' "$work/fake.log") against the fake back end, $(tail -n 1 "$work/real.log") against the server"
