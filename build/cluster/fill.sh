#!/usr/bin/env bash
# fill.sh [-u URL] JOBS: fills an empty, migrated PostgreSQL database with that
# many jobs, one session for each five of them, and what hangs on sessions, as
# teams leave it behind; the last 10,000 jobs wait. It is what TestManyRows
# measures on, for docs/scale.md. Nothing of it can be opened: there are no files.
#
#   URL   of the database; without it RET_DATABASE
#
# One user has a fifth of the sessions (200,000 at most), the others 1,000 each.
# Files, tables and artifacts hang on the first 200,000 sessions, columns on
# 20,000: nothing that is measured reads more, and the disk is spared.
# Indexes are taken off while rows come in and built afterwards, which is five
# times as fast; foreign keys aren't checked, but they hold.
set -euo pipefail
url=${RET_DATABASE:-}
while getopts u: o; do case $o in u) url=$OPTARG ;; *) exit 2 ;; esac; done
shift $((OPTIND - 1))
jobs=${1:-}
[[ $jobs =~ ^[0-9]+$ && $jobs -ge 10000 && -n $url ]] || { echo "usage: fill.sh [-u postgres://...] JOBS (10,000 at least)" >&2; exit 2; }
sql() { psql -X -q -v ON_ERROR_STOP=1 "$url" "$@"; }
[[ $(sql -A -t -c 'SELECT count(*) FROM (SELECT 1 FROM sessions LIMIT 1) s') == 0 ]] || { echo "fill.sh: the database is not empty" >&2; exit 1; }

tables=(users sessions files tables columns artifacts jobs)
# fill.id makes ids in the form of UUIDv7, whose first half grows with time.
sql <<SQL
SET client_min_messages = warning;
CREATE SCHEMA fill;
CREATE TABLE fill.indexes AS
  SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS definition FROM pg_index i
  JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
  WHERE t.relname = ANY ('{$(IFS=,; echo "${tables[*]}")}') AND t.relnamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid);
DO \$\$ DECLARE n text; BEGIN FOR n IN SELECT name FROM fill.indexes LOOP EXECUTE 'DROP INDEX ' || quote_ident(n); END LOOP; END \$\$;

CREATE FUNCTION fill.id(kind text, n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS \$\$
  SELECT '01a0' || lpad(to_hex(n / 65536), 4, '0') || '-' || lpad(to_hex(n % 65536), 4, '0') || '-7' || substr(h, 1, 3) || '-8' || substr(h, 4, 3) || '-' || substr(h, 7, 12)
  FROM (SELECT md5(kind || n) AS h) x \$\$;
CREATE FUNCTION fill.user_id(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS \$\$ SELECT '01a00000-0000-7000-8000-' || lpad(n::text, 12, '0') \$\$;

SET session_replication_role = replica; -- no foreign keys
SET synchronous_commit = off;
\set sessions ($jobs / 5)
\set crowd LEAST(200000, $jobs / 25)
-- The owner of the n-th session: every fifth is the crowd's until it has its own.
CREATE FUNCTION fill.owner(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS \$\$
  SELECT fill.user_id(CASE WHEN n % 5 = 0 AND n / 5 <= LEAST(200000, $jobs / 25) THEN 1 ELSE 2 + n % GREATEST(1, $jobs / 5 / 1000) END) \$\$;

INSERT INTO users (id, username, username_key, email, role, password_hash, active, locked, must_reset, created_at, updated_at, last_login_at, version)
  SELECT fill.user_id(n), 'user' || n, 'user' || n, '', 'user', '', true, false, false, 1.7e12, 1.7e12, 0, 1
  FROM generate_series(1, GREATEST(124, 2 + :sessions / 1000)) n;
INSERT INTO sessions (id, owner_id, name, name_key, state, partial, error, form, sha256, bytes, stored, xml_count, tables, row_count, value_count, proved,
    options, engine, pattern, watch_id, pinned, created_at, updated_at, used_at, version)
  SELECT fill.id('session', n), fill.owner(n), 'delivery-' || n || '.zip', 'delivery-' || n || '.zip', 'READY', false, '', 'zip', md5('a' || n) || md5('b' || n),
    40000, 100000 + n % 1000, 2, 4, 1000, 5000, true, NULL, '1.0.0', 'delivery-*.zip', NULL, false, 1.7e12 + n * 100, 1.7e12 + n * 100, 1.7e12 + n * 100, 5
  FROM generate_series(1, :sessions) n;
INSERT INTO artifacts (id, session_id, comparison_id, job_id, kind, format, options_hash, engine, name, media_type, blob_key, sha256, bytes, created_at)
  SELECT fill.id(kind, n), fill.id('session', n), NULL, n, kind, CASE kind WHEN 'export' THEN 'csv' ELSE '' END, md5(kind), '1.0.0', 'delivery-' || n || '.' || kind, 'application/octet-stream',
    'sessions/' || fill.id('session', n) || '/' || kind, md5(kind || n) || md5(n || kind), 30000, 1.7e12 + n * 100
  FROM generate_series(1, LEAST(:sessions, 200000)) n, unnest('{original,tables,export}'::text[]) kind;
INSERT INTO files (session_id, id, path, status, kind, bytes, sha256, encoding, row_count, value_count, code, error, warnings)
  SELECT fill.id('session', n), f, 'orders/customers-' || f || '.xml', 'ok', 'xml', 60000, md5('f' || n || f) || md5('g' || n || f), 'UTF-8', 500, 2500, '', '', NULL
  FROM generate_series(1, LEAST(:sessions, 200000)) n, generate_series(1, 2) f;
INSERT INTO tables (session_id, id, name, view_name, kind, path, parent, row_count, column_count)
  SELECT fill.id('session', n), k, 'customers_order_' || k, 'customers_order_' || k, 'rows', '/customers/customer/order', 'customers', 250, 6
  FROM generate_series(1, LEAST(:sessions, 200000)) n, generate_series(1, 4) k;
INSERT INTO columns (session_id, table_id, id, name, view_name, xpath, type, null_count, distinct_count, min_value, max_value, examples)
  SELECT fill.id('session', n), k, c, 'column_' || c, 'column_' || c, '/customers/customer/order/column_' || c, 'text', 0, 200, 'a', 'z', '["a","b"]'
  FROM generate_series(1, LEAST(:sessions, 20000)) n, generate_series(1, 4) k, generate_series(1, 6) c;
INSERT INTO jobs (kind, state, owner_id, session_id, comparison_id, payload, progress, message, result, attempts, max_attempts, tries, run_at, priority,
    correlation_id, trace_parent, created_at, updated_at, started_at, finished_at)
  SELECT (ARRAY['scan', 'convert', 'compare', 'export', 'index'])[1 + (n / :sessions) % 5],
    CASE WHEN n > $jobs - 10000 THEN 'QUEUED' ELSE 'SUCCESS' END, fill.owner(n % :sessions + 1), fill.id('session', n % :sessions + 1), NULL,
    '{"session_id":"' || fill.id('session', n % :sessions + 1) || '"}', CASE WHEN n > $jobs - 10000 THEN 0 ELSE 100 END, '1,000 rows of 4 tables', '{"rows":1000}',
    CASE WHEN n > $jobs - 10000 THEN 0 ELSE 1 END, 3, 3, 1.7e12 + n * 20, 100, md5('c' || n), '', 1.7e12 + n * 20, 1.7e12 + n * 20,
    CASE WHEN n > $jobs - 10000 THEN 0 ELSE 1.7e12 + n * 20 END, CASE WHEN n > $jobs - 10000 THEN 0 ELSE 1.7e12 + n * 20 + 500 END
  FROM generate_series(1, $jobs) n;
RESET session_replication_role;
SET maintenance_work_mem = '512MB';
DO \$\$ DECLARE d text; BEGIN FOR d IN SELECT definition FROM fill.indexes LOOP EXECUTE d; END LOOP; END \$\$;
DROP SCHEMA fill CASCADE;
SQL
sql -c 'VACUUM (ANALYZE)' -c 'CHECKPOINT'

# What a session takes: for each table its rows, and bytes of rows and indexes.
sql <<'SQL'
SELECT c.relname AS "table", n.n_live_tup AS rows, pg_size_pretty(pg_table_size(c.oid)) AS "rows take", pg_size_pretty(pg_indexes_size(c.oid)) AS "indexes take",
  pg_table_size(c.oid) / GREATEST(n.n_live_tup, 1) AS "bytes a row", pg_indexes_size(c.oid) / GREATEST(n.n_live_tup, 1) AS "index bytes a row"
  FROM pg_class c JOIN pg_stat_user_tables n ON n.relid = c.oid WHERE n.n_live_tup > 1000 ORDER BY pg_total_relation_size(c.oid) DESC;
SELECT i.relname AS index, pg_size_pretty(pg_relation_size(i.oid)) AS size FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
  WHERE t.relname IN ('jobs', 'sessions') ORDER BY t.relname, pg_relation_size(i.oid) DESC;
SQL
