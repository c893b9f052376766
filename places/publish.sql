with drafts as (
    select *
    from unnest(
        $4::bigint[], $5::bigint[], $6::bigint[], $7::int[],
        $8::text[], $9::text[], $10::text[],
        $11::bytea[], $12::bytea[], $13::bytea[],
        $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[],
        $22::text[], $23::text[], $24::text[],
        $25::bytea[], $26::bytea[]
    ) as d (
        id, seq, hilbert, revision,
        state, document, provenance,
        point, footprint, hash,
        kind, category, group_id, neighbourhood, wheelchair, source, name, feature,
        search_a, search_b, search_c,
        key, commitment
    )
), root as (
    insert into places (id, state, live_revision) overriding system value
    select id, state, revision
    from drafts
    on conflict (id) do update set
        state = excluded.state,
        live_revision = excluded.live_revision
    returning id
), history as (
    insert into place_revisions (place_id, number, base, document, point, footprint, provenance, import_id, contribution_id, hash, at)
    select
        id,
        revision,
        nullif(revision - 1, 0),
        document::jsonb,
        st_geomfromwkb(point, 4326),
        st_geomfromwkb(footprint, 4326),
        provenance::jsonb,
        nullif($1::bigint, 0),
        nullif($2::bigint, 0),
        hash,
        $3::timestamptz
    from drafts
), payload as (
    insert into log_payloads (place_id, number, commitment, key)
    select id, revision, commitment, key
    from drafts
), published as (
    insert into published_places (
        id, revision, seq, kind, category, group_id, neighbourhood, state, wheelchair, source,
        name, point, hilbert, updated_at, feature, search
    )
    select
        id,
        revision,
        seq,
        kind,
        category,
        group_id,
        nullif(neighbourhood, ''),
        state,
        wheelchair,
        source,
        name,
        st_geomfromwkb(point, 4326),
        hilbert,
        date_trunc('second', $3::timestamptz),
        feature::json,
        setweight(to_tsvector('simple', fold(search_a)), 'A')
            || setweight(to_tsvector('simple', fold(search_b)), 'B')
            || setweight(to_tsvector('simple', fold(search_c)), 'C')
    from drafts
    where seq > 0 -- 0: hidden
    on conflict (id) do update set
        revision = excluded.revision,
        seq = excluded.seq,
        kind = excluded.kind,
        category = excluded.category,
        group_id = excluded.group_id,
        neighbourhood = excluded.neighbourhood,
        state = excluded.state,
        wheelchair = excluded.wheelchair,
        source = excluded.source,
        name = excluded.name,
        point = excluded.point,
        hilbert = excluded.hilbert,
        updated_at = excluded.updated_at,
        feature = excluded.feature,
        search = excluded.search
), feed as (
    insert into changes (seq, place_id, revision, operation, at)
    select seq, id, revision, case revision when 1 then 'create' else 'update' end, $3::timestamptz
    from drafts
    where seq > 0
)
select pg_notify('changes', max(seq)::text) from drafts
where seq > 0
having count(*) > 0
