-- +goose Up

-- Pictures of places. The bytes are in a blob store, under random names; what is
-- said of a picture (alt text, licence, role, day) is in the contribution that
-- brought it and in the documents of its place, where erasing reaches it.
-- docs/photos.md says how long what is kept.
create table photos (
    id              bigint generated always as identity primary key, -- its key in the documents of places
    file            text not null constraint photos_file_unique unique
                    constraint photos_file_form check (file ~ '^[0-9a-f]{32}$'), -- its name in the store; blurring changes it
    state           text not null constraint photos_state_known check (state in
                    ('uploaded', 'pending', 'published', 'refused', 'hidden', 'erased')),
    upload_hash     bytea constraint photos_upload_hash_unique unique, -- SHA-256 of what its sender was given; private; null once bound
    user_id         bigint references users (id), -- who sent it; never public
    prefix_hash     bytea, -- of a visitor's address prefix, keyed; erased after 30 days
    contribution_id bigint constraint photos_contribution_unique unique references contributions (id),
    place_id        bigint references places (id), -- in whose live document it is, or for which it waits
    width           integer not null constraint photos_width_positive check (width > 0), -- of the largest size, in pixels
    height          integer not null constraint photos_height_positive check (height > 0),
    bytes           bigint not null, -- of all sizes together
    checksum        bytea not null constraint photos_checksum_length check (length(checksum) = 32), -- SHA-256 of the largest size
    taken           date, -- as the camera said; never the hour
    uploaded_at     timestamptz not null,
    due_at          timestamptz, -- from when on the bytes have to go; null: they stay
    gone_at         timestamptz, -- when nothing was left in the store
    constraint photos_bound check ((state = 'uploaded') = (contribution_id is null)),
    constraint photos_stay check (due_at is not null or state in ('pending', 'published'))
);
create index photos_place_id on photos (place_id) where place_id is not null;
create index photos_user_id on photos (user_id, uploaded_at) where user_id is not null;
create index photos_prefix on photos (prefix_hash, uploaded_at) where prefix_hash is not null;
create index photos_due on photos (due_at) where gone_at is null;

-- Names of files that have to go, written before the first of their bytes is: what a
-- killed server leaves behind is found here.
create table photo_leftovers (
    file   text primary key,
    due_at timestamptz not null
);
create index photo_leftovers_due on photo_leftovers (due_at);

comment on column photos.upload_hash is 'private: until the upload is a part of a contribution, a day at most';
comment on column photos.user_id is 'private: who sent it; null once the account is erased';
comment on column photos.prefix_hash is 'private: keyed hash of an address prefix, 30 days';

-- As in 0020; the picture goes with what its contribution said, unless a place shows it.
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
    update photos set state = 'erased', due_at = blank_contributions.at
    where contribution_id = any(ids) and state <> 'published' and gone_at is null;
$$;
-- +goose StatementEnd
revoke all on function blank_contributions(bigint[], timestamptz) from public;
