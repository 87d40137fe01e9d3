--- Points of a sweep: what words of the command line and `sweep=` tables mean, and the values that
-- follow from them.
--
-- A word is name=list, a list is items between commas:
--
--   k=64          k=16,32,64       one value, several
--   k=1..20                        whole numbers, step 1; k=8,16..20,64 mixes
--   x=0..1:5                       5 points from 0 to 1, evenly spaced
--   eta=1e-4..1e-1:7log            7 points whose logarithms are evenly spaced
--   x=0..1  eta=1e-4..1e-1:log     any number between, for a random search alone
--   optim="'normalized,scope=layer',lion"   an item in '' or "" may have commas in it
--
-- Ends are exact, points between them are rounded to 15 digits, with log to 12: a decade is 0.001
-- on any machine. Of a whole parameter they are rounded to whole numbers, which must differ. A
-- sweep= table gives for each name a list of values, a row or column (sd.logspace), one value, or
-- for numbers a text such as "1e-4..1e-1:7log".
--
-- A grid has each value of each parameter with each of all others. A random search draws points
-- instead, a parameter at a time, each from its list or range, uniformly (in the logarithm with
-- log); every point meets every seed. The k-th point depends on the search's seed and on the
-- parameter's own list, neither on how many points there are nor on the other parameters.
--
-- A point is a table name -> value with all parameters; its text as JSON (points.key) is its
-- identity. Errors are sentences without a place: words come from the command line.
local core = require "saddle.core"
local json = require "saddle.json"
local param = require "saddle.param"
local tree = require "saddle.tree"
tree.module()
local quote = param.quote

local points = {}

local MOST <const> = 1000000 -- points of a sweep, and values of a list

local function fail(format, ...) error(format:format(...), 0) end

--- The value, unless the sentence says what is wrong.
local function demand(value, sentence)
  if value == nil then error(sentence, 0) end
  return value
end

-- ---- words --------------------------------------------------------------------------------------

--- The item of a list that begins at `at`, the position after it, and whether it was in quotes.
local function item_at(entry, text, at)
  local mark = text:match("^['\"]", at)
  if mark then
    local item, after = text:match("^([^" .. mark .. "]*)" .. mark .. "()", at + 1)
    if not item or after <= #text and text:sub(after, after) ~= "," then
      fail("%s: a %s in %s has no partner before a comma or the end", entry.name, mark, quote(text))
    end
    return item, after, true
  end
  local item, after = text:match("^([^,]*)()", at)
  if item == "" then
    fail("%s: an item of %s is empty; '' is an empty word", entry.name, quote(text))
  end
  return item, after, false
end

--- Raises when there are more of what `format` says.
local function limit(count, format, ...)
  if count > MOST then
    fail("%s%.4g, above the limit of %d", format:format(...), count, MOST)
  end
end

--- x with so many significant digits; of a whole parameter the nearest whole number.
local function rounded(entry, x, digits)
  if entry.type == "integer" then return math.floor(x + 0.5) end
  return tonumber(("%." .. digits .. "g"):format(x))
end

--- n values from low to high.
local function spaced(entry, low, high, n, log)
  local list, from, to = { low }, low + 0.0, high + 0.0
  if log then from, to = math.log(low, 10), math.log(high, 10) end
  for k = 1, n - 2 do
    local x = from + (to - from) * k / (n - 1)
    x = log and rounded(entry, 10.0 ^ x, 12) or rounded(entry, x, 15)
    list[k + 1] = demand(param.value(entry, x))
  end
  list[n] = high
  return list
end

--- The whole numbers from low to high.
local function whole(low, high)
  local list = {}
  for v = low, high do list[#list + 1] = v end
  return list
end

--- The values of an item low..high[:how] of a number: a list, or {low=, high=, log=} without a
-- number of points.
local function range(entry, text, low, high, how)
  low, high = demand(param.parse(entry, low)), demand(param.parse(entry, high))
  local shown = quote(text)
  if not (low < high) then fail("%s: %s must run upwards", entry.name, shown) end
  local n, kind = how:match "^:(%d+)(%a*)$"
  if not n then kind = how:match "^:(%a+)$" or how end
  if kind ~= "" and kind ~= "log" then
    fail("%s: %s is no range; write a..b, a..b:n, a..b:nlog or a..b:log", entry.name, shown)
  end
  local log = kind == "log"
  if log and not (low > 0) then
    fail("%s: %s: logarithms need numbers above 0", entry.name, shown)
  end
  if n == nil and not log and math.type(low) == "integer" and math.type(high) == "integer" then
    limit(high + 0.0 - low + 1, "%s: the values of %s are ", entry.name, shown)
    return whole(low, high)
  end
  if high + 0.0 - low == math.huge then fail("%s: %s is too wide", entry.name, shown) end
  if n == nil then return { low = low, high = high, log = log } end
  n = tonumber(n)
  limit(n, "%s: the values of %s are ", entry.name, shown)
  if n < 2 then fail("%s: %s: a range has 2 points or more", entry.name, shown) end
  return spaced(entry, low, high, n, log)
end

--- The list, unless a value is in it twice; `what` it is in messages.
local function distinct(entry, list, what)
  local seen = {}
  for _, v in ipairs(list) do
    if seen[v] then fail("%s: %s has %s twice", entry.name, what, param.text(v)) end
    seen[v] = true
  end
  return list
end

--- points.parse(entry, text) -> the list of values that the text means, or {low=, high=, log=}.
function points.parse(entry, text)
  local list, numeric = {}, entry.type ~= "string" and entry.type ~= "boolean"
  local at = 1
  repeat
    local item, after, quoted = item_at(entry, text, at)
    local low, high, how
    if numeric and not quoted then low, high, how = item:match "^(.-)%.%.([^:]*)(.*)$" end
    local values = low and range(entry, item, low, high, how)
      or { demand(param.parse(entry, item)) }
    if values.low then
      if item == text then return values end
      points.closed(entry, values)
    end
    limit(#list + #values, "%s: the values are ", entry.name)
    table.move(values, 1, #values, #list + 1, list)
    at = after + 1
  until after > #text
  return distinct(entry, list, quote(text))
end

--- points.closed(entry, list) -> list, which must not be a range without a number of points.
function points.closed(entry, list)
  if list.low then
    fail("%s=%s: how many points? %s..%s:n%s; without a number it is for a random search",
      entry.name, points.text(entry, list), param.text(list.low), param.text(list.high),
      list.log and "log" or "")
  end
  return list
end

--- Calls f(entry, text) for each word; none may come twice.
local function each_word(entries, words, f)
  local seen = {}
  for _, word in ipairs(words) do
    local entry, text = param.word(entries, word)
    demand(entry, text)
    if seen[entry.name] then fail("%s is given twice", entry.name) end
    seen[entry.name] = true
    f(entry, text)
  end
end

--- points.choice(entries, words) -> {name = list of values or {low=, high=, log=}}.
function points.choice(entries, words)
  local choice = {}
  each_word(entries, words, function(entry, text)
    choice[entry.name] = points.parse(entry, text)
  end)
  return choice
end

--- The one value that a word gives; of an entry with `list` (sd.args) a list.
local function single(entry, text)
  if entry.list then return points.closed(entry, points.parse(entry, text)) end
  local value, sentence = param.parse(entry, text)
  if value == nil and (text:find(",", 1, true) or text:find("..", 1, true)) then
    sentence = sentence .. " (lists and ranges are for sweeps)"
  end
  return demand(value, sentence)
end

--- points.one(entries, words) -> values of one run, by default those of the entries. Of a string
-- parameter all of the text is the value.
function points.one(entries, words)
  local values = {}
  for _, entry in ipairs(entries) do values[entry.name] = entry.default end
  each_word(entries, words, function(entry, text) values[entry.name] = single(entry, text) end)
  return values
end

-- ---- tables of scripts --------------------------------------------------------------------------

--- The list that a script's `given` means.
local function listed(entry, given)
  if type(given) == "table" and given.low then return given end
  if type(given) == "string" and entry.type ~= "string" then return points.parse(entry, given) end
  if core.ismatrix(given) and (given.rows == 1 or given.cols == 1) then
    local elements = {}
    for k = 1, #given do elements[k] = given(k) end
    given = elements
  end
  if type(given) ~= "table" then given = { given } end
  if #given == 0 then fail("%s: a list of values must not be empty", entry.name) end
  limit(#given, "%s: the values are ", entry.name)
  local list = {}
  for k, v in ipairs(given) do list[k] = demand(param.value(entry, v)) end
  for key in pairs(given) do
    if math.type(key) ~= "integer" or key < 1 or key > #list then
      fail("%s: a list of values has the keys 1 to n, not %s", entry.name, core.show(key))
    end
  end
  return distinct(entry, list, "the list")
end

--- points.lists(entries, sweep) -> {name = list}: the table of a script (nil: an empty one), with
-- values of the parameters' types. What it or points.choice has made stays as it is.
function points.lists(entries, sweep)
  if sweep == nil then return {} end
  if type(sweep) ~= "table" then
    fail("a sweep is a table {name = list}, got %s", core.show(sweep))
  end
  local lists = {}
  for name, given in pairs(sweep) do
    if type(name) ~= "string" then
      fail("a sweep is a table {name = list}, it has the key %s", core.show(name))
    end
    lists[name] = listed(demand(param.find(entries, name)), given)
  end
  return lists
end

--- points.values(entries, given) -> values: all parameters, those of the table `given` checked and
-- the others by default.
function points.values(entries, given)
  local values = {}
  for name, v in pairs(given) do
    if type(name) ~= "string" then fail("parameters have names, not %s", core.show(name)) end
    values[name] = demand(param.value(demand(param.find(entries, name)), v))
  end
  for _, entry in ipairs(entries) do
    if values[entry.name] == nil and not entry.optional then
      values[entry.name] = entry.default
    end
  end
  return values
end

-- ---- points -------------------------------------------------------------------------------------

--- The list of each entry, in their order.
local function all_lists(entries, sweep, choice)
  sweep, choice = points.lists(entries, sweep), points.lists(entries, choice)
  local lists = {}
  for k, entry in ipairs(entries) do
    lists[k] = choice[entry.name] or sweep[entry.name] or { entry.default }
  end
  return lists
end

--- points.grid(entries, sweep, choice) -> list of values: the lists of choice come before those of
-- sweep and these before defaults. The seed changes fastest, the first name slowest.
function points.grid(entries, sweep, choice)
  local lists, count = all_lists(entries, sweep, choice), 1.0
  for k, list in ipairs(lists) do
    count = count * #points.closed(entries[k], list)
  end
  limit(count, "the points are ")
  local out = {}
  for p = 0, math.tointeger(count) - 1 do
    local values, rest = {}, p
    for k = #entries, 1, -1 do
      local list = lists[k]
      values[entries[k].name], rest = list[rest % #list + 1], rest // #list
    end
    out[p + 1] = values
  end
  return out
end

--- n values drawn from a list or a range. Of whole numbers v has, with log, a probability
-- proportional to log((v + 1)/v).
local function draw(entry, list, rng, n)
  local out = {}
  if not list.low then
    local index = rng:randint(#list, n, 1)
    for k = 1, n do out[k] = list[math.tointeger(index(k))] end
    return out
  end
  local low, high, u = list.low, list.high, rng:rand(n, 1)
  local to = entry.type == "integer" and high + 1.0 or high
  local x = list.log and core.exp(core.log(low) + (core.log(to) - core.log(low)) * u)
    or low + (to - low) * u
  for k = 1, n do
    local v = entry.type == "integer" and math.floor(x(k)) or rounded(entry, x(k), 15)
    out[k] = demand(param.value(entry, math.max(low, math.min(v, high))))
  end
  return out
end

local COUNT <const> = { name = "the number of points", type = "integer", from = 1, to = MOST }
local SEED <const> = { name = "the seed of a search", type = "integer" }

--- points.random(entries, sweep, choice, n[, seed]) -> list of values: n points, drawn by
-- sd.rng(seed) (1), with each seed of the lists. A point that is drawn again counts once.
function points.random(entries, sweep, choice, n, seed)
  n, seed = demand(param.value(COUNT, n)), demand(param.value(SEED, seed or 1))
  local lists, drawn, varied = all_lists(entries, sweep, choice), {}, false
  local seeds, rng = points.closed(entries[#entries], lists[#lists]), core.rng(seed, "points")
  limit(n * #seeds, "the points are ")
  for k = 1, #entries - 1 do
    varied = varied or lists[k].low ~= nil or #lists[k] > 1
    drawn[k] = draw(entries[k], lists[k], rng:split(entries[k].name), n)
  end
  if not varied then fail "no parameter has several values: there is nothing to draw from" end
  local out, seen = {}, {}
  for p = 1, n do
    local values = {}
    for k = 1, #entries - 1 do values[entries[k].name] = drawn[k][p] end
    local key = points.key(values)
    if not seen[key] then
      for _, s in ipairs(seeds) do
        local point = { seed = s }
        for name, v in pairs(values) do point[name] = v end
        out[#out + 1] = point
      end
    end
    seen[key] = true
  end
  return out
end

-- ---- texts --------------------------------------------------------------------------------------

--- points.key(values) -> the text that is the point's identity.
function points.key(values) return json.encode(values) end

--- The names of a point in the order of its text, and how many.
local function names_of(values)
  local names = {}
  for name in next, values do names[#names + 1] = name end
  table.sort(names)
  return names, #names
end

--- Whether a point has these names and no others.
local function has_names(values, names, count)
  for _ in next, values do count = count - 1 end
  for _, name in ipairs(names) do if values[name] == nil then return false end end
  return count == 0
end

--- points.keys(list) -> the text of each of many points, as points.key has it. Few values are in
-- many points, and each of these is put into words once.
function points.keys(list)
  local keys, texts, names, count = {}, {}, {}, -1
  local function piece(name, v)
    local known = texts[name] or {}
    texts[name] = known
    local id = v
    if math.type(v) == "float" then id = "f" .. ("d"):pack(v) end -- 1 and 1.0 are one key of tables
    if type(v) == "string" then id = "s" .. v end
    known[id] = known[id] or points.key { [name] = v }:sub(2, -2)
    return known[id]
  end
  for k, values in ipairs(list) do
    if not has_names(values, names, count) then names, count = names_of(values) end
    local pieces = {}
    for j, name in ipairs(names) do pieces[j] = piece(name, values[name]) end
    keys[k] = "{" .. table.concat(pieces, ",") .. "}"
  end
  return keys
end

--- points.decode(entries, text) -> the values of which points.key has made the text. A claim's
-- `broken` passes as it is.
function points.decode(entries, text)
  local given = json.decode(text)
  if type(given) ~= "table" then fail("a point is an object, not %s", quote(text)) end
  local broken = given.broken
  given.broken = nil
  for _, entry in ipairs(entries) do
    if given[entry.name] == nil and not entry.optional then
      fail("the point %s has no %s", quote(text), entry.name)
    end
  end
  local values = points.values(entries, given)
  values.broken = broken
  return values
end

--- A word as an item of a list.
local function item(value)
  local text = param.text(value)
  if type(value) == "string" and (text == "" or text:find "^['\"]" or text:find ",") then
    return text:find "'" and '"' .. text .. '"' or "'" .. text .. "'"
  end
  return text
end

--- points.text(entry, list) -> the text that points.parse reads as the list (unless a word of it
-- has a comma and both kinds of quotes): three whole numbers in a row and more are a range.
function points.text(entry, list)
  if list.low then
    return ("%s..%s%s"):format(param.text(list.low), param.text(list.high),
      list.log and ":log" or "")
  end
  local out, k = {}, 1
  while k <= #list do
    local last = k
    while entry.type == "integer" and list[last + 1] == list[last] + 1 do last = last + 1 end
    if last < k + 2 then last = k end
    out[#out + 1] = item(list[k]) .. (last > k and ".." .. param.text(list[last]) or "")
    k = last + 1
  end
  return table.concat(out, ",")
end

return points
