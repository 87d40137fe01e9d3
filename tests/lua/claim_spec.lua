--- sd.claim: verdicts of cases and claims, cases and tiers, what wrongly written claims say.
package.path = "scripts/overparam_gan/?.lua;" .. package.path
local sd = require "saddle"
local json = require "saddle.json"
local margin = require "saddle.claim.margin"
local points = require "saddle.points"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises
local INF, NAN <const> = math.huge, 0 / 0

--- A claim with that check and, in `with`, other fields than these.
local function claim(check, with)
  local given = { id = "paper.lemma", source = "Lemma 1", statement = "it shrinks",
    params = { x = 0.5 }, broken = { "step" }, check = check }
  for name, v in pairs(with or {}) do given[name] = v end
  return sd.claim(given)
end

--- A check that is as it should be: x shrinks by x.
local function good(c, p)
  if not c:assume("x < 1", p.x, "<", 1) then return end
  c:conclude("(1)", (c.broken == "step" and 3 or 1) * p.x, "<=", 1)
end

--- The outcome of one case with that check.
local function case(check, with) return claim(check, with):case() end

--- Asserts that a case of the check is an error with that text.
local function errs(text, check, with)
  local outcome = case(check, with)
  assert.are.equal("error", outcome.metrics.verdict)
  assert.are.equal("failed", outcome.status)
  assert(outcome.error:find(text, 1, true), outcome.error)
end

--- The same of a claim that cannot be made.
local function refused(text, with) raises(text, claim, good, with) end

describe("verdicts of a case", function()
  it("hold when all conclusions do, with the least margin", function()
    local outcome = case(function(c)
      c:assume("h", 1, "<=", 2)
      c:conclude("wide", 1, "<=", 4)
      c:conclude("narrow", sd.matrix { { 1, 3, 2 } }, "<", 4)
    end)
    assert.are.equal("done", outcome.status)
    assert.are.equal("holds", outcome.metrics.verdict)
    assert.are.equal("narrow", outcome.metrics.which)
    assert.are.equal(0.25, outcome.metrics.margin)
    local detail = json.decode(outcome.metrics.detail)
    assert.are.same({ 1, 2 }, detail.conclusions[2].at)
    assert.are.same({ 3, 4 }, { detail.conclusions[2].x, detail.conclusions[2].y })
  end)

  it("name the first violated conclusion", function()
    local outcome = case(function(c)
      c:assume("h", 1, "<=", 2)
      c:conclude("fine", 1, "<=", 4)
      c:conclude("first", sd.matrix { 1, 6, 2 }, "<=", 3)
      c:conclude("second", 1, "<=", 0)
    end)
    assert.are.equal("violated", outcome.metrics.verdict)
    assert.are.equal("first", outcome.metrics.which)
    assert.are.equal("first: 6 <= 3 is false at (2,1) of 3x1 (margin -0.5)",
      json.decode(outcome.metrics.detail).reason)
  end)

  it("are not applicable where a hypothesis fails, even after a conclusion", function()
    local outcome = case(function(c)
      c:assume("fine", 1, "<=", 2)
      c:conclude("false", 2, "<=", 1)
      assert(not c:assume("along the run", 4, "<=", 1))
      assert(not c:assume("later", 5, "<=", 1))
    end)
    assert.are.equal("not applicable", outcome.metrics.verdict)
    assert.are.equal("along the run", outcome.metrics.which)
    assert.are.equal(-0.75, outcome.metrics.margin)
  end)

  it("count a statement that is made often by its worst instance", function()
    local outcome = case(function(c)
      for t = 1, 9 do c:assume("h", t, "<=", 10) end
      for t = 1, 9 do c:conclude("each t", math.abs(t - 4), ">=", 1) end
    end)
    assert.are.equal("violated", outcome.metrics.verdict)
    local detail = json.decode(outcome.metrics.detail)
    assert.are.equal(1, #detail.conclusions)
    assert.are.equal(9, detail.conclusions[1].times)
    assert.are.equal(0, detail.conclusions[1].x)
    assert.are.equal(9, detail.hypotheses[1].x)
  end)

  it("keep notes and matrices", function()
    local outcome = case(function(c, p)
      good(c, p)
      c:note("rate", sd.matrix { 0.5 })
      c:note("word", "bell")
      c:note("curve", sd.matrix { { 1, 2 } })
    end)
    assert.are.same({ rate = 0.5, word = "bell" }, json.decode(outcome.metrics.detail).notes)
    near(outcome.arrays.curve, sd.matrix { { 1, 2 } }, 0)
  end)

  it("are the same to the bit when a case is run again", function()
    local function check(c, p)
      local x = c.rng:randn(50, 1)
      c:assume("h", p.x, "<", 1)
      c:conclude("(1)", (c.broken and 9 or p.x) * sd.norm(x), "<=", sd.norm(x))
      c:note("x", x)
    end
    local job = claim(check, { params = { x = 0.5, seed = sd.seeds(3) } })
    local first, again = job:case { seed = 2 }, job:case { seed = 2 }
    assert.are.same(support.bits(first), support.bits(again))
    local twin = job:case { seed = 2, broken = "step" }
    assert.are.same(support.bits(first.arrays), support.bits(twin.arrays))
    assert.are_not.same(support.bits(first), support.bits(job:case { seed = 3 }))
    near(first.arrays.x, sd.rng(2, "paper.lemma"):randn(50, 1), 0)
  end)

  it("survive JSON, whatever the sides are", function()
    local outcome = case(function(c)
      c:assume("h", 1, "<=", INF)
      c:conclude("nan", NAN, "<=", 1)
    end)
    local m = json.decode(json.encode(outcome.metrics))
    assert.are.equal("violated", m.verdict)
    assert.are.equal("nan: NaN <= 1 is false (the left side is NaN)", json.decode(m.detail).reason)
  end)
end)

describe("checks that are written wrongly", function()
  it("meet NaN, which never holds", function()
    for _, rel in ipairs(margin.RELATIONS) do
      for _, sides in ipairs { { NAN, 1, "the left side is NaN" }, { 1, NAN, "the right side" },
        { NAN, NAN, "both sides are NaN" }, { INF, INF, "both sides are infinite" } } do
        local outcome = case(function(c)
          c:assume("h", 0, "<", 1)
          c:conclude("bound", sd.matrix { 1, sides[1] }, rel, sd.matrix { 1, sides[2] },
            { tol = 0.5 })
        end)
        assert.are.equal("violated", outcome.metrics.verdict)
        assert.are.equal(-INF, outcome.metrics.margin)
        assert(outcome.metrics.detail:find(sides[3], 1, true), outcome.metrics.detail)
      end
    end
    local outcome = case(function(c) c:assume("h", NAN, "<=", 1) end)
    assert.are.equal("not applicable", outcome.metrics.verdict)
  end)

  it("are errors", function()
    local function after(f)
      return function(c, p)
        c:assume("h", 1, "<=", 2)
        f(c, p)
      end
    end
    errs("no hypothesis was audited: c:assume them, or say unconditional=true",
      function(c) c:conclude("(1)", 1, "<=", 2) end)
    errs("nothing was concluded", after(function() end))
    errs("attempt to perform arithmetic on a nil", after(function() return nil + 1 end))
    errs("stack traceback", after(function() error "own" end))
    errs("conclude: '(1)': the shapes differ: the left side is 1x2, the right side 2x1",
      after(function(c) c:conclude("(1)", sd.ones(1, 2), "<=", sd.ones(2, 1)) end))
    errs("conclude: '(1)': a relation is one of '<=', '>=', '<', '>', '==', got the string \"=<\"",
      after(function(c) c:conclude("(1)", 1, "=<", 2) end))
    errs("conclude: '(1)': the left side must be a number or a matrix, got true",
      after(function(c) c:conclude("(1)", true, "==", true) end))
    errs("conclude: '(1)': the right side has no elements (0x3): nothing would be compared",
      after(function(c) c:conclude("(1)", 1, "<=", sd.zeros(0, 3)) end))
    errs("conclude: '(1)': the left side is a symbol, which has no value: record it",
      after(function(c) sd.grad(function(x)
        c:conclude("(1)", x ^ 2, "<=", 2)
        return x ^ 2
      end)(1) end))
    errs("conclude: argument 1, the name, must be a text of UTF-8, got 3",
      after(function(c) c:conclude(3, "<=", 4) end))
    errs("conclude: '(1)': unknown option 'tool' (did you mean 'tol'?)",
      after(function(c) c:conclude("(1)", 3, "<=", 4, { tool = 1 }) end))
    errs("conclude: the tolerance of '(1)' must be a finite number from 0, got NaN",
      after(function(c) c:conclude("(1)", 3, "<=", 4, { tol = NAN }) end))
    errs("assume: 'x': takes two sides and a relation: a hypothesis has no tolerance",
      after(function(c) c:assume("x", 3, "<=", 4, { tol = 1 }) end))
    errs("assume: 'h': the claim is unconditional: it has no hypotheses",
      after(function() end), { unconditional = true })
    errs("c: no field 'asume' (did you mean 'assume'?)",
      after(function(c) c:asume("x", 3, "<=", 4) end))
    errs("conclude: is called as c:conclude(...)",
      after(function(c) c.conclude("(1)", 3, "<=", 4) end))
    errs("c: is read only: 'broken' cannot be set", after(function(c) c.broken = nil end))
    errs("note: 'f' must be a number, a string, a boolean or a matrix, got a function",
      after(function(c) c:note("f", print) end))
    errs("note: 'f' must be UTF-8", after(function(c) c:note("f", "a\xff") end))
    errs("assume: argument 1, the name, must be a text of UTF-8",
      after(function(c) c:assume("\xff", 1, "<=", 2) end))
  end)

  it("are errors, too, when the check is over", function()
    local kept
    case(function(c, p)
      kept = c
      good(c, p)
    end)
    errs("conclude: the check to which this c was given is over", function(c, p)
      kept:conclude("late", 1, "<=", 0)
      good(c, p)
    end)
  end)

  it("are errors even where they catch them", function()
    errs("nothing would be compared", function(c, p)
      good(c, p)
      pcall(c.conclude, c, "(2)", sd.zeros(0, 1), "<=", 1)
    end)
  end)

  it("cannot read or write parameters that are not there", function()
    local params = { x = 0.5, { family = "a" }, { family = "b", width = 3 } }
    errs("unknown parameter 'familly' (did you mean 'family'?)",
      function(_, p) return p.familly end, { params = params })
    errs("unknown parameter 'width'", function(_, p) return p.width end, { params = params })
    errs("cannot be set", function(_, p) p.x = 1 end)
    errs("unknown parameter 'broken'", function(_, p) return p.broken end)
  end)
end)

describe("cases and tiers", function()
  local params = { m = 5, mu = { 1, 0.5 }, seed = { 7, 8 },
    { family = "b" }, { family = "a", c = { 2, 1 }, expect = "not applicable" },
    { family = "c", tier = "full" } }
  local job = claim(good, { params = params, smoke = { seed = 7 }, full = { m = { 5, 6 } } })

  local function texts(tier)
    local out = {}
    for k, values in ipairs(job:points { tier = tier }) do
      local names = {}
      for _, name in ipairs { "broken", "family", "c", "m", "mu", "seed" } do
        names[#names + 1] = tostring(values[name])
      end
      out[k] = table.concat(names, " ")
    end
    return out
  end

  it("come in a fixed order, twins last and of cases that should hold", function()
    assert.are.same({ "nil b nil 5 1.0 7", "nil b nil 5 0.5 7", "nil a 2 5 1.0 7",
      "nil a 2 5 0.5 7", "nil a 1 5 1.0 7", "nil a 1 5 0.5 7", "step b nil 5 1.0 7",
      "step b nil 5 0.5 7" }, texts "smoke")
    assert.are.equal(2 * (2 + 4 + 2), #texts "quick")
    assert.are.equal("nil b nil 5 1.0 8", texts("quick")[2])
    assert.are.equal(8 * (1 + 2 + 1) + 8 * 2, #texts "full") -- 8 points: b, a twice, c; twins
    assert.are.same(texts "quick", texts(nil))
  end)

  it("know what is expected of them", function()
    assert.are.equal("holds", job:expected { family = "b", m = 5, mu = 1.0, seed = 7 })
    assert.are.equal("not applicable",
      job:expected { family = "a", c = 1, m = 6, mu = 0.5, seed = 8, broken = "step" })
    assert.is_nil(job:expected { family = "a", c = 3, m = 5, mu = 1.0, seed = 7 })
    local types = {}
    for _, entry in ipairs(job.params) do
      types[#types + 1] = entry.name .. " " .. entry.type .. (entry.optional and "?" or "")
    end
    assert.are.same({ "c integer?", "family string", "m integer", "mu real", "seed integer" },
      types)
  end)

  it("are read back from the text that is their identity", function()
    for _, values in ipairs(job:points()) do
      assert.are.same(values, points.decode(job.params, points.key(values)))
    end
  end)

  it("are completed at the prompt, and refused when there is no such parameter", function()
    local bare = claim(good)
    assert.are.same({ x = 0.5, seed = 1 }, bare:case().values)
    assert.are.same({ x = 2.0, seed = 4 }, bare:case { x = 2, seed = 4 }.values)
    assert.are.same({ family = "a", c = 1, m = 5, mu = 0.5, seed = 7 },
      job:case { c = 1, mu = 0.5 }.values)
    for _, row in ipairs { { { familly = 1 }, "unknown parameter 'familly'" },
      { { family = "b", c = 1, k = 2 }, "unknown parameter 'k'" },
      { { seed = 1.5 }, "seed must be a whole number from 0, got 1.5" },
      { { mu = { 1, 2 } }, "a case has one value of mu" },
      { { broken = "stop" }, "case: 'broken' must be" }, { 3, "needs a table" } } do
      raises(row[2], function() job:case(row[1]) end)
    end
    raises("option 'tier' must be 'smoke'", function() job:points { tier = "all" } end)
  end)
end)

describe("what is no claim", function()
  it("is refused when it is made", function()
    raises("claim: needs a table", function() sd.claim() end)
    refused("unknown option 'sorce' (did you mean 'source'?)", { sorce = "x" })
    refused("claim: 'id' must be of letters, digits, _ . and - (100 at most), got the string"
      .. " \"a b\"", { id = "a b" })
    refused("must be of letters, digits, _ . and - (100 at most)", { id = ("x"):rep(101) })
    refused("claim paper.lemma: 'source' must be a text of UTF-8, got the string \" \"",
      { source = " " })
    refused("'statement' must be a text of UTF-8, got the string", { statement = "a\xff" })
    refused("twin 1 must have a name of its own, got the string", { broken = { "a\nb" } })
    refused("'check' must be a function, got 3", { check = 3 })
    refused("name at least one twin in 'broken'", { broken = {} })
    refused("twin 2 must have a name of its own, got the string \"step\"",
      { broken = { "step", "step" } })
    refused("'expect' must be one of 'holds', 'violated', 'not applicable', got the string",
      { expect = "fails" })
    refused("a twin must fail where a case holds", { expect = "violated" })
    refused("'level' must be above 0 and below 1, got 1", { level = 1 })
    refused("alternative 1: tier must be one of", { params = { { tier = "slow" } } })
    refused("alternative 2 must be a table of parameters, got 3", { params = { {}, 3 } })
    refused("tier 'smoke' has no case", { params = { { tier = "full" } }, broken = { "step" } })
    refused("'smoke' has 'sed', which is no common parameter (did you mean 'seed'?)",
      { smoke = { sed = 1 } })
    refused("the case x=1 seed=1 occurs twice", { params = { { x = 1 }, { x = 1 } } })
    refused("has 2 twice", { params = { x = { 2, 2 } } })
    refused("x must be a value or a list of values, got a table", { params = { x = {} } })
    refused("x must be a whole number, got the string \"b\"", { params = { x = { 1, "b" } } })
    refused("'rng' cannot be a parameter", { params = { rng = 1 } })
    refused("cannot be a parameter", { params = { expect = "holds" } })
    refused("seed must be a whole number from 0, got -1", { params = { seed = -1 } })
  end)
end)

describe("the verdict of a claim", function()
  it("holds with its twin caught", function()
    local report = claim(good):check()
    assert(report.ok)
    assert.are.equal("holds", report.verdict)
    assert.are.equal([[
ok   paper.lemma: holds
     Lemma 1: it shrinks
     cases: 1 holds
     least margin: 0.5 in (1) at x=0.5 seed=1
     twin 'step': violated in 1 of 1 cases]], tostring(report))
  end)

  it("fails when a twin passes", function()
    local report = claim(function(c, p)
      c:assume("x < 1", p.x, "<", 1)
      c:conclude("(1)", p.x, "<=", 1)
    end):check()
    assert.are.same({ false, "error" }, { report.ok, report.verdict })
    assert.are.same({ "the broken twin 'step' passes: this check cannot fail" }, report.problems)
    report = claim(function(c, p)
      if c.broken then error("out of range", 0) end
      good(c, p)
    end):check()
    assert.are.same({ "the broken twin 'step' is violated nowhere, and ends in an error: "
      .. "out of range" }, report.problems)
  end)

  it("fails when a verdict is not the expected one", function()
    local function verdict(with, check)
      local report = claim(check or good, with):check()
      assert(not report.ok)
      return report.verdict, report.problems[1]
    end
    local rows = { { x = 0.1 }, { x = 2 } }
    local found, why = verdict { params = rows }
    assert.are.equal("not applicable", found)
    assert.are.equal("not applicable, where it should be holds: x=2.0 seed=1; "
      .. "x < 1: 2 < 1 is false (margin -0.5)", why)
    rows[2] = { x = 0.2, expect = "violated" }
    found, why = verdict { params = rows }
    assert.are.equal("holds", found)
    assert(why:find("holds, where it should be violated: x=0.2", 1, true))
    found, why = verdict({ params = { x = { 0.1, 0.2 } } }, function(c, p)
      good(c, p)
      if p.x == 0.2 then error "deep inside" end
    end)
    assert.are.equal("error", found)
    assert(why:find("error, where it should be holds: x=0.2 seed=1; .*deep inside"), why)
    assert(not why:find("\n"))
    found = verdict({ params = { x = { 0.1, 0.2 } } }, function(c, p)
      good(c, p)
      c:conclude("(2)", p.x, "<=", 0.1)
    end)
    assert.are.equal("violated", found)
  end)

  it("is violated, and that is well, of a statement that is false", function()
    local report = sd.claim { id = "false.lemma", source = "Lemma 2", statement = "x <= 1",
      params = { x = 1.5 }, expect = "violated", check = function(c, p)
        c:assume("x > 1", p.x, ">", 1)
        c:conclude("(1)", p.x, "<=", 1)
      end }:check()
    assert(report.ok)
    assert.are.equal("violated", report.verdict)
  end)

  it("says that it is of a surrogate", function()
    local report = claim(good, { surrogate = "o(1) is 1/log d" }):check()
    assert(tostring(report):find("ok   paper.lemma: holds (surrogate)", 1, true))
    assert(tostring(report):find("surrogate: o(1) is 1/log d", 1, true))
    assert.are.equal("holds", report.verdict)
  end)

  it("does not depend on order, and misses what was not run", function()
    local job = claim(good, { params = { x = { 0.1, 0.3, 0.9, 2 } } })
    local list = {}
    for k, values in ipairs(job:points()) do
      list[k] = { values = values, outcome = job:execute(values) }
    end
    local forward, backward = job:judge(list), {}
    for k = #list, 1, -1 do backward[#backward + 1] = list[k] end
    assert.are.same(forward.lines, job:judge(backward).lines)
    local report = job:judge { list[1] }
    assert.are.same({ "the broken twin 'step' was run in no case that holds" }, report.problems)
    assert.are.same({ "no case was run" }, job:judge({}).problems)
    local outcome = job:execute { x = 0.1, seed = 1, broken = "stop" }
    assert.are.equal('there is no twin the string "stop"', outcome.error)
    list[1].values.x = 0.11
    assert(job:judge(list).problems[1]:find("in what is no case of the claim: x=0.11", 1, true))
  end)
end)

describe("Theorem A.4", function()
  it("holds on certified families, and both twins are caught", function()
    local report = dofile("scripts/overparam_gan/theorem_A_4.lua"):check { tier = "smoke" }
    assert(report.ok, tostring(report))
    assert.are.same({ holds = 24, ["not applicable"] = 12 }, report.counts)
    for _, twin in ipairs(report.twins) do assert(twin.caught > 0) end
  end)
end)
