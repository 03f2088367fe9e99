-- Jobs: the truth about work. Indexes carry the rules that must hold on any
-- number of replicas.

-- +goose Up
CREATE TABLE jobs (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    kind           TEXT NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('QUEUED', 'RUNNING', 'SUCCESS', 'FAILED', 'CANCELLED')),
    owner_id       TEXT REFERENCES users (id) ON DELETE SET NULL,
    session_id     TEXT REFERENCES sessions (id) ON DELETE CASCADE,
    comparison_id  TEXT REFERENCES comparisons (id) ON DELETE CASCADE,
    dedupe_key     TEXT,
    payload        TEXT,
    progress       DOUBLE PRECISION NOT NULL DEFAULT 0 CHECK (progress >= 0 AND progress <= 100),
    message        TEXT NOT NULL DEFAULT '',
    result         TEXT,
    error          TEXT NOT NULL DEFAULT '',
    error_code     TEXT NOT NULL DEFAULT '',
    stack          TEXT NOT NULL DEFAULT '',
    attempts       BIGINT NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    max_attempts   BIGINT NOT NULL CHECK (max_attempts >= 1),
    tries          BIGINT NOT NULL, -- max_attempts as asked for: what a retry grants anew
    cancel_asked   BOOLEAN NOT NULL DEFAULT FALSE,
    run_at         BIGINT NOT NULL,
    priority       BIGINT NOT NULL,
    lease_owner    TEXT NOT NULL DEFAULT '',
    lease_until    BIGINT NOT NULL DEFAULT 0,
    correlation_id TEXT NOT NULL,
    trace_parent   TEXT NOT NULL,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    started_at     BIGINT NOT NULL DEFAULT 0,
    finished_at    BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX jobs_one_running ON jobs (session_id) WHERE state = 'RUNNING';
CREATE UNIQUE INDEX jobs_dedupe ON jobs (dedupe_key) WHERE state IN ('QUEUED', 'RUNNING');
CREATE INDEX jobs_ready ON jobs (priority DESC, id) WHERE state = 'QUEUED';
CREATE INDEX jobs_leased ON jobs (lease_until, id) WHERE state = 'RUNNING';
CREATE INDEX jobs_active ON jobs (session_id, id) WHERE state IN ('QUEUED', 'RUNNING');
CREATE INDEX jobs_over ON jobs (finished_at) WHERE state IN ('SUCCESS', 'FAILED', 'CANCELLED');
CREATE INDEX jobs_by_session ON jobs (session_id, id);
CREATE INDEX jobs_by_owner ON jobs (owner_id, id);
CREATE INDEX jobs_by_comparison ON jobs (comparison_id, id);
CREATE INDEX jobs_by_kind ON jobs (kind, id);
CREATE INDEX jobs_by_state ON jobs (state, kind, run_at);
CREATE INDEX jobs_by_age ON jobs (created_at, id);

CREATE TABLE job_after (
    job_id   BIGINT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    after_id BIGINT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    PRIMARY KEY (job_id, after_id),
    CHECK (after_id < job_id) -- so nothing can wait in a circle
);
CREATE INDEX job_after_by_after ON job_after (after_id, job_id);

CREATE TABLE error_events (
    id             TEXT PRIMARY KEY,
    at             BIGINT NOT NULL,
    source         TEXT NOT NULL,
    job_id         BIGINT NOT NULL, -- outlives the job
    user_id        TEXT NOT NULL,   -- outlives the user
    correlation_id TEXT NOT NULL,
    code           TEXT NOT NULL,
    message        TEXT NOT NULL,
    stack          TEXT NOT NULL
);
CREATE INDEX error_events_by_source ON error_events (source, id);
CREATE INDEX error_events_by_time ON error_events (at);

-- +goose Down
DROP TABLE error_events;
DROP TABLE job_after;
DROP TABLE jobs;
