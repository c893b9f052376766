-- +goose Up

-- Which places a record described before they were merged, the first one first,
-- with what the source had said of it until then: [{"place": 7, "document": {…}}].
-- Undoing a merge gives each place its own records back.
alter table source_records add column merged_from jsonb not null default '[]';

-- One row per merge, so that it can be undone.
create table place_merges (
    id              bigint generated always as identity primary key,
    place_id        bigint not null references places (id),
    into_id         bigint not null references places (id),
    given           jsonb not null, -- what the other place got from it, by field: {"before", "value", "provenance"}
    contribution_id bigint references contributions (id),
    undone_by       bigint references contributions (id),
    undone          boolean not null default false,
    at              timestamptz not null
);
create index place_merges_place_id on place_merges (place_id);
create index place_merges_into_id on place_merges (into_id);
create index place_merges_contribution_id on place_merges (contribution_id) where contribution_id is not null;
create index place_merges_undone_by on place_merges (undone_by) where undone_by is not null;
