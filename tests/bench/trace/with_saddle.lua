local sd, bench = require "saddle", require "tests.bench.bench"
local W, b, x = bench.load "W", bench.load "b", bench.load "x"

--- A compiled function whose constant nobody has seen before, so that no plan can be found again.
local made = 0
local function first_run()
  made = made + 1
  local scale = 1 + 1e-9 * made
  return sd.compile(function(s)
    local u = s.x
    for _ = 1, bench.p.ops // 4 do u = scale * sd.tanh(s.W * u + s.b) end
    return { x = u }
  end) { W = W, b = b, x = x }
end

local value = bench.fingerprint(first_run().x)
bench.report("saddle", value, function(n) for _ = 1, n do first_run() end end)
