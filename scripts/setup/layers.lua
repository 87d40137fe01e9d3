--- Checks that dependencies point down only:  lua5.4 scripts/setup/layers.lua [root]
--
--   include/saddle  sees itself; the headers of the core do not see those of files (io.h,
--                   database.h)
--   src/core        sees the core's headers and its own files
--   src/io          sees also io.h, database.h and its own files
--   src/graph       sees the core's headers, those of graphs (op.h, loop.h, ...), its own files
--   src/model       sees what src/graph sees, its builders, model.h, its own files
--   src/optim       sees what src/graph sees, its builders, optim.h, its own files
--   src/spectral    sees the core's headers, spectral.h, its own files: operators are functions
--   src/lua         sees every public header, its own files and Lua
--   src/cli         sees all that and its own files
--
-- Lua's headers are for src/lua and src/cli alone, and nothing below them prints, exits, aborts or
-- jumps. Each violation is printed as file:line; the exit status is 1 if there is one.
local root = (arg and arg[1]) or "."

local own_dirs = {
  ["include/saddle"] = {}, ["src/core"] = { "src/core" }, ["src/io"] = { "src/io" },
  ["src/graph"] = { "src/graph" }, ["src/model"] = { "src/model", "src/graph" },
  ["src/optim"] = { "src/optim", "src/graph" }, ["src/spectral"] = { "src/spectral" },
  ["src/lua"] = { "src/lua" }, ["src/cli"] = { "src/cli", "src/lua" },
}
local with_lua = { ["src/lua"] = true, ["src/cli"] = true }
-- The part that a public header belongs to, where it is not the core, and the parts that a layer
-- sees besides the core; a public header sees what its part sees. `all` is the umbrella.
local part_of = { io = "io", database = "io", op = "graph", graph = "graph", loop = "graph",
  plan = "graph", iterate = "graph", model = "model", optim = "optim", spectral = "spectral",
  saddle = "all" }
local sees = { core = {}, io = { io = true }, graph = { graph = true },
  model = { graph = true, model = true }, optim = { graph = true, optim = true },
  spectral = { spectral = true },
  all = { io = true, graph = true, model = true, optim = true, spectral = true, all = true } }
local lua_headers = { ["lua.h"] = true, ["lauxlib.h"] = true, ["lualib.h"] = true,
  ["luaconf.h"] = true, ["lua.hpp"] = true }
local forbidden = { "printf", "vprintf", "puts", "putchar", "perror", "exit", "_exit", "_Exit",
  "quick_exit", "abort", "longjmp", "_longjmp", "siglongjmp", "setjmp", "sigsetjmp" }

local violations = 0
local function report(file, line, what)
  violations = violations + 1
  print(("%s:%d: %s"):format(file, line, what))
end

local function exists(path)
  local f = io.open(path)
  if f then f:close() end
  return f ~= nil
end

--- The text with comments (and, if asked, strings) blanked, lines kept.
local function code(text, strings)
  local blank = function(s) return (s:gsub("[^\n]", " ")) end
  local out, at = {}, 1
  while at <= #text do
    local two, one = text:sub(at, at + 1), text:sub(at, at)
    local last
    local keep = false
    if two == "/*" then
      last = select(2, text:find("*/", at + 2, true)) or #text
    elseif two == "//" then
      last = (text:find("\n", at, true) or #text + 1) - 1
    elseif one == '"' or one == "'" then
      last = at + 1
      while last < #text and text:sub(last, last) ~= one do
        last = last + (text:sub(last, last) == "\\" and 2 or 1)
      end
      keep = not strings
    else
      last = (text:find("[/\"']", at + 1) or #text + 1) - 1
      keep = true
    end
    local piece = text:sub(at, last)
    out[#out + 1] = keep and piece or blank(piece)
    at = last + 1
  end
  return table.concat(out)
end

local function lines(text)
  local n = 0
  return function(_, at)
    if at > #text then return nil end
    local stop = text:find("\n", at, true) or #text + 1
    n = n + 1
    return stop + 1, n, text:sub(at, stop - 1)
  end, nil, 1
end

local function check_include(layer, file, n, name)
  local base = file:match("[^/]*$")
  if lua_headers[name:match("[^/]*$")] then
    if not with_lua[layer] then report(file, n, "Lua's headers are for src/lua and src/cli") end
    return
  end
  local part = name:match("^saddle/([%w_]+)%.h$")
  part = part and part_of[part] or "core"
  local own = layer == "include/saddle" and (part_of[base:match("^[%w_]+")] or "core")
    or with_lua[layer] and "all" or layer:match("[^/]*$")
  if part == "core" or sees[own][part] then return end
  report(file, n, ("%s does not see %s"):format(
    layer == "include/saddle" and base or layer, name))
end

--- A quoted name that is no public header must lie in one of the layer's own directories.
local function check_local(layer, file, n, name)
  if name:match("^saddle/") or lua_headers[name] then return end
  local path = file:match("^(.*)/") .. "/" .. name
  local changed
  repeat
    path, changed = path:gsub("[^/]+/%.%./", "", 1)
  until changed == 0
  for _, dir in ipairs(own_dirs[layer]) do
    if path:sub(1, #dir + 1) == dir .. "/" then return end
    if exists(root .. "/" .. dir .. "/" .. name) then return end
  end
  report(file, n, ('"%s" is not of %s'):format(name, layer))
end

local function check_file(layer, file)
  local f = assert(io.open(root .. "/" .. file))
  local text = f:read("a")
  f:close()
  for _, n, line in lines(code(text, false)) do
    local quoted = line:match('^%s*#%s*include%s*"([^"]+)"')
    local name = quoted or line:match("^%s*#%s*include%s*<([^>]+)>")
    if name then check_include(layer, file, n, name) end
    if quoted then check_local(layer, file, n, quoted) end
  end
  if with_lua[layer] or layer == "include/saddle" then return end
  for _, n, line in lines(code(text, true)) do
    for _, name in ipairs(forbidden) do
      if line:find("%f[%w_]" .. name .. "%s*%(") then
        report(file, n, ("%s() has no place in %s: return a status"):format(name, layer))
      end
    end
    if line:find("%f[%w_]std[oe][ur][tr]%f[^%w_]") then
      report(file, n, "the standard streams have no place in " .. layer)
    end
  end
end

for layer in pairs(own_dirs) do
  local list = assert(io.popen(("cd '%s' && find %s -type f \\( -name '*.[ch]' -o "
    .. "-name '*.inc' \\) 2>/dev/null | sort"):format(root, layer)))
  for file in list:lines() do check_file(layer, file) end
  list:close()
end
os.exit(violations == 0)
