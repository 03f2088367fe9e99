-- For many rows: what a user has stored is read from an index alone, exports are
-- found by their age. And the floor: the oldest program, by the schema that it
-- knows, that may still run here; see docs/operations.md, "Schema changes".
-- Indexes of tables that may be large are built while others write, outside a
-- transaction; one that was interrupted leaves an invalid index, which goes first.

-- +goose NO TRANSACTION
-- +goose Up
DROP INDEX CONCURRENTLY IF EXISTS sessions_usage;
CREATE INDEX CONCURRENTLY sessions_usage ON sessions (owner_id, stored);
DROP INDEX CONCURRENTLY IF EXISTS artifacts_by_age;
CREATE INDEX CONCURRENTLY artifacts_by_age ON artifacts (kind, created_at);
CREATE TABLE IF NOT EXISTS schema_floor (
    version BIGINT PRIMARY KEY
);

-- +goose Down
DROP TABLE schema_floor;
DROP INDEX artifacts_by_age;
DROP INDEX sessions_usage;
