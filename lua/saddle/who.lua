--- sd.who: the variables there are.
--
--   > sd.who()
--   name  kind    shape       bytes
--   W     matrix  64x8 f64    4096
--   p     tree    3 leaves    400
--   lr    number  0.1
local core = require "saddle.core"
local outline = require "saddle.outline"

local STANDARD <const> = {} -- the global functions of Lua and of the prompt
for name in ([[assert collectgarbage dofile error getmetatable ipairs load loadfile next pairs pcall
  print rawequal rawget rawlen rawset require select setmetatable tonumber tostring type warn xpcall
  help arg sd _ _G _VERSION]]):gmatch "%S+" do STANDARD[name] = true end

local who = {}

--- Set by the prompt: a function that returns a table of the session's locals by name.
who.locals = function() return {} end

--- Bytes of a value's numbers or characters, in tables those of what is in them; a table that
-- occurs twice counts once.
local function bytes(v, seen)
  local what = core.tracing.leaf(v)
  if what == "matrix" or what == "frozen" then
    return v.rows * v.cols * (v.dtype == "f32" and 4 or 8)
  elseif type(v) == "string" then
    return #v
  elseif type(v) ~= "table" or seen[v] then
    return 0
  end
  seen[v] = true
  local sum = 0
  for _, below in next, v do sum = sum + bytes(below, seen) end
  return sum
end

local function row(name, v)
  local what, meta = core.tracing.leaf(v), debug.getmetatable(v)
  local named = type(meta) == "table" and type(v) ~= "string" and rawget(meta, "__name")
  local kind = what == "frozen" and "matrix" or what or type(named) == "string" and named or type(v)
  local size, shape = bytes(v, {}), ""
  if type(v) == "table" then
    shape = outline.serves(v) and outline.size(v) or ""
  elseif kind == "matrix" or type(v) ~= "function" and type(v) ~= "userdata" then
    shape = outline.brief(v, 30)
  end
  return { name = name, kind = kind, shape = shape, bytes = size }
end

local meta = { __name = "list of variables", __tostring = function(rows)
  local keys, widths, lines = { "name", "kind", "shape" }, {}, {}
  for _, key in ipairs(keys) do
    widths[key] = #key
    for _, r in ipairs(rows) do widths[key] = math.max(widths[key], #r[key]) end
  end
  local function line(r)
    local cells = {}
    for k, key in ipairs(keys) do cells[k] = r[key] .. (" "):rep(widths[key] - #r[key]) end
    cells[4] = r.bytes == 0 and "" or tostring(r.bytes)
    lines[#lines + 1] = (table.concat(cells, "  "):gsub(" +$", ""))
  end
  if #rows == 0 then return "no variables" end
  line{ name = "name", kind = "kind", shape = "shape", bytes = "bytes" }
  for _, r in ipairs(rows) do line(r) end
  return table.concat(lines, "\n")
end }

--- sd.who() -> a list of { name=, kind=, shape=, bytes= } of the prompt's locals and of the globals
-- that are neither Lua's nor modules, sorted by name; it prints as a table. Bytes are those of the
-- numbers of matrices and of strings, without what Lua adds.
function who.who()
  local values = {}
  for name, v in next, _G do
    if type(name) == "string" and not STANDARD[name] and package.loaded[name] ~= v then
      values[name] = v
    end
  end
  for name, v in pairs(who.locals()) do values[name] = v end
  local rows = {}
  for name, v in pairs(values) do rows[#rows + 1] = row(name, v) end
  table.sort(rows, function(a, b) return a.name < b.name end)
  return setmetatable(rows, meta)
end

return who
