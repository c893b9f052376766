-- +goose Up

-- The town's territory: nothing is created or moved outside of it. One row, or
-- none while it is not known.
create table territory (
    only_one boolean primary key default true constraint territory_only_one check (only_one),
    area     geometry(MultiPolygon, 4326) not null,
    given    boolean not null, -- by a file of the town's; else derived from its neighbourhoods
    at       timestamptz not null
);
