-- +goose Up

-- Trust counts only what came after this; null: nobody was ever blocked.
alter table users add column unblocked_at timestamptz;
