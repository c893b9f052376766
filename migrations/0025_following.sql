-- +goose Up

-- What the author of a contribution is to be told by mail. Written by triggers, in
-- the transaction of what happened, whoever made it happen; a row goes when its
-- letter waits in mails, within a minute.
create table notices (
    id              bigint generated always as identity primary key,
    contribution_id bigint not null references contributions (id),
    event           text not null constraint notices_event_known check (event in ('received', 'decided', 'appealed')),
    decision_id     bigint references decisions (id),
    constraint notices_decision check ((event = 'decided') = (decision_id is not null))
);
create index notices_contribution_id on notices (contribution_id);
create index notices_decision_id on notices (decision_id) where decision_id is not null;

-- +goose StatementBegin
create function can_be_told(c contributions) returns boolean
language sql stable as $$
    select c.email is not null or c.user_id is not null and exists (select from users u where u.id = c.user_id and u.email is not null)
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create function notice_received() returns trigger language plpgsql as $$
begin
    if can_be_told(new) then
        insert into notices (contribution_id, event) values (new.id, 'received');
    end if;
    return null;
end $$;
-- +goose StatementEnd
create trigger contributions_notice after insert on contributions
    for each row when (new.email is not null or new.user_id is not null) execute function notice_received();

-- Not what the author did, nor a rule in their name.
-- +goose StatementBegin
create function notice_decided() returns trigger language plpgsql as $$
begin
    insert into notices (contribution_id, event, decision_id)
    select c.id, 'decided', new.id
    from contributions c
    where c.id = new.contribution_id
        and (new.user_id is null or new.user_id is distinct from c.user_id)
        and can_be_told(c);
    return null;
end $$;
-- +goose StatementEnd
create trigger decisions_notice after insert on decisions
    for each row when (new.outcome in ('accepted', 'refused', 'needs_info', 'superseded', 'expired')) execute function notice_decided();

-- +goose StatementBegin
create function notice_appealed() returns trigger language plpgsql as $$
begin
    insert into notices (contribution_id, event) select c.id, 'appealed' from contributions c where c.id = new.contribution_id and can_be_told(c);
    return null;
end $$;
-- +goose StatementEnd
create trigger appeals_notice after insert on appeals for each row execute function notice_appealed();

-- Addresses that no mail reaches any more: a server said so for good, or the town.
create table mail_stops (
    hash bytea primary key constraint mail_stops_hash_length check (length(hash) = 32), -- SHA-256 of the address
    at   timestamptz not null
);
comment on table mail_stops is 'private: hashes of e-mail addresses that bounce; until somebody signs in with the address, or the town resumes it';

-- What a person follows: one of the four.
create table follows (
    id              bigint generated always as identity primary key,
    user_id         bigint not null references users (id),
    place_id        bigint references places (id),
    neighbourhood   text,
    organisation_id bigint references organisations (id),
    area            geometry(Polygon, 4326),
    created_at      timestamptz not null,
    constraint follows_one_thing check (num_nonnulls(place_id, neighbourhood, organisation_id, area) = 1),
    constraint follows_once unique nulls not distinct (user_id, place_id, neighbourhood, organisation_id, area)
);
create index follows_place_id on follows (place_id) where place_id is not null;
create index follows_organisation_id on follows (organisation_id) where organisation_id is not null;
comment on table follows is 'private: what a person is told about; until they end it, or the account is erased';

-- When a person gets which letter: one row for each who follows, and for each moderator.
create table digests (
    user_id    bigint primary key references users (id),
    pace       text not null default 'daily' constraint digests_pace_known check (pace in ('hourly', 'daily', 'weekly')),
    stop_token uuid not null default gen_random_uuid() constraint digests_stop_token_unique unique, -- in the link that ends them
    seq        bigint not null,   -- of the last change that was told
    updates_at timestamptz,       -- when the next changes are told; null: they are ended
    morning_at timestamptz        -- when a moderator is told what waits; null for others, or ended
);
create index digests_updates_at on digests (updates_at) where updates_at is not null;
create index digests_morning_at on digests (morning_at) where morning_at is not null;
comment on table digests is 'private: who gets which letters; until the account is erased';
