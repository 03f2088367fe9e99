-- Questions: collections of sessions, conversations, saved choices, and who
-- else may see what.

-- +goose Up
CREATE TABLE recipes (
    id         TEXT PRIMARY KEY,
    owner_id   TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    purpose    TEXT NOT NULL CHECK (purpose IN ('convert', 'compare')),
    kind       TEXT NOT NULL,
    name       TEXT NOT NULL,
    body       TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (owner_id, purpose, name)
);

CREATE TABLE collections (
    id         TEXT PRIMARY KEY,
    owner_id   TEXT NOT NULL REFERENCES users (id),
    name       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (owner_id, name)
);

CREATE TABLE collection_sessions (
    collection_id TEXT NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
    session_id    TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    position      BIGINT NOT NULL,
    PRIMARY KEY (collection_id, session_id)
);
CREATE INDEX collection_sessions_by_session ON collection_sessions (session_id);

CREATE TABLE chats (
    id            TEXT PRIMARY KEY,
    owner_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    collection_id TEXT NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
    title         TEXT NOT NULL,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL
);
CREATE INDEX chats_by_owner ON chats (owner_id, id);
CREATE INDEX chats_by_collection ON chats (collection_id, owner_id, id);

CREATE TABLE chat_messages (
    chat_id TEXT NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    number  BIGINT NOT NULL,
    role    TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
    text    TEXT NOT NULL,
    answer  TEXT,
    at      BIGINT NOT NULL,
    PRIMARY KEY (chat_id, number)
);

-- One thing, given to one user or one team.
CREATE TABLE shares (
    session_id    TEXT REFERENCES sessions (id) ON DELETE CASCADE,
    collection_id TEXT REFERENCES collections (id) ON DELETE CASCADE,
    comparison_id TEXT REFERENCES comparisons (id) ON DELETE CASCADE,
    user_id       TEXT REFERENCES users (id) ON DELETE CASCADE,
    team_id       TEXT REFERENCES teams (id) ON DELETE CASCADE,
    may_write     BOOLEAN NOT NULL,
    created_at    BIGINT NOT NULL,
    CHECK ((user_id IS NULL) <> (team_id IS NULL)),
    CHECK ((CASE WHEN session_id IS NULL THEN 0 ELSE 1 END)
         + (CASE WHEN collection_id IS NULL THEN 0 ELSE 1 END)
         + (CASE WHEN comparison_id IS NULL THEN 0 ELSE 1 END) = 1),
    UNIQUE (session_id, user_id),
    UNIQUE (session_id, team_id),
    UNIQUE (collection_id, user_id),
    UNIQUE (collection_id, team_id),
    UNIQUE (comparison_id, user_id),
    UNIQUE (comparison_id, team_id)
);
CREATE INDEX shares_by_user ON shares (user_id);
CREATE INDEX shares_by_team ON shares (team_id);

-- +goose Down
DROP TABLE shares;
DROP TABLE chat_messages;
DROP TABLE chats;
DROP TABLE collection_sessions;
DROP TABLE collections;
DROP TABLE recipes;
