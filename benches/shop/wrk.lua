-- Sends the requests of a file, one line each, those behind `anonymous ` without the token, and checks every answer: wrk … -s wrk.lua URL -- REQUESTS ANSWERS TOKEN
-- ANSWERS holds the whole answers, a line each, of which every answer must be one; or `contains TEXT`, which each must contain.
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

local function lines(path)
  local found = {}
  for line in io.lines(path) do
    found[#found + 1] = line
  end
  return found
end

function init(arguments)
  local anyone = { ["Content-Type"] = "application/json" }
  local known = { ["Content-Type"] = "application/json" }
  if arguments[3] ~= "" then
    known["Authorization"] = "Bearer " .. arguments[3]
  end
  requests, answers, wanted, wrong, first_wrong, turn = {}, {}, nil, 0, "", 0
  for number, body in ipairs(lines(arguments[1])) do
    local rest = body:match("^anonymous (.*)$")
    requests[number] = wrk.format("POST", wrk.path, rest and anyone or known, rest or body)
  end
  for _, answer in ipairs(lines(arguments[2])) do
    wanted = wanted or answer:match("^contains (.*)$")
    answers[answer] = true
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function response(status, _, body)
  local right = status == 200
  if right and wanted then
    right = body:find(wanted, 1, true) ~= nil
  elseif right then
    right = answers[body] ~= nil
  end
  if not right then
    if wrong == 0 then
      first_wrong = status .. " " .. body:sub(1, 500)
    end
    wrong = wrong + 1
  end
end

function done(summary, latency, _)
  local wrong, example = 0, ""
  for _, thread in ipairs(threads) do
    wrong = wrong + thread:get("wrong")
    example = thread:get("first_wrong")
  end
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format("\nanswered %d in %d us, p50 %d us, p99 %d us, wrong %d, broken %d, example %s\n",
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), wrong, broken, example))
end
