#!/usr/bin/env bash
# bench.sh [CONFIGURATION...]: measures conversions with Retable embedded and
# with 1, 2 and 3 replicas on PostgreSQL and S3, and prints a row of a table for
# each: the section "Replicas" of docs/benchmarks.md. Needs bin/retable (or
# $RETABLE), PostgreSQL, versitygw, jq and a quiet machine. Set, for another load:
#
#   ROUNDS=3 BUNDLES=8 CUSTOMERS=15000   of each configuration
#   SLOTS=1                              conversions at once in a replica
#   FILES=1                              files at once in a conversion
#   SAMPLES=DIR                          keeps the bundles for the next time; `bench.sh samples` only makes them
#
# Bundles differ, so none is spared as done already. All have been scanned; then
# all conversions are asked for at once. The time is that of the jobs table, from
# the first one's start to the last one's end. CPU time is the kernel's.
set -euo pipefail
cd "$(dirname "$0")/../.."
retable=${RETABLE:-$PWD/bin/retable}
rounds=${ROUNDS:-3} bundles=${BUNDLES:-8} customers=${CUSTOMERS:-15000} slots=${SLOTS:-1} files=${FILES:-1}
configurations=("$@"); (( $# > 0 )) || configurations=(embedded 1 2 3)
work=$(mktemp -d "${TMPDIR:-/tmp}/retable-bench.XXXXXX")
. build/cluster/engines.sh
trap 'stop_all; rm -rf "$work"' EXIT
password=$(secret)

# begin CONFIGURATION: starts it anew and sets up the administrator.
begin() {
  local n own=("RET_JOB_WORKERS=$slots" "RET_WORKERS=$files" RET_RATE=100000/1m RET_RATE_USER=100000/1m RET_RATE_UPLOAD=100000/1m RET_COOKIE_SECURE=never)
  replicas=1 pg_dir='' s3_pid=''
  if [[ $1 != embedded ]]; then
    replicas=$1
    start_postgres; start_s3; settings
  fi
  for ((n = 1; n <= replicas; n++)); do start_replica "$n" "${own[@]}"; done
  token=$(curl -sS --fail-with-body -H 'Content-Type: application/json' "${replica_url[1]}/api/auth/setup" \
    -d "$(jq -n --arg t "$(sed -n 's/.*\/setup#token=//p' "$work/replica-1/out")" --arg p "$password" '{token: $t, username: "admin", password: $p}')" | jq -r .access_token)
  [[ -n $token && $token != null ]] || fail "no access token"
}

# finish ends all of it and removes what it wrote.
finish() {
  stop_all
  pids=() replica_pid=() replica_url=() pg_dir=''
  unset RET_DATABASE RET_BLOBS RET_S3_ACCESS_KEY RET_S3_SECRET_KEY RET_JWT_KEY RET_SEAL_KEY RET_LIMITER RET_DATABASE_MAX
  rm -rf "$work"/replica-* "$work/pg" "$work/s3"
}

# cpu PID...: seconds of processor time of these, and of those that they started
# and that have ended.
cpu() { cat $(printf '/proc/%s/stat ' "$@") 2>/dev/null | awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); s += $12 + $13 + $14 + $15 } END { printf "%.2f", s / hz }'; }
cpu_replicas() { cpu "${replica_pid[@]}"; }
cpu_engines() {
  [[ -n $pg_dir ]] || { echo 0; return; }
  local postmaster; postmaster=$(head -n 1 "$pg_dir/data/postmaster.pid")
  # shellcheck disable=SC2046 # words
  cpu "$s3_pid" "$postmaster" $(pgrep -P "$postmaster")
}

seed=100
# bundle SEED prints the path of that bundle, and makes it if it isn't there.
bundle() {
  local dir=$samples/$customers-$1
  [[ -f $dir/delivery-1.zip ]] || { "$work/sample" -seed "$1" -customers "$customers" "$dir.new" && rm -rf "$dir" && mv "$dir.new" "$dir"; } >&2
  echo "$dir/delivery-1.zip"
}

# round: brings bundles in, converts them, and prints seconds, CPU seconds of the
# replicas, and of PostgreSQL and S3, in all.
round() {
  local i n sessions=() job_ids=() replicas_cpu engines_cpu
  for ((i = 0; i < bundles; i++)); do
    seed=$((seed + 1)) n=$((1 + i % replicas))
    sessions+=("$(api POST "${replica_url[n]}/api/conversion/scan?wait=60s" -F "file=@$(bundle $seed)" | jq -r .session_id)")
  done
  until_true 120 "scans do not end" all_over
  replicas_cpu=$(cpu_replicas) engines_cpu=$(cpu_engines)
  for i in "${!sessions[@]}"; do
    n=$((1 + i % replicas))
    job_ids+=("$(api POST "${replica_url[n]}/api/conversion/convert" -H 'Content-Type: application/json' -d "{\"session_id\": \"${sessions[i]}\"}" | jq -r .job_id)")
  done
  until_true 300 "conversions do not end" all_over
  replicas_cpu=$(awk "BEGIN { print $(cpu_replicas) - $replicas_cpu }") engines_cpu=$(awk "BEGIN { print $(cpu_engines) - $engines_cpu }")
  for i in "${job_ids[@]}"; do job "${replica_url[1]}" "$i"; done |
    jq -rs --arg c "$replicas_cpu" --arg e "$engines_cpu" --argjson want "$bundles" '
      def at: capture("(?<s>[^.Z]+)(?<ms>\\.[0-9]+)?Z") | ((.s + "Z") | fromdate) + ((.ms // "0") | tonumber);
      if ([.[] | select(.status == "SUCCESS")] | length) != $want then error("not all have succeeded") else . end
      | "\(([.[].finished_at | at] | max) - ([.[].started_at | at] | min)) \($c) \($e)"'
}
all_over() { [[ $(api GET "${replica_url[1]}/api/jobs?active=true" | jq '.items | length') == 0 ]]; }

samples=${SAMPLES:-$work/samples}
mkdir -p "$samples"
go build -o "$work/sample" ./build/sample
for ((i = 1; i <= rounds * bundles; i++)); do bundle $((seed + i)) >/dev/null; done
[[ ${1:-} != samples ]] || exit 0
printf 'Retable %s, %d processors, %d rounds of %d bundles of %d kB (ZIP), %d conversion(s) at once in a replica, %d file(s) in a conversion.\n\n' \
  "$("$retable" version | head -n 1)" "$(nproc)" "$rounds" "$bundles" $(($(stat -c %s "$(bundle $((seed + 1)))") / 1024)) "$slots" "$files"
printf '| configuration | conversions a second, median [least–most] | CPU seconds each, of Retable | of PostgreSQL and S3 | processors used |\n|---|---|---|---|---|\n'
for configuration in "${configurations[@]}"; do
  begin "$configuration"
  for ((r = 0; r < rounds; r++)); do round; done | sort -n >"$work/rounds"
  awk -v n="$bundles" -v name="$([[ $configuration == embedded ]] && echo 'embedded: SQLite, disk' || echo "$configuration on PostgreSQL and S3")" '
    { t[NR] = $1; c += $2 / n; e += $3 / n; u += ($2 + $3) / $1 }
    END { printf "| %s | %.2f [%.2f–%.2f] | %.2f | %.2f | %.2f |\n", name, n / t[int((NR + 1) / 2)], n / t[NR], n / t[1], c / NR, e / NR, u / NR }' "$work/rounds"
  finish
done
