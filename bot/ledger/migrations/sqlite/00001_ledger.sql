-- +goose Up

-- Times are microseconds since 1970, UTC. What a column is for stands in ../postgres.
CREATE TABLE errands (
    key          TEXT PRIMARY KEY,
    adapter      TEXT NOT NULL,
    asker        TEXT NOT NULL,
    conversation TEXT NOT NULL,
    question_id  TEXT NOT NULL,
    kind         TEXT NOT NULL,
    text         TEXT NOT NULL,
    language     TEXT NOT NULL,
    address      TEXT,
    accepted     INTEGER NOT NULL,
    attempt      INTEGER NOT NULL,
    revision     INTEGER NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('open', 'withdrawn', 'closed')),
    posted       TEXT NOT NULL,
    answer       TEXT,
    owner        TEXT NOT NULL,
    lease        INTEGER NOT NULL,
    due          INTEGER NOT NULL,
    withdrawn    INTEGER NOT NULL DEFAULT FALSE,
    forgotten    INTEGER NOT NULL DEFAULT FALSE
) STRICT;

CREATE INDEX errands_todo ON errands (accepted, key) WHERE state <> 'closed';
CREATE INDEX errands_conversation ON errands (conversation, accepted);
CREATE INDEX errands_posted ON errands (adapter, posted) WHERE posted <> '';

CREATE TABLE feedback (
    key      TEXT NOT NULL REFERENCES errands (key) ON DELETE CASCADE,
    asker    TEXT NOT NULL,
    verdict  TEXT NOT NULL CHECK (verdict IN ('up', 'down')),
    reason   TEXT NOT NULL,
    passages TEXT NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (key, asker)
) STRICT;

CREATE TABLE settings (
    place TEXT NOT NULL,
    name  TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (place, name)
) STRICT;

CREATE TABLE installations (
    platform TEXT NOT NULL,
    team     TEXT NOT NULL,
    secret   BLOB NOT NULL,
    PRIMARY KEY (platform, team)
) STRICT;
