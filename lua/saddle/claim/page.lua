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

--- The rows of the experiments in a folder.
local function figure_rows(folder)
  local rows, names = {}, core.folder(folder) or {}
  table.sort(names)
  for _, name in ipairs(names) do
    local loaded = name:find "%.lua$" and script.load(folder .. "/" .. name)
    local job = loaded and loaded.job
    if job and job.kind == "experiment" then
      rows[#rows + 1] = ("| [%s](%s) | %s | `saddle %s %s/%s` |"):format(name:sub(1, -5), name,
        cell(job.text or ""), job.plot and "figure" or "sweep", folder:match "[^/]*$",
        name:sub(1, -5))
    end
  end
  return rows
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
  local figures = figure_rows(folder)
  if #figures > 0 then
    table.move({ "", "## Figures and sweeps", "", "| | shows | made by |", "|---|---|---|" }, 1, 5,
      #lines + 1, lines)
    table.move(figures, 1, #figures, #lines + 1, lines)
  end
  return table.concat(lines, "\n") .. "\n"
end
