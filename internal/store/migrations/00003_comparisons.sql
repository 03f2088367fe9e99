-- Comparisons of sessions, and the artifacts that belong to either.

-- +goose Up
CREATE TABLE comparisons (
    id           TEXT PRIMARY KEY,
    owner_id     TEXT NOT NULL REFERENCES users (id),
    left_id      TEXT NOT NULL REFERENCES sessions (id),
    right_id     TEXT NOT NULL REFERENCES sessions (id),
    job_id       BIGINT NOT NULL, -- outlives the job
    options      TEXT,
    options_hash TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('QUEUED', 'RUNNING', 'SUCCESS', 'FAILED', 'CANCELLED')),
    similarity   DOUBLE PRECISION NOT NULL,
    changes      BIGINT NOT NULL,
    summary      TEXT,
    error        TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL
);
CREATE INDEX comparisons_by_owner ON comparisons (owner_id, id);
CREATE INDEX comparisons_by_sides ON comparisons (left_id, right_id, options_hash, id);
CREATE INDEX comparisons_by_right ON comparisons (right_id, id);
CREATE INDEX comparisons_by_job ON comparisons (job_id) WHERE job_id > 0;

CREATE TABLE pair_pins (
    left_id    TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    right_id   TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    left_path  TEXT NOT NULL,
    right_path TEXT NOT NULL,
    apart      BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (left_id, right_id, left_path, right_path)
);
CREATE INDEX pair_pins_by_right ON pair_pins (right_id);

CREATE TABLE artifacts (
    id            TEXT PRIMARY KEY,
    session_id    TEXT REFERENCES sessions (id) ON DELETE CASCADE,
    comparison_id TEXT REFERENCES comparisons (id) ON DELETE CASCADE,
    job_id        BIGINT NOT NULL, -- outlives the job
    kind          TEXT NOT NULL,
    format        TEXT NOT NULL,
    options_hash  TEXT NOT NULL,
    engine        TEXT NOT NULL,
    name          TEXT NOT NULL,
    media_type    TEXT NOT NULL,
    blob_key      TEXT NOT NULL,
    sha256        TEXT NOT NULL,
    bytes         BIGINT NOT NULL CHECK (bytes >= 0),
    created_at    BIGINT NOT NULL
);
CREATE INDEX artifacts_by_session ON artifacts (session_id, id);
CREATE INDEX artifacts_by_comparison ON artifacts (comparison_id, id);
CREATE INDEX artifacts_by_key ON artifacts (blob_key);
CREATE INDEX artifacts_by_content ON artifacts (sha256);

-- +goose Down
DROP TABLE artifacts;
DROP TABLE pair_pins;
DROP TABLE comparisons;
