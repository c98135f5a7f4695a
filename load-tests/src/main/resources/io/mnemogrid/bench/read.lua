-- Reads the fields of a document, one after the other, in an order that skips about. Arguments: the
-- route, how many fields there are, the name of the groups that they stand in, then names and values
-- of headers.
local requests = {}
local at = 0

function init(args)
  local fields = tonumber(args[2])
  for i = 4, #args - 1, 2 do
    wrk.headers[args[i]] = args[i + 1]
  end
  for i = 0, fields - 1 do
    local field = i * 7919 % fields
    local path = string.format("/%s-%d/field-%d", args[3], math.floor(field / 100), field % 100)
    requests[i + 1] = wrk.format("GET", args[1] .. "?path=" .. path)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end
