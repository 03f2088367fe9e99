#!/usr/bin/env bash
# Builds a release into build/bin/release: for each target that this machine
# can build an archive with the program and the licences, a list of what the
# program is made of (SBOM, CycloneDX) and SHA-256 checksums.
#   build/release/release.sh [VERSION] [OS/ARCH ...]
# The same commit gives the same bytes, with the same compilers: paths are
# trimmed, times are the commit's, owners nobody's. RELEASE_TWICE=1 builds each
# program twice and compares.
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
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
host=$(go env GOHOSTOS)/$(go env GOHOSTARCH)
when=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
missing=0

build/frontend.sh
build/embedder.sh
tags=$(build/tags.sh)

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

# program OS ARCH CC FILE
program() {
  CGO_ENABLED=1 GOOS=$1 GOARCH=$2 CC=$3 nice go build -trimpath -buildvcs=false -tags "$tags" -ldflags "-s -w -X main.version=$version" -o "$4" .
}

# parts FILE TARGET: what the program is made of, as it says itself, and the embedding model.
parts() {
  go version -m -json "$1" | jq --arg v "$version" --arg t "$2" --arg sum "$(sha256sum "$1" | cut -d' ' -f1)" --arg tags "$tags" '
    def purl: "pkg:golang/\(.Path)@\(.Version)";
    {bomFormat: "CycloneDX", specVersion: "1.6", version: 1,
     metadata: {component: {type: "application", "bom-ref": "retable", name: "retable", version: $v, licenses: [{license: {id: "Apache-2.0"}}],
       hashes: [{alg: "SHA-256", content: $sum}], properties: [{name: "target", value: $t}, {name: "go", value: .GoVersion}]}},
     components: ([{type: "library", "bom-ref": "pkg:golang/std@\(.GoVersion[2:])", name: "std", version: .GoVersion[2:], purl: "pkg:golang/std@\(.GoVersion[2:])"}]
       + [.Deps[]? | (.Replace // .) | {type: "library", "bom-ref": purl, name: .Path, version: .Version, purl: purl}]
       + (if $tags | contains("embedder") then [{type: "machine-learning-model", "bom-ref": "use-lite-en", name: "Universal Sentence Encoder Lite", version: "0.2.0",
           purl: "pkg:npm/%40energetic-ai/model-embeddings-en@0.2.0", licenses: [{license: {id: "Apache-2.0"}}]}] else [] end))}'
}

for target in "${targets[@]}"; do
  os=${target%/*} arch=${target#*/}
  cc=$(compiler "$target")
  if [[ -z $cc ]]; then
    echo "release: no C compiler for $target; the release workflow builds it on a machine of its own" >&2
    missing=1
    continue
  fi
  name=retable-$version-$os-$arch
  file=retable; [[ $os != windows ]] || file=retable.exe
  echo "release: $target with $(basename "$cc")"
  mkdir "$work/$name"
  program "$os" "$arch" "$cc" "$work/$name/$file"
  if [[ ${RELEASE_TWICE:-} == 1 ]]; then
    program "$os" "$arch" "$cc" "$work/again"
    cmp "$work/$name/$file" "$work/again" || { echo "release: two builds of $target differ" >&2; exit 1; }
    echo "release: built twice, the same $(stat -c %s "$work/again") bytes"
  fi
  parts "$work/$name/$file" "$target" >"$out/$name.cdx.json"
  cp LICENSE NOTICE README.md "$work/$name/"
  [[ ! -e internal/embed/model/LICENSE ]] || cp internal/embed/model/LICENSE "$work/$name/LICENSE.embedder"
  tar --create --sort=name --mtime="@$when" --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX --directory "$work" "$name" | gzip -9n >"$out/$name.tar.gz"
done
(cd "$out" && find . -type f ! -name SHA256SUMS -printf '%P\n' | sort | xargs -r sha256sum >SHA256SUMS && sha256sum --quiet -c SHA256SUMS)
ls -l "$out"
(( ! missing )) || [[ ${CI:-} != true ]]
