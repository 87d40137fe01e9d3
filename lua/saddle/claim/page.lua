--- The page of a paper as Markdown: its claims with their verdicts, margins and costs, its figures.
-- What a folder of scripts has is found there; paper.lua in it says what the paper is.
local core = require "saddle.core"
local counts_text = require "saddle.claim.counts"
local margin = require "saddle.claim.margin"
local script = require "saddle.script"

--- Text within a cell of a table.
local function cell(text) return (tostring(text):gsub("|", "\\|"):gsub("%s+", " ")) end

local function claim_row(entry)
  local shown = entry.verdict .. (entry.surrogate and " (surrogate)" or "")
  local worst, twins = entry.worst, {}
  for k, twin in ipairs(entry.twins) do
    twins[k] = ("%s %d/%d"):format(twin.name, twin.caught, twin.of)
  end
  return ("| [%s](%s) | %s | %s | %s%s | %s | %s | %s | %.1f s |"):format(
    entry.id:match "[^.]*$", entry.file:match "[^/]*$", cell(entry.source), cell(entry.statement),
    entry.ok and "" or "**not as expected:** ", shown, counts_text(entry.counts),
    worst and cell(margin.text(worst.margin) .. " in " .. worst.which) or "",
    table.concat(twins, ", "), entry.seconds)
end

--- The first sentence of the comment that opens a file.
local function first_sentence(path)
  local words = {}
  for line in io.lines(path) do
    local text = line:match "^%-%-%-? ?(.*)$"
    if not text or text == "" then break end
    words[#words + 1] = text
  end
  local text = table.concat(words, " ")
  return text:match "^(.-[%l%d)])[.:;] " or (text:gsub("[.:]$", ""))
end

--- The rows of a folder's experiments, and those of the modules that its scripts share.
local function other_rows(folder)
  local figures, modules, names = {}, {}, core.folder(folder) or {}
  table.sort(names)
  for _, name in ipairs(names) do
    local stem = name:match "^(.*)%.lua$"
    local loaded = stem and stem ~= "paper" and script.load(folder .. "/" .. name)
    local job = loaded and loaded.job
    if job and job.kind == "experiment" then
      figures[#figures + 1] = ("| [%s](%s) | %s | `saddle %s %s/%s` |"):format(stem, name,
        cell(job.text or ""), job.plot and "figure" or "sweep", folder:match "[^/]*$", stem)
    elseif stem and stem ~= "paper" and not job then
      modules[#modules + 1] = ("| [%s](%s) | %s |"):format(stem, name,
        cell(first_sentence(folder .. "/" .. name)))
    end
  end
  return figures, modules
end

--- Adds a table with its title to the lines, if it has rows.
local function put(lines, title, heads, rows)
  if #rows == 0 then return end
  table.move({ "", "## " .. title, "", table.unpack(heads) }, 1, 3 + #heads, #lines + 1, lines)
  table.move(rows, 1, #rows, #lines + 1, lines)
end

--- page(folder, entries, tier) -> the text, for what `saddle check --json` has of the claims.
return function(folder, entries, tier)
  local paper = dofile(folder .. "/paper.lua")
  local seconds = 0
  for _, entry in ipairs(entries) do seconds = seconds + entry.seconds end
  local lines = { "# " .. paper.title, "", paper.source .. ".", "", paper.text, "",
    "## Claims", "", ("Made by `saddle check %s/ --%s --page`, in %.0f s. A case whose hypotheses "
      .. "fail is \"not applicable\". Margins are relative; the least of the cases that hold is "
      .. "shown. A twin is the check with something broken on purpose: caught/of cases that hold.")
      :format(folder:match "[^/]*$", tier, seconds), "",
    "| claim | in the paper | says | verdict | cases | least margin | twins | time |",
    "|---|---|---|---|---|---|---|--:|" }
  for _, entry in ipairs(entries) do lines[#lines + 1] = claim_row(entry) end
  local figures, modules = other_rows(folder)
  put(lines, "Figures and sweeps", { "| | shows | made by |", "|---|---|---|" }, figures)
  put(lines, "What they share", { "| | |", "|---|---|" }, modules)
  return table.concat(lines, "\n") .. "\n"
end
