#!/usr/bin/env bash
# Shows several replicas at work: starts PostgreSQL, an S3 server and three
# replicas on this machine, runs the workflow through one, kills that one in the
# middle of a job, finishes through the others, and tells what happened. Nothing
# is left behind. Needs bin/retable, PostgreSQL and versitygw.
set -euo pipefail
cd "$(dirname "$0")/../.."
retable=$PWD/bin/retable
work=$(mktemp -d "${TMPDIR:-/tmp}/retable-demo.XXXXXX")
. build/cluster/engines.sh
trap 'stop_all; rm -rf "$work"' EXIT

step() { printf '\n== %s\n' "$*"; }
say() { printf '   %s\n' "$*"; }

step "The engines"
start_postgres; say "PostgreSQL $(psql_do postgres -c 'SHOW server_version') listens on a socket"
start_s3; say "$(basename "$s3_bin") listens on 127.0.0.1:$s3_port"
settings

step "Three replicas"
start_replica 1
say "replica 1 brought the schema up to date: $("$retable" migrate status | tail -n 1)"
setup=$(sed -n 's/.*\/setup#token=//p' "$work/replica-1/out")
password=$(head -c 24 /dev/urandom | base64 -w 0)
token=$(curl -sS --fail-with-body -H 'Content-Type: application/json' "${replica_url[1]}/api/auth/setup" \
  -d "$(jq -n --arg t "$setup" --arg p "$password" '{token: $t, username: "admin", password: $p}')" | jq -r .access_token)
[[ -n $token && $token != null ]] || fail "no access token"
say "the first administrator was set up by the link that it printed"
start_replica 2
start_replica 3
for n in 1 2 3; do say "replica $n: ${replica_url[n]} (pid ${replica_pid[n]})"; done

go run ./build/sample "$work/sample"
go run ./build/sample -customers 40000 "$work/large"

step "The workflow through replica 1, read through the others"
first=$(api POST "${replica_url[1]}/api/conversion/scan" -F "file=@$work/sample/delivery-1.zip")
session=$(jq -r .session_id <<<"$first")
say "sent a bundle to replica 1: $(jq -r .xml_count <<<"$first") XML files"
result=$(api POST "${replica_url[1]}/api/conversion/convert?wait=60s" -H 'Content-Type: application/json' -d "{\"session_id\": \"$session\"}")
say "converted: $(jq -c .result <<<"$result")"
say "replica 2 lists $(api GET "${replica_url[2]}/api/sessions/$session/tables" | jq '.tables | length') tables"
view=$(api POST "${replica_url[2]}/api/sessions/$session/tables/5/views" -H 'Content-Type: application/json' -d '{"sort": [], "filter": [], "search": "1"}')
rows=$(api GET "${replica_url[3]}/api/sessions/$session/tables/5/rows?view=$(jq -r .view_id <<<"$view")&offset=0&limit=5" | jq .total)
[[ $rows == "$(jq .rows <<<"$view")" ]] || fail "replica 3 sees another view"
say "replica 2 made a view, replica 3 read its $rows rows"
link=$(api POST "${replica_url[2]}/api/conversion/download/$session/ticket" | jq -r .url)
curl -sS --fail-with-body -o "$work/tables.zip" "${replica_url[3]}$link"
[[ $(curl -s -o /dev/null -w '%{http_code}' "${replica_url[1]}$link") == 404 ]] || fail "a ticket worked twice"
say "a link given by replica 2 was redeemed at replica 3 ($(stat -c %s "$work/tables.zip") bytes), and not a second time at replica 1"

step "Killing replica 1 in the middle of a job"
# owner JOB prints the pid of the replica that works on it.
owner() { psql_do retable -c "SELECT split_part(lease_owner, '/', 2) FROM jobs WHERE id = $1 AND state = 'RUNNING'"; }
# listen JOB: follows its events at replica 2.
listen() {
  : >"$work/events"
  curl -sN -H "Authorization: Bearer $token" "${replica_url[2]}/api/jobs/$1/events" >"$work/events" 2>/dev/null &
  listener=$!; pids+=("$listener")
}
progressed() { grep -q '"kind":"progress"' "$work/events"; }
big=$(api POST "${replica_url[1]}/api/conversion/scan" -F "file=@$work/large/delivery-1.zip")
big_session=$(jq -r .session_id <<<"$big")
scan=$(jq -r '.job_id // 0' <<<"$big"); (( scan == 0 )) || wait_job "${replica_url[1]}" "$scan" 300
# The others stand still for a moment, so that it is replica 1 who takes the
# job. (To cancel what another has taken and ask again is no way: a cancel that
# comes too late leaves finished tables, the next job reuses them, and there is
# no progress to hear of.)
freeze 2 3
big_job=$(api POST "${replica_url[1]}/api/conversion/convert" -H 'Content-Type: application/json' -d "{\"session_id\": \"$big_session\"}" | jq -r .job_id)
taken() { [[ $(owner "$big_job") == "${replica_pid[1]}" ]]; }
until_true 60 "replica 1 does not take the job" taken
thaw 2 3
listen "$big_job"
until_true 60 "replica 2 hears of no progress at replica 1" progressed
killed=$SECONDS
stop_replica 1 KILL
say "replica 1 was at job $big_job when it was killed; replica 2 had heard: $(grep '"kind":"progress"' "$work/events" | tail -n 1 | sed 's/^data: //' | jq -r '"\(.progress | floor) %, \(.message)"')"
curl -s -o /dev/null --max-time 2 "${replica_url[1]}/health" && fail "replica 1 still answers"

step "Finishing through the others"
wait_job "${replica_url[2]}" "$big_job" 300
end=$(job "${replica_url[2]}" "$big_job")
say "job $big_job ended as $(jq -r .status <<<"$end") after $((SECONDS - killed)) s, at attempt $(jq -r .attempts <<<"$end"): $(jq -r .message <<<"$end")"
[[ $(jq -r .status <<<"$end") == SUCCESS && $(jq -r .attempts <<<"$end") == 2 ]] || fail "the job did not end as it should"
tables=$(psql_do retable -c "SELECT count(*) FROM artifacts WHERE session_id = '$big_session' AND kind = 'tables'")
[[ $tables == 1 ]] || fail "there are $tables sets of tables"
say "its effect is there once: one set of tables, and the proof holds: $(api GET "${replica_url[3]}/api/sessions/$big_session/proof" | jq -r '"\(.holds), \(.accounted) of \(.values) values"')"
until_true 20 "the event stream does not end" bash -c "! kill -0 $listener 2>/dev/null"
say "whoever listened at replica 2 heard of the end: $(grep -c '^data' "$work/events") events, the last $(grep '^data' "$work/events" | tail -n 1 | sed 's/^data: //' | jq -r .state)"

second=$(api POST "${replica_url[2]}/api/conversion/scan" -F "file=@$work/sample/delivery-2.zip" | jq -r .session_id)
api POST "${replica_url[3]}/api/conversion/convert?wait=60s" -H 'Content-Type: application/json' -d "{\"session_id\": \"$second\"}" >/dev/null
compare=$(api POST "${replica_url[2]}/api/comparison/compare" -H 'Content-Type: application/json' -d "{\"left_session_id\": \"$session\", \"right_session_id\": \"$second\"}" | jq -r .job_id)
wait_job "${replica_url[3]}" "$compare" 120
[[ $(job "${replica_url[3]}" "$compare" | jq -r .status) == SUCCESS ]] || fail "the comparison failed: $(job "${replica_url[3]}" "$compare" | jq -r .error)"
say "compared what replica 1 had converted with a second delivery: $(job "${replica_url[3]}" "$compare" | jq -r .message)"

step "Leaving in good order"
last=$(api POST "${replica_url[3]}/api/conversion/scan" -F "file=@$work/large/delivery-2.zip")
scan=$(jq -r '.job_id // 0' <<<"$last"); (( scan == 0 )) || wait_job "${replica_url[3]}" "$scan" 300
again=$(api POST "${replica_url[3]}/api/conversion/convert" -H 'Content-Type: application/json' -d "{\"session_id\": \"$(jq -r .session_id <<<"$last")\"}" | jq -r .job_id)
held() { pid=$(owner "$again"); [[ -n $pid ]]; }
until_true 60 "nobody takes the job" held
n=2; [[ $pid == "${replica_pid[3]}" ]] && n=3
start=$(date +%s%N)
stop_replica $n
say "replica $n worked on job $again and was told to stop: it ended in $((($(date +%s%N) - start) / 1000000)) ms; handing the job back took it no attempt: $(psql_do retable -c "SELECT lower(state) || ', attempt ' || greatest(attempts, 1) FROM jobs WHERE id = $again")"
n=$((5 - n))
wait_job "${replica_url[n]}" "$again" 120
say "replica $n took it up and ended it: $(job "${replica_url[n]}" "$again" | jq -r '.status + ", " + .message')"
stop_replica $n
printf '\nThe workflow was begun at one replica and finished at others; nothing was lost.\n'
