-- +goose Up

-- What a town says of a category instead of the shipped taxonomy; null is as shipped.
create table category_overrides (
    category    text primary key references categories (id),
    label_fr    text constraint category_overrides_label_fr_present check (label_fr <> ''),
    label_en    text constraint category_overrides_label_en_present check (label_en <> ''),
    pictogram   text, -- the category of the shipped taxonomy whose pictogram it has
    verify_days integer constraint category_overrides_verify_days_range check (verify_days between 0 and 3650),
    hidden      boolean not null default false,
    changed_at  timestamptz not null
);
