create temporary table verdicts on commit drop as
select
    coalesce(s.ref, b.ref) as ref,
    b.place_id,
    case
        when b.ref is null then 'new'
        when s.ref is null then 'vanished'
        when b.vanished is not null then 'returned'
        when b.tags = s.tags and b.same_shape then 'unchanged'
        when b.tags = s.tags then 'geometry'
        when b.same_shape then 'tags'
        else 'tags+geometry'
    end as verdict
from staged s
full join (
    select
        r.ref,
        r.place_id,
        r.tags,
        r.vanished,
        st_asbinary(r.point) = t.point
            and st_asbinary(r.footprint) is not distinct from t.footprint as same_shape
    from source_records r
    left join staged t on t.ref = r.ref
    where r.source = $1
        and (
            t.ref is not null
            or r.vanished is null
            and ($2::bytea is null or st_covers(st_geomfromwkb($2, 4326), r.point))
        )
) b on b.ref = s.ref
