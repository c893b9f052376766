-- +goose Up

-- One that was declined stays until the week is over in which nothing else is sent.
comment on table invitations is 'private: e-mail addresses and names of people who are asked to join an organisation; eight days at most, one that was declined eight days from then';
