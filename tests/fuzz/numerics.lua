--- What fuzz_api.lua calls of quadrature, roots, odes, fits and statistics: with functions that
-- give anything, and numbers that are too large, too small or none. Called with the generators of
-- values of fuzz_api.lua; adds its targets.
local sd = require "saddle"

return function(from)
  local pick, chance, random, value = from.pick, from.chance, from.random, from.value
  local matrix, number, rng, list = from.matrix, from.number, from.rng, from.list
  from.load { "integrate", "ode", "gradient_flow", "bisect", "brent", "newton",
    "maximize1d", "interp1", "fit_line", "fit_loglog", "clopper_pearson", "mean_ci",
    "bootstrap_ci", "student_t", "histogram", "ks_test", "procrustes" }
  local target = from.target

  local good = {
    function(x) return x end, function(x) return x ^ 2 - 1 end, function(x) return -x end,
    function(_, y) return y end, function(_, y) return y and -1 * y end, sd.sum, sd.normcdf }
  local function a_function()
    if chance(0.8) then return pick(good) end
    return pick { function() error("own: error", 0) end, function() return value() end,
      function() end, function() return 0 / 0 end, sd, value() }
  end
  local function sample()
    if chance(0.2) then return value() end
    return chance(0.3) and list() or matrix(chance(0.5) and 1 or nil, chance(0.5) and 1 or nil)
  end
  local function state()
    return pick { number(), matrix(2, 1), matrix(2, 2), { a = 1, b = matrix(1, 2) }, value() }
  end
  local keys = { tol = 1e-3, points = { 0.5 }, panels = 20, vector = true, method = "rk4", h = 0.5,
    rtol = 1e-3, atol = 1e-3, hmax = 1, at = { 0, 1 }, path_length = true, grid = 5, lo = -5,
    hi = 5, samples = 20, level = 0.9, bins = 3, edges = { 0, 1 }, outside = "clamp",
    upper = true, scale = true, translate = true, rotation = true, slope = pick(good) }
  local named = {}
  for key in pairs(keys) do named[#named + 1] = key end
  table.sort(named)
  --- Options that end soon, some right, some not.
  local function set(...)
    local t = { steps = chance(0.5) and 20 or nil }
    for _, key in ipairs { ... } do
      if chance(0.4) then t[key] = keys[key] end
      if chance(0.1) then t[key] = value() end
    end
    if chance(0.1) then t[pick(named)] = value() end
    return t
  end

  target("integrate", sd.integrate, { a_function, number, number, function()
    local t = set("tol", "points", "panels", "vector")
    t.steps = nil
    return t
  end })
  target("ode", function(f, t0, y0, t1, o) return sd.ode(f, t0, y0, t1, o).last end,
    { a_function, number, state, number, function()
      local t = set("method", "h", "rtol", "hmax", "at", "path_length")
      t.steps = 20
      if chance(0.2) then t.events = { pick(good), { pick(good), terminal = true } } end
      return t
    end })
  target("gradient_flow", function(f, y0, o) return sd.gradient_flow(f, y0, 1, o).length end,
    { a_function, state, function()
      return { steps = 20, rtol = chance(0.1) and value() or nil }
    end })
  for _, name in ipairs { "bisect", "brent", "maximize1d" } do
    target(name, sd[name], { a_function, number, number, function()
      local t = set("tol", name == "maximize1d" and "grid" or "tol")
      t.steps = nil
      return t
    end })
  end
  target("newton", sd.newton, { a_function, number, function()
    return set("lo", "hi", "slope")
  end })
  target("interp1", function(x, y, o, q) return sd.interp1(x, y, o)(q) end,
    { function() return chance(0.5) and { 0, 1, 3 } or sample() end,
      function() return chance(0.5) and { 2, 1, 3 } or sample() end,
      function()
        return { method = pick { "cubic", "linear" }, outside = pick { "clamp", "extend" } }
      end, number })
  for _, name in ipairs { "fit_line", "fit_loglog", "ks_test", "procrustes" } do
    target(name, sd[name], { sample, name == "ks_test" and function()
      return chance(0.5) and a_function() or sample()
    end or sample, from.maybe_options })
  end
  target("clopper_pearson", sd.clopper_pearson, { number, number, function() return 0.9 end })
  target("mean_ci", sd.mean_ci, { sample, function() return random() end })
  target("bootstrap_ci", sd.bootstrap_ci, { sample, function() return chance(0.8) and sd.mean
    or a_function() end, rng, function() return { samples = 20, level = keys.level } end })
  target("histogram", sd.histogram, { sample, function()
    local t = set "bins"
    t.steps = nil
    return t
  end })
  target("student_t", function(x, n, o)
    return sd.student_t.cdf(x, n, o), sd.student_t.quantile(x, n)
  end, { number, number, from.maybe_options })
end
