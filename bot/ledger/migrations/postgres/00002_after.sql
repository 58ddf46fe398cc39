-- +goose Up

-- The ID of the question whose answer this one replies to, '' for the last.
ALTER TABLE errands ADD COLUMN after_id TEXT NOT NULL DEFAULT '';
