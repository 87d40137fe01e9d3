--- The reference as Markdown, a page for each topic and one that lists them, and the types for
-- editors (annotations.lua).
local annotations = require "saddle.help.annotations"
local core = require "saddle.core"
local help = require "saddle.help"

local function code(text) return "`" .. text .. "`" end

--- What a signature is of: `sd.svd`, `A * B`.
local function heading(signature)
  return code(signature.kind == "operator" and signature.text:match "^(.-)%s*%->"
    or signature.path)
end

local function entry_text(entry)
  local out, names = {}, {}
  for k, signature in ipairs(entry.signatures) do
    out[#out + 1] = signature.text
    names[k] = heading(signature)
  end
  local list = { "### " .. table.concat(names, ", "), "", "```lua", table.concat(out, "\n"), "```",
    "", entry.text, "" }
  local described = help.names(entry)
  for _, name in ipairs(described) do
    local about = entry.about[name]
    local kind = about.type:gsub("|", " or ")
    list[#list + 1] = ("- %s (%s) %s"):format(code(name), kind, about.text):gsub(" $", "")
  end
  if #described > 0 then list[#list + 1] = "" end
  if entry.errors then table.move({ "Errors: " .. entry.errors, "" }, 1, 2, #list + 1, list) end
  if entry.source then table.move({ "Source: " .. entry.source, "" }, 1, 2, #list + 1, list) end
  if entry.example then
    local example = entry.example:gsub("\n$", "")
    table.move({ "```lua", example, "```", "" }, 1, 4, #list + 1, list)
  end
  return table.concat(list, "\n")
end

local function topic_text(topic)
  local list = { "# " .. topic.title, "", topic.text, "" }
  for _, entry in ipairs(topic) do list[#list + 1] = entry_text(entry) end
  return table.concat(list, "\n")
end

local function index_text(topics)
  local list = { "# Reference", "",
    "All that is public, by topic. `help(x)` and `? name` at the prompt say the same. `make docs`",
    "makes these pages from `lua/saddle/reference/`; the tests run their examples.", "" }
  for _, topic in ipairs(topics) do
    local names = {}
    for _, entry in ipairs(topic) do
      for _, signature in ipairs(entry.signatures) do
        names[#names + 1] = heading(signature)
      end
    end
    list[#list + 1] = ("- [%s](%s.md): %s"):format(topic.title, topic.name,
      table.concat(names, " "))
  end
  return table.concat(list, "\n") .. "\n"
end

local pages = {}

--- pages() -> { ["reference/README.md"] = text, ..., ["types/saddle.lua"] = text }
local function all()
  local made = { ["reference/README.md"] = index_text(help.topics()),
    ["types/saddle.lua"] = annotations() }
  for _, topic in ipairs(help.topics()) do
    made["reference/" .. topic.name .. ".md"] = topic_text(topic)
  end
  return made
end

--- pages.write(folder): writes them below it.
function pages.write(folder)
  for path, text in pairs(all()) do assert(core.savetext(folder .. "/" .. path, text)) end
end

return setmetatable(pages, { __call = all })
