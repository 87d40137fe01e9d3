--- Parameters and points: what defaults, words and sweep tables mean, and which points follow.
local sd = require "saddle"
local json = require "saddle.json"
local param = require "saddle.param"
local points = require "saddle.points"
local support = require "tests.lua.support"
local raises = support.raises

local entries = assert(param.entries { k = sd.param(64, "hidden width", { from = 1 }), eta = 1e-3,
  optim = "adam", bias = true, mu = sd.param(0.5, nil, { above = 0, below = 1 }),
  scope = sd.param("global", "of norms", { choices = { "global", "layer" } }) })

local function parse(word)
  local name = word:match "^%w+"
  return json.encode(points.choice(entries, { word })[name])
end

describe("parameters", function()
  it("are sorted bytewise, the seed last", function()
    local names = {}
    for k, entry in ipairs(entries) do names[k] = entry.name .. ":" .. entry.type end
    assert.equal("bias:boolean eta:real k:integer mu:real optim:string scope:string seed:integer",
      table.concat(names, " "))
    local own = param.entries { zeta = 1, seed = sd.param(7, "of the data", { from = 3 }) }
    assert.equal("seed", own[2].name)
    assert.equal(7, own[2].default)
    assert.equal(3, own[2].from)
  end)

  it("give values their type", function()
    local function typed(name, v) return param.value(param.find(entries, name), v) end
    assert.equal("float", math.type(typed("eta", 1)))
    assert.equal("integer", math.type(typed("k", 3.0)))
    assert.equal(math.huge, 1 / typed("eta", -0.0)) -- one zero, one key
    assert.is_false(typed("bias", false))
    for name, case in pairs { k = { 0, 2.5, "3", 0 / 0, true }, eta = { "x", math.huge, 0 / 0 },
      mu = { 0, 1, -1 }, bias = { 1, "true" }, optim = { 1, true }, scope = { "Layer" },
      seed = { -1, 0.5 } } do
      for _, v in ipairs(case) do
        local value, sentence = typed(name, v)
        assert(value == nil and sentence:find("^" .. name .. " must be "), sentence)
      end
    end
  end)

  it("say what they allow", function()
    local function said(name, v) return select(2, param.value(param.find(entries, name), v)) end
    assert.equal("k must be a whole number from 1, got 2.5 " ..
      "(its default is whole; write 64.0 for a real parameter)", said("k", 2.5))
    assert.equal("k must be a whole number from 1, got 0", said("k", 0))
    assert.equal("mu must be a number above 0 below 1, got 1", said("mu", 1))
    assert.equal("scope must be 'global' or 'layer', got the string \"x\"", said("scope", "x"))
    assert.equal("bias must be true or false, got 1", said("bias", 1))
  end)

  it("are refused with a reason", function()
    for message, f in pairs {
      ["param: the default must be a number, a string or a boolean, got a table"] =
        function() sd.param {} end,
      ["param: the default must be a number, a string or a boolean, got nil"] =
        function() sd.param() end,
      ["param: the default must be UTF-8, got the string"] = function() sd.param "a\xff" end,
      ["param: the text must be a string, got a table"] = function() sd.param(1, { from = 1 }) end,
      ["param: unknown option 'frm' (did you mean 'from'?)"] =
        function() sd.param(1, "", { frm = 1 }) end,
      ["param: the default must be a whole number from 1, got 0"] =
        function() sd.param(0, "", { from = 1 }) end,
      ["param: the default must be a number, got NaN"] = function() sd.param(0 / 0) end,
      ["param: 'from' is for numbers"] = function() sd.param("a", "", { from = 1 }) end,
      ["param: 'to' must be a finite number, got inf"] =
        function() sd.param(1, "", { to = math.huge }) end,
      ["param: 'choices' must be a list of values, got the string \"a\""] =
        function() sd.param("a", "", { choices = "a" }) end,
      ["param: choice 2 must be a word, got 3"] =
        function() sd.param("a", "", { choices = { "a", 3 } }) end,
      ["param: the default must be 'b' or 'c', got the string \"a\""] =
        function() sd.param("a", "", { choices = { "b", "c" } }) end } do
      raises(message, f)
    end
    for message, params in pairs {
      ["params must be a table, got 5"] = 5,
      ["parameters have names; there is an entry with the key 1"] = { 3 },
      ["'a-b' is no name of a parameter"] = { ["a-b"] = 1 },
      ["'rng' cannot be a parameter: the name is taken"] = { rng = 1 },
      ["'broken' cannot be a parameter: the name is taken"] = { broken = "x" },
      ["parameter W: the default must be a number, a string or a boolean, got a 2x2 matrix"] =
        { W = sd.eye(2) },
      ["parameter seed: the default must be a whole number"] = { seed = "x" } } do
      local list, sentence = param.entries(params)
      assert(list == nil and sentence:find(message, 1, true), sentence)
    end
  end)
end)

describe("a word", function()
  it("is a list of values, ranges, or both", function()
    for word, list in pairs {
      ["k=64"] = "[64]", ["k=16,32,64"] = "[16,32,64]", ["k=1e2"] = "[100]",
      ["seed=1..5"] = "[1,2,3,4,5]", ["k=8,16..18,64"] = "[8,16,17,18,64]",
      ["eta=-1..1:5"] = "[-1.0,-0.5,0.0,0.5,1.0]", ["eta=.1...9:2"] = "[0.1,0.9]",
      ["eta=0.1..0.7:7"] = "[0.1,0.2,0.3,0.4,0.5,0.6,0.7]",
      ["eta=1e-4..1e-1:4log"] = "[0.0001,0.001,0.01,0.1]",
      ["eta=2..64:6log"] = "[2.0,4.0,8.0,16.0,32.0,64.0]",
      ["eta=1e-300..1e300:3log"] = "[1e-300,1.0,1e+300]",
      ["k=1..9:5"] = "[1,3,5,7,9]", ["k=1..100:7log"] = "[1,2,5,10,22,46,100]",
      ["k=1..9223372036854775807:3"] = "[1,4611686018427387904,9223372036854775807]",
      ["eta=5,1..2:2"] = "[5.0,1.0,2.0]", ["bias=true,false"] = "[true,false]",
      ["optim=adam,lion"] = '["adam","lion"]', ["optim=1..3"] = '["1..3"]',
      ["optim='normalized,scope=layer',lion"] = '["normalized,scope=layer","lion"]',
      ['optim="it\'s",\'\''] = '["it\'s",""]', ["optim=a'b"] = '["a\'b"]',
      ["optim=a=b"] = '["a=b"]', ["scope=layer"] = '["layer"]', ["k='3'"] = "[3]",
      ["eta=0..1"] = '{"high":1.0,"log":false,"low":0.0}',
      ["eta=1e-4..1:log"] = '{"high":1.0,"log":true,"low":0.0001}',
      ["k=1..1e12:log"] = '{"high":1000000000000,"log":true,"low":1}' } do
      assert.equal(list, parse(word))
    end
  end)

  it("log-spaced has equal ratios", function()
    local list = points.choice(entries, { "eta=3..700:9log" }).eta
    for k = 1, 8 do -- rounded to 12 digits: two relative errors of 5e-12 and their effect
      support.near(list[k + 1] / list[k], (700 / 3) ^ (1 / 8), 3e-11)
    end
    assert.equal(3.0, list[1])
    assert.equal(700.0, list[9])
  end)

  it("that is wrong says so", function()
    for word, message in pairs {
      ["kk=3"] = "unknown parameter 'kk' (did you mean 'k'?); known: bias, eta, k, mu, optim, " ..
        "scope, seed", ["k"] = "'k' is not of the form name=value",
      ["k=a,b"] = "k must be a whole number from 1, got 'a'", ["k=0"] = "from 1, got '0'",
      ["k=2.5"] = "got '2.5' (its default is whole", ["k=0..3"] = "from 1, got '0'",
      ["k="] = "k: an item of '' is empty; '' is an empty word",
      ["optim=a,,b"] = "optim: an item of 'a,,b' is empty", ["optim=a,"] = "is empty",
      ["optim='a,b"] = "optim: a ' in ''a,b' has no partner before a comma or the end",
      ["optim='a'b"] = "has no partner", ["k=3..1"] = "k: '3..1' must run upwards",
      ["k=3..3"] = "must run upwards", ["k=1..x"] = "got 'x'", ["k=.."] = "got ''",
      ["k=1..9:"] = "k: '1..9:' is no range; write a..b, a..b:n, a..b:nlog or a..b:log",
      ["k=1..9:3lin"] = "is no range", ["k=1..9:-3"] = "is no range",
      ["k=1..9:1"] = "a range has 2 points or more", ["k=1..3:5"] = "k: '1..3:5' has 2 twice",
      ["k=5,5.0"] = "k: '5,5.0' has 5 twice", ["eta=1,1e0"] = "has 1.0 twice",
      ["eta=-1..1:5log"] = "eta: '-1..1:5log': logarithms need numbers above 0",
      ["eta=0..1,2"] = "eta=0.0..1.0: how many points? 0.0..1.0:n; without a number",
      ["eta=-1e308..1e308:3"] = "is too wide", ["eta=nan"] = "got 'nan'",
      ["eta=1e999"] = "got '1e999'", ["mu=0..1:3"] = "mu must be a number above 0 below 1, got '0'",
      ["k=1..2e6"] = "k: the values of '1..2e6' are 2e+06, above the limit of 1000000",
      ["seed=1..9223372036854775807"] = "above the limit", ["eta=0..1:99999999999"] = "above the",
      ["k=1..600000,700000..1400000"] = "k: the values are 1.3e+06, above the limit",
      ["bias=yes"] = "bias must be true or false, got 'yes'",
      ["scope=layr"] = "scope must be 'global' or 'layer', got 'layr'",
      ["k=\1\n"] = "got '??'", ["optim=" .. ("'"):rep(80)] = "...' has no partner" } do
      raises(message, points.choice, entries, { word })
    end
    raises("k is given twice", points.choice, entries, { "k=1", "k=2" })
  end)

  it("has one value in a single run", function()
    local values = points.one(entries, { "optim='a',b..c", "k=5", "bias=false" })
    assert.same({ optim = "'a',b..c", k = 5, bias = false, eta = 1e-3, mu = 0.5, scope = "global",
      seed = 1 }, values)
    raises("k must be a whole number from 1, got '1,2' (lists and ranges are for sweeps)",
      points.one, entries, { "k=1,2" })
    raises("got '1..2' (lists and", points.one, entries, { "seed=1..2" })
    raises("k is given twice", points.one, entries, { "k=1", "k=1" })
  end)
end)

describe("a sweep table", function()
  it("has lists, rows, columns, single values, texts", function()
    local lists = points.lists(entries, { k = { 1, 2.0 }, eta = sd.logspace(-2, 0, 3), mu = 0.25,
      optim = "a,b", seed = "1..3", bias = { false }, scope = { "layer" } })
    assert.equal('{"bias":[false],"eta":[0.01,0.1,1.0],"k":[1,2],"mu":[0.25],"optim":["a,b"],' ..
      '"scope":["layer"],"seed":[1,2,3]}', json.encode(lists))
    assert.same(lists, points.lists(entries, lists))
    assert.same({}, points.lists(entries))
  end)

  it("that is wrong says so", function()
    for message, sweep in pairs {
      ["a sweep is a table {name = list}, got 5"] = 5,
      ["it has the key 1"] = { { 1, 2 } }, ["unknown parameter 'kk'"] = { kk = { 1 } },
      ["k: a list of values must not be empty"] = { k = {} },
      ["k: a list of values has the keys 1 to n, not the string \"a\""] = { k = { 1, a = 2 } },
      ["k must be a whole number from 1, got 2.5"] = { k = { 1, 2.5 } },
      ["k must be a whole number from 1, got a 2x2 matrix"] = { k = sd.eye(2) },
      ["k: the list has 3 twice"] = { k = { 3, 4, 3 } }, ["got 'x'"] = { k = "x" } } do
      raises(message, points.lists, entries, sweep)
    end
  end)
end)

describe("a grid", function()
  it("is every combination, the seed fastest and then the last name", function()
    local list = points.grid(entries, { k = { 1, 2 }, optim = { "x" }, seed = { 5, 6 } },
      { eta = { 0.1, 0.2 }, optim = { "a", "b" } })
    local at = 0
    for _, eta in ipairs { 0.1, 0.2 } do
      for _, k in ipairs { 1, 2 } do
        for _, optim in ipairs { "a", "b" } do
          for _, seed in ipairs { 5, 6 } do
            at = at + 1
            assert.same({ eta = eta, k = k, optim = optim, seed = seed, bias = true, mu = 0.5,
              scope = "global" }, list[at])
          end
        end
      end
    end
    assert.equal(at, #list)
  end)

  it("is of one point by default", function()
    assert.equal(1, #points.grid(entries))
  end)

  it("is counted before it is made", function()
    local long = sd.seeds(1000)
    raises("the points are 1e+09, above the limit of 1000000", points.grid, entries,
      { k = long, eta = long, seed = long })
  end)

  it("needs a number of points in ranges", function()
    raises("eta=0.1..1.0:log: how many points? 0.1..1.0:nlog; without a number it is for a random",
      points.grid, entries, { eta = "0.1..1:log" })
  end)
end)

describe("a random search", function()
  local choice = points.choice(entries, { "eta=1e-4..1:log", "mu=.25...75", "k=1..1000:log",
    "optim=a,b", "seed=1..2" })

  it("has the same points every time, whatever their number", function()
    local few, many = points.random(entries, {}, choice, 5, 1),
      points.random(entries, {}, choice, 50, 1)
    assert.equal(10, #few)
    assert.equal(100, #many)
    for k, values in ipairs(few) do assert.equal(points.key(many[k]), points.key(values)) end
    assert.not_equal(points.key(few[1]), points.key(points.random(entries, {}, choice, 5, 2)[1]))
    local without = points.random(entries, {}, { eta = choice.eta }, 5, 1)
    for k = 1, 5 do assert.equal(few[2 * k].eta, without[k].eta) end -- no other parameter shifts it
  end)

  it("has every seed at every point", function()
    local list = points.random(entries, {}, choice, 20, 1)
    for k = 1, 40, 2 do
      assert.equal(1, list[k].seed)
      assert.equal(2, list[k + 1].seed)
      assert.equal(list[k].eta, list[k + 1].eta)
    end
  end)

  -- With 4000 draws the Kolmogorov-Smirnov distance to the law is below 1.63/sqrt(4000) with 99%,
  -- below 2.5/sqrt(4000) but for 1e-5; a share of 1/2 deviates by 5 standard deviations, 0.04, but
  -- for 6e-7.
  it("draws uniformly, with log in the logarithm", function()
    local list = points.random(entries, {}, { eta = choice.eta, mu = choice.mu, k = choice.k,
      optim = choice.optim }, 4000, 3)
    local a, laws = 0, { eta = {}, mu = {}, k = {} }
    for j, values in ipairs(list) do
      a = a + (values.optim == "a" and 1 or 0)
      laws.eta[j] = 1 + math.log(values.eta, 10) / 4
      laws.mu[j] = (values.mu - 0.25) / 0.5
      laws.k[j] = values.k
      assert(math.type(values.k) == "integer" and values.k >= 1 and values.k <= 1000)
    end
    support.near(a / 4000, 0.5, 0.04)
    for _, name in ipairs { "eta", "mu" } do
      table.sort(laws[name])
      for j, u in ipairs(laws[name]) do support.near(u, j / 4000, 2.5 / 4000 ^ 0.5 + 1 / 4000) end
    end
    for _, most in ipairs { 1, 2, 9, 99, 500 } do -- P(k <= v) = log(v + 1)/log(1001)
      local count = 0
      for _, k in ipairs(laws.k) do count = count + (k <= most and 1 or 0) end
      support.near(count / 4000, math.log(most + 1) / math.log(1001), 0.04)
    end
  end)

  it("counts a point that is drawn again once", function()
    local list = points.random(entries, {}, { bias = { true, false } }, 100, 1)
    assert.equal(2, #list)
  end)

  it("says what it lacks", function()
    raises("no parameter has several values", points.random, entries, {}, { k = { 1 } }, 5)
    raises("the number of points must be a whole number from 1 to 1000000, got 0", points.random,
      entries, {}, choice, 0)
    raises("the seed of a search must be a whole number, got 0.5", points.random, entries, {},
      choice, 1, 0.5)
    raises("the points are 1e+09", points.random, entries, { seed = sd.seeds(1000) },
      { k = "1..9" }, 1000000)
    raises("seed=1..5:log: how many points?", points.random, entries, { seed = "1..5:log" },
      { k = "1..9" }, 5)
  end)
end)

describe("a point", function()
  it("has the same text among many as alone", function()
    local list = { {}, { seed = 1 }, { seed = 1 }, { seed = 1.0 }, { seed = 2 }, { seed = -0.0 },
      { seed = 0.0 }, { seed = 1, a = "f" .. ("d"):pack(1.5):gsub("[\128-\255]", "?") },
      { seed = 1, a = 1.5 }, { seed = 1, a = "1.5" }, { a = true, b = 'x"\n' }, { a = "true" },
      { b = true, a = false, seed = 3 }, { c = 0.1, a = 1 / 3, ["b c"] = math.mininteger } }
    local keys = points.keys(list)
    assert.equal(#list, #keys)
    for k, values in ipairs(list) do assert.equal(points.key(values), keys[k]) end
  end)

  it("has a text with the types of its values, which reads back", function()
    local values = points.values(entries, { eta = 1, k = 2.0, optim = "é\"" })
    local key = points.key(values)
    assert.equal('{"bias":true,"eta":1.0,"k":2,"mu":0.5,"optim":"é\\"","scope":"global","seed":1}',
      key)
    assert.equal(key, points.key(points.decode(entries, key)))
    values.broken = "step"
    assert.equal("step", points.decode(entries, points.key(values)).broken)
  end)

  it("must be whole and known", function()
    raises("has no bias", points.decode, entries, "{}")
    raises("a point is an object, not '5'", points.decode, entries, "5")
    raises("json: line 1", points.decode, entries, "{")
    local values = points.values(entries, {})
    values.kk = 1
    raises("unknown parameter 'kk'", points.decode, entries, points.key(values))
    raises("k must be a whole number from 1, got 0", points.values, entries, { k = 0 })
    raises("parameters have names, not 1", points.values, entries, { 5 })
  end)
end)

describe("the text of a list", function()
  it("reads back as the list", function()
    for _, word in ipairs { "k=1,2,3,7,9,10,20..25", "eta=0.1,1,1e-7", "optim='a,b',c,'','\"'",
      'optim="\'x",d', "bias=false", "eta=1e-4..1:log", "mu=.25...75", "seed=1..100" } do
      local name = word:match "^%w+"
      local entry, list = param.find(entries, name), points.choice(entries, { word })[name]
      assert.same(list, points.parse(entry, points.text(entry, list)))
    end
    assert.equal("1..3,7,9,10", points.text(entries[3], { 1, 2, 3, 7, 9, 10 }))
  end)
end)

describe("sd.seeds", function()
  it("counts", function()
    assert.same({ 1, 2, 3 }, sd.seeds(3))
    assert.same({ 0, 1 }, sd.seeds(0, 1))
    assert.equal("integer", math.type(sd.seeds(1.0)[1]))
    raises("seeds: seeds are whole numbers from 0, got 0.5", sd.seeds, 0.5)
    raises("seeds: seeds are whole numbers from 0, got nil", sd.seeds)
    raises("seeds: there are none from 1 to 0", sd.seeds, 0)
    raises("seeds: there are none from 5 to 3", sd.seeds, 5, 3)
    raises("seeds: 2000000 are more than 1000000", sd.seeds, 2000000)
  end)
end)

describe("sd.args", function()
  it("reads what its defaults are like", function()
    local p = sd.args({ "k=16,32..34", "mu=.5", "quick=true", "name=a,b", "n=7" }, {
      { "k", { 5 }, "widths", whole = true, from = 1 }, { "mu", 1, "step", above = 0, to = 1 },
      { "quick", false, "short" }, { "name", "x", "a name" }, { "n", 3, "a number" },
      { "other", { 0.5, 1 }, "untouched" } })
    assert.same({ k = { 16, 32, 33, 34 }, mu = 0.5, quick = true, name = "a,b", n = 7,
      other = { 0.5, 1 } }, p)
    assert.equal("integer", math.type(p.n))
  end)

  it("checks words and defaults", function()
    local function args(word, entry) return function() sd.args({ word }, { entry }) end end
    raises("args: k must be a whole number from 1, got '0'",
      args("k=3,0", { "k", { 5 }, "", whole = true, from = 1 }))
    raises("args: k must be a number above 0 to 1, got '2'",
      args("k=2", { "k", 1, "", above = 0, to = 1 }))
    raises("args: parameter k: the default must be a number from 1, got 0",
      args("k=3", { "k", 0, "", from = 1 }))
    raises("args: parameter k: unknown option 'frm' (did you mean 'from'?)",
      args("k=3", { "k", 0, "", frm = 1 }))
    raises("args: k=0.5..1: how many points?", args("k=.5..1", { "k", { 1 }, "" }))
    raises("points_spec.lua:", args("k=x", { "k", 1, "" }))
  end)
end)
