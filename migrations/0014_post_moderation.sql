-- +goose Up

-- Open reports of one place are one case of the queue.
create index contributions_open_reports on contributions (place_id, id)
    where action = 'report' and state in ('pending', 'needs_info', 'escalated');

-- "Undo everything by this author": one action of a moderator, in steps that can
-- be cut and gone on with. Who the author is stands in the contribution alone.
create table undo_runs (
    id              bigint generated always as identity primary key,
    contribution_id bigint not null references contributions (id), -- one by the author
    user_id         bigint not null references users (id),         -- the moderator
    role            text not null,
    scopes          jsonb not null, -- of the moderator then
    reason          text not null,
    message         text not null,
    next_before     bigint not null, -- contributions with smaller ids are still to be looked at
    started_at      timestamptz not null,
    finished_at     timestamptz
);
create index undo_runs_contribution_id on undo_runs (contribution_id);
create index undo_runs_user_id on undo_runs (user_id);
create index undo_runs_unfinished on undo_runs (id) where finished_at is null;

create table undo_items (
    run_id          bigint not null references undo_runs (id),
    contribution_id bigint not null references contributions (id), -- that was looked at
    outcome         text not null constraint undo_items_outcome_known check (outcome in ('reverted', 'hidden', 'kept')),
    why             text, -- a code, where something was kept
    fields          text[] not null default '{}', -- that others have changed since, and so stay
    place_id        bigint references places (id),
    undone_by       bigint references contributions (id),
    primary key (run_id, contribution_id),
    constraint undo_items_kept_why check (outcome <> 'kept' or why is not null)
);
create index undo_items_contribution_id on undo_items (contribution_id);
create index undo_items_place_id on undo_items (place_id) where place_id is not null;
create index undo_items_undone_by on undo_items (undone_by) where undone_by is not null;
