-- +goose Up

-- Where the question was asked, by which it is decided what may be quoted, '' for nowhere in particular.
ALTER TABLE errands ADD COLUMN place TEXT NOT NULL DEFAULT '';
