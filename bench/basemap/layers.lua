-- The same objects as tiles/basemap/schema.go, for osm2pgsql: one table a layer, with
-- kind, name, the first zoom and the order of drawing.

local function layer(name, geometry)
    return osm2pgsql.define_table({
        name = name,
        ids = { type = 'any', type_column = 'osm_type', id_column = 'osm_id' },
        columns = {
            { column = 'kind', type = 'text' }, { column = 'kind_detail', type = 'text' }, { column = 'name', type = 'text' },
            { column = 'from_zoom', type = 'int' }, { column = 'rank', type = 'int' },
            { column = 'geom', type = geometry, projection = 3857, not_null = true },
        },
    })
end

local roads, water_lines = layer('roads', 'linestring'), layer('water_lines', 'linestring')
local water, landuse = layer('water', 'geometry'), layer('landuse', 'geometry')
local buildings, places = layer('buildings', 'geometry'), layer('places', 'point')
local boundaries = layer('boundaries', 'linestring')

local road_from = { motorway = 5, trunk = 6, primary = 7, secondary = 9, tertiary = 10, residential = 12, unclassified = 12,
    road = 12, living_street = 12, service = 13, pedestrian = 13, track = 13, cycleway = 13, path = 13, bridleway = 13,
    footway = 14, steps = 14, raceway = 13 }
local rails = { rail = 11, light_rail = 11, subway = 11, tram = 11, narrow_gauge = 11, funicular = 11, monorail = 11 }
local water_from = { river = 8, canal = 10, stream = 13, drain = 14, ditch = 14 }
local place_from = { city = 4, town = 8, village = 11, hamlet = 13, suburb = 12, quarter = 13, neighbourhood = 14, island = 12 }
local border_from = { ['2'] = 4, ['4'] = 6, ['6'] = 8, ['8'] = 11 }
local land = {
    landuse = { forest = 7, grass = 11, meadow = 10, farmland = 9, vineyard = 10, orchard = 10, cemetery = 11, allotments = 12,
        industrial = 10, commercial = 11, residential = 9, railway = 12, military = 10, recreation_ground = 11, village_green = 12, quarry = 11 },
    leisure = { park = 9, garden = 13, golf_course = 10, nature_reserve = 8, pitch = 13, playground = 14, stadium = 12, marina = 12 },
    natural = { wood = 7, scrub = 9, heath = 10, grassland = 10, wetland = 9, beach = 10, sand = 10, bare_rock = 9, scree = 9, glacier = 6 },
    amenity = { hospital = 12, school = 13, university = 12, college = 12, kindergarten = 14, parking = 14 },
    aeroway = { aerodrome = 9, apron = 12 },
    man_made = { pier = 12, bridge = 14, breakwater = 12 },
}

local function row(kind, detail, object, from, rank, geom)
    return { kind = kind, kind_detail = detail, name = object.tags.name, from_zoom = from, rank = rank, geom = geom }
end

local function areas(object, geom)
    local tags = object.tags
    if tags.natural == 'water' or tags.waterway == 'riverbank' or tags.leisure == 'swimming_pool' then
        water:insert(row('water', tags.water, object, 4, 0, geom()))
    end
    for key, kinds in pairs(land) do
        local from = kinds[tags[key]]
        if from then
            landuse:insert(row(tags[key], nil, object, from, 0, geom()))
            break
        end
    end
    if tags.building and tags.building ~= 'no' then
        buildings:insert(row('building', nil, object, 13, 0, geom()))
    end
end

function osm2pgsql.process_node(object)
    local from = place_from[object.tags.place]
    if from and object.tags.name then
        places:insert(row('locality', object.tags.place, object, from, 0, object:as_point()))
    end
end

function osm2pgsql.process_way(object)
    local tags = object.tags
    local class = tags.highway and tags.highway:gsub('_link$', '')
    if road_from[class] then
        roads:insert(row(class, tags.highway, object, road_from[class], 20 - road_from[class], object:as_linestring()))
    elseif rails[tags.railway] then
        roads:insert(row('rail', tags.railway, object, 11, 5, object:as_linestring()))
    end
    if water_from[tags.waterway] then
        water_lines:insert(row(tags.waterway, nil, object, water_from[tags.waterway], 0, object:as_linestring()))
    end
    if object.is_closed then
        areas(object, function() return object:as_polygon() end)
    end
end

function osm2pgsql.process_relation(object)
    local tags = object.tags
    if tags.type == 'multipolygon' then
        areas(object, function() return object:as_multipolygon() end)
    elseif tags.boundary == 'administrative' and border_from[tags.admin_level] then
        for line in object:as_multilinestring():geometries() do
            boundaries:insert(row('border', tags.admin_level, object, border_from[tags.admin_level], 0, line))
        end
    end
end
