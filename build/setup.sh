#!/usr/bin/env bash
# Brings what the named groups need onto a Debian machine that has Go, Node and
# npm, and does nothing where it is there already:
#   build  a C compiler, the Go modules, the front end's packages and the embedding model
#   test   the oracles and servers that tests use, test data, and the linter
#   browser  the browser that the page is walked in
#   desktop  the headers that the window is built with
#   window   what drives the real window on a display of its own
#   bench  the tools that benchmarks compare with
# Root or sudo is needed only when a package is missing. On a machine without
# apt the missing tools are named and the work goes on; with CI=true it stops.
set -euo pipefail
cd "$(dirname "$0")/.."
cache=${RET_CACHE:-$PWD/.cache}
lint_version=v2.15.0

missing=()      # Debian packages to install
unmet=0         # things that could not be had

say() { printf 'setup: %s\n' "$*"; }
warn() { printf 'setup: %s\n' "$*" >&2; unmet=1; }

# need PACKAGE PROBE...: PACKAGE is missing unless the probe succeeds.
need() {
  local package=$1; shift
  "$@" >/dev/null 2>&1 || missing+=("$package")
}
# Debian's python3 modules belong to Debian's own interpreter.
python_has() {
  /usr/bin/python3 -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)' "$1"
}

probe_build() {
  need git command -v git
  need gcc command -v gcc
  need libc6-dev test -e /usr/include/stdlib.h
}
probe_test() {
  need jq command -v jq
  need libxml2-utils command -v xmllint
  need libxml2-dev test -e /usr/include/libxml2/libxml/parser.h
  need libexpat1-dev test -e /usr/include/expat.h
  need python3 test -x /usr/bin/python3
  need python3-lxml python_has lxml
  need curl command -v curl
  need unzip command -v unzip
  need postgresql postgres_there
  need redis-server command -v redis-server
  need g++ command -v g++
  need nlohmann-json3-dev test -e /usr/include/nlohmann/json.hpp
  need libstb-dev test -e /usr/include/stb/stb_image.h
}
# Debian keeps the server's programs off the PATH.
postgres_there() { compgen -G '/usr/lib/postgresql/*/bin/initdb' || command -v initdb; }
probe_browser() {
  need chromium command -v chromium
  need fonts-dejavu-core test -d /usr/share/fonts/truetype/dejavu
}
probe_desktop() {
  need gcc command -v gcc
  need libc6-dev test -e /usr/include/stdlib.h
  need pkg-config command -v pkg-config
  need libgtk-3-dev pkg-config --exists gtk+-3.0
  need libwebkit2gtk-4.1-dev pkg-config --exists webkit2gtk-4.1
}
probe_window() {
  need xvfb command -v Xvfb
  need openbox command -v openbox
  need xdotool command -v xdotool
  need wmctrl command -v wmctrl
  need imagemagick command -v import
  need dbus command -v dbus-daemon
  need gnome-keyring command -v gnome-keyring-daemon
  need fonts-dejavu-core test -d /usr/share/fonts/truetype/dejavu
}
probe_bench() {
  need xmlstarlet command -v xmlstarlet
  need python3-pandas python_has pandas
}

install_packages() {
  (( ${#missing[@]} )) || return 0
  local root=()
  if ! command -v apt-get >/dev/null; then
    warn "no apt-get here; install what these Debian packages hold: ${missing[*]}"
    return 0
  fi
  if (( EUID != 0 )); then
    if ! command -v sudo >/dev/null; then
      warn "neither root nor sudo; install these packages: ${missing[*]}"
      return 0
    fi
    root=(sudo)
  fi
  say "installing ${missing[*]}"
  local log; log=$(mktemp)
  if ! { "${root[@]}" apt-get -qq -o DPkg::Lock::Timeout=300 update &&
         "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 \
           install --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    warn "these packages could not be installed: ${missing[*]}"
  fi
  rm -f "$log"
}

# fresh NAME FILE...: true when the files are as they were at "stamp NAME".
digest() { cat "$@" | sha256sum | cut -d' ' -f1; }
fresh() { local stamp=$1; shift; [[ -f $stamp && $(<"$stamp") == "$(digest "$@")" ]]; }

go_modules() {
  if ! command -v go >/dev/null; then
    say "Go 1.26 or newer is needed and is not on the PATH" >&2
    exit 1
  fi
  fresh "$cache/stamps/modules" go.mod go.sum && [[ -d $(go env GOMODCACHE)/cache/download ]] && return 0
  say "downloading Go modules"
  go mod download
  mkdir -p "$cache/stamps"
  digest go.mod go.sum >"$cache/stamps/modules"
}

# The stamp lies in node_modules, so that it goes when the folder goes.
node_modules() {
  local stamp=node_modules/.retable-stamp
  fresh "$stamp" package.json package-lock.json && return 0
  if ! command -v npm >/dev/null; then
    warn "npm is not on the PATH; tests that use its test data can't run"
    return 0
  fi
  say "installing npm test tools"
  npm ci --no-fund --no-audit --loglevel=error </dev/null
  digest package.json package-lock.json >"$stamp"
}

linter() {
  local bin=$cache/bin/golangci-lint-$lint_version
  [[ -x $bin ]] && return 0
  say "building golangci-lint $lint_version (about a minute, once)"
  mkdir -p "$cache/bin"
  local dir; dir=$(mktemp -d "$cache/bin/build.XXXXXX")
  if GOBIN=$dir GOFLAGS= go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$lint_version" 2>"$dir/log"; then
    mv "$dir/golangci-lint" "$bin"
  else
    tail -n 20 "$dir/log" >&2
    warn "golangci-lint could not be built"
  fi
  rm -rf "$dir"
}

for group in "$@"; do
  case $group in
    build|test|browser|desktop|window|bench) "probe_$group" ;;
    *) say "unknown group '$group': build, test, browser, desktop, window or bench" >&2; exit 2 ;;
  esac
done
install_packages
# optional WHAT SCRIPT: runs a script that fetches or builds once into the cache.
optional() {
  local log; log=$(mktemp)
  if ! "$2" >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    warn "$1 could not be had"
  fi
  rm -f "$log"
}

for group in "$@"; do
  case $group in
    build)
      go_modules
      optional "the front end's packages" build/frontend-packages.sh
      optional "the embedding model" build/embedder.sh
      ;;
    test)
      node_modules
      linter
      optional "versitygw, the S3 server of the tests," build/versitygw.sh
      optional "Ollama, the model server of the tests," build/ollama.sh
      ;;
    bench) node_modules ;;
  esac
done

if (( unmet )) && [[ ${CI:-} == true ]]; then
  say "the set-up is incomplete" >&2
  exit 1
fi
