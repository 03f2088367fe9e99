#!/usr/bin/env bash
# Builds a release into build/bin/release: for each target that this machine
# can build a program with the version in it, a list of what it is made of
# (SBOM) and SHA-256 checksums.
#   build/release/release.sh [VERSION] [OS/ARCH ...]
# SQLite is C: a target needs its C compiler. This machine's own builds with
# CC; others with CC_linux_arm64, CC_windows_amd64, CC_darwin_arm64 and so on,
# or the usual cross compilers of Debian. What can't be built is named and
# passed over; with CI=true it fails.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=${1:-$(git describe --tags --always --dirty)}
(( $# )) && shift
targets=("$@")
(( ${#targets[@]} )) || targets=(linux/amd64 linux/arm64 windows/amd64 darwin/arm64 darwin/amd64)
out=build/bin/release
rm -rf "$out" && mkdir -p "$out"
tags=$(build/tags.sh)
host=$(go env GOHOSTOS)/$(go env GOHOSTARCH)
missing=0

# compiler OS/ARCH: the C compiler for it, "" if there is none.
compiler() {
  local name="CC_${1/\//_}"
  if [[ -n ${!name:-} ]]; then echo "${!name}"; return; fi
  case $1 in
    "$host") command -v "${CC:-cc}" || true ;;
    linux/arm64) command -v aarch64-linux-gnu-gcc || true ;;
    linux/amd64) command -v x86_64-linux-gnu-gcc || true ;;
    windows/amd64) command -v x86_64-w64-mingw32-gcc || true ;;
  esac
}

for target in "${targets[@]}"; do
  os=${target%/*} arch=${target#*/}
  cc=$(compiler "$target")
  if [[ -z $cc ]]; then
    echo "release: no C compiler for $target; the release workflow builds it on a machine of its own" >&2
    missing=1
    continue
  fi
  program=$out/retable-$version-$os-$arch
  [[ $os == windows ]] && program+=.exe
  echo "release: $target with $cc"
  CGO_ENABLED=1 GOOS=$os GOARCH=$arch CC=$cc nice go build -trimpath -tags "$tags" -ldflags "-s -w -X main.version=$version" -o "$program" .
  # What it is made of, as the program itself says: CycloneDX from its build information.
  go version -m -json "$program" | jq --arg v "$version" --arg t "$target" --arg sum "$(sha256sum "$program" | cut -d' ' -f1)" '
    def purl: "pkg:golang/\(.Path)@\(.Version)";
    {bomFormat: "CycloneDX", specVersion: "1.6", version: 1,
     metadata: {component: {type: "application", name: "retable", version: $v, hashes: [{alg: "SHA-256", content: $sum}],
       properties: [{name: "target", value: $t}, {name: "go", value: .GoVersion}]}},
     components: [.Deps[]? | (.Replace // .) | {type: "library", "bom-ref": purl, name: .Path, version: .Version, purl: purl}]}' >"$program.cdx.json"
done
(cd "$out" && find . -type f ! -name SHA256SUMS -printf '%P\n' | sort | xargs sha256sum >SHA256SUMS && sha256sum --quiet -c SHA256SUMS)
ls -l "$out"
(( ! missing )) || [[ ${CI:-} != true ]]
