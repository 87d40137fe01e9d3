--- sd.runs: which runs it takes, what it says of them, against loops over what was stored.
local sd = require "saddle"
local filled = require "tests.lua.filled"
local json = require "saddle.json"
local runs = require "saddle.runs"

local path, first -- the store of the tests that do not write, and its points
local NAN <const> = 0 / 0

--- Any function of the point will do, as long as no two metrics agree by chance.
local function loss_of(p) return math.sin(3 * p.k + p.seed) * (1 + p.eta) end

local function curve_of(p)
  return { t = sd.matrix { { 0, 10, 20 } },
    data = sd.matrix { { p.k, p.k + p.seed, p.seed }, { 1, p.seed ^ 2, -p.k } } }
end

local function outcome(p)
  if p.k == 4 and p.seed == 6 then
    return { status = "failed", error = "x.lua:1: no luck\nstack" }
  end
  return { status = "done",
    metrics = { loss = loss_of(p), hit = p.seed % 2 == 0, status = "stopped",
      maybe = p.seed == 3 and NAN or p.seed, rare = p.k == 1 and p.seed or nil },
    arrays = { W = sd.matrix { { p.k, p.seed } } }, curves = { c = curve_of(p) } }
end

local function temporary()
  local name = os.tmpname()
  os.remove(name)
  return name .. ".db"
end

local function remove(name)
  for _, tail in ipairs { "", "-wal", "-shm", "-locks" } do os.remove(name .. tail) end
end

setup(function()
  path = temporary()
  first = filled.grid { { "k", 16, 1, 4 }, { "eta", 0.1, 1e-300 }, { "optim", "sgd" },
    { "seed", 1, 2, 3, 4, 5, 6 } }
  filled.write(path, { params = { "k", "eta", "optim" }, points = first, outcome = outcome })
end)
teardown(function() remove(path) end)

--- The stored points that a run was made of, where f is true.
local function points(f)
  local out = {}
  for _, p in ipairs(first) do
    if not (p.k == 4 and p.seed == 6) and (not f or f(p)) then out[#out + 1] = p end
  end
  return out
end

local function refused(message, f, ...)
  local good, err = pcall(f, ...)
  assert.is_false(good)
  assert(tostring(err):find(message, 1, true), ("expected\n  %s\nin\n  %s"):format(message, err))
end

describe("sd.runs", function()
  it("takes the finished runs of the only experiment, in their order", function()
    local R, expected = sd.runs(path), points()
    assert.equal(34, #R)
    assert.equal(34, R.n)
    for j, p in ipairs(expected) do
      for _, name in ipairs { "k", "eta", "optim", "seed" } do assert.equal(p[name], R[j][name]) end
      assert.equal(loss_of(p), R[j].loss)
      assert.equal(p.seed % 2 == 0, R[j].hit)
    end
    assert.is_nil(R[35])
    assert.is_nil(R[0])
    local count = 0
    for _, run in ipairs(R) do count = count + (run.k == 16 and 1 or 0) end
    assert.equal(12, count)
  end)

  it("takes the failed ones, or all", function()
    local R = sd.runs(path, { status = "failed" })
    assert.equal(2, #R)
    assert.equal("x.lua:1: no luck\nstack", R[1].error)
    assert.is_nil(R[1].loss)
    assert.equal(36, #sd.runs(path, { status = "all" }))
    assert.equal(0, #sd.runs(path, { status = "pending" }))
  end)

  it("has a run's own fields before a metric of the same name", function()
    local run = sd.runs(path)[1]
    assert.equal("done", run.status)
    assert.equal("stopped", run.metrics.status)
    assert.equal("abc123", run.script)
    assert.equal(0.25, run.seconds)
    assert.same({ k = 16, eta = 0.1, optim = "sgd", seed = 1 }, run.params)
    assert.equal("run 1 of modes, done: eta=0.1 k=16 optim=sgd seed=1", tostring(run))
  end)

  it("keeps doubles and texts of parameters as they were", function()
    local file = temporary()
    local odd = { x = 0.1 + 0.2, tiny = 5e-324, big = 2 ^ 53 + 1 | 0, text = 'a "k": {x}, \\ é',
      flag = false, seed = 1 }
    filled.write(file, { points = { odd }, outcome = function(p)
      return { status = "done", metrics = { zero = -0.0, most = math.maxinteger, same = p.x } }
    end })
    local run = sd.runs(file)[1]
    for name, value in pairs(odd) do assert.equal(value, run[name]) end
    assert.equal(math.type(odd.big), math.type(run.big))
    assert.equal(-math.huge, 1 / run.zero)
    assert.equal(math.maxinteger, run.most)
    assert.equal(odd.x, run.same)
    remove(file)
  end)

  it("gives matrices and curves", function()
    local run = sd.runs(path)[2]
    assert.equal(sd.matrix { { 16, 2 } }, run:array "W")
    local t, data = run:curve "c"
    assert.equal(curve_of(first[2]).t, t)
    assert.equal(curve_of(first[2]).data, data)
  end)
end)

describe("where", function()
  local function count(text, o)
    o = o or {}
    o.where = text
    return #sd.runs(path, o)
  end
  local function expected(f) return #points(f) end

  it("speaks of parameters and metrics by name", function()
    assert.equal(expected(function(p) return p.k >= 4 and loss_of(p) < 0 end),
      count "k >= 4 and loss < 0")
    assert.equal(expected(function(p) return p.eta == 1e-300 end), count "eta = 1e-300")
    assert.equal(expected(function(p) return p.seed % 2 == 0 end), count "hit")
    assert.equal(expected(function(p) return p.k == 1 or p.k == 16 end), count "k in (1, 16)")
    assert.equal(34, count "optim like 's%' and metrics.status = 'stopped' and \"k\" > 0")
    assert.equal(expected(function(p) return math.abs(loss_of(p)) > 0.5 end),
      count "abs(loss) > 0.5")
  end)

  it("finds NaN, and what a run does not have, as null", function()
    assert.equal(expected(function(p) return p.seed == 3 end), count "maybe is null")
    assert.equal(expected(function(p) return p.k ~= 1 end), count "rare is null")
  end)

  it("looks at runs of each status where it speaks of it", function()
    assert.equal(2, count "status = 'failed'")
    assert.equal(2, count "error like '%no luck%'")
    assert.equal(0, count("status = 'failed'", { status = "done" }))
  end)

  it("tells names apart by case, and odd ones in quotes", function()
    local file = temporary()
    filled.write(file, { points = filled.grid { { "D", 1, 2 }, { "d", 10 } }, outcome = function(p)
      return { status = "done", metrics = { ["top-1 \"%\""] = p.D, ["in"] = 3 } }
    end })
    assert.equal(1, #sd.runs(file, { where = "D = 2 and d = 10" }))
    assert.equal(1, #sd.runs(file, { where = '"top-1 ""%""" = 2 and "in" = 3' }))
    remove(file)
  end)

  it("refuses what is no such expression, in one line", function()
    local function says(text, message)
      refused(message, sd.runs, path, { where = text })
      assert.is_nil(select(2, pcall(sd.runs, path, { where = text })):find "\n")
    end
    says("kk = 3", "where kk = 3: there is no 'kk' (did you mean 'k'?)")
    says("k = = 3", 'where k = = 3: near "=": syntax error (names: error eta hit id k loss')
    says('"zzzzzzzz" = 1', "there is no 'zzzzzzzz' (known: 'error', 'eta',")
    says("k = 'a", "a quote is not closed")
    says('k = "a', "a double quote is not closed")
    says("k = 1) or (1 = 1", "a bracket is closed that was not opened")
    says("k = 1 or delete from run", "there is no 'delete'")
    says("k in (select 1)", "there is no 'select'")
    says("k = 1; delete from run", "';' has no meaning here")
    says("k = ?", "'?' has no meaning here")
    says("max(loss) > 1", "misuse of aggregate")
    says("gamma(k)", "no such function: gamma")
    says("metrics.k = 1", "there is no 'k'")
    says("params. = 1", "after 'params.' a name must follow")
    says("k = 1 /*", "incomplete input")
    says("", "syntax error")
    says("k\n= = 3", "where k = = 3: ")
  end)
end)

describe("runs of a script that has changed", function()
  local file
  before_each(function() file = temporary() end)
  after_each(function() remove(file) end)

  local function version(hash, value, take)
    filled.write(file, { hash = hash, changed = "redo", take = take,
      points = filled.grid { { "k", 1, 2 } },
      outcome = function(p) return { status = "done", metrics = { y = value * p.k } } end })
  end

  it("count in their newest version alone, or all", function()
    version("one", 10)
    version("two", 100)
    assert.same({ 100, 200 }, sd.runs(file):column "y")
    assert.same({ 10, 20, 100, 200 }, sd.runs(file, { all = true }):column "y")
    assert.same({ 10, 20 }, sd.runs(file, { all = true, where = "script = 'one'" }):column "y")
  end)

  it("are not done while the newest is not", function()
    version("one", 10)
    version("two", 100, 1)
    assert.same({ 100 }, sd.runs(file):column "y")
  end)
end)

describe("a store with several experiments", function()
  local file = temporary()
  setup(function()
    for _, name in ipairs { "modes", "widths" } do
      filled.write(file, { name = name, points = { { k = 1 } },
        outcome = function() return { status = "done", metrics = { y = #name, [name] = 1 } } end })
    end
  end)
  teardown(function() remove(file) end)

  it("must be asked for one of them", function()
    refused("has runs of several experiments: say which, 'modes', 'widths'", sd.runs, file)
    refused("has no runs of 'mode' (did you mean 'modes'?)", sd.runs, file, { experiment = "mode" })
    assert.same({ 6 }, sd.runs(file, { experiment = "widths" }):column "y")
  end)

  it("knows the names of that one alone", function()
    local R = sd.runs(file, { experiment = "widths" })
    assert.same({ params = { "k" }, metrics = { "widths", "y" } }, R:names())
    refused("there is no 'modes'", sd.runs, file, { experiment = "widths", where = "modes = 1" })
  end)
end)

describe("statistics", function()
  --- Plain loops over what was stored; the sums of at most 34 numbers of size 1 differ from the
  -- library's by at most 34 roundings each of 2^-53, the quantile by less than 1e-12 of itself.
  local function close(a, b, scale)
    assert(math.abs(a - b) <= 1e-12 * (scale or math.max(math.abs(a), math.abs(b))),
      ("%.17g and %.17g"):format(a, b))
  end
  local function naive(list, value)
    local n, sum, least, most, values = #list, 0, math.huge, -math.huge, {}
    for j, p in ipairs(list) do
      local v = value(p)
      sum, least, most, values[j] = sum + v, math.min(least, v), math.max(most, v), v
    end
    local squares = 0
    for _, v in ipairs(values) do squares = squares + (v - sum / n) ^ 2 end
    table.sort(values)
    local sd_ = math.sqrt(squares / (n - 1))
    return { mean = sum / n, sd = sd_, min = least, max = most,
      median = (values[(n + 1) // 2] + values[n // 2 + 1]) / 2,
      ci95 = sd.student_t.quantile(0.975, n - 1) * sd_ / math.sqrt(n) }
  end

  it("are those of a loop", function()
    local R = sd.runs(path):filter(function(run) return run.eta == 0.1 end)
    local expected = naive(points(function(p) return p.eta == 0.1 end), loss_of)
    for name, value in pairs(expected) do close(value, R[name].loss, 1) end
    local hits = naive(points(function(p) return p.eta == 0.1 end),
      function(p) return p.seed % 2 == 0 and 1 or 0 end)
    for name, value in pairs(hits) do close(value, R[name].hit, 1) end
  end)

  it("agree with sd.mean_ci", function()
    local R = sd.runs(path)
    local mean, lo, hi = sd.mean_ci(R:column "loss")
    assert.equal(mean, R.mean.loss)
    close((hi - lo) / 2, R.ci95.loss, math.abs(mean))
  end)

  it("do not drop a NaN in silence", function()
    local R = sd.runs(path)
    for _, name in ipairs { "mean", "sd", "min", "max", "median", "ci95" } do
      local value = R[name].maybe
      assert(value ~= value, name)
    end
    local F, dropped = R:finite "maybe"
    assert.equal(6, dropped)
    close(naive(points(function(p) return p.seed ~= 3 end), function(p) return p.seed end).mean,
      F.mean.maybe)
  end)

  it("refuse runs without a value, texts, and no runs", function()
    local R = sd.runs(path)
    refused("runs: mean: 22 of 34 runs have no 'rare'", function() return R.mean.rare end)
    refused("runs: sd: 'optim' is a text", function() return R.sd.optim end)
    refused("runs: max: 'metrics.status' is a text", function()
      return R.max["metrics.status"]
    end)
    refused("mean: no run has a parameter or metric 'los' (did you mean 'loss'?)",
      function() return R.mean.los end)
    refused("there are no runs", function()
      return R:filter(function() return false end).mean.loss
    end)
  end)

  it("of one run have no spread", function()
    local R = sd.runs(path, { where = "id = 1" })
    assert.equal(loss_of(first[1]), R.mean.loss)
    assert(R.sd.loss ~= R.sd.loss and R.ci95.loss ~= R.ci95.loss)
  end)

  it("come in groups, in the order of the keys", function()
    local G = sd.runs(path):group("k", "eta")
    assert.equal(6, #G)
    assert.same({ 1, 1, 4, 4, 16, 16 }, G.k)
    assert.same({ 1e-300, 0.1, 1e-300, 0.1, 1e-300, 0.1 }, G.eta)
    assert.same({ 6, 6, 5, 5, 6, 6 }, G.n)
    for g, group in ipairs(G) do
      local mine = points(function(p) return p.k == G.k[g] and p.eta == G.eta[g] end)
      local expected = naive(mine, loss_of)
      assert.equal(G.k[g], group.k)
      assert.equal(#mine, #group)
      for name, value in pairs(expected) do
        close(value, G[name].loss[g], 1)
        close(value, group[name].loss, 1)
      end
    end
  end)

  it("group by texts, booleans and NaN", function()
    local R = sd.runs(path)
    assert.same({ false, true }, R:group("hit").hit)
    assert.same({ 18, 16 }, R:group("hit").n)
    local G = R:group "maybe"
    assert.equal(6, #G)
    assert(G[6].maybe ~= G[6].maybe)
    assert.equal(6, #G[6])
    assert.same({ "sgd" }, R:group("optim").optim)
  end)

  it("let a key called n stand for itself", function()
    local file = temporary()
    filled.write(file, { points = filled.grid { { "n", 50, 100 }, { "seed", 1, 2, 3 } },
      outcome = function(p) return { status = "done", metrics = { y = p.n } } end })
    local G = sd.runs(file):group "n"
    assert.same({ 50, 100 }, G.n)
    assert.equal(3, #G[1])
    remove(file)
  end)
end)

describe("sets of runs", function()
  it("sort by several names, down too, and keep the order of equals", function()
    local R = sd.runs(path):sort("-k", "optim", "seed")
    local before
    for _, run in ipairs(R) do
      if before then
        assert(before.k > run.k or before.k == run.k and (before.seed < run.seed
          or before.seed == run.seed and before.id < run.id))
      end
      before = run
    end
    assert.equal(34, #R)
    local last = sd.runs(path):sort "-maybe"
    assert(last[34].maybe ~= last[34].maybe and last[1].maybe == 6)
  end)

  it("give columns and distinct values", function()
    local R = sd.runs(path)
    assert.same({ 1, 4, 16 }, R:values "k")
    assert.same({ 1, 2, 3, 4, 5, 6 }, R:values "rare")
    assert.equal(34, #R:column "loss")
    refused("runs:column: 22 of 34 runs have no 'rare'", R.column, R, "rare")
    assert.same({ params = { "k", "eta", "optim", "seed" },
      metrics = { "hit", "loss", "maybe", "rare", "metrics.status" } }, R:names())
  end)

  it("filter once more what was filtered", function()
    local R = sd.runs(path):filter(function(run) return run.k > 1 end)
    assert.equal(22, #R)
    assert.equal(12, #R:filter(function(run) return run.k > 4 end))
    assert.equal(34, #sd.runs(path))
  end)

  it("cannot be changed", function()
    local R = sd.runs(path)
    refused("cannot be changed", function() R.k = 1 end)
    refused("cannot be changed", function() R[1].k = 1 end)
    refused("cannot be changed", function() R:group("k").k = 1 end)
    refused("cannot be changed", function() R.mean.loss = 1 end)
  end)

  it("name what they do not have", function()
    local R = sd.runs(path)
    refused("runs: no field 'means' (did you mean 'mean'?)", function() return R.means end)
    refused("run: no run has a parameter or metric 'los' (did you mean 'loss'?)",
      function() return R[1].los end)
    refused("names of columns are strings", function() return R[1][{}] end)
    refused("runs:group: 'mean' is a name that sets of runs have themselves", R.group, R, "mean")
    refused("runs:group: by which names?", R.group, R)
    refused("runs:sort: needs a name, got 3", R.sort, R, 3)
    refused("runs:filter: argument 1 must be a function", R.filter, R, 3)
    refused("run:array: run 1 has no matrix 'V' (did you mean 'W'?)", R[1].array, R[1], "V")
    refused("run:array: 'c' is a curve: run:curve('c')", R[1].array, R[1], "c")
    refused("run:curve: run 1 has no curve 'W' (did you mean 'c'?)", R[1].curve, R[1], "W")
    refused("run:curve: needs a name, got 1", R[1].curve, R[1], 1)
    refused("runs: no field 'foo' (known: 'ci95', 'k', 'max', 'mean', 'median', 'min', 'n', 'sd')",
      function() return R:group("k").foo end)
  end)

  it("print as a table", function()
    local text = tostring(sd.runs(path, { where = "k = 16 and eta = 0.1" }):filter(function(run)
      return run.seed < 3
    end))
    assert.equal([[
2 runs of modes: 2 done
k = 16  eta = 0.1  optim = sgd

seed    hit       loss  maybe  metrics.status
   1  false   -1.04913      1  stopped
   2   true  -0.288612      2  stopped]], text)
    assert.equal("0 runs of modes", tostring(sd.runs(path, { status = "pending" })))
    assert(tostring(sd.runs(path)):find("\n... and 24 more", 1, true))
    assert(tostring(sd.runs(path):group "k"):find("± half the width of its 95 %% interval"))
  end)

  it("refuse what is no store, and wrong options", function()
    refused("runs: the store's path must be a string, got 3", sd.runs, 3)
    refused("runs: store /nowhere/x.db: ", sd.runs, "/nowhere/x.db")
    refused("runs: unknown option 'stat'", sd.runs, path, { stat = "done" })
    refused("option 'status' must be 'done', 'failed'", sd.runs, path, { status = "dnoe" })
    refused("option 'where' must be a string", sd.runs, path, { where = 3 })
  end)
end)

describe("R:mean_curve", function()
  --- Element i of the curve at column j over the runs, by a loop. The sums are of whole numbers
  -- below 100; Welford's recurrence makes less than 8 roundings of 2^-53 of the largest a run.
  it("is that of a loop", function()
    local R = sd.runs(path):filter(function(run) return run.eta == 0.1 end)
    local mine = points(function(p) return p.eta == 0.1 end)
    local c = R:mean_curve "c"
    assert.equal(sd.matrix { { 0, 10, 20 } }, c.t)
    assert.equal(#mine, c.n)
    for i = 1, 2 do
      for j = 1, 3 do
        local sum, squares = 0, 0
        for _, p in ipairs(mine) do sum = sum + curve_of(p).data(i, j) end
        local mean = sum / #mine
        for _, p in ipairs(mine) do squares = squares + (curve_of(p).data(i, j) - mean) ^ 2 end
        local deviation = math.sqrt(squares / (#mine - 1))
        local half = sd.student_t.quantile(0.975, #mine - 1) * deviation / math.sqrt(#mine)
        assert(math.abs(c.mean(i, j) - mean) <= 1e-12)
        assert(math.abs(c.sd(i, j) - deviation) <= 1e-12)
        assert(math.abs(c.ci95(i, j) - half) <= 1e-11)
        assert.equal(c.mean(i, j) - c.ci95(i, j), c.lo(i, j))
        assert.equal(c.mean(i, j) + c.ci95(i, j), c.hi(i, j))
      end
    end
    local one = R:mean_curve("c", 2)
    assert.equal(c.mean:row(2):clone(), one.mean)
    assert.equal(1, one.mean.rows)
  end)

  describe("over runs of different length", function()
    local file = temporary()
    local ends = { 3, 5, 4 }
    setup(function()
      filled.write(file, { points = filled.grid { { "seed", 1, 2, 3, 4 } }, outcome = function(p)
        local t, data = {}, {}
        for j = 1, ends[p.seed] or 2 do
          t[j] = p.seed == 4 and -j or (j - 1) * 10
          data[j] = p.seed * j
        end
        return { status = "done", metrics = {}, curves = { c = {
          t = sd.matrix(t):t(), data = sd.matrix(data):t() } },
          arrays = p.seed == 1 and { plain = sd.eye(2) } or nil }
      end })
    end)
    teardown(function() remove(file) end)

    it("takes the times that all have", function()
      local c = sd.runs(file, { where = "seed < 4" }):mean_curve "c"
      assert.equal(sd.matrix { { 0, 10, 20 } }, c.t)
      assert.equal(sd.matrix { { 2, 4, 6 } }, c.mean)
      assert.equal(3, c.n)
    end)

    it("refuses those with none in common, and runs without it", function()
      local R = sd.runs(file)
      refused("the curves 'c' have no time in common", R.mean_curve, R, "c")
      refused("run 1 has no curve 'd' (did you mean 'c'?)", R.mean_curve, R, "d")
      refused("run 1 has no curve 'plain'", R.mean_curve, R, "plain")
      refused("the curve 'c' of run 1 has 1 elements, not 2", R.mean_curve,
        sd.runs(file, { where = "seed < 4" }), "c", 2)
      refused("the element must be a whole number from 1", R.mean_curve, R, "c", 0)
      refused("there are no runs", R.mean_curve, R:filter(function() return false end), "c")
    end)
  end)
end)

describe("runs.of", function()
  it("is what a session has finished, in its order", function()
    local file = temporary()
    local list = filled.grid { { "seed", 5, 3, 4 } }
    filled.write(file, { points = { list[2], list[3] }, outcome = outcome and function(p)
      return { status = "done", metrics = { y = p.seed } }
    end })
    local st, session = filled.open(file, { points = list, outcome = function()
      return { status = "done", metrics = { y = -5 } }
    end })
    assert.same({ -5, 3, 4 }, runs.of(st, session):column "y")
    st:leave(session)
    assert.same({ 3, 4, -5 }, runs.all(st, "modes"):column "y")
    st:close()
    remove(file)
  end)
end)

describe("many runs", function()
  it("are decoded as far as somebody asks", function()
    local decode, count = json.decode, 0
    json.decode = function(text)
      count = count + 1
      return decode(text)
    end
    local good, err = pcall(function()
      local R = sd.runs(path)
      assert.equal(34, #R)
      assert.equal(34, #R:column "loss")
      assert.equal(0, count)
      assert.same({ 12, 10, 12 }, R:group("k").n)
      assert.equal(3, count) -- its values: each once
    end)
    json.decode = decode
    if not good then error(err, 0) end
  end)
end)
