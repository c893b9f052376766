-- +goose Up

-- Who acts. Accounts for people (mail, passkeys, sessions) come later: a user is
-- so far only what a token stands for.
create table organisations (
    id         bigint generated always as identity primary key,
    name       text not null constraint organisations_name_present check (name <> ''),
    created_at timestamptz not null,
    constraint organisations_name_unique unique (name)
);

create table users (
    id         bigint generated always as identity primary key,
    name       text not null constraint users_name_present check (name <> ''), -- never public
    role       text not null constraint users_role_known
               check (role in ('resident', 'member', 'agent', 'moderator', 'admin')),
    organisation_id bigint references organisations (id),
    created_at timestamptz not null,
    blocked_at timestamptz,
    constraint users_name_unique unique (name),
    constraint users_member_organisation check ((role = 'member') = (organisation_id is not null))
);
create index users_organisation_id on users (organisation_id) where organisation_id is not null;

-- Where a user may act by right: an agent's territory, a moderator's scope. No row: everywhere.
create table user_scopes (
    user_id       bigint not null references users (id),
    neighbourhood text, -- code; null: any
    group_id      text references category_groups (id), -- null: any
    constraint user_scopes_once unique nulls not distinct (user_id, neighbourhood, group_id)
);

create table api_tokens (
    id           bigint generated always as identity primary key,
    user_id      bigint not null references users (id),
    hash         bytea not null constraint api_tokens_hash_unique unique
                 constraint api_tokens_hash_length check (length(hash) = 32), -- SHA-256 of the token
    label        text not null default '',
    scopes       text[] not null, -- read, contribute, moderate, admin
    created_at   timestamptz not null,
    expires_at   timestamptz,
    last_used_at timestamptz,
    revoked_at   timestamptz
);
create index api_tokens_user_id on api_tokens (user_id);

alter table places add column organisation_id bigint references organisations (id);
create index places_organisation_id on places (organisation_id) where organisation_id is not null;
alter table places add column visibility text not null default 'public'
    constraint places_visibility_known check (visibility in ('public', 'refused', 'withheld'));

-- Polygons in which contributions are treated otherwise for a while.
create table moderation_zones (
    id     bigint generated always as identity primary key,
    area   geometry(MultiPolygon, 4326) not null,
    effect text not null constraint moderation_zones_effect_known check (effect in ('block_anonymous', 'force_review')),
    reason text not null constraint moderation_zones_reason_present check (reason <> ''),
    until  timestamptz not null
);
create index moderation_zones_area on moderation_zones using gist (area);

-- The edges of a contribution's state; moderation.Next is the same in Go, and a test compares them.
create table contribution_edges (
    state text not null,
    next  text not null,
    primary key (state, next)
);
insert into contribution_edges (state, next) values
    ('pending', 'accepted'), ('pending', 'refused'), ('pending', 'withdrawn'), ('pending', 'superseded'),
    ('pending', 'needs_info'), ('pending', 'escalated'),
    ('needs_info', 'pending'), ('needs_info', 'accepted'), ('needs_info', 'refused'), ('needs_info', 'withdrawn'),
    ('needs_info', 'superseded'), ('needs_info', 'expired'), ('needs_info', 'escalated'),
    ('escalated', 'accepted'), ('escalated', 'refused'), ('escalated', 'withdrawn'), ('escalated', 'superseded'),
    ('escalated', 'needs_info'),
    ('refused', 'escalated'); -- an appeal

create table contributions (
    id              bigint generated always as identity primary key,
    item            uuid not null default gen_random_uuid() constraint contributions_item_unique unique, -- its name in the log
    action          text not null constraint contributions_action_known check (action in (
                        'create', 'edit', 'move', 'close', 'reopen', 'confirm', 'report', 'photo',
                        'merge', 'revert', 'hide', 'restore', 'erase')),
    place_id        bigint references places (id), -- null while a creation is not accepted
    base_revision   integer,
    body            jsonb not null, -- the proposal, checked and normalised; moderation.Proposal
    role            text not null constraint contributions_role_known
                    check (role in ('visitor', 'resident', 'member', 'agent', 'moderator', 'admin', 'importer')),
    user_id         bigint references users (id),
    organisation_id bigint references organisations (id),
    import_id       bigint references imports (id),
    prefix_hash     bytea, -- of a visitor's address prefix, keyed; erased after 30 days
    email           text,  -- a visitor's, to be told; never in any answer
    idempotency_key uuid,
    body_hash       bytea not null, -- of the request, to tell a repetition from another one
    client_at       timestamptz,
    received_at     timestamptz not null,
    state           text not null default 'pending' constraint contributions_state_known check (state in (
                        'pending', 'needs_info', 'escalated', 'accepted', 'refused', 'withdrawn', 'superseded', 'expired')),
    version         integer not null default 1, -- counts every change of the row: the ETag
    deadline        timestamptz not null,
    risk            integer not null constraint contributions_risk_range check (risk between 0 and 100),
    screening       jsonb not null, -- moderation.Screening
    rule            text, -- that decided it at once
    neighbourhood   text,
    category        text,
    group_id        text,
    point           geometry(Point, 4326),
    claimed_by      bigint references users (id),
    claimed_until   timestamptz,
    decided_at      timestamptz,
    key             bytea not null constraint contributions_key_length check (length(key) = 32), -- opens the commitment of its leaf
    receipt         text, -- the signed promise, as the author got it
    constraint contributions_claim_whole check ((claimed_by is null) = (claimed_until is null))
);
create unique index contributions_idempotency on contributions
    (coalesce(user_id, 0), coalesce(prefix_hash, ''), idempotency_key) where idempotency_key is not null;
create index contributions_queue on contributions (deadline, id) where state in ('pending', 'escalated');
create index contributions_waiting on contributions (deadline, id) where state = 'needs_info';
create index contributions_place_id on contributions (place_id) where place_id is not null;
create index contributions_user_id on contributions (user_id, received_at) where user_id is not null;
create index contributions_prefix on contributions (prefix_hash, received_at) where prefix_hash is not null;
create index contributions_import_id on contributions (import_id) where import_id is not null;
create index contributions_organisation_id on contributions (organisation_id) where organisation_id is not null;
create index contributions_claimed_by on contributions (claimed_by) where claimed_by is not null;

-- +goose StatementBegin
create function check_contribution_edge() returns trigger language plpgsql as $$
begin
    if new.state <> old.state
        and not exists (select from contribution_edges where state = old.state and next = new.state) then
        raise exception 'a contribution cannot go from % to %', old.state, new.state
            using errcode = 'check_violation', constraint = 'contributions_state_edge';
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger contributions_state_edge before update of state on contributions
    for each row execute function check_contribution_edge();

-- What was answered, by a person or a rule. A contribution can have several: a
-- question, a refusal, the answer to an appeal.
create table decisions (
    id              bigint generated always as identity primary key,
    contribution_id bigint not null references contributions (id),
    outcome         text not null constraint decisions_outcome_known
                    check (outcome in ('accepted', 'refused', 'needs_info', 'escalated', 'withdrawn', 'superseded', 'expired')),
    reason          text, -- a code
    message         text, -- to the author
    edits           jsonb, -- a moderator's own changes to the proposal (RFC 7396)
    rule            text, -- when no person decided
    user_id         bigint references users (id), -- never public
    role            text not null,
    place_id        bigint references places (id),
    revision        integer,
    at              timestamptz not null,
    constraint decisions_refusal_explained check (outcome <> 'refused' or (reason is not null and message is not null))
);
create index decisions_contribution_id on decisions (contribution_id);
create index decisions_user_id on decisions (user_id) where user_id is not null;
create index decisions_place_id on decisions (place_id) where place_id is not null;
create trigger decisions_append_only before update or delete on decisions
    for each row execute function refuse_change();

create table contribution_messages (
    id              bigint generated always as identity primary key,
    contribution_id bigint not null references contributions (id),
    from_moderation boolean not null,
    user_id         bigint references users (id),
    message         text not null,
    at              timestamptz not null
);
create index contribution_messages_contribution_id on contribution_messages (contribution_id);
create index contribution_messages_user_id on contribution_messages (user_id) where user_id is not null;

create table appeals (
    contribution_id bigint primary key references contributions (id), -- once
    refused_by      bigint references users (id), -- who may not answer it
    message         text not null,
    at              timestamptz not null
);
create index appeals_refused_by on appeals (refused_by) where refused_by is not null;

create table contribution_votes (
    contribution_id bigint not null references contributions (id),
    user_id         bigint not null references users (id),
    confirms        boolean not null,
    at              timestamptz not null,
    primary key (contribution_id, user_id)
);
create index contribution_votes_user_id on contribution_votes (user_id);

-- Pairs of places that may be one. "distinct" is remembered for ever.
create table duplicate_pairs (
    a        bigint not null references places (id),
    b        bigint not null references places (id),
    score    real not null,
    verdict  text not null default 'open' constraint duplicate_pairs_verdict_known check (verdict in ('open', 'distinct', 'merged')),
    at       timestamptz not null,
    primary key (a, b),
    constraint duplicate_pairs_ordered check (a < b)
);
create index duplicate_pairs_b on duplicate_pairs (b);

alter table import_conflicts add column contribution_id bigint references contributions (id);
create index import_conflicts_contribution_id on import_conflicts (contribution_id) where contribution_id is not null;
alter table place_revisions add column contribution_id bigint references contributions (id);
create index place_revisions_contribution_id on place_revisions (contribution_id) where contribution_id is not null;
