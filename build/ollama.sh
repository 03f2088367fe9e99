#!/usr/bin/env bash
# Builds the real Ollama server that the tests of internal/llm speak to, once,
# into the cache: CPU only, no cmake, about nine CPU minutes. Needs a C++
# compiler and the headers nlohmann-json3-dev and libstb-dev.
#
# The server's module doesn't install by itself: Go leaves folders named vendor
# out of modules, and one of them holds miniaudio.h. The audio library malgo
# ships the same header outside of one, so it is lent from there.
set -euo pipefail
cd "$(dirname "$0")/.."
cache=${RET_CACHE:-$PWD/.cache}
version=v0.17.4
malgo=github.com/gen2brain/malgo@v0.11.24
stamp=$cache/stamps/ollama-$version
server=$cache/bin/ollama

[[ -x $server && -e $stamp ]] && exit 0
mkdir -p "$cache/bin" "$cache/stamps"

# One build at a time; who waited finds it done.
exec 9>"$cache/stamps/ollama.lock"
! command -v flock >/dev/null || flock 9
[[ -x $server && -e $stamp ]] && exit 0

for header in nlohmann/json.hpp stb/stb_image.h; do
  [[ -e /usr/include/$header ]] || {
    echo "ollama: /usr/include/$header is missing; apt-get install nlohmann-json3-dev libstb-dev" >&2
    exit 1
  }
done
command -v g++ >/dev/null || { echo "ollama: no g++; apt-get install g++" >&2; exit 1; }

scratch=$(mktemp -d "$cache/ollama.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
malgo_dir=$(cd "$scratch" && go mod download -json "$malgo" | sed -n 's/^\t"Dir": "\(.*\)",\{0,1\}$/\1/p')
[[ -e $malgo_dir/miniaudio.h ]] || { echo "ollama: $malgo has no miniaudio.h" >&2; exit 1; }
mkdir -p "$scratch/include/miniaudio"
cp "$malgo_dir/miniaudio.h" "$scratch/include/miniaudio/"

echo "ollama: building $version, about nine CPU minutes, once"
(
  cd "$scratch"
  CGO_ENABLED=1 CGO_CXXFLAGS="-O2 -g -I$scratch/include" GOBIN=$scratch/bin GOFLAGS= GOWORK=off \
    nice -n 10 go install "github.com/ollama/ollama@$version"
)
mv "$scratch/bin/ollama" "$server"
touch "$stamp"
echo "ollama: $server is ready"
