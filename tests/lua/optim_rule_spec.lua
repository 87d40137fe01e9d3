-- sd.optim: optimisers by name, from files and from Lua rules; what wrong ones say.
local sd = require "saddle"
local support = require "tests.lua.support"
local raises, near = support.raises, support.near
local optim = sd.optim

local p = { W = sd.ones(2, 3), a = 1.0 }

describe("a name", function()
  it("carries hyper-parameters, which a table overrides", function()
    assert.equal("normalized{lr=0.5, momentum=0, eps=0, scope=layer}",
      tostring(sd.optim("normalized,scope=layer,lr=1e-3", { lr = 0.5 })))
    assert.equal("sgd{lr=0.001, momentum=0, nesterov=yes, weight_decay=0}",
      tostring(sd.optim " sgd , lr = 1e-3 , nesterov = true "))
    assert.equal("adam{lr=f(t), b1=0.9, b2=0.999, eps=1e-08, weight_decay=0}",
      tostring(optim.adam { lr = math.sqrt }))
    assert.equal("graft{length=sgd{lr=0.01, momentum=0, nesterov=no, weight_decay=0}, direction="
      .. "adagrad{lr=0.01, eps=1e-08}, scope=global}",
      tostring(optim.graft { length = "sgd", direction = "adagrad" }))
    assert.equal("adalr{b1=0.5, b2=0.9, eps=1e-08, lr=0.1, scope=layer}",
      tostring(sd.optim("adalr", { lr = 0.1 })))
    assert.same({ "adam", "adadir" }, { optim.adam().name, sd.optim("adadir").name })
  end)

  it("may be an optimiser instead", function()
    local mine = { init = function() return {} end, update = function(g) return -g, {} end }
    assert.equal(mine, sd.optim(mine))
  end)

  it("that is unknown is refused with the nearest, or all", function()
    raises("optim: no optimiser has the name 'normalised' (did you mean 'normalized'?)", sd.optim,
      "normalised,lr=1")
    local _ = optim.adadir -- which is loaded when it is asked for, and then no second name
    raises("optim: no optimiser has the name '../x' (known: 'adadir', 'adagrad'", sd.optim, "../x")
    raises("optim: no optimiser has the name 'rule'", sd.optim, "rule")
    raises("optim.adamm: no such optimiser or function, and no file saddle/optim/ of that name on "
      .. "package.path (did you mean 'adam'?)", function() return optim.adamm end)
    raises("optim: no optimiser has the name 3", function() return optim[3] end)
    raises("optim: no optimiser has the name 'graft'", sd.optim, "graft") -- nor is its file one
    raises("optim: 'adam,lr' is not of the form name,key=value: 'lr'", sd.optim, "adam,lr")
    raises("optim: argument 1 must be a name such as \"adam,lr=0.01\" or an optimiser, got 3",
      sd.optim, 3)
    raises("optim: 'adam,lr=1,lr=2' says lr twice", sd.optim, "adam,lr=1,lr=2")
    raises("optim: argument 2 must be a plain table of hyper-parameters, got 3", sd.optim, "sgd", 3)
    raises("optim: argument 2 must be a plain table of hyper-parameters, got a table", sd.optim,
      "adam", setmetatable({}, { __index = { lr = 1 } }))
    raises("optim: an optimiser has its hyper-parameters already", sd.optim, optim.adam(), {})
  end)
end)

describe("hyper-parameters", function()
  local wrong = {
    { "adam: unknown hyper-parameter 'lrr' (did you mean 'lr'?)", "adam", { lrr = 1 } },
    { "adam: hyper-parameters have names", "adam", { 1 } },
    { "adam: hyper-parameters must be a table, got 3", "adam", 3 },
    { "adam: b1 must be a number in [0, 1) or a function of t, got 1", "adam", { b1 = 1 } },
    { "adam_raw: b2 must be a number in [0, 1] or", "adam_raw", { b2 = 1.5 } },
    { "adam: lr must be a finite number or a function of t, got NaN", "adam", { lr = 0 / 0 } },
    { "adam: lr must be a finite number or a function of t, got inf", "adam", { lr = 1 / 0 } },
    { "adam: lr must be a finite number or a function of t, got the string \"x\"", "adam",
      { lr = "x" } },
    { "adam: eps must be a finite number from 0 or", "adam", { eps = -1 } },
    { "sgd: weight_decay must be a finite number from 0", "sgd", { weight_decay = -1 } },
    { "sgd: nesterov must be true or false, got 2", "sgd", { nesterov = 2 } },
    { "normalized: scope must be 'global' or 'layer', got the string \"all\"", "normalized",
      { scope = "all" } },
  }
  for _, case in ipairs(wrong) do
    it("are checked: " .. case[1], function() raises(case[1], optim[case[2]], case[3]) end)
  end

  it("that are functions are checked when they give a value", function()
    local opt = optim.adam { b1 = function(t) return t > 2 and 1 or "x" end }
    raises("adam: b1(3) must be a number in [0, 1), got 1", opt.update, 1, opt.init(1), 1, 3)
    raises("adam: b1(1) must be a number in [0, 1), got the string \"x\"", opt.update, 1,
      opt.init(1), 1, 1)
    -- Values that are computed ahead are nobody's concern.
    local short = optim.sgd { lr = function(t) return t > 3 and 0 / 0 or 1 end }
    local s = { p = 1.0, t = 1, o = {} }
    local plan = sd.compile(function(at)
      return { p = at.p + short.update(at.p, at.o, at.p, at.t), t = at.t + 1 }
    end)
    assert.equal("done", select(2, plan:iterate(s, 3)).status)
    raises("sgd: lr(4) must be a finite number, got NaN", plan.iterate, plan, s, 4)
  end)
end)

describe("an update", function()
  local opt = optim.adam()
  local state = opt.init(p)
  local wrong = {
    { "adam: g must be a tree of matrices and numbers, got nil", nil, state, p, 1 },
    { "adam: state must be a tree of matrices and numbers, got nil", p, nil, p, 1 },
    { "adam: p must be a tree of matrices and numbers, got the string \"p\"", p, state, "p", 1 },
    { "adam: t must be the number of the step, from 1, got nil", p, state, p },
    { "adam: t must be the number of the step, from 1, got 0", p, state, p, 0 },
    { "adam: t must be the number of the step, from 1, got NaN", p, state, p, 0 / 0 },
    { "adam: g.a must be a matrix, a number or an rng, got a function", { a = print },
      state, p, 1 },
    { "adam: g is not like p: g.a is missing", { W = p.W }, state, p, 1 },
    { "adam: g is not like p: g.b is missing in p", { W = p.W, a = 1, b = 2 }, state, p, 1 },
    { "adam: g is not like p: g.a is a table in it and a number in p", { W = p.W, a = {} }, state,
      p, 1 },
    { "adam: g.W is 3x2 f64, and p.W is 2x3 f64", { W = p.W:t(), a = 1 }, state, p, 1 },
    { "adam: g.W is 2x3 f32, and p.W is 2x3 f64", { W = p.W:to "f32", a = 1 }, state, p, 1 },
    { "adam: g.W is frozen, and in p it is not", { W = sd.frozen(p.W), a = 1 }, state, p, 1 },
    { "adam: the state has no 'm'; it must be what init(p) gives", p, {}, p, 1 },
    { "adam: the state has no 'm_weight'; it must be what init(p) gives", p, { m = p, v = p }, p,
      1 },
    { "adam: state.m_weight must be a number, got a table", p,
      { m = p, v = p, m_weight = p, v_weight = 0 }, p, 1 },
    { "adam: state.v_weight must be a number, got a 2x3 symbol", p,
      { m = p, v = p, m_weight = 0, v_weight = p.W }, p, 1 },
    { "adam: the state has fields of something else", p,
      { m = p, v = p, w = p, m_weight = 0, v_weight = 0 }, p, 1 },
    { "adam: the state is no table", p, 3, p, 1 },
    { "adam: state.v.W is a number, and p.W is 2x3 f64", p, { m = p, v = { W = 1, a = 1 } }, p, 1 },
  }
  for _, case in ipairs(wrong) do
    it("refuses: " .. case[1], function()
      raises(case[1], opt.update, case[2], case[3], case[4], case[5])
    end)
  end
end)

describe("combinations", function()
  local wrong = {
    { "optim.graft: needs a table", optim.graft },
    { "optim.graft: unknown option 'len'", optim.graft, { len = "adam" } },
    { "optim.graft: direction must be an optimiser or its name, got nil", optim.graft,
      { length = "adam" } },
    { "optim.graft: scope must be 'global' or 'layer', got 3", optim.graft,
      { length = "adam", direction = "sgd", scope = 3 } },
    { "optim.clip: argument 1 must be an optimiser or its name, got nil", optim.clip, nil,
      { norm = 1 } },
    { "optim.clip: needs one of 'norm', 'value'", optim.clip, "adam", {} },
    { "optim.clip: 'norm' and 'value' exclude each other", optim.clip, "adam",
      { norm = 1, value = 1 } },
    { "optim.clip: norm must be a positive number or a function of t, got 0", optim.clip, "adam",
      { norm = 0 } },
    { "optim.project: ball must be a positive number or a function of t, got -1", optim.project,
      "adam", { ball = -1 } },
    { "optim.project: box must be a number or {lo, hi}", optim.project, "adam", { box = { 1 } } },
    { "optim.project: box must be {lo, hi} with lo <= hi, got {2, 1}", optim.project, "adam",
      { box = { 2, 1 } } },
    { "optim.project: with must be a function of p, got 1", optim.project, "adam", { with = 1 } },
    { "optim.project: unknown option 'bal' (did you mean 'ball'?)", optim.project, "adam",
      { bal = 1 } },
    { "optim.linear: to must be a finite number, got nil", optim.linear, { from = 1 } },
    { "optim.linear: steps must be a whole number from 2, got 1", optim.linear,
      { from = 1, to = 2, steps = 1 } },
    { "optim.cosine: steps must be a whole number from 6, got 3", optim.cosine,
      { from = 1, steps = 3, warmup = 5 } },
    { "optim.steps: at[2] must be a whole number from 4, got 2", optim.steps,
      { from = 1, at = { 3, 2 } } },
    { "optim.constant: argument 1 must be a finite number, got nil", optim.constant },
  }
  for _, case in ipairs(wrong) do
    it("are checked: " .. case[1], function() raises(case[1], case[2], case[3], case[4]) end)
  end

  it("check what functions of others give", function()
    local opt = optim.project("sgd", { with = function() return 3 end })
    raises("project: the projection is not like p: the projection is a number in it and a table in "
      .. "p", opt.update, p, {}, p, 1)
    local odd = { init = function() return {} end, update = function() return 3, {} end }
    opt = optim.graft { length = odd, direction = "sgd" }
    raises("graft: length's step is not like p", opt.update, p, opt.init(p), p, 1)
  end)
end)

describe("a rule", function()
  local function update(step)
    local opt = optim.rule { name = "mine", step = step,
      init = function(q) return { m = 0 * q } end }()
    return opt.update(p, opt.init(p), p, 1)
  end

  it("gets numbers at t, words and t; its constructor takes what it names", function()
    local seen
    local make = optim.rule { hyper = { lr = 0.5, how = { "plain", "signed" } },
      step = function(g, s, _, h, t)
        seen = h.how
        return -h.lr * t * g, s
      end }
    local opt = make { lr = function(t) return 1 / t end, how = "signed" }
    assert.equal("rule{how=signed, lr=f(t)}", tostring(opt))
    near(opt.update(3, opt.init(1), 1, 4), -3, 0)
    assert.equal("signed", seen)
    near(make().update(3, {}, 1, 4), -6, 0)
    assert.equal("plain", seen)
    raises("rule: unknown hyper-parameter 'hw' (did you mean 'how'?)", make, { hw = 1 })
  end)

  it("needs no state", function()
    local step, state = optim.rule { step = function(g) return -g end }().update(p, {}, p, 1)
    assert.equal(-1.0, step.a)
    assert.same({}, sd.map(sd.sqrt, state))
  end)

  it("that gives something else is refused", function()
    raises("mine: the step must be a tree of matrices and numbers, got nil", update, function() end)
    raises("mine: the new state must be a tree of matrices and numbers, got nil", update,
      function(g) return g end)
    raises("mine: state' is not like state: state'.m is a number in it and a table in state",
      update, function(g) return g, { m = 1 } end)
    raises("mine: step.W is 3x2 f64, and p.W is 2x3 f64", update,
      function(_, s, q) return { W = q.W:t(), a = 1.0 }, s end)
    raises("optim_rule_spec.lua", update, function() error "of its own" end)
    raises("symbol: < <= > >= need values", update, function(g, _, q) return q.a > 1 and g end)
    local init = optim.rule { step = function(g) return g end,
      init = function() return print end }().init
    raises("rule: what init gives must be a matrix, a number or an rng, got a function", init, p)
  end)

  local wrong = {
    { "optim.rule: needs a table, got nil" },
    { "optim.rule: needs either step, with or without init, or build", {} },
    { "optim.rule: needs either step", { step = print, build = print } },
    { "optim.rule: step must be a function, got 3", { step = 3 } },
    { "optim.rule: unknown option 'stp' (did you mean 'step'?)", { stp = 3 } },
    { "optim.rule: name must be a string, got 3", { step = print, name = 3 } },
    { "optim.rule: hyper must be a table, name = default, got 3", { step = print, hyper = 3 } },
    { "optim.rule: hyper-parameters have names", { step = print, hyper = { 3 } } },
    { "optim.rule: the default of lr must be a finite number or a list of words, got the string",
      { step = print, hyper = { lr = "x" } } },
    { "optim.rule: the words of lr must be a list of strings",
      { step = print, hyper = { lr = { "a", 1 } } } },
  }
  for _, case in ipairs(wrong) do
    it("is checked: " .. case[1], function() raises(case[1], optim.rule, case[2]) end)
  end

  it("may be made of others", function()
    local make = optim.rule { name = "both", hyper = { lr = 0.5 }, build = function(h)
      return optim.clip(optim.sgd { lr = h.lr }, { value = 1 })
    end }
    assert.equal("both{lr=2}", tostring(make { lr = 2 }))
    assert.equal(-2.0, make { lr = 2 }.update(5, {}, 1, 1))
    raises("bad: build must give an optimiser, got 3", optim.rule { name = "bad",
      build = function() return 3 end })
  end)
end)

describe("a file saddle/optim/<name>.lua", function()
  local before, dir = package.path, os.tmpname()
  local function write(name, text)
    local f = assert(io.open(("%s/saddle/optim/%s.lua"):format(dir, name), "w"))
    f:write(text)
    f:close()
  end

  setup(function()
    os.remove(dir)
    assert(os.execute(("mkdir -p '%s/saddle/optim'"):format(dir)))
    package.path = dir .. "/?.lua;" .. before
  end)
  teardown(function()
    package.path = before
    os.execute(("rm -r '%s'"):format(dir))
  end)

  it("is found by name, with `sd` at hand and the ordinary globals", function()
    write("spec_signs", [[
      local mean = math.max(0, 0) -- an ordinary global
      spec_signs_loaded = (spec_signs_loaded or 0) + 1
      return sd.optim.rule { hyper = { lr = 0.25, b = 0.5 },
        init = function(p) return { m = mean * p } end,
        step = function(g, s, p, h)
          local m = h.b * s.m + g
          return -h.lr * sd.sign(m), { m = m }
        end }]])
    for _, opt in ipairs { optim.spec_signs(), sd.optim("spec_signs,lr=0.25") } do
      assert.equal("spec_signs{b=0.5, lr=0.25}", tostring(opt))
      local step, state = opt.update({ W = -p.W, a = 3 }, opt.init(p), p, 1)
      assert.same({ 0.25, -0.25, 3.0 }, { step.W(1), step.a, state.m.a })
    end
    assert.equal(1, rawget(_G, "spec_signs_loaded"))
    rawset(_G, "spec_signs_loaded", nil)
    raises("spec_signs: unknown hyper-parameter 'momentum' (known: 'b', 'lr')", optim.spec_signs,
      { momentum = 1 })
  end)

  it("raises errors with its own lines", function()
    write("spec_broken", "local x = 1\nreturn return")
    raises("saddle/optim/spec_broken.lua:2:", function() return optim.spec_broken end)
    write("spec_fails", "local x = 1\n\nerror('of my own')")
    raises("saddle/optim/spec_fails.lua:3: of my own", sd.optim, "spec_fails")
    write("spec_late", "return sd.optim.rule{\n step = function(g)\n return g + nil end }")
    raises("saddle/optim/spec_late.lua:3:", optim.spec_late().update, 1, {}, 1, 1)
    write("spec_bytes", string.dump(function() end))
    raises("optim.spec_bytes: attempt to load a binary chunk", sd.optim, "spec_bytes")
    write("spec_nothing", "return sd.optim.rule{step = function() end}")
    raises("spec_nothing: the step must be a tree of matrices and numbers, got nil",
      optim.spec_nothing().update, 1, {}, 1, 1)
  end)

  it("that returns something else is refused", function()
    local results = { ["3"] = "3", ["nil"] = "nil", ["{}"] = "a table", ["print"] = "a function",
      ["{init=print, update=print}"] = "a table", ["sd.optim.rule"] = "a function",
      ["setmetatable({}, {__index=error, __call=error, __tostring=error})"] = "a table" }
    for text, what in pairs(results) do
      write("spec_hostile", "return " .. text)
      raises("saddle/optim/spec_hostile.lua must return what sd.optim.rule returns, got " .. what,
        function() return optim.spec_hostile end)
    end
    write("spec_self", "return sd.optim.spec_self")
    raises("names itself while it is being loaded", function() return optim.spec_self end)
    raises("names itself while it is being loaded", function() return optim.spec_self end)
  end)
end)

it("examples/own_optimiser.lua finds the minimum with both optimisers", function()
  local pipe = io.popen(support.saddle .. " examples/own_optimiser.lua 2>&1")
  local out = pipe:read "a"
  pipe:close()
  assert.equal("amsgrad{b1=0.9, b2=0.99, lr=f(t)}\ttrue\n"
    .. "adam{lr=f(t), b1=0.9, b2=0.999, eps=1e-08, weight_decay=0}\ttrue\n", out)
end)
