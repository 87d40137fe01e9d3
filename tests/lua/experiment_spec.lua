--- Experiments: what a run is given, what is kept of it, and what becomes of one that fails.
local core = require "saddle.core"
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises

--- An experiment whose run is f, with parameters k, eta and optim.
local function made(f, more)
  local given = { name = "widths", run = f, params = { k = sd.param(64, "hidden width",
    { from = 1 }), eta = 1e-3, optim = "adam" } }
  for key, v in pairs(more or {}) do given[key] = v end
  return sd.experiment(given)
end

--- The outcome of running f at the defaults.
local function outcome(f, context)
  local e = made(f)
  return e:execute(e:points()[1], context)
end

local function nothing() end

describe("an experiment", function()
  it("is a job", function()
    local plot = function() end
    local e = made(nothing, { text = "Does width help?", plot = plot, sweep = { k = { 1, 2 } } })
    assert.equal("experiment", e.kind)
    assert.equal("widths", e.name)
    assert.equal("eta", e.params[1].name)
    assert.equal(plot, e.plot)
    assert.equal("experiment widths", tostring(e))
  end)

  it("is refused with a reason", function()
    for message, given in pairs {
      ["experiment: needs a table {name=, run=, ...}, got 5"] = 5,
      ["experiment: unknown option 'param' (did you mean 'params'?)"] = { param = 1 },
      ["experiment: 'name' must be letters, digits, _ . - (it names files), got nil"] = {},
      ["got the string \"a/b\""] = { name = "a/b" }, ["got the string \"..\""] = { name = ".." },
      ["experiment x: 'run' must be a function, got nil"] = { name = "x" },
      ["experiment x: 'plot' must be a function, got 1"] = { name = "x", run = nothing, plot = 1 },
      ["experiment x: 'text' must be a text of UTF-8, got 1"] =
        { name = "x", run = nothing, text = 1 },
      ["experiment x: 'rng' cannot be a parameter"] = { name = "x", run = nothing,
        params = { rng = 1 } },
      ["experiment x: sweep: unknown parameter 'kk' (did you mean 'k'?); known: k, seed"] =
        { name = "x", run = nothing, params = { k = 1 }, sweep = { kk = { 1 } } },
      ["experiment x: quick: k must be a whole number, got 0.5"] =
        { name = "x", run = nothing, params = { k = 1 }, quick = { k = 0.5 } } } do
      raises(message, sd.experiment, given)
      raises("experiment_spec.lua:", function() sd.experiment(given) end)
    end
  end)

  it("has the points of its sweep, of choices before it, of quick between", function()
    local e = made(nothing, { sweep = { k = { 1, 2 }, seed = sd.seeds(5) },
      quick = { seed = { 7 }, eta = 1 } })
    assert.equal(10, #e:points())
    assert.same({ k = 1, eta = 1e-3, optim = "adam", seed = 2 }, e:points()[2])
    assert.same({ { k = 1, eta = 1.0, optim = "adam", seed = 7 },
      { k = 2, eta = 1.0, optim = "adam", seed = 7 } }, e:points(nil, { quick = true }))
    assert.same({ { k = 2, eta = 1.0, optim = "adam", seed = 9 } },
      e:points({ seed = { 9 }, k = 2 }, { quick = true }))
    local drawn = e:points({ eta = "0..1" }, { random = 4 })
    assert.equal(20, #drawn)
    assert.same(drawn, e:points({ eta = "0..1" }, { random = 4, search = 1 }))
    raises("experiment widths: unknown parameter 'kk'", e.points, e, { kk = 1 })
    raises("experiment widths: points: unknown option 'fast'", e.points, e, {}, { fast = 1 })
    raises("experiment widths: eta=0.0..1.0: how many points?", e.points, e, { eta = "0..1" })
  end)

  it("describes itself", function()
    local e = made(nothing, { text = "Does width help?", quick = { seed = 3 },
      sweep = { k = { 16, 32 }, optim = { "a,b", "lion" }, seed = sd.seeds(20) } })
    assert.equal([[
widths: Does width help?

parameters, as name=value:
  eta    0.001  a number
  k      64     a whole number from 1  hidden width
  optim  adam   a word
  seed   1      a whole number from 0  seed of p.rng

a sweep takes:
  k=16,32
  optim='a,b',lion
  seed=1..20

a quick one takes instead:
  seed=3
]], e:help())
  end)
end)

describe("the parameters of a run", function()
  it("have values, a seed and an rng", function()
    local e = made(function(p)
      local count = 0
      for name, v in pairs(p) do
        assert(p[name] == v)
        count = count + 1
      end
      return { count = count, product = p.k * p.eta, word = p.optim, own = p.seed,
        draw = p.rng:rand() }
    end)
    local m = e:run { k = 8, eta = 2, seed = 5 }
    assert.same({ count = 5, product = 16.0, word = "adam", own = 5,
      draw = sd.rng(5, "widths"):rand() }, m)
  end)

  it("give runs of one seed the same draws", function()
    local e = made(function(p) return { x = p.rng:randn() } end)
    assert.equal(e:run { k = 1 }.x, e:run { k = 2 }.x)
    assert.not_equal(e:run { seed = 1 }.x, e:run { seed = 2 }.x)
  end)

  it("refuse names they do not have, and writing", function()
    raises("p: unknown parameter 'ets' (did you mean 'eta'?); known: eta, k, optim, rng, seed",
      function() made(function(p) return p.ets end):run() end)
    raises("p: no parameter has the name 1", function() made(function(p) return p[1] end):run() end)
    raises("p: 'k' cannot be set: parameters are fixed in a run",
      function() made(function(p) p.k = 3 end):run() end)
    local line = outcome(function(p) return p.nothing end).error
    assert(line:find "^[^\n]*experiment_spec.lua:%d+: p: unknown", line)
  end)
end)

describe("what a run returns", function()
  it("is kept by kind", function()
    local o = outcome(function(p)
      return { n = 3, x = 0.5, nan = 0 / 0, ok = false, word = "done", one = sd.full(1, 1, 7),
        A = sd.ones(2, 3):to "f32", column = p.rng:randn(4, 1):block(2, 1, 2, 1) }
    end)
    assert.equal("done", o.status)
    assert.is_nil(o.error)
    assert.is_true(o.metrics.nan ~= o.metrics.nan)
    o.metrics.nan = nil
    assert.same({ n = 3, x = 0.5, ok = false, word = "done", one = 7.0 }, o.metrics)
    assert.equal("integer", math.type(o.metrics.n))
    near(o.arrays.A, sd.ones(2, 3), 0)
    assert.equal("f64", o.arrays.A.dtype)
    near(o.arrays.column, sd.rng(1, "widths"):randn(4, 1):block(2, 1, 2, 1), 0)
    assert.is_nil(o.arrays.one)
  end)

  it("may be nothing", function()
    local o = outcome(nothing)
    assert.equal("done", o.status)
    assert.same({}, o.metrics)
  end)

  it("is a failure when it cannot be kept", function()
    for message, result in pairs {
      ["run must return a table of metrics or nothing, got 5"] = 5,
      ["metrics have names, not 1"] = { 3 },
      ["the metric 'k' has the name of a parameter"] = { k = 3 },
      ["the metric 'seed' has the name of a parameter"] = { seed = 3 },
      ["the metric '' needs a name of at most 100 bytes of UTF-8"] = { [""] = 3 },
      ["the metric 'a?b' needs a name"] = { ["a\nb"] = 3 },
      ["the metric '\xff' needs a name"] = { ["\xff"] = 3 },
      ["the metric 's' is a string that is not UTF-8"] = { s = "a\xff" },
      ["xxx...' needs a name"] = { [("x"):rep(101)] = 3 },
      ["the metric 'f' must be a number, a boolean, a string or a matrix, got a function"] =
        { f = print }, ["the metric 't' must be a number"] = { good = 1, t = { 1 } } } do
      local o = outcome(function() return result end)
      assert.equal("failed", o.status)
      assert(o.error:find(message, 1, true), o.error)
      assert.same({}, o.metrics)
    end
    assert.same({ a = 1 }, outcome(function() -- other iterators of a table are not asked
      return setmetatable({ a = 1 }, { __pairs = function() error "no pairs" end })
    end).metrics)
    local o = outcome(function(_, log)
      log(1, { w = 3 })
      return { w = sd.eye(2) }
    end)
    assert.equal("the metric 'w' is a matrix, and a curve of log, too", o.error)
    o = outcome(function()
      local kept
      sd.grad(function(x) kept = x return x end)(1)
      return { x = kept }
    end)
    assert(o.error:find("the metric 'x' has no value: it was traced", 1, true), o.error)
  end)
end)

describe("a run that fails", function()
  it("is told in a text that JSON and terminals can take", function()
    local o = outcome(function() error "b\xff\27[2Jc" end)
    assert(o.error:find("b??[2Jc\nstack traceback:\n", 1, true), o.error)
  end)

  it("is told with a traceback of the script", function()
    local o = outcome(function(_, log)
      log(1, { a = 1 })
      error "no luck"
    end)
    assert.equal("failed", o.status)
    assert(o.error:find "^[^\n]*experiment_spec.lua:%d+: no luck\nstack traceback:\n", o.error)
    assert(not o.error:find("xpcall", 1, true), o.error)
    near(o.curves.a.data, sd.ones(1, 1), 0) -- what there was before
  end)

  it("may raise anything", function()
    local odd = setmetatable({}, { __tostring = function() error "again" end })
    for k, v in ipairs { 5, false, {}, odd, print } do
      local o = outcome(function() error(v) end)
      assert(o.status == "failed" and type(o.error) == "string", k)
    end
    assert.equal("failed", outcome(function() error() end).status)
    local function deep() return 1 + deep() end
    assert.equal("failed", outcome(deep).status)
    assert.equal("failed", outcome(function() return ("x"):rep(1 << 40) end).status)
  end)

  it("has no values for its parameters", function()
    local e = made(nothing)
    assert.equal("unknown parameter 'broken'; known: eta, k, optim, seed",
      e:execute({ broken = "step" }).error)
    assert.equal("k must be a whole number from 1, got 0", e:execute({ k = 0 }).error)
  end)

  it("raises when it was called by hand", function()
    local e = made(function(p) if p.k == 1 then error "too small" end end)
    raises("experiment widths: ", e.run, e, { k = 1 })
    raises("too small", e.run, e, { k = 1 })
    raises("experiment widths: unknown parameter 'K'", e.run, e, { K = 1 })
    raises("experiment widths: run takes a table {name = value}, got 5", e.run, e, 5)
  end)
end)

describe("Ctrl-C", function()
  local before = core.process
  after_each(function() core.process = before end)

  it("ends execute, though the script swallows it", function()
    local count = 3
    core.process = { interrupts = function() return count end }
    local e = made(function() count = count + 1 end)
    local ok, message = pcall(e.execute, e, e:points()[1])
    assert.is_false(ok)
    assert.equal("interrupted!", message)
    assert.equal("done", outcome(nothing).status)
  end)

  it("is no failure of the script", function()
    local e = made(function() error "interrupted!" end)
    local ok, message = pcall(e.execute, e, e:points()[1])
    assert.is_false(ok)
    assert.equal("interrupted!", message)
  end)
end)

describe("the log", function()
  it("makes curves, as iterate and a script call it", function()
    local o = outcome(function(_, log)
      local plan = sd.compile(function(s) return { x = 2 * s.x, rng = s.rng } end)
      plan:iterate({ x = sd.ones(2, 1), rng = sd.rng(1) }, 600, { every = 1, log = log,
        record = function(s) return { x = s.x * 2 ^ -300, sum = sd.sum(s.x) * 2 ^ -300 } end })
      log(1, { own = 5 })
      log(2.5, { own = 0 / 0, other = sd.full(3, 1, 2):to "f32" })
    end)
    assert.is_nil(o.error)
    assert.equal("2x601", o.curves.x.data.rows .. "x" .. o.curves.x.data.cols)
    for k = 0, 600 do
      assert.equal(k, o.curves.x.t(k + 1))
      assert.equal(2.0 ^ (k - 300), o.curves.x.data(2, k + 1))
      assert.equal(2.0 ^ (k - 299), o.curves.sum.data(k + 1))
    end
    near(o.curves.own.t, sd.matrix { { 1, 2.5 } }, 0)
    assert.is_true(o.curves.own.data(2) ~= o.curves.own.data(2))
    near(o.curves.other.data, sd.full(3, 1, 2), 0)
    near(o.curves.other.t, sd.full(1, 1, 2.5), 0)
  end)

  it("keeps values, not the matrices they came from", function()
    local o = outcome(function(_, log)
      local x = sd.ones(2, 1)
      log(1, { x = x })
      x:set(1, 1, 9)
      log(2, { x = x })
    end)
    near(o.curves.x.data, sd.matrix { { 1, 9 }, { 1, 1 } }, 0)
  end)

  it("checks times, names and sizes", function()
    for message, f in pairs {
      ["log: t must be a finite number, got nil"] = function(log) log() end,
      ["log: t must be a finite number, got NaN"] = function(log) log(0 / 0, {}) end,
      ["log: a record is a table {name = number or column}, got 3"] = function(log) log(1, 3) end,
      ["log: what a record holds must be a name of at most 100 bytes"] =
        function(log) log(1, { 3 }) end,
      ["log: a must be a number or a column, got a 1x2 matrix"] =
        function(log) log(1, { a = sd.ones(1, 2) }) end,
      ["log: a must be a number or a column, got the string \"x\""] =
        function(log) log(1, { a = "x" }) end,
      ["log: t must increase: a has a record at 2, and now one at 2"] = function(log)
        log(2, { a = 1 })
        log(2, { b = 1 })
        log(2, { a = 1 })
      end,
      ["log: a has 2 rows, its records before have 1"] = function(log)
        log(1, { a = 1 })
        log(2, { a = sd.ones(2, 1) })
      end,
      ["log: a has no value here: it is being traced"] = function(log)
        sd.grad(function(x)
          log(1, { a = x })
          return x
        end)(1)
      end,
      ["log: a checkpoint's name is made of letters, digits and _, got the string \"a/b\""] =
        function(log) log:checkpoint "a/b" end } do
      local o = outcome(function(_, log) f(log) end)
      assert(o.error and o.error:find(message, 1, true), o.error or message)
    end
  end)

  it("passes records on, and names checkpoints", function()
    local seen = {}
    local o = outcome(function(_, log)
      log(3, { a = 1 })
      return { file = log:checkpoint(), other = log:checkpoint "two" }
    end, { log = function(t, record) seen[#seen + 1] = { t, record } end,
      checkpoint = function(name) return "/tmp/" .. name .. ".npz" end })
    assert.same({ { 3, { a = 1 } } }, seen)
    assert.same({ file = "/tmp/state.npz", other = "/tmp/two.npz" }, o.metrics)
    near(o.curves.a.data, sd.ones(1, 1), 0)
    assert.same({}, outcome(function(_, log) return { file = log:checkpoint() } end).metrics)
  end)
end)
