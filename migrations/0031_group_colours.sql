-- +goose Up

-- The colour that a town has chosen for a group instead of the shipped one; null is as
-- shipped. Public, kept as long as the group.
create table group_colours (
    group_id   text primary key references category_groups (id),
    day        text constraint group_colours_day_form check (day ~ '^#[0-9a-f]{6}$'),
    night      text constraint group_colours_night_form check (night ~ '^#[0-9a-f]{6}$'),
    changed_at timestamptz not null,
    constraint group_colours_both_or_none check ((day is null) = (night is null))
);
