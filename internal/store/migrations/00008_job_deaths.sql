-- How often a worker died while it had the job. A death is no failed attempt:
-- it is bounded by itself.

-- +goose Up
ALTER TABLE jobs ADD COLUMN deaths BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE jobs DROP COLUMN deaths;
