
function done(summary, latency)
	local e = summary.errors
	print(string.format('{"requests": %d, "microseconds": %d, "p99": %d, "failed": %d}',
		summary.requests, summary.duration, latency:percentile(99),
		e.connect + e.read + e.write + e.status + e.timeout))
end
