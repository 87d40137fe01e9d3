--- Conditions on runs: an SQL expression in which parameters and metrics stand by their names.
--
--   local sql, used = where.sql("k >= 32 and loss < 1e-3", names)
--
-- A name is, in this order: one of the run's own (id status seconds error script), a
-- parameter, a metric. params.x and metrics.x say which; "a name" with odd characters or of SQL's
-- own words stands in double quotes. Upper and lower case differ, as in Lua. A boolean is 1 or 0,
-- and a NaN is NULL, so that `loss is null` finds it. SQL's functions, operators and 'texts' are
-- there; tables are not: only what has a name here is put in, and the rest is left to SQLite.
local options = require "saddle.options"

local where = {}

--- What a run itself has, as SQL over run and job.
where.own = { id = "run.id", status = "run.status", seconds = "run.seconds", error = "run.error",
  script = "job.hash" }

local words = {} -- of SQL, in expressions
for word in ([[and or not in is null between like glob escape case when then else end cast as
  collate nocase binary rtrim isnull notnull distinct from true false integer real text numeric blob
  current_time current_date current_timestamp]]):gmatch "%a+" do
  words[word] = true
end

local function literal(text) return "'" .. text:gsub("'", "''") .. "'" end

local sources = {
  params = function(name)
    return ("(SELECT value FROM json_each(run.params) WHERE key = %s)"):format(literal(name))
  end,
  metrics = function(name)
    return ("(SELECT value FROM metric WHERE metric.run = run.id AND metric.name = %s)")
      :format(literal(name))
  end,
}

local function set_of(list)
  local set = {}
  for _, name in ipairs(list) do set[name] = true end
  return set
end

--- The names that may be meant, for messages.
local function known(names)
  local list, set = {}, set_of(names.params)
  for name in pairs(where.own) do set[name] = true end
  for _, name in ipairs(names.metrics) do set[name] = true end
  for name in pairs(set) do list[#list + 1] = name end
  table.sort(list)
  return list
end

--- Raises what is wrong with the expression.
function where.fail(text, message)
  error(("where %s: %s"):format(text:gsub("%c", " "), message), 0)
end
local fail = where.fail

--- The names as a list, for the end of a message.
function where.hint(names) return "names: " .. table.concat(known(names), " ") end

--- where.sql(text, {params = names, metrics = names}) -> an SQL expression over run and job, and a
-- set of the run's own names in it.
function where.sql(text, names)
  local params, metrics, used = set_of(names.params), set_of(names.metrics), {}
  local out, at, depth = {}, 1, 0
  local function resolve(name, of)
    if not of and where.own[name] then
      used[name] = true
      return where.own[name]
    end
    if of ~= "metrics" and params[name] then return sources.params(name) end
    if of ~= "params" and metrics[name] then return sources.metrics(name) end
    fail(text, ("there is no '%s' (%s)"):format(name, options.hint(name, known(names))))
  end
  --- The name that begins at a position, and where it ends; plain: whether it has no quotes.
  local function name_at(from)
    local name, after = text:match("^([%a_\128-\255][%w_\128-\255]*)()", from)
    if name then return name, after, true end
    if text:sub(from, from) ~= '"' then return nil end
    local stop = from
    repeat
      stop = text:find('"', stop + 1, true)
      if not stop then fail(text, "a double quote is not closed") end
      local twice = text:sub(stop + 1, stop + 1) == '"'
      if twice then stop = stop + 1 end
    until not twice
    return text:sub(from + 1, stop - 1):gsub('""', '"'), stop + 1, false
  end
  while at <= #text do
    local name, after, plain = name_at(at)
    local of = name and plain and sources[name] and text:match("^%s*%.%s*()", after)
    if of then
      local inner, rest = name_at(of)
      if not inner then fail(text, ("after '%s.' a name must follow"):format(name)) end
      out[#out + 1], at = resolve(inner, name), rest
    elseif name then
      local as_is = plain and (words[name:lower()] or text:find("^%s*%(", after))
      out[#out + 1], at = as_is and name or resolve(name), after
    else -- a text, a number, or anything else
      local piece = text:match("^'[^']*'", at) or text:match("^%.?%d[%w_.]*", at)
        or text:match("^%s+", at) or text:sub(at, at)
      if piece == "'" then fail(text, "a quote is not closed") end
      if piece:find "^[][`?:@$;]" then fail(text, ("'%s' has no meaning here"):format(piece)) end
      depth = depth + (piece == "(" and 1 or piece == ")" and -1 or 0)
      if depth < 0 then fail(text, "a bracket is closed that was not opened") end
      out[#out + 1], at = piece, at + #piece
    end
  end
  return "(" .. table.concat(out) .. "\n)", used -- the line ends a comment
end

return where
