-- Plays a plan that wrk.ts has written; the same as createCursor in plan.ts. One thread.

local plan
local ready = {}
local sent = 0
local due = {}

local function format(request, id)
  local headers = {}
  if request.body then headers['Content-Type'] = 'application/json' end
  local path = id and request.path:gsub('<id>', id) or request.path
  return wrk.format(request.method, path, headers, request.body)
end

local function answered(_, _, body)
  local step = plan.next[body:match('"status":"([^"]+)"')]
  if step then due[#due + 1] = format(step, body:match('"id":"([^"]+)"')) end
end

function init(args)
  plan = dofile(args[1])
  for i, request in ipairs(plan.requests) do ready[i] = format(request) end
  if plan.next then response = answered end
end

function request()
  if #due > 0 then return table.remove(due) end
  local index = sent % #ready + 1
  sent = sent + 1
  return ready[index]
end

function done(summary, latency)
  local errors = summary.errors
  local failures = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format(
    'figures:{"requests":%d,"seconds":%.6f,"failures":%d,"p50Ms":%.3f,"p99Ms":%.3f}\n',
    summary.requests, summary.duration / 1e6, failures,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
