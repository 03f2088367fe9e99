#!/bin/sh
# Lines that only one side has, which a change puts on both sides.
#
#   compare_lines.sh diff SORTED-A SORTED-B     GNU diff
#   compare_lines.sh comm A B SCRATCH           sort, then comm
set -eu
LC_ALL=C
export LC_ALL
counts='END { printf "{\"left_only\": %d, \"right_only\": %d}\n", l, r }'
case $1 in
diff) { diff "$2" "$3" || test $? -eq 1; } | awk '/^</ { l++ } /^>/ { r++ } '"$counts" ;;
comm)
	sort -T "$4" -o "$4/a.sorted" "$2"
	sort -T "$4" -o "$4/b.sorted" "$3"
	comm -3 "$4/a.sorted" "$4/b.sorted" | awk '/^\t/ { r++; next } { l++ } '"$counts"
	rm "$4/a.sorted" "$4/b.sorted"
	;;
esac
