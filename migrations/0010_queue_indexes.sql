-- +goose Up

-- A moderator of one neighbourhood, or of one category, meets the most urgent of a
-- long queue without reading past everybody else's.
create index contributions_queue_neighbourhood on contributions (neighbourhood, deadline, id) where state in ('pending', 'escalated');
create index contributions_queue_category on contributions (category, deadline, id) where state in ('pending', 'escalated');
