-- Contributions of strangers, all different: one address, key and text each. The
-- file says what to send: "create" or "edit", then one "id revision lon lat" a line.

local kind
local places = {}
local at = 0
local run

function init(arguments)
	for line in io.lines(arguments[1]) do
		if not kind then
			kind = line
		else
			local id, revision, lon, lat = line:match("(%S+) (%S+) (%S+) (%S+)")
			places[#places + 1] = { id = id, revision = revision, lon = tonumber(lon), lat = tonumber(lat) }
		end
	end
	math.randomseed(os.time())
	run = math.random(0, 0xffffff)
end

function request()
	at = at + 1
	local place = places[at % #places + 1]
	local body
	if kind == "create" then
		body = string.format(
			'{"action":"create","place":{"kind":"initiative","name":"%06x %06x","category":"give_box","position":[%.7f,%.7f],"opening_hours":"Sa 10:00-12:%02d"}}',
			run, at * 7919 % 0x1000000, place.lon, place.lat, at % 60)
	else
		body = string.format(
			'{"action":"edit","place_id":%s,"base_revision":%s,"patch":{"opening_hours":"Mo-Fr 09:00-17:%02d","description":"Nouvel accueil %06x %d."}}',
			place.id, place.revision, at % 60, run, at)
	end
	return wrk.format("POST", "/api/v1/contributions", {
		["Content-Type"] = "application/json",
		["X-Forwarded-For"] = string.format("2001:%x:%x:%x::1", math.floor(at / 0x10000), at % 0x10000, run % 0x10000),
		["Idempotency-Key"] = string.format("%08x-0000-4000-8000-%012x", run, at),
	}, body)
end
