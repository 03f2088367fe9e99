#!/usr/bin/env bash
# Shows the program at work in the given folder: makes the sample's two
# deliveries, looks into the first, converts it, compares it with the second,
# asks questions, then does the same through a data root: a watched folder takes
# both deliveries, converts and compares them by itself. Needs bin/retable.
set -euo pipefail
cd "$(dirname "$0")/.."
dir=${1:-demo}
retable=$PWD/bin/retable
mkdir -p "$dir"
export RET_RUNTIME_ROOT=$PWD/$dir/root
[[ $dir == /* ]] && RET_RUNTIME_ROOT=$dir/root

# show COMMAND...: prints and runs the command. One sample file is broken on
# purpose, so 1, "partial", is a good end here.
show() {
  local code=0
  printf '\n$ retable %s\n' "$(printf '%q ' "$@" | sed 's/\\ / /g; s/ $//')"
  "$retable" "$@" || code=$?
  (( code <= 1 )) || { echo "demo: retable ended with $code" >&2; exit "$code"; }
}

rm -rf "$dir/tables" "$dir/comparison" "$dir/root" "$dir/inbox" "$dir/results"
go run ./build/sample "$dir"

echo "1. One delivery: what is in it, and its tables"
show scan "$dir/delivery-1.zip"
show convert "$dir/delivery-1.zip" --out "$dir/tables"
tables=$(find "$dir/tables" -type f -name '*.csv' ! -name dictionary.csv | sort)
[[ -n $tables ]] || { echo "demo: no table was written" >&2; exit 1; }
printf '\nThe tables of %s are:\n' "$dir/delivery-1.zip"
while read -r table; do printf '  %s\n' "$table"; done <<<"$tables"
printf 'What their columns mean stands in %s, what must be in them in %s.\n' "$dir/tables/dictionary.csv" "$dir/delivery-1.json"

printf '\n2. Two deliveries: what has changed\n'
show compare "$dir/delivery-1.zip" "$dir/delivery-2.zip" --report html,xlsx,jsonl --out "$dir/comparison"
[[ -s $dir/comparison/comparison.html ]] || { echo "demo: no report was written" >&2; exit 1; }
printf '\nWhat was really edited stands in %s.\nThe comparison, to open in a browser: %s\n' "$dir/delivery-2.json" "$dir/comparison/comparison.html"

printf '\n3. Questions, without any language model\n'
show ask "$dir/delivery-1.zip" "How many customers?"
show ask "$dir/delivery-1.zip" "How many orders per order state?"
show ask "$dir/delivery-1.zip" "What is the average sum of orders placed in 2025?"

printf '\n4. A watched folder: deliveries are converted and compared by themselves\n'
mkdir -p "$dir/inbox"
cp "$dir/delivery-1.zip" "$dir/inbox/trade-2026-01.zip"
show watch "$dir/inbox" -o "$dir/results" --compare --once
cp "$dir/delivery-2.zip" "$dir/inbox/trade-2026-02.zip"
show watch "$dir/inbox" -o "$dir/results" --compare --once
show sessions ls
show jobs ls
[[ -s $dir/results/trade-2026-01-to-trade-2026-02.html ]] || { echo "demo: the watched deliveries were not compared" >&2; exit 1; }
printf '\nTables and report of the watched folder lie in %s.\nServe it to a team, with its page:  bin/retable serve --runtime-root %s/root\n' "$dir/results" "$dir"
