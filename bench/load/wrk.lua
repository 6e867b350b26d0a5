-- Plays a plan that wrk.ts has written; the same as createCursor in plan.ts. One thread.

local plan
local count
local ready = {}
local sent = 0
local taken = {}

local function format(request, id)
  local path, body = request.path, request.body
  if id then
    path = path:gsub('<id>', id)
    body = body and body:gsub('<id>', id)
  end
  local headers = {}
  if body then headers['Content-Type'] = 'application/json' end
  return wrk.format(request.method, path, headers, body)
end

function init(args)
  plan = dofile(args[1])
  count = #plan.requests
  for i, request in ipairs(plan.requests) do
    taken[i] = 0
    if not plan.lag then ready[i] = format(request) end
  end
end

local function nextStep()
  for step = count, 2, -1 do
    if taken[step - 1] - taken[step] > plan.lag then return step end
  end
  return 1
end

local function nextOfLives()
  local step = nextStep()
  local life = taken[step]
  taken[step] = life + 1
  return format(plan.requests[step], string.format('%s-%012x', plan.idPrefix, life))
end

function request()
  if plan.lag then return nextOfLives() end
  local index = sent % count + 1
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
