-- +goose Up

-- Erasing for privacy: what a revision, or all of a place, said is gone; that
-- there was a revision, its number and its commitment stay. docs/erase.md.
alter table place_revisions add column erased_at timestamptz;
alter table places add column erased_at timestamptz;
alter table source_records add column erased boolean not null default false; -- imports leave it alone
alter table contributions alter column key drop not null; -- null: the content is erased, nothing opens its commitment

-- Revisions change in one way only: into the tombstone of themselves, after their key is gone.
-- +goose StatementBegin
create function refuse_unless_tombstone() returns trigger language plpgsql as $$
begin
    if tg_op <> 'UPDATE'
        or (new.place_id, new.number, new.base, new.import_id, new.contribution_id, new.at)
            is distinct from (old.place_id, old.number, old.base, old.import_id, old.contribution_id, old.at)
        or new.document <> '{}' or new.provenance <> '{}' or new.footprint is not null
        or not st_isempty(new.point) or new.hash <> decode(repeat('00', 32), 'hex') or new.erased_at is null
        or exists (select from log_payloads l where (l.place_id, l.number) = (new.place_id, new.number) and l.key is not null) then
        raise exception '% is append-only, except for erasing', tg_table_name using errcode = 'restrict_violation', constraint = tg_table_name || '_append_only';
    end if;
    return new;
end $$;
-- +goose StatementEnd
drop trigger place_revisions_append_only on place_revisions;
create trigger place_revisions_append_only before update or delete on place_revisions
    for each row execute function refuse_unless_tombstone();

-- Decisions lose their words, and only with the content that they are about.
-- +goose StatementBegin
create function refuse_unless_wordless() returns trigger language plpgsql as $$
begin
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
drop trigger decisions_append_only on decisions;
create trigger decisions_append_only before update or delete on decisions
    for each row execute function refuse_unless_wordless();

-- The recorded procedure. Numbers null: the whole place, which must be off the
-- map. It runs with its owner's rights: those of the application need not reach
-- so far. The leaf of the log is the caller's, in the same transaction.
-- +goose StatementBegin
create function erase_place(target bigint, numbers int[], at timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    authored bigint[]; -- the contributions that said it; not those that erase
    empty constant geometry := st_setsrid('point empty'::geometry, 4326);
begin
    authored := array(
        select c.id
        from contributions c
        where c.action <> 'erase'
            and (numbers is null and c.place_id = target or c.id in (
                select r.contribution_id from place_revisions r where r.place_id = target and r.number = any(numbers)
            ))
    );
    update log_payloads set key = null
    where place_id = target and key is not null and (numbers is null or number = any(numbers));
    update place_revisions r
    set document = '{}', provenance = '{}', point = empty, footprint = null, hash = decode(repeat('00', 32), 'hex'), erased_at = erase_place.at
    where place_id = target and erased_at is null and (numbers is null or number = any(numbers));

    update contributions
    set body = '{}', screening = '{"risk": 0, "reasons": []}', email = null, receipt = null, key = null, body_hash = '', secret_hash = null,
        idempotency_key = null, prefix_hash = null, client_at = null, point = null
    where id = any(authored);
    update decisions set message = case when message is not null then '' end, edits = null where contribution_id = any(authored);
    update contribution_messages set message = '' where contribution_id = any(authored);
    update appeals set message = '' where contribution_id = any(authored);
    -- What others' contributions noticed of it: its name, as a look-alike.
    update contributions
    set screening = jsonb_set(screening, '{lookalikes}', (
        select jsonb_agg(case when (l ->> 'place')::bigint = target then l - 'name' else l end)
        from jsonb_array_elements(screening -> 'lookalikes') l
    ))
    where screening @> jsonb_build_object('lookalikes', jsonb_build_array(jsonb_build_object('place', target)));

    if numbers is not null then
        return;
    end if;
    update places set visibility = 'withheld', erased_at = erase_place.at where id = target;
    update source_records
    set tags = '{}', document = '{}', point = empty, footprint = null, erased = true, merged_from = '[]'
    where place_id = target;
    update source_records r
    set merged_from = (
        select jsonb_agg(case when (m ->> 'place')::bigint = target then m || '{"document": {}}' else m end)
        from jsonb_array_elements(r.merged_from) m
    )
    where merged_from @> jsonb_build_array(jsonb_build_object('place', target));
    update place_merges set given = '{}' where target in (place_id, into_id);
    update import_conflicts set base = null, theirs = null, ours = null where place_id = target;
end $$;
-- +goose StatementEnd
revoke all on function erase_place(bigint, int[], timestamptz) from public;
