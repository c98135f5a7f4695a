
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("\ndone %d %d %d %d %d\n", summary.requests, summary.duration, summary.bytes,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
