-- +goose Up

-- Letters that wait to be sent (internal/mail). A row goes when its letter has gone,
-- or a day later when nobody would take it. What a letter says is made when it goes:
-- no secret is in here, and the job that sends it holds the row's number only.
create table mails (
    id         bigint generated always as identity primary key,
    kind       text not null,
    email      text not null, -- private
    language   text not null,
    data       jsonb not null, -- what its writer needs; nothing secret
    created_at timestamptz not null
);
comment on table mails is 'private: e-mail addresses of letters that wait; a day at most';
create index mails_created_at on mails (created_at);
