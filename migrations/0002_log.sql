-- +goose Up

-- The public log: an append-only Merkle tree (RFC 6962) of what happened to
-- places and contributions. moderation/publiclog says how it works.

-- One row per event, in the transaction of the event. Its order here means
-- nothing: the order of the log is fixed by the sequencer, in log_hashes.
create table log_leaves (
    id    bigint generated always as identity primary key,
    entry bytea not null constraint log_leaves_entry_length check (length(entry) between 1 and 65535),
    hash  bytea not null generated always as (sha256('\x00'::bytea || entry)) stored -- RFC 6962, 2.1
);
create unique index log_leaves_hash on log_leaves (hash);

-- Leaves that wait for the sequencer. Identity values do not follow commit order,
-- so "later than the last one" would miss a leaf whose transaction commits late.
create table log_pending (
    leaf bigint primary key references log_leaves (id)
);

-- The hashes of complete subtrees of height 8 × level: what the tiles show, and
-- no more. Level 0 is the order of the log.
create table log_hashes (
    level    smallint not null,
    position bigint not null,
    hash     bytea not null constraint log_hashes_hash_length check (length(hash) = 32),
    leaf     bigint constraint log_hashes_leaf_once unique references log_leaves (id),
    primary key (level, position),
    constraint log_hashes_leaf_at_bottom check ((level = 0) = (leaf is not null))
);

-- Every tree that was signed, as a signed note (c2sp.org/tlog-checkpoint).
create table log_checkpoints (
    size bigint primary key generated always as (split_part(note, e'\n', 2)::bigint) stored,
    note text not null
);

-- What opens a revision's commitment. The commitment stays; the key goes when the
-- content is erased, and then nothing can be guessed from the commitment.
create table log_payloads (
    place_id   bigint not null,
    number     integer not null,
    commitment bytea not null constraint log_payloads_commitment_length check (length(commitment) = 32),
    key        bytea constraint log_payloads_key_length check (length(key) = 32),
    primary key (place_id, number),
    constraint log_payloads_revision foreign key (place_id, number) references place_revisions (place_id, number)
);

-- +goose StatementBegin
create function refuse_unless_erased() returns trigger language plpgsql as $$
begin
    if tg_op <> 'UPDATE' or new.key is not null
        or (new.place_id, new.number, new.commitment) is distinct from (old.place_id, old.number, old.commitment) then
        raise exception '% only ever loses keys', tg_table_name using errcode = 'restrict_violation', constraint = tg_table_name || '_append_only';
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger log_payloads_append_only before update or delete on log_payloads
    for each row execute function refuse_unless_erased();
create trigger log_payloads_never_truncated before truncate on log_payloads
    for each statement execute function refuse_change();

create trigger log_leaves_append_only before update or delete on log_leaves
    for each row execute function refuse_change();
create trigger log_leaves_never_truncated before truncate on log_leaves
    for each statement execute function refuse_change();
create trigger log_hashes_append_only before update or delete on log_hashes
    for each row execute function refuse_change();
create trigger log_hashes_never_truncated before truncate on log_hashes
    for each statement execute function refuse_change();
create trigger log_checkpoints_append_only before update or delete on log_checkpoints
    for each row execute function refuse_change();
create trigger log_checkpoints_never_truncated before truncate on log_checkpoints
    for each statement execute function refuse_change();

-- The name of a run in the log, under which its revisions are listed.
alter table imports add column item uuid not null default gen_random_uuid();
create unique index imports_item on imports (item);
drop index place_revisions_import_id;
create index place_revisions_import_id on place_revisions (import_id, place_id, number) where import_id is not null;

-- The revisions that everybody may read: those of published places. The content
-- of an erased one is gone, its commitment stays. What hides a place takes it out
-- of published_places, and so its history and keys out of here.
create view public_revisions as
select
    r.place_id,
    r.number,
    r.at,
    case when l.key is not null then r.document - 'private' end as document,
    case when l.key is not null then r.provenance end as provenance,
    case when l.key is not null then r.footprint end as footprint,
    l.commitment,
    l.key
from place_revisions r
join log_payloads l using (place_id, number)
where exists (select from published_places p where p.id = r.place_id);
