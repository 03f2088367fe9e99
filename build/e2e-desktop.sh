#!/usr/bin/env bash
# Drives the real window on a display of its own: start, bundles by dialog, path
# and second start, dragged in from another program, the whole work by mouse
# alone and by keys alone, saving, quitting with work under way, kills, messages,
# keyring, languages, and a data root that somebody else holds; with RET_SOAK=1
# also what can be wrong with places, settings and sizes. Screenshots go to
# RET_SHOTS (default: thrown away). Brings the tools where it can; without them
# it says so and ends well, but with CI=true it fails.
#   build/e2e-desktop.sh           the checks
#   build/e2e-desktop.sh pictures  the pictures of the README, into docs/images
#   build/e2e-desktop.sh figures   the figures of docs/benchmarks.md
set -euo pipefail
cd "$(dirname "$0")/.."
build/setup.sh desktop window

missing=()
for tool in Xvfb openbox xdotool wmctrl import dbus-daemon node; do
  command -v "$tool" >/dev/null || missing+=("$tool")
done
pkg-config --exists gtk+-3.0 webkit2gtk-4.1 2>/dev/null || missing+=(libgtk-3-dev libwebkit2gtk-4.1-dev)
node --experimental-websocket -e 'new WebSocket("ws://localhost:1").onerror = () => {}' 2>/dev/null || missing+=("node 20.10 or newer")
if (( ${#missing[@]} )); then
  echo "window: skipped, missing here and not to be installed: ${missing[*]}"
  [[ ${CI:-} != true ]]
  exit
fi

work=$(mktemp -d)
case ${1:-checks} in
  checks) script=build/e2e-desktop.mjs shots=${RET_SHOTS:-$work/shots} ;;
  pictures) script=build/pictures.mjs shots=docs/images ;;
  figures) script=build/window-figures.mjs shots=$work/shots ;;
  *) echo "usage: build/e2e-desktop.sh [checks|pictures|figures]" >&2; exit 2 ;;
esac
pids=()
end() {
  local code=$? pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$work" || { sleep 1; rm -rf "$work" || true; } # a web process may still be writing
  exit "$code"
}
trap end EXIT

build/frontend.sh
CGO_ENABLED=1 go build -trimpath -tags "desktop,production,devtools,webkit2_41,$(build/tags.sh)" -o "$work/retable" .
# shellcheck disable=SC2046 # flags, one word each
cc -Wall -Werror build/e2e-desktop-desk.c $(pkg-config --cflags --libs gtk+-3.0) -o "$work/desk"
go run -tags "$(build/tags.sh)" ./build/sample "$work/sample" >/dev/null

# The display chooses its own number.
exec 3<>"$work/display"
Xvfb -displayfd 3 -screen 0 1440x960x24 -nolisten tcp 2>"$work/xvfb.log" & pids+=($!)
for _ in {1..100}; do [[ -s $work/display ]] && break; sleep 0.1; done
DISPLAY=:$(tr -d '\n' <"$work/display"); export DISPLAY
# A bus that starts nothing by itself: no keyring, no messages but what the walk brings.
cat >"$work/bus.conf" <<'EOF'
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
EOF
dbus-daemon --config-file="$work/bus.conf" --nofork --print-address=1 >"$work/bus" 2>/dev/null & pids+=($!)
for _ in {1..100}; do [[ -s $work/bus ]] && break; sleep 0.1; done
DBUS_SESSION_BUS_ADDRESS=$(head -n 1 "$work/bus"); export DBUS_SESSION_BUS_ADDRESS
openbox 2>"$work/openbox.log" & pids+=($!)

mkdir -p "$work/home"
HOME=$work/home GSETTINGS_BACKEND=memory LANG=C.UTF-8 LC_ALL='' NO_AT_BRIDGE=1 GTK_A11Y=none \
  node --experimental-websocket --no-warnings "$script" "$work" "$shots"
