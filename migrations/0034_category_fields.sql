-- +goose Up

-- The fields that a town has defined for the places of a category. A field that the town
-- removed stays, for the values that places keep. Public, kept as long as the category.
create table category_fields (
    category   text not null references categories (id),
    key        text not null constraint category_fields_key_form check (key ~ '^[a-z][a-z0-9_]{0,39}$'),
    position   integer not null, -- among those of the category
    kind       text not null constraint category_fields_kind_known check (kind in ('text', 'number', 'yes_no', 'choice')),
    label_fr   text not null constraint category_fields_label_fr_present check (label_fr <> ''),
    label_en   text not null,
    help_fr    text not null,
    help_en    text not null,
    choices    jsonb not null, -- of kind choice: [{"fr": value and label, "en": label}]
    removed    boolean not null default false,
    changed_at timestamptz not null,
    primary key (category, key)
);
