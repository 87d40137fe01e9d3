--- What a claim's check says of one case: the `c` that it is given, and the verdict.
--
--   c:assume(name, x, rel, y) -> bool            a hypothesis, or one measured along the run
--   c:conclude(name, x, rel, y[, {tol=}]) -> bool       a conclusion
--   c:rate(name, hits, trials, rel, p0[, {level=}]) -> bool    a conclusion on a probability
--   c:roundoff(x, ..., [{steps=}]) -> number     below it, differences are noise of rounding
--   c:note(name, value)                          kept with the case
--   c.rng    sd.rng(p.seed, the claim's id): the same for the twins of a case
--   c.broken nil, or the name of the twin that is to be played
--
-- How sides are compared and what a margin is: claim/margin.lua; probabilities: claim/rate.lua.
-- A statement that is made several times, along a run, counts once, by its worst instance.
--
-- Verdicts. A hypothesis that fails makes the case "not applicable", whatever was concluded before
-- or after; the first that fails is named. Else a conclusion that fails makes it "violated"; else
-- it "holds", with the least margin of all conclusions. A case that concludes nothing, or that
-- audits no hypothesis though the claim is not unconditional, is an error, and so is each wrong
-- call of these functions, even where the script catches it.
--
-- Rounding. Let the quantities have n elements in all, and each of `steps` steps compute them by
-- chains of at most n operations on numbers of sizes up to S = 1 + the sum of their norms, without
-- amplifying the error so far. Then errors add up to at most gamma_N S, gamma_N = N u / (1 - N u),
-- N = steps n, in norm (N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2002, lemma
-- 3.1), u = 2^-53, or 2^-24 if any of them is f32. Where each step contracts by 1 - 1/s, errors
-- have died out after some s steps: then `steps` need not be more than s, however long the run is;
-- by default it is 1000.
local check = require "saddle.check"
local core = require "saddle.core"
local json = require "saddle.json"
local margin = require "saddle.claim.margin"
local options = require "saddle.options"
local rate = require "saddle.claim.rate"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local audit, methods = {}, {}
local STEPS <const> = 1000
local FIELDS <const> = { "assume", "broken", "conclude", "note", "rate", "rng", "roundoff" }

-- ---- statements ---------------------------------------------------------------------------------

local function check_name(fn, name)
  check.text(fn, "argument 1, the name,", name)
end

--- Adds what was found to the list of that kind, or to the earlier instances of a statement of that
-- name.
local function add(state, kind, name, found)
  local list, place = state[kind], state.places[kind]
  local before = list[place[name]]
  found.name, found.times = name, before and before.times + 1 or 1
  if not before then
    place[name] = #list + 1
    list[#list + 1] = found
  elseif before.holds and not found.holds
    or before.holds == found.holds and found.margin < before.margin then
    list[place[name]] = found
  else
    before.times = found.times
  end
end

function methods.assume(state, name, x, rel, y, ...)
  check_name("assume", name)
  if select("#", ...) > 0 then
    fail("assume: '%s': takes two sides and a relation: a hypothesis has no tolerance", name)
  end
  if state.unconditional then
    fail("assume: '%s': the claim is unconditional: it has no hypotheses", name)
  end
  local found = margin.compare("assume", name, x, rel, y)
  add(state, "hypotheses", name, found)
  return found.holds
end

function methods.conclude(state, name, x, rel, y, given)
  check_name("conclude", name)
  given = check.options(("conclude: '%s'"):format(name), given, { "tol" })
  local found = margin.compare("conclude", name, x, rel, y, given.tol)
  add(state, "conclusions", name, found)
  return found.holds
end

function methods.rate(state, name, hits, trials, rel, p0, given)
  check_name("rate", name)
  given = check.options(("rate: '%s'"):format(name), given, { "level" })
  local found = rate(name, hits, trials, rel, p0, given.level or state.level)
  add(state, "conclusions", name, found)
  return found.holds
end

function methods.note(state, name, value)
  check_name("note", name)
  if core.ismatrix(value) and #value == 1 then value = value:item() end
  if tracing.issymbol(value) then fail("note: '%s' is a symbol, which has no value", name) end
  if core.ismatrix(value) then
    state.arrays[name], value = value:clone(), nil
  else
    local kind = type(value)
    if kind ~= "number" and kind ~= "string" and kind ~= "boolean" then
      fail("note: '%s' must be a number, a string, a boolean or a matrix, got %s", name,
        core.show(value))
    end
    if kind == "string" and not utf8.len(value) then fail("note: '%s' must be UTF-8", name) end
    state.arrays[name] = nil
  end
  state.notes[name] = value
end

-- ---- rounding -----------------------------------------------------------------------------------

function methods.roundoff(_, ...)
  local given = table.pack(...)
  local last = given[given.n]
  local o = type(last) == "table" and table.remove(given) or nil
  o = check.options("roundoff", o, { "steps" })
  local steps = check.whole("roundoff", "option 'steps'", o.steps, 1, nil, STEPS)
  local elements, size, unit = 0, 1.0, 0x1p-53
  for k, v in ipairs(given) do
    local A = check.matrix("roundoff", "argument " .. k, v)
    elements, size = elements + #A, size + core.norm(A)
    if core.ismatrix(v) and v.dtype == "f32" then unit = 0x1p-24 end
  end
  if elements == 0 then fail "roundoff: needs the quantities whose rounding it is to bound" end
  local chain = steps * elements * unit
  if chain >= 0.5 then
    fail("roundoff: %d steps of %d elements leave no digit certain", steps, elements)
  end
  return chain / (1 - chain) * size
end

-- ---- the object that a check gets ---------------------------------------------------------------

--- audit.new{rng=, broken=, level=, unconditional=} -> c, state, for audit.verdict.
function audit.new(given)
  local state = { hypotheses = {}, conclusions = {}, notes = {}, arrays = {},
    places = { hypotheses = {}, conclusions = {} },
    level = given.level, unconditional = given.unconditional }
  local c, called = {}, {}
  for name, method in pairs(methods) do
    called[name] = function(self, ...)
      local ok, result = pcall(function(...)
        if self ~= c then fail("%s: is called as c:%s(...)", name, name) end
        if state.over then fail("%s: the check to which this c was given is over", name) end
        local _ <close> = tracing.suspend()
        return method(state, ...)
      end, ...)
      if ok then return result end
      state.wrong = state.wrong or result
      error(result, 0)
    end
  end
  called.rng, called.broken = given.rng, given.broken
  setmetatable(c, { __metatable = false, __name = "c of a claim",
    __index = function(_, name)
      if called[name] == nil and name ~= "broken" then
        fail("c: %s (%s)", type(name) == "string" and "no field '" .. name:gsub("%c", "?") .. "'"
          or "its fields have names", options.hint(name, FIELDS))
      end
      return called[name]
    end,
    __newindex = function(_, name)
      fail("c: is read only: '%s' cannot be set (c:note keeps values with the case)",
        tostring(name):gsub("%c", "?"))
    end })
  return c, state
end

-- ---- the verdict --------------------------------------------------------------------------------

local function first_failing(list)
  for _, s in ipairs(list) do if not s.holds then return s end end
end

--- A statement in words, and what was found.
local function words_of(s)
  local r = s.rate
  local words = ("%s: %s%s"):format(s.name, margin.words(s),
    s.times > 1 and (", the worst of %d"):format(s.times) or "")
  if not r then return words end
  return ("%s: %d hits in %d trials, probability in [%s, %s] at level %g%s"):format(words, r.hits,
    r.trials, margin.text(r.low), margin.text(r.high), r.level, r.certified and ", certified" or "")
end

--- audit.verdict(state) -> verdict, reason, statement: the statement is that which decides, if one
-- does; the reason says it in words. The check is over: from now on c is of no use.
function audit.verdict(state)
  state.over = true
  if state.wrong then return "error", state.wrong end
  local failing = first_failing(state.hypotheses)
  if failing then return "not applicable", words_of(failing), failing end
  if #state.hypotheses == 0 and not state.unconditional then
    return "error", "no hypothesis was audited: c:assume them, or say unconditional=true"
  end
  if #state.conclusions == 0 then return "error", "nothing was concluded" end
  failing = first_failing(state.conclusions)
  if failing then return "violated", words_of(failing), failing end
  local least = state.conclusions[1]
  for _, s in ipairs(state.conclusions) do if s.margin < least.margin then least = s end end
  return "holds", words_of(least), least
end

--- audit.detail(state, reason) -> JSON text: all statements, each with its `text`, and notes.
function audit.detail(state, reason)
  for _, list in ipairs { state.hypotheses, state.conclusions } do
    for _, s in ipairs(list) do s.text = words_of(s) end
  end
  return json.encode { reason = reason, hypotheses = json.list(state.hypotheses),
    conclusions = json.list(state.conclusions), notes = state.notes }
end

return audit
