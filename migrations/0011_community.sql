-- +goose Up

-- What the residents' votes say of a contribution that waits: only 'refuse', which a
-- moderator confirms or not. moderation/community.go says when.
alter table contributions add column advice text
    constraint contributions_advice_known check (advice = 'refuse');

-- What residents can vote on, the newest first.
create index contributions_votable on contributions (id)
    where state = 'pending' and action in ('create', 'edit', 'move', 'close', 'reopen', 'confirm');
