#!/usr/bin/env bash
# Packs build/bin/retable (make desktop) as build/bin/retable_VERSION_ARCH.deb:
# the program, its entry in the menu, icons, kinds of files, a manual page.
# Needs dpkg-deb.
#   build/linux/deb.sh [VERSION] [PROGRAM]
set -euo pipefail
cd "$(dirname "$0")/../.."
program=${2:-build/bin/retable}
[[ -x $program ]] || { echo "deb: $program is missing: run make desktop first" >&2; exit 1; }
version=${1:-$(git describe --tags --always 2>/dev/null || echo 0)}
version=${version#v}
[[ $version =~ ^[0-9] ]] || version=0~$version # Debian's versions begin with a digit
arch=$(dpkg --print-architecture)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

install -Dm755 "$program" "$root/usr/bin/retable"
install -Dm644 build/linux/retable.desktop -t "$root/usr/share/applications"
install -Dm644 build/linux/retable.metainfo.xml "$root/usr/share/metainfo/io.github.retable.metainfo.xml"
install -Dm644 build/icons/retable.svg "$root/usr/share/icons/hicolor/scalable/apps/retable.svg"
for size in 16 32 48 64 128 256 512; do
  install -Dm644 "build/icons/retable-$size.png" "$root/usr/share/icons/hicolor/${size}x$size/apps/retable.png"
done
install -Dm644 build/linux/copyright NOTICE -t "$root/usr/share/doc/retable"
mkdir -p "$root/usr/share/man/man1"
gzip -9n <build/linux/retable.1 >"$root/usr/share/man/man1/retable.1.gz"
# What has changed, newest version first; what is not released yet is one.
{
  printf 'retable (%s) unstable; urgency=medium\n\n' "$version"
  sed -n 's/^\(Feature\|Enhancement\|Fix\|Performance\|Security\|Change\): \(.*\)/  * \2/p' changelog/unreleased/*.md
  printf '\n -- The Retable maintainers <retable@localhost>  %s\n' "$(date -Ru)"
} | gzip -9n >"$root/usr/share/doc/retable/changelog.gz"

chmod 755 "$root"
mkdir "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<CONTROL
Package: retable
Version: $version
Architecture: $arch
Maintainer: The Retable maintainers <retable@localhost>
Installed-Size: $(du -sk "$root/usr" | cut -f1)
Depends: libc6 (>= 2.34), libgtk-3-0 | libgtk-3-0t64, libwebkit2gtk-4.1-0
Recommends: xdg-utils, dbus-user-session
Section: database
Priority: optional
Description: Turn bundles of XML into tables, losslessly
 Converts any XML to tables with proof and lineage, compares two deliveries
 cell by cell, and answers questions with computed, cited numbers. The same
 program is a window, a command line and a server.
CONTROL
out=$(dirname "$program")/retable_${version}_$arch.deb
dpkg-deb --root-owner-group --build "$root" "$out" >/dev/null
echo "$out"
