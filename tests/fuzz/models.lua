--- What fuzz_api.lua calls of models, objectives, kernels, spectra, estimates over balls, recorded
-- runs, and of the module of Gaussian laws: sizes that do not fit, activations, functions and
-- options that are none. Called with the generators of values of fuzz_api.lua; adds its targets.
local sd = require "saddle"

return function(from)
  local pick, chance, random, value = from.pick, from.chance, from.random, from.value
  local matrix, number, rng, list = from.matrix, from.number, from.rng, from.list
  from.load { "ball_extremes", "bounds", "closest_interpolant", "hadamard_power",
    "hermite", "jbar", "khatri_rao_power", "khatri_rao_spectrum", "lipschitz", "metrics", "model",
    "normal", "ntk", "objective", "packing", "path", "spectrum" }
  local careful, wrong, mostly, named = from.careful, from.wrong, from.mostly, from.named
  local target = from.target

  local function sorted(t)
    local keys = {}
    for key in pairs(t) do keys[#keys + 1] = key end
    table.sort(keys)
    return keys
  end
  --- A generator of tables with all of the required keys and some of the optional ones, each with
  -- one of its good values or, at times, with any.
  local function set(required, optional)
    optional = optional or {}
    local always, sometimes = sorted(required), sorted(optional)
    return function()
      careful()
      local t = {}
      for _, key in ipairs(always) do t[key] = mostly(table.unpack(required[key])) end
      for _, key in ipairs(sometimes) do
        if chance(0.3) then t[key] = mostly(table.unpack(optional[key])) end
      end
      if wrong() then t[pick { "tol", "typo", "rng", "n", 1, 9 }] = value() end
      return t
    end
  end

  -- ---- models -----------------------------------------------------------------------------------

  local sizes <const> = { linear = 2, glm = 1, low_rank = 2, one_hidden = 3, mlp = 4,
    random_feature = 3, linear_discriminator = 1, sparse_generator = 2, cubic = 2,
    patch_generator = 2, gated_linear = 2, threshold_pair = 2, product_pair = 3, patch_link = 4 }
  local inits = { "lecun", "he_uniform", { sd = { 0.1, 0.2 } }, { product = 1, ratio = 2 },
    { spectrum = 1 }, { antisymmetric = true }, { law = "glorot", sd = 1 }, "hee" }
  local extras = set({}, { act = { "relu", "tanh", "tahn", sd.act.gelu, sd.sin },
    last_act = { "sigmoid" }, bias = { true, false }, train = { "both", "first" },
    scale = { 1, 0.5 }, vt = { 1, 2 }, dtype = { "f32", "f64" }, init = inits,
    cutoff = { 1, 2 }, polylog = { 1 }, tau = { 0.1 }, patches = { { 2, 4 }, { 2 } },
    channels = { { 2, 2 }, { 3 } }, threshold = { 0.1 }, zeta = { 0.1 } })
  local function about(name)
    return function()
      local t = extras()
      if chance(0.5) then t = { init = t.init, dtype = t.dtype } end
      for k = 1, sizes[name] do t[k] = mostly(1, 2, 3, 4) end
      return t
    end
  end
  for _, name in ipairs(sorted(sizes)) do
    target("model." .. name, function(t, r, x, p)
      local model = sd.model[name](t)
      if chance(0.1) then return tostring(model) end
      if model.sample and chance(0.3) then return model.sample(r, x) end
      p = p or model.init(r)
      if chance(0.3) then
        return sd.grad(function(q) return sd.sum(model.apply(q, x)) end)(p)
      end
      return model.apply(p, x)
    end, { about(name), function() return mostly(rng()) end, function()
      return matrix(random(4), chance(0.9) and 3 or nil)
    end, function() return wrong() and value() or nil end })
  end
  target("model.own", function(t)
    local model = sd.model[type(t) == "string" and t:match "^[%a_]+$" or "mlp"]
    return model(t)
  end, { value })

  -- ---- objectives -------------------------------------------------------------------------------

  local function same() return matrix(2, 3) end
  local function weight() return mostly(1, 0.5, 0) end
  target("objective.least_squares", sd.objective.least_squares,
    { same, same, set({}, { scale = { 1 } }) })
  for name in ("log_loss non_saturating wasserstein barrier"):gmatch "%S+" do
    target("objective." .. name, sd.objective[name],
      { same, name == "barrier" and set({}, { steepness = { 4 }, tau = { 0.1 } }) or same })
  end
  target("objective.gradient_penalty", sd.objective.gradient_penalty, { function()
    return mostly(function(x) return sd.sum(x % x, { dim = 1 }) end, sd.sum, sd.tanh)
  end, same, same, function() return matrix(1, 3) end,
    set({}, { weight = { 1 }, length = { 0 } }) })
  for _, family in ipairs { "bent", "bilinear", "power", "simplex" } do
    for _, part in ipairs(sorted(sd.objective[family])) do
      local f = sd.objective[family][part]
      target(("objective.%s.%s"):format(family, part), f, { function()
        return family == "bilinear" and part == "value" and matrix(2, 1) or same()
      end, function() return family == "power" and part ~= "value" and weight() or same() end,
        function() return (family == "bilinear" or part ~= "value") and same() or weight() end })
    end
  end

  -- ---- functions of parameters ------------------------------------------------------------------

  local function tree()
    return mostly(matrix(2, 2), 0.5, { W = matrix(2, 2), b = 1 }, sd.frozen(matrix(1, 2)), {})
  end
  local function column(p) return (sd.ravel(p)) end
  local function of_tree()
    careful()
    if wrong() then
      return pick { function() error("own: error", 0) end, function() return value() end,
        function() end, value() }
    end
    return pick { column, function(p) return sd.tanh(column(p)) end, function(p)
      return sd.relu(column(p))
    end, function(p) return sd.norm(p) ^ 2 end, function(p) return sd.norm(p) end,
      function(p) return sd.max(column(p)) end }
  end
  local function radius() return mostly(1, 0.1, 1e-9, 1e9) end
  local ball = set({ samples = { 3, 0 }, starts = { 1, 2 }, steps = { 2, 0 } }, {})
  for _, name in ipairs { "lipschitz", "ball_extremes" } do
    target(name, sd[name], { of_tree, tree, radius, ball })
  end
  target("jbar", sd.jbar, { of_tree, tree, tree, set({}, { tol = { 1e-3, 1 } }) })
  target("closest_interpolant", sd.closest_interpolant, { of_tree, tree, function()
    return mostly(matrix(4, 1), matrix(5, 1), matrix(1, 1))
  end, set({ maxit = { 3 } }, { tol = { 0.1 }, damping = { false }, rcond = { 0, 0.1 } }) })

  local function of_batch()
    careful()
    if wrong() then return of_tree() end
    return named(pick { function(p, x) return p.W * x + p.b end,
      function(p, x) return sd.sum(sd.relu(p.W * x), { dim = 1 }) end,
      function(p, x) return p.W * x * x:t() end, function(p) return p.W end })
  end
  local function weights() return mostly({ W = matrix(2, 3), b = 0.5 }, { W = matrix(2, 3) }) end
  local function batch() return mostly(matrix(3, 4), matrix(3, 1), matrix(3, 0)) end
  local function second() return chance(0.5) and batch() or nil end
  target("ntk", sd.ntk, { of_batch, weights, batch, second })
  target("ntk.options", function(o, ...) return sd.ntk(o)(...) end,
    { set({}, { route = { "columns", "jacobian", "products" }, bytes = { 0, 1e6 },
      info = { true } }), of_batch, weights, batch, second })
  target("jacobian.options", function(f, o, p, x) return sd.jacobian(f, o)(p, x) end,
    { of_batch, set({}, { route = { "reverse", "forward", "columns" }, lazy = { true },
      bytes = { 1e6 } }), weights, batch })
  target("spectrum", sd.spectrum, { of_batch, weights, batch })
  target("spectrum.options", function(o, ...)
    local f = sd.spectrum(o)
    return type(f) == "function" and f(...) or f
  end,
    { set({}, { route = { "svd", "qr", "gram", "extremes" }, k = { 1, 2 }, bytes = { 0, 1e6 },
      tol = { 1e-3 }, maxiter = { 5 }, seed = { 1 } }), function()
      return chance(0.5) and mostly(matrix(3, 5), matrix(5, 3)) or of_batch()
    end, function() return chance(0.5) and weights() or nil end, batch })

  local fields = { "loss", "residual", "misfit", "distance", "relative", "layers",
    "relative_layers", "gradient", "length", "smallest", "largest", "jacobian_change",
    "ntk_change", "flips" }
  local function some_fields()
    local t = {}
    for k = 1, random(0, 4) do t[k] = mostly(pick(fields)) end
    return chance(0.1) and list() or t
  end
  target("path.recorder", function(f, o, p, n, every)
    local own = o
    if type(o) == "table" and not getmetatable(o) then
      own = { f = f, start = p }
      for key, v in pairs(o) do own[key] = v end
    end
    local recorded = sd.path.recorder(own)
    local function step(s) return { p = sd.map(function(x) return 0.9 * x end, s.p) } end
    return recorded.iterate(step, { p = p }, n, { every = every })
  end, { of_tree, function()
    local o = set({}, { y = { 0, 1 }, loss = { sd.norm }, params = {
      function(s) return s.p end } })()
    o.fields = chance(0.8) and some_fields() or nil
    return o
  end, tree, function() return mostly(0, 1, 3) end, function() return mostly(1, 2) end })

  -- ---- Gaussian laws and geometry ---------------------------------------------------------------

  local function whole() return chance(0.7) and random(0, 6) or number() end
  local function share() return mostly(0.3, 0, 1, -0.9) end
  local function one_number()
    return mostly(function(x) return x end, sd.abs, sd.relu, sd.act.tanh)
  end
  for name in ("sf logsf logisf relu"):gmatch "%S+" do target("normal." .. name, sd.normal[name],
    { chance(0.5) and number or same }) end
  for name in ("orthant log_orthant relu_relu log_relu_relu step_relu"):gmatch "%S+" do
    target("normal." .. name, sd.normal[name], { number, number, share })
  end
  target("normal.truncated", sd.normal.truncated, { number, number })
  target("normal.relu_inverse", sd.normal.relu_inverse, { number, share })
  target("normal.expect", sd.normal.expect, { one_number, one_number, share,
    set({}, { kinks_f = { { 0 } }, kinks_g = { { 1, 0 } } }) })
  target("normal.orthant_mc", sd.normal.orthant_mc, { rng, function() return matrix(3, 1) end,
    function() return mostly(sd.eye(3), matrix(3, 3)) end, set({ samples = { 20 } }) })
  for name in ("h He arccos"):gmatch "%S+" do
    target("hermite." .. name, sd.hermite[name], { whole, same })
  end
  target("hermite.coefficients", sd.hermite.coefficients, { one_number, whole,
    set({}, { scale = { 2 }, normalised = { false } }) })
  target("hermite.expand", sd.hermite.expand, { function() return matrix(nil, 1) end, same })
  target("hermite.kernel", sd.hermite.kernel, { function() return matrix(4, 1) end, same, function()
    return chance(0.5) and matrix(4, 1) or nil
  end })
  target("hermite.gram", sd.hermite.gram, { one_number, same,
    set({}, { rows = { 2 }, scale = { 2 }, degree = { 5 } }) })
  target("hadamard_power", sd.hadamard_power, { same, whole })
  for _, name in ipairs { "khatri_rao_power", "khatri_rao_spectrum" } do
    target(name, sd[name], { same, whole })
  end
  local b = sd.bounds
  target("bounds.gershgorin", b.gershgorin, { function() return mostly(sd.eye(3), matrix(3, 3)) end,
    set({}, { power = { 2 } }) })
  target("bounds.weyl", b.weyl, { function() return matrix(2, 1) end, function()
    return matrix(2, 1)
  end })
  for name in ("chernoff_min chernoff_max"):gmatch "%S+" do
    target("bounds." .. name, b[name],
      { set { n = { 3, 1e12 }, mean = { 2 }, each = { 1 }, delta = { 0.5, 0 } } })
  end
  for name in ("sphere ball simplex"):gmatch "%S+" do
    target("bounds.width." .. name, b.width[name], { number })
  end
  target("bounds.width.finite", b.width.finite, { function() return matrix() end,
    set({ samples = { 20 } }, { rng = { sd.rng(1) } }) })
  target("bounds.width.support", b.width.support, { rng, whole, function()
    return mostly(function(g) return sd.norm(g, { dim = 1 }) end, sd.sum)
  end, set({ samples = { 20 } }) })
  target("bounds.norm_mean", b.norm_mean, { function() return matrix(3, 1) end })
  target("bounds.wendel", b.wendel, { number, number })
  target("bounds.cone", b.cone, { number, number })
  target("bounds.tails.chi2", b.tails.chi2,
    { set({ d = { 3 }, delta = { 0.5 } }, { sigma = { 2 } }) })
  target("bounds.tails.bernoulli", b.tails.bernoulli, { set { n = { 3 }, delta = { 0.5 } } })
  target("bounds.tails.operator", b.tails.operator,
    { set({ rows = { 3 }, cols = { 2 }, t = { 1 } }, { sigma = { 2 } }) })
  target("bounds.tails.vector", b.tails.vector, { set({ n = { 3 }, delta = { 1 } }) })
  target("metrics.modes", sd.metrics.modes, { same, set { centres = { 4, 8 }, radius = { 0.5 } } })
  local function law()
    return mostly(matrix(2, 9), { mean = matrix(2, 1), cov = sd.eye(2) })
  end
  target("metrics.frechet", sd.metrics.frechet, { law, law })
  target("packing", sd.packing, { set({ dim = { 1, 2, 4 }, radius = { 1 }, eps = { 0.5, 2 } },
    { count = { 5 }, rng = { sd.rng(1) }, tries = { 50 } }) })
end
