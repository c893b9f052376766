-- +goose Up

-- A picture that came with a creation waits with it ("attached", under the creation's
-- number); what is said of it stands in the creation's proposal, where erasing reaches
-- it. Once the place is on the map it is bound to a contribution of its own.
alter table photos
    drop constraint photos_state_known,
    add constraint photos_state_known check (state in
        ('uploaded', 'attached', 'pending', 'published', 'refused', 'hidden', 'erased')),
    drop constraint photos_stay,
    add constraint photos_stay check (due_at is not null or state in ('attached', 'pending', 'published'));
comment on column photos.contribution_id is 'the contribution of the photo itself; of one that is attached, the creation that it came with';

-- As in 0022; of what never was a contribution of its own the row goes with the bytes.
-- +goose StatementBegin
create or replace function blank_contributions(ids bigint[], at timestamptz) returns void
language sql set search_path = public, pg_temp as $$
    update contributions
    set body = '{}', screening = '{"risk": 0, "reasons": []}', email = null, receipt = null, key = null, body_hash = '', secret_hash = null,
        idempotency_key = null, prefix_hash = null, client_at = null, point = null, erased_at = coalesce(erased_at, blank_contributions.at)
    where id = any(ids);
    update decisions set message = case when message is not null then '' end, edits = null where contribution_id = any(ids);
    update contribution_messages set message = '' where contribution_id = any(ids);
    update appeals set message = '' where contribution_id = any(ids);
    update photos set state = case when state = 'attached' then state else 'erased' end, due_at = blank_contributions.at
    where contribution_id = any(ids) and state <> 'published' and gone_at is null;
$$;
-- +goose StatementEnd
