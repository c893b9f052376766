-- +goose Up

-- Who runs an organisation, and who is asked to join it.
alter table users
    add column manages  boolean not null default false, -- invites and removes members of their organisation
    add column known_as text, -- private: what the organisation calls its member; gone when the membership ends
    add constraint users_manager_is_member check (not manages or role = 'member'),
    add constraint users_known_as_member check (known_as is null or role = 'member');
comment on column users.known_as is 'private: shown to the members of the same organisation and to administrators alone; until the membership or the account ends';

-- Invitations to become a member. What their letter holds is made when it goes: until
-- then there is no hash. Rows go eight days after they were made, whatever became of them.
create table invitations (
    id              bigint generated always as identity primary key,
    organisation_id bigint not null references organisations (id),
    email           text not null, -- private: in no answer, also not to who wrote it
    name            text not null constraint invitations_name_present check (name <> ''), -- private: what the organisation calls whom it invites
    manages         boolean not null,
    language        text not null,
    hash            bytea constraint invitations_hash_unique unique
                    constraint invitations_hash_length check (length(hash) = 32), -- SHA-256 of the token in the letter
    invited_by      bigint references users (id),
    created_at      timestamptz not null,
    expires_at      timestamptz not null,
    ended_at        timestamptz, -- accepted, withdrawn or declined
    declined        boolean not null default false -- the organisation does not write to them again while the row is there
);
create index invitations_organisation_id on invitations (organisation_id);
create index invitations_email on invitations (email);
create index invitations_invited_by on invitations (invited_by) where invited_by is not null;
create index invitations_created_at on invitations (created_at);
comment on table invitations is 'private: e-mail addresses and names of people who are asked to join an organisation; eight days at most';

-- Up to which revision the owner of a place has looked at what others made of it.
create table clearances (
    place_id        bigint primary key references places (id),
    organisation_id bigint not null references organisations (id),
    revision        integer not null,
    at              timestamptz not null
);
create index clearances_organisation_id on clearances (organisation_id);
insert into clearances (place_id, organisation_id, revision, at)
select id, organisation_id, live_revision, now() from places where organisation_id is not null and live_revision is not null;
