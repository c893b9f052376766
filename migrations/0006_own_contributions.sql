-- +goose Up

-- A visitor without an account reads their contribution again with the secret that
-- came with the answer to it. Only its hash is kept.
alter table contributions add column secret_hash bytea
    constraint contributions_secret_hash_length check (length(secret_hash) = 32);
