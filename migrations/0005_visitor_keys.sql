-- +goose Up

-- The key of a month under which visitors' address prefixes are hashed
-- (contributions.prefix_hash). Once it is deleted, nobody can tell which
-- addresses the hashes of that month came from.
create table visitor_keys (
    month date primary key constraint visitor_keys_month_first check (extract(day from month) = 1), -- UTC
    key   bytea not null constraint visitor_keys_key_length check (length(key) = 32)
);
