-- +goose Up

-- An area of a few hundred corners is larger than an index entry may be: its hash tells
-- the same area again.
alter table follows drop constraint follows_once;
create unique index follows_once on follows
    (user_id, place_id, neighbourhood, organisation_id, md5(st_asbinary(area))) nulls not distinct;
