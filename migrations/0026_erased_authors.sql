-- +goose Up

-- Nothing comes in for an account that is erased: what was on its way when its author
-- went is refused. Erasing locks the account first (moderation.Persons.Erase); this
-- waits for it, and looks again.
-- +goose StatementBegin
create function refuse_erased_author() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform from users where id = new.user_id and erased_at is null for key share;
    if not found and exists (select from users where id = new.user_id) then -- nobody at all is for the reference to say
        raise exception 'the account % is erased', new.user_id using errcode = 'restrict_violation', constraint = 'users_erased';
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger contributions_author before insert on contributions
    for each row when (new.user_id is not null) execute function refuse_erased_author();
create trigger photos_author before insert on photos
    for each row when (new.user_id is not null) execute function refuse_erased_author();
create trigger contribution_votes_author before insert on contribution_votes
    for each row execute function refuse_erased_author();

-- What a rule decided at once was kept as the author's own decision, also of those who
-- were erased before erasing reached it.
update decisions d
set user_id = null
from users u
where u.id = d.user_id
    and u.erased_at is not null
    and d.role not in ('moderator', 'admin')
    and (d.rule is not null or d.outcome = 'withdrawn');
