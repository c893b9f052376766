create temporary table verdicts on commit drop as
select
    coalesce(s.ref, b.ref) as ref,
    b.place_id,
    case
        when b.ref is null then 'new'
        when b.erased then 'unchanged' -- whatever the source says of it now
        when s.ref is null then 'vanished'
        when b.vanished is not null then 'returned'
        when b.tags <> s.tags and b.moved then 'tags+geometry'
        when b.tags <> s.tags then 'tags'
        when b.moved then 'geometry'
        when b.reshaped then 'outline'
        else 'unchanged'
    end as verdict
from staged s
full join (
    select
        r.ref,
        r.place_id,
        r.tags,
        r.vanished,
        r.erased,
        st_asbinary(r.point) <> t.point as moved,
        st_asbinary(r.footprint) is distinct from t.footprint as reshaped
    from source_records r
    left join staged t on t.ref = r.ref
    where r.source = $1
        and (
            t.ref is not null
            or r.vanished is null
            and not r.erased
            and ($2::bytea is null or st_covers(st_geomfromwkb($2, 4326), r.point))
        )
) b on b.ref = s.ref
