-- +goose Up

-- Erasing what a contribution said that never became a revision: a refused
-- creation, a report. docs/erase.md.
alter table contributions add column erased_at timestamptz; -- when its content went, if it did

-- What every erasing does to the contributions that said it.
-- +goose StatementBegin
create function blank_contributions(ids bigint[], at timestamptz) returns void
language sql set search_path = public, pg_temp as $$
    update contributions
    set body = '{}', screening = '{"risk": 0, "reasons": []}', email = null, receipt = null, key = null, body_hash = '', secret_hash = null,
        idempotency_key = null, prefix_hash = null, client_at = null, point = null, erased_at = coalesce(erased_at, blank_contributions.at)
    where id = any(ids);
    update decisions set message = case when message is not null then '' end, edits = null where contribution_id = any(ids);
    update contribution_messages set message = '' where contribution_id = any(ids);
    update appeals set message = '' where contribution_id = any(ids);
$$;
-- +goose StatementEnd

-- The recorded procedure for one contribution. What became a revision is erased with that.
-- +goose StatementBegin
create function erase_contribution(target bigint, at timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if exists (select from place_revisions where contribution_id = target) then
        raise exception 'contribution % became a revision', target using errcode = 'restrict_violation', constraint = 'contributions_erase_unpublished';
    end if;
    perform blank_contributions(array[target], erase_contribution.at);
end $$;
-- +goose StatementEnd
revoke all on function blank_contributions(bigint[], timestamptz) from public;
revoke all on function erase_contribution(bigint, timestamptz) from public;

-- As in 0017, by blank_contributions.
-- +goose StatementBegin
create or replace function erase_place(target bigint, numbers int[], at timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    empty constant geometry := st_setsrid('point empty'::geometry, 4326);
begin
    update log_payloads set key = null
    where place_id = target and key is not null and (numbers is null or number = any(numbers));
    update place_revisions r
    set document = '{}', provenance = '{}', point = empty, footprint = null, hash = decode(repeat('00', 32), 'hex'), erased_at = erase_place.at
    where place_id = target and erased_at is null and (numbers is null or number = any(numbers));

    -- The contributions that said it; not those that erase.
    perform blank_contributions(array(
        select c.id
        from contributions c
        where c.action <> 'erase'
            and (numbers is null and c.place_id = target or c.id in (
                select r.contribution_id from place_revisions r where r.place_id = target and r.number = any(numbers)
            ))
    ), erase_place.at);
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
