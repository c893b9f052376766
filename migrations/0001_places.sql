-- +goose Up

create extension if not exists postgis;
create extension if not exists pg_trgm;
create extension if not exists unaccent;

-- unaccent() is only stable because its dictionary may change; ours does not,
-- and an index needs an immutable function.
-- +goose StatementBegin
create function fold(value text) returns text
language sql immutable strict parallel safe
as $$ select lower(public.unaccent('public.unaccent'::regdictionary, value)) $$;
-- +goose StatementEnd

create table category_groups (
    id       text primary key,
    label_fr text not null,
    label_en text not null,
    position integer not null
);

create table categories (
    id           text primary key,
    group_id     text not null references category_groups (id),
    kind         text not null constraint categories_kind_known check (kind in ('service', 'initiative')),
    label_fr     text not null,
    label_en     text not null,
    icon         text not null,
    min_zoom     integer not null,
    verify_days  integer not null,
    match_metres double precision not null,
    osm_rule     text not null,
    position     integer not null
);
create index categories_group_id on categories (group_id);

-- Where values come from, with what one owes for using them.
create table sources (
    id          text primary key,
    name        text not null,
    licence     text not null, -- SPDX
    attribution text not null,
    url         text not null
);
insert into sources (id, name, licence, attribution, url) values
    ('osm', 'OpenStreetMap', 'ODbL-1.0', '© les contributeurs OpenStreetMap', 'https://www.openstreetmap.org/copyright'),
    ('demo', 'CartoQuartiers, quartier de démonstration', 'etalab-2.0', 'Ville fictive, données inventées', 'https://www.etalab.gouv.fr/licence-ouverte-open-licence/'),
    ('town', 'Collectivité', 'etalab-2.0', 'Données de la collectivité', 'https://www.etalab.gouv.fr/licence-ouverte-open-licence/'),
    ('local', 'Habitants, associations et agents', 'etalab-2.0', 'Les contributeurs de CartoQuartiers', 'https://www.etalab.gouv.fr/licence-ouverte-open-licence/');

-- One row per run of an importer, the first as the later ones.
create table imports (
    id          bigint generated always as identity primary key,
    source      text not null references sources (id),
    file_name   text not null,
    file_sha256 bytea not null constraint imports_file_sha256_length check (length(file_sha256) = 32),
    data_at     timestamptz, -- what the file says of its own age; null when it says nothing
    started_at  timestamptz not null,
    finished_at timestamptz not null,
    report      jsonb not null,
    root_hash   bytea -- over the content that the run published; null when it published nothing
);
create index imports_source on imports (source, id desc);

create table neighbourhoods (
    id     bigint generated always as identity primary key,
    code   text not null constraint neighbourhoods_code_unique unique
           constraint neighbourhoods_code_slug check (code ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    name   text not null constraint neighbourhoods_name_present check (name <> ''),
    names  jsonb not null default '{}', -- per language
    parent text references neighbourhoods (code) deferrable initially deferred,
    level  integer not null, -- OSM admin_level, or 9, 10, 11 for suburb, quarter, neighbourhood
    source text not null references sources (id),
    ref    text not null, -- in the source: relation/…, or the feature's id
    area   geometry(MultiPolygon, 4326) not null,
    constraint neighbourhoods_ref_unique unique (source, ref)
);
create index neighbourhoods_area on neighbourhoods using gist (area);
create index neighbourhoods_parent on neighbourhoods (parent);
create index neighbourhoods_name_trgm on neighbourhoods using gin (fold(name) gin_trgm_ops);

-- The immutable root. Everything that can change is in a revision.
create table places (
    id            bigint generated always as identity primary key,
    state         text not null constraint places_state_known
                  check (state in ('open', 'closed_temporarily', 'closed', 'merged')),
    live_revision integer not null constraint places_live_revision_positive check (live_revision > 0),
    merged_into   bigint references places (id),
    constraint places_merged_into_only_merged check ((state = 'merged') = (merged_into is not null))
);
create index places_merged_into on places (merged_into) where merged_into is not null;

create table place_revisions (
    place_id   bigint not null references places (id),
    number     integer not null constraint place_revisions_number_positive check (number > 0),
    base       integer, -- the revision it was made from; null for the first
    document   jsonb not null,
    point      geometry(Point, 4326) not null,
    footprint  geometry(Geometry, 4326),
    provenance jsonb not null,
    import_id  bigint references imports (id),
    hash       bytea not null constraint place_revisions_hash_length check (length(hash) = 32),
    at         timestamptz not null,
    primary key (place_id, number),
    constraint place_revisions_base_before check (base is null or base < number)
);
create index place_revisions_import_id on place_revisions (import_id) where import_id is not null;

-- History is public and stays: erasing for privacy will be a recorded procedure of its own.
-- +goose StatementBegin
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation', constraint = tg_table_name || '_append_only';
end $$;
-- +goose StatementEnd
create trigger place_revisions_append_only before update or delete on place_revisions
    for each row execute function refuse_change();
create trigger place_revisions_never_truncated before truncate on place_revisions
    for each statement execute function refuse_change();

-- The one row that every reader reads; written by places.Publish alone.
create table published_places (
    id            bigint primary key references places (id),
    revision      integer not null,
    seq           bigint not null, -- of the change that brought it
    kind          text not null,
    category      text not null,
    group_id      text not null,
    neighbourhood text,
    state         text not null constraint published_places_state_known check (state in ('open', 'closed_temporarily', 'closed')),
    wheelchair    text not null default '', -- '' unknown
    source        text not null,
    name          text not null default '', -- '' unnamed
    point         geometry(Point, 4326) not null,
    hilbert       bigint not null, -- geo.Hilbert of the point: the order of lists
    updated_at    timestamptz not null,
    feature       json not null, -- the GeoJSON feature, rendered once
    search        tsvector not null
);
create unique index published_places_hilbert on published_places (hilbert, id);
create index published_places_point on published_places using gist (point);
create index published_places_updated_at on published_places (updated_at, id);
create index published_places_seq on published_places (seq);
create index published_places_neighbourhood on published_places (neighbourhood, category);
create index published_places_category on published_places (category);
create index published_places_search on published_places using gin (search);
create index published_places_name_trgm on published_places using gin (fold(name) gin_trgm_ops);

-- The public feed. seq follows commit order and has no gaps: it is taken under a
-- lock that is held until commit, so who has seen n never misses a smaller one.
create table changes (
    seq       bigint primary key,
    place_id  bigint not null references places (id),
    revision  integer not null,
    operation text not null constraint changes_operation_known check (operation in ('create', 'update', 'remove')),
    at        timestamptz not null
);
create index changes_place_id on changes (place_id, seq);

-- What each source says of each of its records, as the source said it: the baseline.
create table source_records (
    source     text not null references sources (id),
    ref        text not null, -- node/123
    place_id   bigint not null references places (id),
    import_id  bigint not null references imports (id), -- that last changed this row
    version    integer not null,
    at         timestamptz,
    tags       jsonb not null,
    document   jsonb not null, -- the tags as a place document: "last imported" of the three-way merge
    point      geometry(Point, 4326) not null,
    footprint  geometry(Geometry, 4326),
    partial    boolean not null default false,
    vanished   bigint references imports (id), -- the run in which it was gone; null while it is there
    primary key (source, ref)
);
create index source_records_place_id on source_records (place_id);
create index source_records_import_id on source_records (import_id);
create index source_records_point on source_records using gist (point);
create index source_records_vanished on source_records (vanished) where vanished is not null;

-- A field changed both here and by the source since they last agreed.
create table import_conflicts (
    id        bigint generated always as identity primary key,
    import_id bigint not null references imports (id),
    place_id  bigint not null references places (id),
    field     text not null, -- a path of places.Fields
    base      jsonb, -- last imported
    theirs    jsonb, -- new import
    ours      jsonb, -- live
    constraint import_conflicts_field_once unique (import_id, place_id, field)
);
create index import_conflicts_place_id on import_conflicts (place_id);
