--- Help on claims (the form of entries: lua/saddle/help.lua).
return {
  title = "Claims",
  text = "A claim is a theorem, a lemma or a property of a figure as a check that can fail. Its "
    .. "hypotheses are audited first: where one fails the case is \"not applicable\"; where all "
    .. "hold and a conclusion fails it is \"violated\"; NaN never holds. A twin is the check with "
    .. "something broken on purpose, and must be caught. `saddle check FILE` runs the claim that "
    .. "a file returns.",
  source = "lua/saddle/claim.lua and the files of its directory",
  classes = { c = "case", job = "claim" },
  { "sd.claim{id=, source=, statement=, params=, check=, broken=, smoke=, full=, "
    .. "expect=\"holds\", surrogate=, level=0.99, unconditional=false} -> job",
    "A claim. Named params are a grid; array rows of params are alternatives, each with its own "
      .. "expect=. check(c, p) says what is assumed and concluded of one case.",
    id = "string as paper.lemma_1", source_ = "string where it stands",
    statement = "string what it says", params = "table", check = "function of c, p",
    broken = "table names of twins: c.broken is the one to be played",
    smoke = "table values for a quick look", full = "table values for a long one",
    expect = "string holds, violated or not applicable",
    surrogate = "string what stands for o(1), polylogarithms, unnamed constants, fixed before "
      .. "running",
    level = "number of intervals of c:rate", unconditional = "boolean there are no hypotheses",
    job = "claim", errors = "missing fields; no twin where no case is expected to be violated.",
    example = [[
local job = sd.claim { id = "help.square", source = "algebra", statement = "(1 + x)^2 >= 1 + 2 x",
  params = { seed = sd.seeds(3) }, broken = { "constant" }, unconditional = true,
  check = function(c)
    local x = c.rng:randn()
    c:conclude("Bernoulli", (1 + x) ^ 2, ">=", 1 + 2 * x + (c.broken and 100 or 0))
  end }
print(tostring(job:check { tier = "quick" }):match "help.square: %a+") --> help.square: holds
]] },
  { { "job:check([{tier=\"quick\"}]) -> report", "job:case([values]) -> outcome" },
    "All cases and twins of a tier, and what they say together; one case, with all its statements "
      .. "when printed.",
    job = "claim", tier = "string smoke, quick or full",
    values = "table name -> value; the first value unless given",
    report = "table ok, verdict, counts, ...; it prints", outcome = "table that prints",
    errors = "a parameter that is not known.",
    example = [[
local job = sd.claim { id = "help.sum", source = "algebra", statement = "1 + n > n",
  params = { n = { 1, 1e6 } }, broken = { "less" }, unconditional = true,
  check = function(c, p) c:conclude("more", p.n + (c.broken and -1 or 1), ">", p.n) end }
print(tostring(job:case { n = 1 }):match "holds") --> holds
]] },
  { { "c:assume(name, x, rel, y) -> holds", "c:conclude(name, x, rel, y[, {tol=0}]) -> holds" },
    "A hypothesis, which may be measured along a run; a conclusion, up to a tolerance that is "
      .. "derived in the claim. Numbers or matrices, element by element; a statement that is made "
      .. "several times counts by its worst instance.",
    c = "case", name = "string", x = "number|matrix", rel = "string <, <=, ==, >=, >",
    y = "number|matrix", tol = "number absolute", holds = "boolean",
    errors = "another relation; shapes that do not fit.",
    example = [[
local job = sd.claim { id = "help.root", source = "algebra", statement = "sqrt(x)^2 = x for x >= 0",
  params = { { x = 2.0 }, { x = -1.0, expect = "not applicable" } }, broken = { "root" },
  check = function(c, p)
    if not c:assume("x >= 0", p.x, ">=", 0) then return end
    c:conclude("square", math.sqrt(p.x) ^ (c.broken and 3 or 2), "==", p.x, { tol = 4 * 2 ^ -52 })
  end }
local report = job:check()
print(report.counts.holds, report.counts["not applicable"]) --> 1 1
]] },
  { "c:rate(name, hits, trials, rel, p0[, {level=}]) -> holds",
    "A conclusion on a probability: violated where the exact interval of that level excludes it. "
      .. "A number of trials that could never violate it is an error.",
    c = "case", name = "string", hits = "integer", trials = "integer", rel = "string >= or <=",
    p0 = "number", level = "number the claim's unless given", holds = "boolean",
    errors = "trials too few to tell.",
    example = [[
local job = sd.claim { id = "help.coin", source = "a coin", statement = "heads come half the time",
  params = { seed = { 1, 2 } }, broken = { "coin" }, unconditional = true,
  check = function(c)
    local hits = math.tointeger(sd.sum(c.rng:bernoulli(c.broken and 0.1 or 0.5, 1, 500)))
    c:rate("heads", hits, 500, ">=", 0.4)
  end }
print(job:check().verdict) --> holds
]] },
  { "c:roundoff(...) -> tol",
    "The size below which differences are noise of rounding: of the matrices and numbers that the "
      .. "computation passed through, and {steps=} how many roundings follow each other.",
    c = "case", tol = "number", errors = "what is no matrix or number.",
    source = "lua/saddle/claim/audit.lua",
    example = [[
local job = sd.claim { id = "help.round", source = "floating point", statement = "x + y - y = x",
  params = { y = { 1e3, 1e9 } }, broken = { "y" }, unconditional = true, check = function(c, p)
    local x = sd.full(1, 1, 1 / 3)
    local back = x + p.y - (c.broken and 2 or 1) * p.y
    c:conclude("back", back, "==", x, { tol = c:roundoff(x + p.y, { steps = 2 }) })
  end }
print(job:check().verdict) --> holds
]] },
  { { "c:note(name, value)", "c.rng -> rng", "c.broken -> twin" },
    "Something to keep with the case; its generator, the same for its twins; and the name of the "
      .. "twin that is played.",
    c = "case", name = "string", value = "any", rng = "rng", twin = "string|nil",
    errors = "a value that JSON cannot hold.",
    example = [[
local job = sd.claim { id = "help.note", source = "arithmetic", statement = "1 < 2",
  params = { k = 1 }, broken = { "order" }, unconditional = true, check = function(c)
    c:note("draws", c.rng:randint(6))
    c:conclude("order", c.broken and 3 or 1, "<", 2)
  end }
print(job:check().ok) --> true
]] },
}
