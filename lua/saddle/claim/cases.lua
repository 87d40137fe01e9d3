--- The cases of a claim: what its `params` and tiers mean.
--
--   params = { m = 5, mu = { 1, 0.5 }, seed = sd.seeds(2),         the common grid
--     { family = "linear" },                                       its alternatives, each with
--     { family = "sine", c = { 0.01, 0.02 } },                     parameters of its own and
--     { family = "sine", c = 0.05, expect = "not applicable" },    what is expected of it,
--     { family = "relu", k = 4000, tier = "full" } },              and from which tier on it is
--   smoke = { seed = 1 }, full = { m = { 5, 50 } }                 common fields of that tier
--
-- A list, a row or a column is an axis. Each alternative meets all points of the common grid, its
-- own fields coming before common ones; without alternatives there is one, which adds nothing.
-- Tiers are "smoke", "quick" and "full"; params are those of quick. Alternatives come in the order
-- written, then the names bytewise, the seed last and fastest. The seed is 1 where none is said.
--
-- The type of a parameter is that of all its values together: real if any of them is a float.
-- Values are those of lua/saddle/points.lua; a parameter that not all alternatives have is an entry
-- with `optional`, which a point may lack.
local core = require "saddle.core"
local options = require "saddle.options"
local param = require "saddle.param"
local points = require "saddle.points"
local tree = require "saddle.tree"
local fail = tree.fail
tree.module()

local cases = {}
cases.TIERS = { "smoke", "quick", "full" }
cases.VERDICTS = { "holds", "violated", "not applicable" }
local OWN <const> = { expect = true, tier = true } -- fields of an alternative beside parameters

--- The place of a value in a list, or nil.
function cases.index_of(list, v)
  for k, item in ipairs(list) do if item == v then return k end end
end
local index_of = cases.index_of

--- v, which must be one of the words, or nil for the default.
function cases.word(id, what, v, words, default)
  if v == nil then return default end
  if not index_of(words, v) then
    fail("claim %s: %s must be one of '%s', got %s", id, what, table.concat(words, "', '"),
      core.show(v))
  end
  return v
end

-- ---- reading ------------------------------------------------------------------------------------

--- A field as a list of values.
local function axis(id, name, v)
  if core.ismatrix(v) and (v.rows == 1 or v.cols == 1) then
    local list = {}
    for k = 1, #v do list[k] = v(k) end
    return list
  end
  if type(v) ~= "table" then return { v } end
  if #v == 0 then
    fail("claim %s: %s must be a value or a list of values, got %s", id, name, core.show(v))
  end
  return v
end

--- The fields of t as axes, but for its first `count` list items and the fields in `other`.
local function axes(id, t, count, other)
  local out = {}
  for name, v in pairs(t) do
    local item = math.type(name) == "integer" and name >= 1 and name <= count
    if not item and not other[name] then
      if type(name) ~= "string" or OWN[name] then
        fail("claim %s: %s cannot be a parameter", id, core.show(name))
      end
      out[name] = axis(id, name, v)
    end
  end
  return out
end

local function read_alternative(id, k, row, expect)
  local what = ("alternative %d"):format(k)
  if type(row) ~= "table" or getmetatable(row) ~= nil then
    fail("claim %s: %s must be a table of parameters, got %s", id, what, core.show(row))
  end
  return { axes = axes(id, row, 0, OWN),
    expect = cases.word(id, what .. ": expect", row.expect, cases.VERDICTS, expect),
    tier = index_of(cases.TIERS, cases.word(id, what .. ": tier", row.tier, cases.TIERS, "smoke")) }
end

--- The common axes of each tier: those of params, and in their places those of `given[tier]`.
local function read_tiers(id, common, given)
  local names, tiers = {}, {}
  for name in pairs(common) do names[#names + 1] = name end
  table.sort(names)
  for _, tier in ipairs(cases.TIERS) do
    local own = tier ~= "quick" and given[tier] or {}
    if type(own) ~= "table" then
      fail("claim %s: '%s' must be a table of parameters, got %s", id, tier, core.show(own))
    end
    tiers[tier] = {}
    for name, list in pairs(common) do tiers[tier][name] = list end
    for name, list in pairs(axes(id, own, 0, {})) do
      if not common[name] then
        fail("claim %s: '%s' has '%s', which is no common parameter (%s)", id, tier, name,
          options.hint(name, names))
      end
      tiers[tier][name] = list
    end
  end
  return tiers
end

-- ---- types --------------------------------------------------------------------------------------

--- The first value of the lists as the default, a float if any value is one.
local function default_of(lists)
  local real = false
  for _, list in ipairs(lists) do
    for _, v in ipairs(list) do real = real or math.type(v) == "float" end
  end
  local first = lists[1][1]
  return real and math.type(first) == "integer" and first + 0.0 or first
end

--- The entries of all parameters; those that not all alternatives have are optional.
local function read_entries(grid)
  local lists = {}
  local function gather(fields)
    for name, list in pairs(fields) do
      lists[name] = lists[name] or {}
      table.insert(lists[name], list)
    end
  end
  for _, tier in ipairs(cases.TIERS) do gather(grid.tiers[tier]) end
  for _, row in ipairs(grid.rows) do gather(row.axes) end
  local defaults = {}
  for name, all in pairs(lists) do defaults[name] = default_of(all) end
  local entries, wrong = param.entries(defaults)
  if not entries then fail("claim %s: %s", grid.id, wrong) end
  for _, entry in ipairs(entries) do
    entry.declared = nil -- the type is that of all values, not the default's
    if entry.name == "seed" then entry.from = 0 end
    for _, row in ipairs(grid.rows) do
      local has = row.axes[entry.name] or grid.tiers.quick[entry.name]
      entry.optional = entry.optional or not has or nil
    end
  end
  return entries
end

-- ---- expanding ----------------------------------------------------------------------------------

--- The entries and the axes of an alternative within a tier.
local function axes_of(grid, row, tier)
  local entries, lists = {}, {}
  for _, entry in ipairs(grid.entries) do
    local list = row.axes[entry.name] or grid.tiers[tier][entry.name]
    if list then
      entries[#entries + 1], lists[entry.name] = entry, list
    end
  end
  return entries, lists
end

--- cases.expand(grid, tier) -> list of {values=, row=}, in order.
function cases.expand(grid, tier)
  local out, place = {}, index_of(cases.TIERS, tier)
  for _, row in ipairs(grid.rows) do
    if row.tier <= place then
      local list = param.at_script("claim " .. grid.id, points.grid, axes_of(grid, row, tier))
      for _, values in ipairs(list) do out[#out + 1] = { values = values, row = row } end
    end
  end
  return out
end

-- ---- the identity of a case ---------------------------------------------------------------------

--- The values without the twin's name.
function cases.honest(values)
  local own = {}
  for name, v in pairs(values) do if name ~= "broken" then own[name] = v end end
  return own
end

local honest = cases.honest

--- cases.key(values) -> text: the same for a case and its twins, and for no other.
function cases.key(values) return points.key(honest(values)) end

--- cases.text(values) -> "c=0.01 family=sine seed=1": the twin's name first, the seed last.
function cases.text(values)
  local names, words = {}, {}
  for name in pairs(values) do
    if name ~= "broken" and name ~= "seed" then names[#names + 1] = name end
  end
  table.sort(names)
  table.insert(names, 1, "broken")
  names[#names + 1] = "seed"
  for _, name in ipairs(names) do
    if values[name] ~= nil then words[#words + 1] = name .. "=" .. param.text(values[name]) end
  end
  return table.concat(words, " ")
end

--- cases.expected(grid, values) -> the verdict that is expected, or nil where this is no case.
function cases.expected(grid, values)
  local row = grid.index[cases.key(values)]
  return row and row.expect
end

--- From key to alternative, over all tiers.
local function read_index(grid)
  local index = {}
  for _, tier in ipairs(cases.TIERS) do
    local seen, list = {}, cases.expand(grid, tier)
    if #list == 0 then fail("claim %s: tier '%s' has no case", grid.id, tier) end
    for _, case in ipairs(list) do
      local key = cases.key(case.values)
      if seen[key] or index[key] and index[key] ~= case.row then
        fail("claim %s: the case %s occurs twice", grid.id, cases.text(case.values))
      end
      seen[key], index[key] = true, case.row
    end
  end
  return index
end

--- cases.complete(grid, given) -> the values of the case that fits `given`, some of them, best: of
-- the alternatives that have all the names the first that agrees with most of it, and first values
-- for the rest.
function cases.complete(grid, given)
  local where, best, lists, most = "claim " .. grid.id, nil, nil, -1
  local own = param.at_script(where, points.lists, grid.entries, honest(given))
  for _, row in ipairs(grid.rows) do
    local entries, all = axes_of(grid, row, "quick")
    local agreed = 0
    for name, list in pairs(own) do
      agreed = not all[name] and -math.huge or agreed + (index_of(all[name], list[1]) and 1 or 0)
    end
    if agreed > most then best, lists, most = entries, all, agreed end
  end
  if not best then fail("%s: no alternative has all of these parameters", where) end
  local values = { broken = given.broken }
  for _, entry in ipairs(best) do
    local list = own[entry.name] or { (param.value(entry, lists[entry.name][1])) }
    if #list > 1 then fail("%s: a case has one value of %s", where, entry.name) end
    values[entry.name] = list[1]
  end
  return values
end

--- cases.read(id, params, tiers, expect) -> grid = {id=, rows=, tiers=, entries=, index=}. `tiers`
-- has the fields smoke and full of the claim, `expect` is what it expects by default.
function cases.read(id, params, tiers, expect)
  if type(params) ~= "table" or getmetatable(params) ~= nil then
    fail("claim %s: 'params' must be a table, got %s", id, core.show(params))
  end
  local common, grid = axes(id, params, #params, {}), { id = id, rows = {} }
  common.seed = common.seed or { 1 }
  for k, row in ipairs(params) do grid.rows[k] = read_alternative(id, k, row, expect) end
  if #grid.rows == 0 then grid.rows[1] = read_alternative(id, 1, {}, expect) end
  grid.tiers = read_tiers(id, common, tiers)
  grid.entries = read_entries(grid)
  grid.index = read_index(grid)
  return grid
end

return cases
