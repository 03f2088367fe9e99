-- Accounts: who may come in, and how they prove it.
-- Files here are SQLite's SQL in the portable part; see translate in
-- migrations.go for the words that PostgreSQL says otherwise.

-- +goose Up
CREATE TABLE users (
    id            TEXT PRIMARY KEY,
    username      TEXT NOT NULL,
    username_key  TEXT NOT NULL UNIQUE, -- without case
    email         TEXT NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('user', 'ops', 'admin')),
    password_hash TEXT NOT NULL,
    active        BOOLEAN NOT NULL,
    locked        BOOLEAN NOT NULL,
    must_reset    BOOLEAN NOT NULL,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    last_login_at BIGINT NOT NULL,
    version       BIGINT NOT NULL
);
CREATE INDEX users_by_role ON users (role, id);

CREATE TABLE login_sessions (
    id                 TEXT PRIMARY KEY,
    user_id            TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    refresh_token_hash TEXT NOT NULL UNIQUE,
    previous_hash      TEXT NOT NULL,
    rotated_at         BIGINT NOT NULL,
    ip                 TEXT NOT NULL,
    user_agent         TEXT NOT NULL,
    created_at         BIGINT NOT NULL,
    expires_at         BIGINT NOT NULL,
    last_used_at       BIGINT NOT NULL,
    revoked_at         BIGINT NOT NULL,
    revoke_reason      TEXT NOT NULL
);
CREATE INDEX login_sessions_by_user ON login_sessions (user_id, id);
CREATE INDEX login_sessions_by_expiry ON login_sessions (expires_at);
CREATE INDEX login_sessions_by_revocation ON login_sessions (revoked_at) WHERE revoked_at > 0;

-- Hashes of refresh tokens that were used: one that comes again was stolen.
CREATE TABLE spent_refresh_tokens (
    token_hash TEXT PRIMARY KEY,
    login_id   TEXT NOT NULL REFERENCES login_sessions (id) ON DELETE CASCADE,
    spent_at   BIGINT NOT NULL
);
CREATE INDEX spent_refresh_tokens_by_login ON spent_refresh_tokens (login_id);

CREATE TABLE password_resets (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL
);
CREATE INDEX password_resets_by_user ON password_resets (user_id);

CREATE TABLE access_tokens (
    id           TEXT PRIMARY KEY,
    user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name         TEXT NOT NULL,
    token_hash   TEXT NOT NULL UNIQUE,
    scopes       TEXT NOT NULL, -- JSON array
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    revoked_at   BIGINT NOT NULL
);
CREATE INDEX access_tokens_by_user ON access_tokens (user_id, id);

CREATE TABLE totp_secrets (
    user_id      TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    secret       TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    confirmed_at BIGINT NOT NULL,
    last_step    BIGINT NOT NULL
);

CREATE TABLE recovery_codes (
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_hash  TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL,
    PRIMARY KEY (user_id, code_hash)
);

CREATE TABLE identities (
    issuer     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    email      TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_by_user ON identities (user_id);

CREATE TABLE throttle (
    throttle_key TEXT PRIMARY KEY,
    failures     BIGINT NOT NULL,
    latest_at    BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX throttle_by_expiry ON throttle (expires_at);

CREATE TABLE teams (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    name_key   TEXT NOT NULL UNIQUE, -- without case
    created_at BIGINT NOT NULL
);

CREATE TABLE team_members (
    team_id TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (team_id, user_id)
);
CREATE INDEX team_members_by_user ON team_members (user_id, team_id);

CREATE TABLE quotas (
    user_id      TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    max_bytes    BIGINT NOT NULL CHECK (max_bytes >= 0),
    max_sessions BIGINT NOT NULL CHECK (max_sessions >= 0)
);

-- +goose Down
DROP TABLE quotas;
DROP TABLE team_members;
DROP TABLE teams;
DROP TABLE throttle;
DROP TABLE identities;
DROP TABLE recovery_codes;
DROP TABLE totp_secrets;
DROP TABLE access_tokens;
DROP TABLE password_resets;
DROP TABLE spent_refresh_tokens;
DROP TABLE login_sessions;
DROP TABLE users;
