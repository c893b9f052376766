-- +goose Up

-- What no query filters or joins by needs no statistics. Those of jsonb and of
-- geometry are what ANALYZE spends its time on: 1.8 to 0.6 s of the database's
-- CPU after an import of 69,000 places.
alter table place_revisions
    alter column document set statistics 0,
    alter column provenance set statistics 0,
    alter column point set statistics 0,
    alter column footprint set statistics 0,
    alter column hash set statistics 0;
alter table source_records
    alter column tags set statistics 0,
    alter column document set statistics 0,
    alter column point set statistics 0,
    alter column footprint set statistics 0;
alter table published_places
    alter column feature set statistics 0;

-- No query ever used it: a territory is compared row by row, with the verdicts.
drop index source_records_point;
