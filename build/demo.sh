#!/usr/bin/env bash
# Shows the program at work: makes the sample's two deliveries in the given
# folder, looks into the first, converts it, compares it with the second, and
# says where tables and report lie. Needs bin/retable.
set -euo pipefail
cd "$(dirname "$0")/.."
dir=${1:-demo}
retable=$PWD/bin/retable

# show COMMAND...: prints and runs the command. One sample file is broken on
# purpose, so 1, "partial", is a good end here.
show() {
  local code=0
  printf '\n$ retable %s\n' "$*"
  "$retable" "$@" || code=$?
  (( code <= 1 )) || { echo "demo: retable ended with $code" >&2; exit "$code"; }
}

rm -rf "$dir/tables" "$dir/comparison"
go run ./build/sample "$dir"
show scan "$dir/delivery-1.zip"
show convert "$dir/delivery-1.zip" --out "$dir/tables"

tables=$(find "$dir/tables" -type f -name '*.csv' ! -name dictionary.csv | sort)
[[ -n $tables ]] || { echo "demo: no table was written" >&2; exit 1; }
printf '\nThe tables of %s are:\n' "$dir/delivery-1.zip"
while read -r table; do printf '  %s\n' "$table"; done <<<"$tables"
printf 'What their columns mean stands in %s, what must be in them in %s.\n' "$dir/tables/dictionary.csv" "$dir/delivery-1.json"

show compare "$dir/delivery-1.zip" "$dir/delivery-2.zip" --report html,xlsx,jsonl --out "$dir/comparison"
[[ -s $dir/comparison/comparison.html ]] || { echo "demo: no report was written" >&2; exit 1; }
printf '\nWhat was really edited stands in %s.\nThe comparison, to open in a browser: %s\n' "$dir/delivery-2.json" "$dir/comparison/comparison.html"
