-- +goose Up

-- Times are microseconds since 1970, UTC.
CREATE TABLE errands (
    key          TEXT PRIMARY KEY,
    adapter      TEXT NOT NULL,
    asker        TEXT NOT NULL,       -- '' once forgotten
    conversation TEXT NOT NULL,
    question_id  TEXT NOT NULL,
    kind         TEXT NOT NULL,
    text         TEXT NOT NULL,       -- of the question; '' once withdrawn or forgotten
    language     TEXT NOT NULL,
    address      JSON,                -- JSON, not JSONB: it is given back to the byte, and may hold \u0000
    accepted     BIGINT NOT NULL,
    attempt      INTEGER NOT NULL,
    revision     INTEGER NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('open', 'withdrawn', 'closed')),
    posted       TEXT NOT NULL,
    answer       JSON,
    owner        TEXT NOT NULL,       -- who works on it, or ''
    lease        BIGINT NOT NULL,     -- until when others leave it alone
    due          BIGINT NOT NULL,     -- from when on it may be claimed
    withdrawn    BOOLEAN NOT NULL DEFAULT FALSE, -- for good, also once it is closed
    forgotten    BOOLEAN NOT NULL DEFAULT FALSE
);

CREATE INDEX errands_todo ON errands (accepted, key) WHERE state <> 'closed';
CREATE INDEX errands_conversation ON errands (conversation, accepted);
CREATE INDEX errands_posted ON errands (adapter, posted) WHERE posted <> '';

CREATE TABLE feedback (
    key      TEXT NOT NULL REFERENCES errands (key) ON DELETE CASCADE,
    asker    TEXT NOT NULL,
    verdict  TEXT NOT NULL CHECK (verdict IN ('up', 'down')),
    reason   TEXT NOT NULL,
    passages JSON NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (key, asker)
);

CREATE TABLE settings (
    place TEXT NOT NULL,
    name  TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (place, name)
);

CREATE TABLE installations (
    platform TEXT NOT NULL,
    team     TEXT NOT NULL,
    secret   BYTEA NOT NULL,          -- sealed; see seal.go
    PRIMARY KEY (platform, team)
);
