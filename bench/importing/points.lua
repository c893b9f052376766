-- Points of interest and nothing else, for osm2pgsql's flex output: what an
-- import of CartoQuartiers reads, in one table.

local keys = {
    'amenity', 'shop', 'leisure', 'healthcare', 'social_facility', 'office',
    'club', 'craft', 'emergency', 'tourism',
}

local points = osm2pgsql.define_table({
    name = 'points_of_interest',
    ids = { type = 'any', type_column = 'osm_type', id_column = 'osm_id' },
    columns = {
        { column = 'tags', type = 'jsonb' },
        { column = 'geom', type = 'geometry', projection = 4326, not_null = true },
    },
})

local function wanted(tags)
    for _, key in ipairs(keys) do
        if tags[key] and tags[key] ~= 'no' then
            return true
        end
    end
    return false
end

function osm2pgsql.process_node(object)
    if wanted(object.tags) then
        points:insert({ tags = object.tags, geom = object:as_point() })
    end
end

function osm2pgsql.process_way(object)
    if object.is_closed and wanted(object.tags) then
        points:insert({ tags = object.tags, geom = object:as_polygon() })
    end
end

function osm2pgsql.process_relation(object)
    local kind = object.tags.type
    if (kind == 'multipolygon' or kind == 'boundary') and wanted(object.tags) then
        points:insert({ tags = object.tags, geom = object:as_multipolygon() })
    end
end
