#!/usr/bin/env bash
# Starts what a cluster on this machine stands on, for the scripts beside it:
# PostgreSQL (Debian's, on a socket), an S3 server (versitygw, on loopback) and
# replicas of Retable, all in one folder. Source it after setting
#   work      a folder of one's own, with a short path
#   retable   the program
# stop_all ends every process that was started here, by its id.
# shellcheck shell=bash
set -euo pipefail

pids=()
replica_pid=(); replica_url=()

# fail MESSAGE: ends, and shows what there is to see.
fail() {
  printf 'cluster: %s\n' "$*" >&2
  [[ -z ${database:-} ]] || psql_do retable -c "SELECT id, kind, state, progress, attempts, lease_owner, message, error FROM jobs ORDER BY id" >&2 || true
  [[ ! -s $work/events ]] || tail -n 6 "$work/events" >&2
  exit 1
}

# until_true SECONDS WHAT COMMAND...: tries until the command succeeds.
until_true() {
  local limit=$1 what=$2 end; shift 2
  end=$((SECONDS + limit))
  until "$@"; do
    (( SECONDS < end )) || fail "$what: not within $limit s"
    sleep 0.1
  done
}

# free_port prints a port of this machine on which nobody listens.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 20000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

# as_other COMMAND...: PostgreSQL doesn't run as root.
as_other() {
  if (( EUID != 0 )); then "$@"; return; fi
  setpriv --reuid="$(id -u "$pg_user")" --regid="$(id -g "$pg_user")" --clear-groups -- "$@"
}

start_postgres() {
  pg_bin=$(dirname "$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -n 1)" 2>/dev/null)
  [[ -x $pg_bin/initdb ]] || fail "PostgreSQL is not installed (on Debian: apt-get install postgresql)"
  pg_user=postgres; id "$pg_user" >/dev/null 2>&1 || pg_user=nobody
  pg_dir=$work/pg
  mkdir -p "$pg_dir"; chmod 711 "$work"
  (( EUID != 0 )) || chown "$pg_user" "$pg_dir"
  (cd "$pg_dir" && as_other "$pg_bin/initdb" -D "$pg_dir/data" -U retable --auth=trust --encoding=UTF8 --locale=C.UTF-8 >"$work/initdb.log" 2>&1) ||
    fail "initdb failed: $(<"$work/initdb.log")"
  run_postgres
  psql_do postgres -c 'CREATE DATABASE retable' >/dev/null
  database="postgres://retable@/retable?host=$pg_dir"
}

# run_postgres starts the server, also again after stop_postgres.
run_postgres() {
  (cd "$pg_dir" && as_other "$pg_bin/pg_ctl" -D "$pg_dir/data" -l "$pg_dir/log" -w -t 60 -o "-k $pg_dir -h '' -c max_connections=200" start >/dev/null) ||
    fail "PostgreSQL did not start: $(tail -n 5 "$pg_dir/log")"
}
stop_postgres() { (cd "$pg_dir" && as_other "$pg_bin/pg_ctl" -D "$pg_dir/data" -m "${1:-fast}" -w stop >/dev/null 2>&1) || true; }

# psql_do DATABASE ARGUMENT...: psql as the owner.
psql_do() { local db=$1; shift; "$pg_bin/psql" -X -q -A -t -h "$pg_dir" -U retable -d "$db" -v ON_ERROR_STOP=1 "$@"; }

s3_access=retable-demo
s3_secret=not-a-secret-just-for-the-demo

start_s3() {
  s3_bin=$(compgen -G "${RET_CACHE:-.cache}/bin/versitygw-*" | tail -n 1) || fail "there is no S3 server; build/versitygw.sh builds one"
  mkdir -p "$work/s3/retable"
  s3_port=$(free_port)
  run_s3
  blobs="s3://retable/demo?endpoint=http://127.0.0.1:$s3_port&region=eu-demo-1"
}
run_s3() {
  "$s3_bin" --port "127.0.0.1:$s3_port" --access $s3_access --secret $s3_secret --region eu-demo-1 --quiet posix "$work/s3" >"$work/s3.log" 2>&1 &
  s3_pid=$!; pids+=("$s3_pid")
  until_true 60 "the S3 server does not answer" curl -s -o /dev/null "http://127.0.0.1:$s3_port/"
}
stop_s3() { kill -KILL "$s3_pid" 2>/dev/null; wait "$s3_pid" 2>/dev/null || true; }

# secret prints 48 random bytes as text.
secret() { head -c 48 /dev/urandom | base64 -w 0; }

# settings exports what all replicas share.
settings() {
  export RET_DATABASE=$database RET_BLOBS=$blobs RET_S3_ACCESS_KEY=$s3_access RET_S3_SECRET_KEY=$s3_secret
  RET_JWT_KEY=$(secret); RET_SEAL_KEY=$(secret); export RET_JWT_KEY RET_SEAL_KEY
  export RET_LIMITER=postgres RET_DATABASE_MAX=8 RET_COOKIE_SECURE=never RET_LOG_LEVEL=info
}

# start_replica N [SETTING=VALUE...]: starts a replica with a disk of its own,
# and waits until it is ready; again under the same number after its end.
start_replica() {
  local n=$1 root=$work/replica-$1; shift
  mkdir -p "$root"
  env "RET_RUNTIME_ROOT=$root" "RET_ADDRESS=127.0.0.1:0" "$@" "$retable" serve >"$root/out" 2>>"$root/log" &
  replica_pid[n]=$!; pids+=("${replica_pid[n]}")
  until_true 60 "replica $n does not listen: $(tail -n 3 "$root/log")" grep -q 'listens on' "$root/out"
  replica_url[n]=$(sed -n 's/^Retable .* listens on //p' "$root/out")
  until_true 60 "replica $n is not ready" curl -sf -o /dev/null "${replica_url[n]}/health/ready"
}

# stop_replica N [SIGNAL]
stop_replica() {
  kill "-${2:-TERM}" "${replica_pid[$1]}"
  wait "${replica_pid[$1]}" 2>/dev/null || true
}

# freeze N... and thaw N...: replicas stand still for a while.
freeze() { local n; for n in "$@"; do kill -STOP "${replica_pid[n]}"; done; }
thaw() { local n; for n in "$@"; do kill -CONT "${replica_pid[n]}"; done; }

# api METHOD URL [CURL ARGUMENT...]: one request with the bearer in $token,
# which must succeed; tried again for a while where nobody answers.
api() {
  local method=$1 url=$2; shift 2
  curl -sS --fail-with-body --retry 5 --retry-connrefused --retry-delay 1 -X "$method" -H "Authorization: Bearer $token" "$@" "$url" ||
    { printf '\n' >&2; fail "$method $url failed"; }
}

# job URL ID: the job as JSON; wait_job URL ID SECONDS: until it is over.
job() { api GET "$1/api/jobs/$2"; }
job_over() { [[ $(job "$1" "$2" | jq -r .status) =~ ^(SUCCESS|FAILED|CANCELLED)$ ]]; }
wait_job() { until_true "$3" "job $2 does not end" job_over "$1" "$2"; }

stop_all() {
  local pid
  for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; kill -CONT "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  [[ -z ${pg_dir:-} ]] || stop_postgres
}
