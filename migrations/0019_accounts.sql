-- +goose Up

-- Accounts of people. A user without an e-mail is what a token stands for, as before.
alter table users
    -- Private: in no answer, to the public nor to moderators. Kept until the account is erased.
    add column email        text constraint users_email_unique unique
                            constraint users_email_folded check (email = lower(email) and email <> ''),
    add column language     text not null default 'fr' constraint users_language_known check (language in ('fr', 'en')),
    add column verified_at  timestamptz, -- when a link sent to the e-mail was first used
    add column last_seen_on date,        -- private; the day only: two years without one end the account
    add column warned_at    timestamptz, -- that the account ends for want of use; null again with the next visit
    add column erased_at    timestamptz, -- then name and e-mail are gone, and nothing refers to a person
    add column mark         uuid not null default gen_random_uuid() constraint users_mark_unique unique; -- its name in what outlives the database (erased accounts)
create index users_last_seen_on on users (last_seen_on) where email is not null;
comment on column users.email is 'private: in no public or moderator answer; kept until the account is erased';
comment on column users.last_seen_on is 'private: day of the last visit, for the end of idle accounts';

-- Signed-in browsers. A visitor has none. Kept until they end (internal/accounts/session.go
-- says when), are revoked, or their user is blocked or erased; swept every hour.
create table sessions (
    id         bigint generated always as identity primary key, -- what their user revokes them by
    hash       bytea not null constraint sessions_hash_unique unique
               constraint sessions_hash_length check (length(hash) = 32), -- SHA-256 of the cookie
    user_id    bigint not null references users (id),
    method     text not null constraint sessions_method_known check (method in ('link', 'passkey', 'oidc')),
    created_at timestamptz not null,
    seen_at    timestamptz not null -- private; exact to ten minutes
);
create index sessions_user_id on sessions (user_id);
comment on table sessions is 'private: who is signed in; rows go when the session ends';

-- Links by mail that sign in. A row goes when its link is used, or an hour after it ended.
create table login_links (
    hash       bytea primary key constraint login_links_hash_length check (length(hash) = 32), -- SHA-256 of the token
    email      text not null, -- private
    language   text not null,
    next       text not null, -- own path to go on to
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create index login_links_email on login_links (email);
create index login_links_expires_at on login_links (expires_at);
comment on table login_links is 'private: e-mail addresses that asked to sign in; an hour at most after the link ended';
