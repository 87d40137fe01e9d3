--- Cases of loops. The op is made when sd.loop is called, so it is no row of the table; it is
-- tested like one, against plain Lua.
local sd = require "saddle"

local function map(x, f)
  if type(x) == "number" then return f(x) end
  local out = {}
  for i, row in ipairs(x) do
    out[i] = {}
    for j, v in ipairs(row) do out[i][j] = f(v, i, j) end
  end
  return out
end

local function logistic(n)
  return function(x, r)
    for _ = 1, n do x = map(x, function(v) return r * v * (1 - v) end) end
    return x
  end
end

local function logistic_loop(n)
  return function(x, r)
    return sd.loop(n, function(s) return { x = r * (s.x % (1 - s.x)) } end, { x = x }).x
  end
end

local function below(m, n)
  return function(rng) return .2 + .5 * (n and rng:rand(m, n) or rng:rand()) end
end
local function rate(rng) return 1 + rng:rand() end

local cases = {
  -- four iterations of three operations; each multiplies the errors before it by at most r < 2
  { name = "4 times, 2x3", args = { below(2, 3), rate }, condition = 16 * 3 },
  { name = "4 times, 1x1", args = { below(1, 1), rate }, condition = 16 * 3 },
  { name = "4 times, row", args = { below(1, 4), rate }, condition = 16 * 3 },
  { name = "4 times, column", args = { below(4, 1), rate }, condition = 16 * 3 },
  { name = "4 times, 0x3", args = { below(0, 3), rate } },
  { name = "once", args = { below(2, 2), rate }, times = 1, condition = 6 },
  { name = "never", args = { below(2, 2), rate }, times = 0 },
}
for _, case in ipairs(cases) do
  local n = case.times or 4
  case.op, case.f, case.naive = "loop", logistic_loop(n), logistic(n)
end

-- numbers as state, of which two change places, and the iteration's number; twelve operations, each
-- error grown by at most 4 later on
cases[#cases + 1] = {
  op = "loop", name = "numbers", args = { "number", "number" }, condition = 50,
  f = function(x, y)
    local s = sd.loop(3, function(s, t) return { x = s.y, y = sd.sin(s.x) * s.y + s.x / t } end,
      { x = x, y = y })
    return s.x, s.y
  end,
  naive = function(x, y)
    for t = 1, 3 do x, y = y, math.sin(x) * y + x / t end
    return x, y
  end,
}

-- the tape is a result with a derivative, too; each square doubles a relative error and adds two of
-- its own: 2 (1 + 2 + 4) after three
cases[#cases + 1] = {
  op = "loop", name = "tape", args = { { 2, 1 } }, condition = 20,
  f = function(x)
    local s, tape = sd.loop(3, function(s) return { x = s.x % s.x / 2 } end, { x = x },
      { tape = { "x" } })
    return s.x, tape.x
  end,
  naive = function(x)
    local tape = { {}, {} }
    for t = 1, 3 do
      x = map(x, function(v) return v * v / 2 end)
      for i = 1, 2 do tape[i][t] = x[i][1] end
    end
    return x, tape
  end,
}

return cases
