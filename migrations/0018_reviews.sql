-- +goose Up

-- What a rule accepted and chance chose: someone looks at it afterwards. It stays
-- published meanwhile.
create table reviews (
    contribution_id bigint primary key references contributions (id),
    sampled_at      timestamptz not null,
    verdict         text constraint reviews_verdict_known check (verdict in ('ok', 'reverted')), -- null while it waits
    reviewed_by     bigint references users (id), -- never public
    reviewed_at     timestamptz,
    undone_by       bigint references contributions (id),
    constraint reviews_verdict_whole check ((verdict is null) = (reviewed_at is null))
);
create index reviews_waiting on reviews (contribution_id) where verdict is null;
create index reviews_reviewed_by on reviews (reviewed_by) where reviewed_by is not null;
create index reviews_undone_by on reviews (undone_by) where undone_by is not null;
