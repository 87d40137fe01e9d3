--- What the library has, in words: one source for help(x) at the prompt, for the reference
-- (lua/reference/, `make docs`) and for the types that editors read (lua/types/saddle.lua).
--
-- lua/saddle/reference/<topic>.lua returns a topic:
--
--   { title =, text =, source =,        text: what to know first; source: of entries without one
--     classes = { A = "matrix" },       what the letters before : . and operators stand for
--     { "sd.svd(A) -> U, s, V",         an entry: how it is called, or a list of such lines
--       "The thin singular value decomposition A = U diag(s) V'.",
--       A = "matrix m x n, finite",     each argument, option and result: a type (reference/types;
--       U = "matrix m x r",             several with |), then shape, unit, meaning
--       s = "matrix r x 1, descending", V = "matrix n x r",
--       errors =, source =, example = }, ... }
--
-- help/signature.lua says how calls are written. `errors` is what is refused beyond what the types
-- say. An option that is called source, errors or example is described as source_ and so on. An
-- example is a script (sd is known) whose files lie below FOLDER, which readers are not shown; what
-- it prints follows in comments `--> ...`. Tests run the examples and compare; and they find names
-- without an entry, and entries of nothing.
_ENV = require "saddle.env".globals
local core = require "saddle.core"
local parse = require "saddle.help.signature"

local help = {}

-- in the order of the reference
local TOPICS <const> = { "matrices", "functions", "reductions", "arrange", "linalg", "matrixfree",
  "random", "files", "derivatives", "plans", "models", "activations", "objectives", "optimisers",
  "games", "stability", "spectra", "bounds", "numerics", "statistics", "laws", "data", "plots",
  "claims", "experiments", "results", "processes", "session" }

local OWN <const> = { errors = true, source = true, example = true }

-- ---- the topics ---------------------------------------------------------------------------------

--- An entry as a table { text, signatures, about = {name = {type=, text=}}, errors, source,
-- example, script (the example with FOLDER), topic }.
local function read_entry(topic, raw)
  local lines = type(raw[1]) == "table" and raw[1] or { raw[1] }
  local entry = { text = raw[2], signatures = {}, about = {}, errors = raw.errors,
    source = raw.source or topic.source, topic = topic, script = raw.example,
    example = raw.example and raw.example:gsub("FOLDER/", "") }
  for k, line in ipairs(lines) do entry.signatures[k] = parse(line) end
  for name, words in pairs(raw) do
    if type(name) == "string" and not OWN[name] then
      local kind, text = words:match "^(%S+)%s*(.*)$"
      entry.about[OWN[name:sub(1, -2)] and name:sub(1, -2) or name] = { type = kind, text = text }
    end
  end
  return entry
end

local function read_topic(name)
  local raw = require("saddle.reference." .. name)
  local topic = { name = name, title = raw.title, text = raw.text, source = raw.source,
    classes = raw.classes or {} }
  for k, entry in ipairs(raw) do topic[k] = read_entry(topic, entry) end
  return topic
end

local topics

--- All topics, in the order of the reference: lists of entries.
function help.topics()
  if not topics then
    topics = {}
    for k, name in ipairs(TOPICS) do topics[k] = read_topic(name) end
  end
  return topics
end

--- An iterator over all signatures: signature, entry, topic.
function help.each()
  return coroutine.wrap(function()
    for _, topic in ipairs(help.topics()) do
      for _, entry in ipairs(topic) do
        for _, signature in ipairs(entry.signatures) do coroutine.yield(signature, entry, topic) end
      end
    end
  end)
end

-- ---- finding ------------------------------------------------------------------------------------

--- The value of a path such as sd.optim.sgd, of what is loaded already; nothing is called.
local function loaded(path)
  local v
  for name in path:gmatch "[^.]+" do
    if v == nil then v = name == "sd" and package.loaded.saddle or nil
    elseif type(v) == "table" then v = rawget(v, name)
    else return nil end
    if v == nil then return nil end
  end
  return v
end

--- The class of a value, as entries name it: "matrix", "rng", "plan"; or nil.
local NAMES <const> = { ["compiled function"] = "plan" }
local function class_of(v)
  local meta = debug.getmetatable(v)
  local name = type(meta) == "table" and rawget(meta, "__name")
  if type(name) ~= "string" then return nil end
  return NAMES[name] or name:gsub("^saddle%.", "")
end

--- The signatures of a function or module of the library, and for each its entry; none for anything
-- else.
local function signatures_of(v)
  local signatures, entries = {}, {}
  for signature, entry in help.each() do
    if not signature.receiver and rawequal(loaded(signature.path), v) then
      signatures[#signatures + 1], entries[#entries + 1] = signature, entry
    end
  end
  return signatures, entries
end

--- help.of(value) -> the entries on a function or module of the library; empty for anything else.
function help.of(v)
  local found = {}
  for _, entry in ipairs(select(2, signatures_of(v))) do
    if found[#found] ~= entry then found[#found + 1] = entry end
  end
  return found
end

--- help.named(words) -> the entries whose path, or last name, is `words`; a method may be written
-- with any variable before the colon.
function help.named(words)
  local exact, last = {}, {}
  local name = words:match "([%a_][%w_]*)$" or words
  local marked = words:find ":" ~= nil
  for signature, entry in help.each() do
    if signature.path == words then
      if exact[#exact] ~= entry then exact[#exact + 1] = entry end
    elseif signature.name == name and (not marked or signature.kind == "method")
      and last[#last] ~= entry then
      last[#last + 1] = entry
    end
  end
  return #exact > 0 and exact or last
end

--- help.members(class) -> signatures and entries of its fields, methods and operators.
function help.members(class)
  local list = {}
  for signature, entry, topic in help.each() do
    if signature.receiver and topic.classes[signature.receiver] == class then
      list[#list + 1] = { signature = signature, entry = entry }
    end
  end
  return list
end

--- help.options(value) -> the names of the options that a function takes, in order; empty when it
-- takes none.
function help.options(v)
  local names, seen = {}, {}
  for _, signature in ipairs((signatures_of(v))) do
    for _, arg in ipairs(signature.args or {}) do
      for _, option in ipairs(arg.options or {}) do
        if not option.place and not seen[option.name] then names[#names + 1] = option.name end
        seen[option.name] = true
      end
    end
  end
  return names
end

-- ---- words --------------------------------------------------------------------------------------

--- A text in lines of at most `width` characters, each behind `indent`.
local function wrap(text, width, indent)
  local lines = {}
  for paragraph in (text .. "\n"):gmatch "(.-)\n" do
    local line = indent
    for word in paragraph:gmatch "%S+" do
      if #line + #word + 1 > width and line ~= indent then
        lines[#lines + 1] = line
        line = indent
      end
      line = line .. (line == indent and "" or " ") .. word
    end
    lines[#lines + 1] = line
  end
  return table.concat(lines, "\n")
end

--- The names that an entry's signatures have, in order: options after the arguments.
function help.names(entry)
  local list, seen = {}, {}
  local function add(name)
    if entry.about[name] and not seen[name] then list[#list + 1] = name end
    seen[name] = true
  end
  for _, signature in ipairs(entry.signatures) do
    if signature.receiver then add(signature.receiver) end
    for _, arg in ipairs(signature.args or {}) do
      add(arg.name)
      for _, option in ipairs(arg.options or {}) do add(option.name) end
    end
    local right = signature.kind == "operator" and signature.text:match "[-+*%%/^] (%a%w*)"
    if right then add(right) end
  end
  for _, signature in ipairs(entry.signatures) do
    for _, name in ipairs(signature.results) do add(name) end
  end
  return list
end

--- How something is called, in lines of the width; those that follow are indented.
local function call_text(signature, width) return wrap(signature.text, width, "      "):sub(7) end

local function entry_text(entry, width)
  local out = {}
  for _, signature in ipairs(entry.signatures) do out[#out + 1] = call_text(signature, width) end
  out[#out + 1] = wrap(entry.text, width, "  ")
  local names, longest = help.names(entry), 0
  for _, name in ipairs(names) do longest = math.max(longest, #name) end
  for _, name in ipairs(names) do
    local about = entry.about[name]
    local margin = (" "):rep(longest + 4)
    local line = wrap(("%s %s"):format(about.type, about.text), width, margin)
    out[#out + 1] = "  " .. name .. line:sub(#name + 3)
  end
  if entry.errors then out[#out + 1] = wrap("errors: " .. entry.errors, width, "  ") end
  if entry.source then out[#out + 1] = wrap("source: " .. entry.source, width, "  ") end
  if entry.example then
    out[#out + 1] = "  example:"
    for line in entry.example:gmatch "[^\n]+" do out[#out + 1] = "    " .. line end
  end
  return table.concat(out, "\n")
end

local function entries_text(entries, width)
  local out = {}
  for k, entry in ipairs(entries) do out[k] = entry_text(entry, width) end
  return table.concat(out, "\n\n")
end

local function first_sentence(text) return text:match "^(.-%.)%s" or text end

--- Signatures with the first sentence of each entry.
local function overview(list, width)
  local out, before = {}, nil
  for _, item in ipairs(list) do
    out[#out + 1] = call_text(item.signature, width)
    if item.entry ~= before then
      out[#out + 1] = wrap(first_sentence(item.entry.text), width, "    ")
    end
    before = item.entry
  end
  return table.concat(out, "\n")
end

--- What there is of a directory of the library: "metrics" or "sd.metrics".
local function below(words)
  local list, start = {}, (words:find "^sd%." and words or "sd." .. words) .. "."
  for signature, entry in help.each() do
    if not signature.receiver and signature.path:sub(1, #start) == start then
      list[#list + 1] = { signature = signature, entry = entry }
    end
  end
  return list
end

local function topic_text(topic, width)
  local list = {}
  for _, entry in ipairs(topic) do
    for _, signature in ipairs(entry.signatures) do
      list[#list + 1] = { signature = signature, entry = entry }
    end
  end
  return topic.title .. "\n" .. wrap(topic.text, width, "  ") .. "\n" .. overview(list, width)
end

--- help.search(words, width) -> text on a name, a path, a directory or a topic; nil and the nearest
-- name, if there is one, when nothing has it.
function help.search(words, width)
  for _, topic in ipairs(help.topics()) do
    if topic.name == words then return topic_text(topic, width) end
  end
  local entries = help.named(words)
  if #entries > 0 then return entries_text(entries, width) end
  local inside = below(words)
  if #inside > 0 then return overview(inside, width) end
  local known = {}
  for signature in help.each() do known[#known + 1] = signature.name end
  return nil, core.nearest(words:match "([%a_][%w_]*)$" or words, known)
end

--- help.describe(value, width) -> text on a function, module or object of the library, or nil.
function help.describe(v, width)
  local entries = help.of(v)
  if #entries > 0 then return entries_text(entries, width) end
  local class = class_of(v)
  local members = class and help.members(class) or {}
  if #members == 0 then return nil end
  return ("a %s"):format(class) .. "\n" .. overview(members, width)
end

return help
