-- +goose Up

-- Accounts that were erased: marks that say nothing of anybody, kept for ever, so
-- that what a backup brings back is erased again. The same lines stand in a file of
-- the data directory, which outlives the database.
create table erased_users (
    mark    uuid primary key,
    content boolean not null, -- what was not published went too
    at      timestamptz not null
);

-- Decisions are append-only, except that they lose their words with the content they
-- are about (0017), and now whom they lead to when that account is erased.
-- +goose StatementBegin
create or replace function refuse_unless_wordless() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and new.user_id is null
        and (new.id, new.contribution_id, new.outcome, new.reason, new.message, new.edits, new.rule, new.role, new.place_id, new.revision, new.at)
            is not distinct from (old.id, old.contribution_id, old.outcome, old.reason, old.message, old.edits, old.rule, old.role, old.place_id, old.revision, old.at)
        and exists (select from users u where u.id = old.user_id and u.erased_at is not null) then
        return new;
    end if;
    if tg_op <> 'UPDATE'
        or (new.id, new.contribution_id, new.outcome, new.reason, new.rule, new.user_id, new.role, new.place_id, new.revision, new.at)
            is distinct from (old.id, old.contribution_id, old.outcome, old.reason, old.rule, old.user_id, old.role, old.place_id, old.revision, old.at)
        or coalesce(new.message, '') <> '' or (new.message is null) <> (old.message is null) or new.edits is not null
        or exists (select from contributions c where c.id = new.contribution_id and c.key is not null) then
        raise exception '% is append-only, except for erasing', tg_table_name using errcode = 'restrict_violation', constraint = tg_table_name || '_append_only';
    end if;
    return new;
end $$;
-- +goose StatementEnd
