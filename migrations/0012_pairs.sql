-- +goose Up

-- Who settled a pair, and what made it: the creation that looked like another place, or the merge.
alter table duplicate_pairs add column settled_by bigint references users (id); -- never public
alter table duplicate_pairs add column settled_at timestamptz;
create index duplicate_pairs_settled_by on duplicate_pairs (settled_by) where settled_by is not null;
create index duplicate_pairs_open on duplicate_pairs (score desc, a, b) where verdict = 'open';
