--- Which files hold claims: those named, and those of the papers' scripts that match a pattern.
--
-- A file of the library counts as a claim when its text has "sd.claim": other scripts there may
-- compute for minutes when they are loaded.
local core = require "saddle.core"
local script = require "saddle.script"
require("saddle.tree").module()

local library = {}

local DEPTH <const> = 4 -- of folders

local function is_claim(path)
  local file <close> = io.open(path, "rb")
  local text = file and file:read "a"
  return text and text:find("sd.claim", 1, true) ~= nil
end

--- Adds the names of claims below a folder to the list, in order.
local function gather(root, name, depth, list)
  local names = core.folder(root .. name) or {}
  table.sort(names)
  for _, entry in ipairs(names) do
    local path = name .. "/" .. entry
    if entry:find "%.lua$" then
      if is_claim(root .. path) then list[#list + 1] = path:sub(2, -5) end
    elseif depth < DEPTH then
      gather(root, path, depth + 1, list)
    end
  end
  return list
end

--- library.files(words) -> list of names for library.load, each once, in order; all claims of the
-- library when there are no words. A word that means no file and no claim is an error.
function library.files(words)
  local out, seen = {}, {}
  local function add(name)
    if not seen[name] then out[#out + 1] = name end
    seen[name] = true
  end
  local root = script.library()
  local all = root and gather(root, "", 1, {}) or {}
  for _, word in ipairs(#words > 0 and words or { "" }) do
    local before = #out
    local file = word ~= "" and script.find(word)
    if file then add(word) end
    for _, name in ipairs(all) do
      if not file and name:find(word, 1, true) then add(name) end
    end
    if #out == before and not seen[word] then
      error(word == "" and "there are no claims"
        or ("no script and no claim is called '%s'; saddle check --list names the claims")
          :format((word:gsub("%c", "?"))), 0)
    end
  end
  return out
end

--- library.load(name) -> {job=, file=, hash=}; what is no claim is an error.
function library.load(name)
  local loaded, wrong = script.load(name)
  if not loaded then error(wrong, 0) end
  if not loaded.job or loaded.job.kind ~= "claim" then
    error(("%s does not return a claim (sd.claim{...})"):format(name), 0)
  end
  return loaded
end

return library
