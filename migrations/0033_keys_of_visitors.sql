-- +goose Up

-- A visitor who changes network between two tries is still the same visitor: what
-- they hold is the key. It was in the scope of their address before; of two rows that
-- one request left behind in that way, the first keeps the key.
update contributions later
set idempotency_key = null
where later.idempotency_key is not null
    and exists (
        select
        from contributions first
        where first.idempotency_key = later.idempotency_key
            and coalesce(first.user_id, 0) = coalesce(later.user_id, 0)
            and first.id < later.id
    );
drop index contributions_idempotency;
create unique index contributions_idempotency on contributions
    (idempotency_key, coalesce(user_id, 0)) where idempotency_key is not null;
