--- Script files that return an experiment or a claim: found, loaded, hashed.
--
--   local script = require("saddle.script").load("overparam_gan/fig_2")
--   script.job, script.file, script.hash
--
-- The hash is of the script's text and of those modules that it loads from its own folder, so that
-- a change of either is noticed before runs of two versions are mixed. Modules that are first
-- required while a point runs are not seen.
local attempt = require "saddle.attempt"
local core = require "saddle.core"
local sha256 = require "saddle.sha256"
require("saddle.tree").module()

local script = {}

local function read(path)
  local file <close> = io.open(path, "rb")
  return file and file:read "a"
end

--- The folder of a file.
local function folder_of(path) return path:match "^(.*)/[^/]*$" or "." end

--- The folder of the papers' scripts: beside this module's own folder in the source tree, below
-- share/saddle where it is installed; nil when there is none.
function script.library()
  local here = debug.getinfo(1, "S").source:match "^@(.*)/saddle/script%.lua$"
  for _, to in ipairs { "/../scripts", "/../../saddle/scripts" } do
    local folder = here and io.open(here .. to) -- which opens folders too
    if folder then
      folder:close()
      return here .. to
    end
  end
end

--- The file that a name on the command line means: itself, or a script of a paper, with .lua or
-- without; nil when there is none.
function script.find(name)
  local library = script.library()
  for _, path in ipairs { name, name .. ".lua", library and ("%s/%s.lua"):format(library, name) } do
    local text = read(path)
    if text then return path end
  end
end

-- What the last script has put in place: its folder in front of package.path, and its modules.
local front, own = "", {}

--- Puts the script's folder where the last one's was. Modules that the last one loaded from its
-- folder are forgotten: for this one their names may mean something else.
local function enter(path)
  for name in pairs(own) do package.loaded[name] = nil end
  own = {}
  if package.path:sub(1, #front) == front then package.path = package.path:sub(#front + 1) end
  front = ("%s/?.lua;%s/?/init.lua;"):format(folder_of(path), folder_of(path))
  package.path = front .. package.path
end

--- Notes which of the loaded modules lie in the script's folder: name -> file.
local function note_own(before)
  for name in pairs(package.loaded) do
    local new = type(name) == "string" and not before[name]
    own[name] = new and package.searchpath(name, front) or nil
  end
end

local function hash_of(text)
  local names, parts = {}, { text }
  for name in pairs(own) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do parts[#parts + 1] = name .. "\0" .. (read(own[name]) or "") end
  return sha256(table.concat(parts, "\0"))
end

--- Whether a value is an experiment or a claim.
local function is_job(value)
  return type(value) == "table" and type(value.execute) == "function"
    and type(value.kind) == "string"
end

--- script.load(name) -> {job=, file=, hash=}, or nil and a sentence on what is wrong. A script that
-- returns neither an experiment nor a claim has job = nil.
function script.load(name)
  local path = script.find(name)
  if not path then return nil, ("there is no script '%s'"):format(name) end
  path = core.process.realpath(path) -- workers may start elsewhere
  enter(path)
  local chunk, wrong = loadfile(path, "t")
  if not chunk then return nil, wrong end
  local before = {}
  for module in pairs(package.loaded) do before[module] = true end
  local good, value = attempt.call(chunk, name)
  note_own(before)
  if not good then return nil, value end
  return { job = is_job(value) and value or nil, file = path, hash = hash_of(read(path)) }
end

return script
