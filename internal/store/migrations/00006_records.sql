-- What is written down: the audit log, settings, notices, backfills.

-- +goose Up
CREATE TABLE audit_log (
    seq            BIGINT PRIMARY KEY,
    at             BIGINT NOT NULL,
    actor_id       TEXT NOT NULL, -- outlives the user
    actor          TEXT NOT NULL,
    action         TEXT NOT NULL,
    target         TEXT NOT NULL,
    outcome        TEXT NOT NULL,
    addr           TEXT NOT NULL,
    correlation_id TEXT NOT NULL,
    detail         TEXT,
    prev_hash      TEXT NOT NULL,
    hash           TEXT NOT NULL
);
CREATE INDEX audit_log_by_actor ON audit_log (actor_id, seq);
CREATE INDEX audit_log_by_action ON audit_log (action, seq);
CREATE INDEX audit_log_by_target ON audit_log (target, seq);
CREATE INDEX audit_log_by_outcome ON audit_log (outcome, seq);
CREATE INDEX audit_log_by_time ON audit_log (at);

CREATE TABLE settings (
    setting_key TEXT PRIMARY KEY,
    value       TEXT NOT NULL,
    updated_at  BIGINT NOT NULL
);

CREATE TABLE notices (
    id      TEXT PRIMARY KEY,
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    kind    TEXT NOT NULL,
    text    TEXT NOT NULL,
    detail  TEXT,
    at      BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);
CREATE INDEX notices_by_user ON notices (user_id, id);
CREATE INDEX notices_unseen ON notices (user_id, id) WHERE seen_at = 0;

-- How far the backfills of migrations have come.
CREATE TABLE backfills (
    name        TEXT PRIMARY KEY,
    position    TEXT NOT NULL, -- where the next batch begins
    done        BIGINT NOT NULL,
    total       BIGINT NOT NULL,
    started_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    finished_at BIGINT NOT NULL
);

-- +goose Down
DROP TABLE backfills;
DROP TABLE notices;
DROP TABLE settings;
DROP TABLE audit_log;
