-- Sessions: deliveries, what was found in them, what was made of them.

-- +goose Up
CREATE TABLE watches (
    id         TEXT PRIMARY KEY,
    owner_id   TEXT NOT NULL REFERENCES users (id),
    dir        TEXT NOT NULL UNIQUE,
    options    TEXT,
    active     BOOLEAN NOT NULL,
    state      TEXT NOT NULL,
    error      TEXT NOT NULL,
    swept_at   BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX watches_by_owner ON watches (owner_id, id);

CREATE TABLE sessions (
    id         TEXT PRIMARY KEY,
    owner_id   TEXT NOT NULL REFERENCES users (id),
    name       TEXT NOT NULL,
    name_key   TEXT NOT NULL, -- without case, to search
    state      TEXT NOT NULL CHECK (state IN
               ('RECEIVED', 'SCANNING', 'SCANNED', 'CONVERTING', 'READY', 'FAILED', 'DELETING')),
    partial    BOOLEAN NOT NULL,
    error      TEXT NOT NULL,
    form       TEXT NOT NULL,
    sha256     TEXT NOT NULL,
    bytes      BIGINT NOT NULL,
    stored     BIGINT NOT NULL, -- kept by artifacts
    xml_count  BIGINT NOT NULL,
    tables     BIGINT NOT NULL,
    row_count  BIGINT NOT NULL,
    value_count BIGINT NOT NULL,
    proved     BOOLEAN NOT NULL,
    options    TEXT,
    engine     TEXT NOT NULL,
    pattern    TEXT NOT NULL,
    watch_id   TEXT REFERENCES watches (id) ON DELETE SET NULL,
    pinned     BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL,
    version    BIGINT NOT NULL
);
CREATE INDEX sessions_by_owner ON sessions (owner_id, id);
CREATE INDEX sessions_by_content ON sessions (sha256, id);
CREATE INDEX sessions_by_pattern ON sessions (pattern, id);
CREATE INDEX sessions_by_watch ON sessions (watch_id, id);
CREATE INDEX sessions_by_state ON sessions (state, id);
CREATE INDEX sessions_by_use ON sessions (used_at);

CREATE TABLE uploads (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    filename   TEXT NOT NULL,
    bytes      BIGINT NOT NULL CHECK (bytes >= 0),
    part_bytes BIGINT NOT NULL CHECK (part_bytes >= 0),
    sha256     TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('OPEN', 'VERIFYING', 'COMPLETE', 'ABORTED', 'EXPIRED')),
    session_id TEXT REFERENCES sessions (id) ON DELETE SET NULL,
    options    TEXT,
    handle     TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX uploads_pending ON uploads (user_id, bytes) WHERE state IN ('OPEN', 'VERIFYING');
CREATE INDEX uploads_by_expiry ON uploads (expires_at) WHERE state IN ('OPEN', 'VERIFYING');
CREATE INDEX uploads_by_user ON uploads (user_id, id);
CREATE INDEX uploads_by_session ON uploads (session_id);

CREATE TABLE upload_parts (
    upload_id  TEXT NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    number     BIGINT NOT NULL CHECK (number >= 1),
    bytes      BIGINT NOT NULL CHECK (bytes >= 0),
    sha256     TEXT NOT NULL,
    etag       TEXT NOT NULL,
    arrived_at BIGINT NOT NULL,
    PRIMARY KEY (upload_id, number)
);

CREATE TABLE files (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    id         BIGINT NOT NULL,
    path       TEXT NOT NULL,
    status     TEXT NOT NULL,
    kind       TEXT NOT NULL,
    bytes      BIGINT NOT NULL,
    sha256     TEXT NOT NULL,
    encoding   TEXT NOT NULL,
    row_count  BIGINT NOT NULL,
    value_count BIGINT NOT NULL,
    code       TEXT NOT NULL,
    error      TEXT NOT NULL,
    warnings   TEXT, -- JSON array
    PRIMARY KEY (session_id, id)
);

CREATE TABLE tables (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    id         BIGINT NOT NULL,
    name       TEXT NOT NULL,
    view_name  TEXT NOT NULL,
    kind       TEXT NOT NULL,
    path       TEXT NOT NULL,
    parent     TEXT NOT NULL,
    row_count  BIGINT NOT NULL,
    column_count BIGINT NOT NULL,
    PRIMARY KEY (session_id, id)
);

CREATE TABLE columns (
    session_id TEXT NOT NULL,
    table_id   BIGINT NOT NULL,
    id         BIGINT NOT NULL,
    name       TEXT NOT NULL,
    view_name  TEXT NOT NULL,
    xpath      TEXT NOT NULL,
    type       TEXT NOT NULL,
    null_count BIGINT NOT NULL,
    distinct_count BIGINT NOT NULL,
    min_value  TEXT NOT NULL,
    max_value  TEXT NOT NULL,
    examples   TEXT, -- JSON array
    PRIMARY KEY (session_id, table_id, id),
    FOREIGN KEY (session_id, table_id) REFERENCES tables (session_id, id) ON DELETE CASCADE
);

CREATE TABLE watched_files (
    watch_id   TEXT NOT NULL REFERENCES watches (id) ON DELETE CASCADE,
    path       TEXT NOT NULL,
    bytes      BIGINT NOT NULL,
    mod_time   BIGINT NOT NULL,
    sha256     TEXT NOT NULL,
    state      TEXT NOT NULL,
    session_id TEXT REFERENCES sessions (id) ON DELETE SET NULL,
    job_id     BIGINT NOT NULL, -- outlives the job
    error      TEXT NOT NULL,
    seen_at    BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (watch_id, path)
);
CREATE INDEX watched_files_by_content ON watched_files (watch_id, sha256);
CREATE INDEX watched_files_by_time ON watched_files (watch_id, seen_at, path);
CREATE INDEX watched_files_by_state ON watched_files (watch_id, state, seen_at, path);
CREATE INDEX watched_files_by_session ON watched_files (session_id);

-- +goose Down
DROP TABLE watched_files;
DROP TABLE columns;
DROP TABLE tables;
DROP TABLE files;
DROP TABLE upload_parts;
DROP TABLE uploads;
DROP TABLE sessions;
DROP TABLE watches;
