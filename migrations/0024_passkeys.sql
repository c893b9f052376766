-- +goose Up

-- Passkeys (WebAuthn): public keys of devices that sign a user in. Kept until they are
-- taken away or the account is erased. Nothing here is secret; all of it is private.
create table passkeys (
    id            bigint generated always as identity primary key,
    user_id       bigint not null references users (id),
    credential_id bytea not null constraint passkeys_credential_unique unique,
    credential    jsonb not null, -- webauthn.Credential: public key, counter, flags
    created_at    timestamptz not null,
    used_at       timestamptz
);
create index passkeys_user_id on passkeys (user_id);

-- Whom the town's identity provider (OpenID Connect) knows one of our users as.
create table identities (
    issuer     text not null,
    subject    text not null, -- private; kept until the account is erased
    user_id    bigint not null references users (id),
    created_at timestamptz not null,
    primary key (issuer, subject)
);
create index identities_user_id on identities (user_id);

-- What was begun and is not finished: a challenge to a passkey, a way to the identity
-- provider and back. Once only, ten minutes at most.
create table ceremonies (
    hash       bytea primary key constraint ceremonies_hash_length check (length(hash) = 32), -- SHA-256 of what the browser holds
    kind       text not null,
    user_id    bigint references users (id), -- who is signed in already; null for who is about to
    data       jsonb not null,
    expires_at timestamptz not null
);
create index ceremonies_expires_at on ceremonies (expires_at);
create index ceremonies_user_id on ceremonies (user_id) where user_id is not null;
