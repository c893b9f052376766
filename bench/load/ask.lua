-- Asks for the paths of a file in turn, and says at the end, in one line of
-- JSON, how it went.

local requests = {}
local at = 0

function init(arguments)
	for path in io.lines(arguments[1]) do
		requests[#requests + 1] = wrk.format("GET", path)
	end
end

function request()
	at = at % #requests + 1
	return requests[at]
end

function done(summary, latency)
	local e = summary.errors
	print(string.format('{"requests": %d, "microseconds": %d, "p99": %d, "failed": %d}',
		summary.requests, summary.duration, latency:percentile(99),
		e.connect + e.read + e.write + e.status + e.timeout))
end
