--- sd.loop: a function applied many times as one op, for inner loops too long to unroll.
--
--   state = sd.loop(n, f, state)
--   state, tape = sd.loop(n, f, state, {tape = {"loss", ...}})
--
-- f(state, t) returns the changed fields of the state, a tree of matrices, numbers and rngs; others
-- persist. It is called once, on symbols, and runs n times, t = 1, ..., n. What it takes from
-- outside stays the same in all iterations; an rng that is drawn from is a field of the state.
-- Within a function that is differentiated or compiled the loop is one op with derivatives of its
-- own: reverse mode keeps what the derivative needs of each state, at most n states. The tape has
-- the named leaves after each iteration, one column for each.
local core = require "saddle.core"
local tree = require "saddle.tree"
local options = require "saddle.options"
local tracing = core.tracing

local fail = tree.fail
tree.module()

local function join(path, key)
  return math.type(key) and ("%s[%d]"):format(path, key) or ("%s.%s"):format(path, tostring(key))
end

--- A copy of the state with the changed fields in it.
local function merged(state, changed, path)
  if type(state) ~= "table" then
    if type(state) == "string" or type(state) == "boolean" then
      if changed == state then return state end
      fail("loop: %s is %s and cannot change", path, core.show(state))
    end
    if tree.kind(changed) == nil then
      fail("loop: the function makes %s %s; a leaf of the state stays one", path,
        core.show(changed))
    end
    return changed
  end
  if type(changed) ~= "table" then
    fail("loop: the function must return a table of changed fields for %s, got %s", path,
      core.show(changed))
  end
  local out = {}
  for key, value in next, state do out[key] = value end
  for key, value in next, changed do
    if rawget(state, key) == nil then
      local names = {}
      for name in next, state do if type(name) == "string" then names[#names + 1] = name end end
      table.sort(names)
      local near = type(key) == "string" and core.nearest(key, names)
      fail("loop: the function returns %s, which the state does not have%s", join(path, key),
        near and (" (did you mean %s?)"):format(join(path, near)) or "")
    end
    out[key] = merged(out[key], value, join(path, key))
  end
  return out
end

--- The places in the state of the leaves that the tape has.
local function check_tape(tape, names, leaves)
  local places, at = {}, {}
  if tape == nil then return places end
  if type(tape) ~= "table" then
    fail("loop: option 'tape' must be a list of names of leaves, got %s", core.show(tape))
  end
  for k, name in ipairs(names) do at[name] = k end
  for k, name in ipairs(tape) do
    local place = type(name) == "string" and at["state." .. name]
    if not place then
      fail("loop: the tape names %s, which is no leaf of the state", core.show(name))
    end
    if tracing.isrng(leaves[place]) then fail("loop: the tape cannot have the rng '%s'", name) end
    places[k] = place
  end
  return places
end

local function loop(n, f, state, given)
  local wrong = options.wrong(given, { "tape" })
  if wrong then fail("loop: %s", wrong) end
  local whole = math.tointeger(type(n) == "number" and n or nil)
  if not whole or whole < 0 then
    fail("loop: the number of iterations must be a whole number from 0, got %s", core.show(n))
  end
  if not tracing.callable(f) then
    fail("loop: argument 2 must be a function, got %s", core.show(f))
  end
  local leaves, spec = tree.flatten(state, "loop: the state")
  for _, leaf in ipairs(leaves) do
    local isrng, traced = tracing.isrng(leaf)
    if isrng and not traced and tracing.current() then
      fail("loop: this rng was captured by a function that is being compiled; %s",
        "pass it as an argument")
    end
  end
  if #leaves == 0 then fail "loop: the state has no leaves" end
  local names = tree.paths(spec, "state")
  local places = check_tape(given and given.tape, names, leaves)
  local body = tracing.body()
  local outs
  do
    local scope <close> = body -- luacheck: ignore
    local t, inside = body:input(1), {}
    for k, leaf in ipairs(leaves) do inside[k] = body:input(leaf) end
    local before = tree.unflatten(spec, inside)
    local after = merged(before, f(before, t), "state")
    outs = tree.flatten(after, "loop: the state")
    for k, place in ipairs(places) do outs[#leaves + k] = outs[place] end
  end
  local results = tracing.loop(body, whole, leaves, names, outs)
  local tape = {}
  for k, name in ipairs(given and given.tape or {}) do tape[name] = results[#leaves + k] end
  local last = tree.unflatten(spec, table.move(results, 1, #leaves, 1, {}))
  if given and given.tape then return last, tape end
  return last
end

return { loop = loop }
