-- For many rows: what a user has stored is read from an index alone, exports are
-- found by their age. And the floor: the oldest program, by the schema that it
-- knows, that may still run here; see docs/operations.md, "Schema changes".

-- +goose Up
CREATE INDEX sessions_usage ON sessions (owner_id, stored);
CREATE INDEX artifacts_by_age ON artifacts (kind, created_at);
CREATE TABLE schema_floor (
    version BIGINT PRIMARY KEY
);

-- +goose Down
DROP TABLE schema_floor;
DROP INDEX artifacts_by_age;
DROP INDEX sessions_usage;
