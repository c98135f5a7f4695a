-- Commits one number at a field after the other; each base is the newest version that was answered.
-- Arguments: the route, how many fields there are, how many writers, the first base, the beginning of
-- each update_id, the time, then names and values of headers.
local route, fields, writers, base, ids, time
local count = 0

function init(args)
  route, ids, time = args[1], args[5], args[6]
  fields, writers, base = tonumber(args[2]), tonumber(args[3]), tonumber(args[4])
  wrk.headers["Content-Type"] = "application/json"
  for i = 7, #args - 1, 2 do
    wrk.headers[args[i]] = args[i + 1]
  end
end

function request()
  count = count + 1
  local field = count * 7919 % fields
  return wrk.format("POST", route, nil, string.format(
    '{"author":"writer-%d","base":%d,"changes":{"added":[{"key":"/group-%d/field-%d","value":%d}]},' ..
    '"timestamp":"%s","type":"update","update_id":"%s%012x"}',
    count % writers, base, math.floor(field / 100), field % 100, count, time, ids, count))
end

-- The version is the last member of an answer, behind what the writer missed.
function response(status, headers, body)
  local version = tonumber(string.match(string.sub(body, -40), '"version":(%d+)'))
  if version and version > base then
    base = version
  end
end
