-- +goose Up

-- The photo of an accepted creation is a contribution that nobody sent that day: it
-- counts in no quota, and what tells its visitor apart goes with that of the creation.
alter table contributions add column came_with bigint references contributions (id);
create index contributions_came_with on contributions (came_with) where came_with is not null;
comment on column contributions.came_with is 'of a photo that came with a creation: the creation; kept for ever, as both are by one author';

update contributions photo
set came_with = creation.id
from contributions creation
join photos p on p.id = (creation.body ->> 'photo')::bigint
where creation.action = 'create'
    and creation.body -> 'with' is not null
    and photo.id = p.contribution_id
    and photo.id <> creation.id;
