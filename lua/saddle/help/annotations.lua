--- The types of the library for editors, as LuaCATS annotations (lua-language-server): a file that
-- is never run, with a class for each type and a function without a body for each call.
--
--   annotations() -> text
local help = require "saddle.help"
local types = require "saddle.reference.types"

local KEYWORDS <const> = { ["end"] = true, ["function"] = true, ["repeat"] = true }

local basic = {}
for _, name in ipairs(types.basic) do basic[name] = true end

--- A type of entries as one of annotations: matrix|number -> sd.matrix|number.
local function type_of(words)
  local list = {}
  for word in words:gmatch "[^|]+" do
    list[#list + 1] = basic[word] and word or word == "list" and "any[]" or "sd." .. word
  end
  return table.concat(list, "|")
end

local function flat(text) return (text:gsub("%s+", " ")) end

local function put(out, format, ...) out[#out + 1] = (format:format(...):gsub("%s+$", "")) end

--- The type of an argument, result or option of an entry, and the words on it.
local function about(entry, name)
  local found = entry.about[name]
  if not found then return "any", "" end
  return type_of(found.type), flat(found.text)
end

--- The class of the options that a call takes, named after it, unless it is there already.
local function put_options(out, entry, signature, arg, seen)
  local class = signature.path:gsub(":", ".") .. ".options"
  if not class:find "^sd%." then class = "sd." .. class end
  if not seen[class] then
    seen[class] = true
    put(out, "---@class %s", class)
    for _, option in ipairs(arg.options) do
      local kind, text = about(entry, option.name)
      local name = option.name == "..." and "[integer]"
        or option.place and ("[%d]"):format(option.place) or option.name .. "?"
      put(out, "---@field %s %s %s", name, kind,
        option.default and ("%s (default %s)"):format(text, flat(option.default)) or text)
    end
    put(out, "")
  end
  return class
end

--- The parameters of a call: a list of { name, optional, type, text }. Options get their class.
local function params_of(out, entry, signature, seen)
  local list = {}
  for k, arg in ipairs(signature.args or {}) do
    local kind, text = about(entry, arg.name)
    if arg.options then kind, text = put_options(out, entry, signature, arg, seen), "options" end
    list[k] = { name = KEYWORDS[arg.name] and arg.name .. "_" or arg.name, type = kind, text = text,
      optional = arg.optional and "?" or "" }
  end
  return list
end

local function overload_of(params, results, entry)
  local list, kinds = {}, {}
  for k, param in ipairs(params) do
    list[k] = param.name == "..." and "...: any"
      or ("%s%s: %s"):format(param.name, param.optional, param.type)
  end
  for k, result in ipairs(results) do
    kinds[k] = result == "..." and "..." or about(entry, result)
  end
  return ("---@overload fun(%s)%s"):format(table.concat(list, ", "),
    #kinds > 0 and ": " .. table.concat(kinds, ", ") or "")
end

--- `function name(args) end` with its annotations; further ways to call it are overloads.
local function put_function(out, entry, ways, name, seen)
  local lines, names, params = {}, {}, {}
  for k, signature in ipairs(ways) do
    params[k] = params_of(out, entry, signature, seen)
    if k > 1 then lines[#lines + 1] = overload_of(params[k], signature.results, entry) end
  end
  for k, param in ipairs(params[1]) do
    names[k] = param.name
    put(lines, "---@param %s%s %s %s", param.name, param.optional,
      param.name == "..." and "any" or param.type, param.text)
  end
  for _, result in ipairs(ways[1].results) do
    if result == "..." then put(lines, "---@return any ...")
    else put(lines, "---@return %s %s %s", (about(entry, result)), result,
      (select(2, about(entry, result)))) end
  end
  put(out, "--- %s", flat(entry.text))
  table.move(lines, 1, #lines, #out + 1, out)
  put(out, "function %s(%s) end", name, table.concat(names, ", "))
  put(out, "")
end

--- The signatures of an entry that have the path of the one given, itself first; nil unless it is
-- the first of them.
local function ways_of(entry, signature)
  local list = {}
  for _, other in ipairs(entry.signatures) do
    if other.path == signature.path then list[#list + 1] = other end
  end
  return list[1] == signature and list or nil
end

local function put_operator(out, entry, signature)
  local other = signature.text:match "[-+*%%/^] (%a%w*)"
  local kind = signature.results[1] and about(entry, signature.results[1]) or "any"
  if signature.name == "call" then
    local list = {}
    for _, arg in ipairs(signature.args) do
      list[#list + 1] = ("%s%s: %s"):format(arg.name, arg.optional and "?" or "",
        (about(entry, arg.name)))
    end
    put(out, "---@overload fun(%s): %s", table.concat(list, ", "), kind)
  else
    put(out, "---@operator %s%s: %s", signature.name,
      other and ("(%s)"):format((about(entry, other))) or "", kind)
  end
end

--- The class of a type: its fields and operators, then its methods.
local function put_class(out, class, text, seen)
  put(out, "---%s", text)
  put(out, "---@class sd.%s", class)
  local members = help.members(class)
  for _, member in ipairs(members) do
    local signature, entry = member.signature, member.entry
    if signature.kind == "field" then
      put(out, "---@field %s %s %s", signature.name, about(entry, signature.results[1]))
    elseif signature.kind == "operator" then
      put_operator(out, entry, signature)
    end
  end
  put(out, "local %s = {}", class)
  put(out, "")
  for _, member in ipairs(members) do
    local signature = member.signature
    local ways = ways_of(member.entry, signature)
    local mark = signature.kind == "method" and ":" or signature.kind == "function" and "."
    if ways and mark then
      put_function(out, member.entry, ways, class .. mark .. signature.name, seen)
    end
  end
end

--- Tables on the way to a name: sd.optim of sd.optim.sgd.
local function put_parents(out, path, seen)
  local at = 0
  while true do
    at = path:find(".", at + 1, true)
    if not at then return end
    local parent = path:sub(1, at - 1)
    if parent ~= "sd" and not seen[parent] then
      seen[parent] = true
      put(out, "%s = {}", parent)
    end
  end
end

return function()
  local out, seen, names = { "---@meta saddle", "", "-- Made by `make docs`.", "" }, {}, {}
  for name in pairs(types) do
    if name ~= "basic" and name ~= "list" then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do put_class(out, name, types[name], seen) end
  put(out, "---@class saddle")
  put(out, "local sd = {}")
  put(out, "")
  for signature, entry in help.each() do
    local ways = ways_of(entry, signature)
    if not signature.receiver and ways then
      put_parents(out, signature.path, seen)
      if signature.kind == "value" then
        put(out, "---%s", flat(entry.text))
        put(out, "---@type %s", (about(entry, signature.results[1])))
        put(out, "%s = nil", signature.path)
        put(out, "")
      else
        put_function(out, entry, ways, signature.path, seen)
        seen[signature.path] = true
      end
    end
  end
  put(out, "return sd")
  return table.concat(out, "\n") .. "\n"
end
