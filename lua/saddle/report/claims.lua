--- The verdicts on claims, as `saddle check` left them in a store.
local counts_text = require "saddle.claim.counts"
local html = require "saddle.report.html"
local json = require "saddle.json"

local claims = {}

local text, tag = html.text, html.tag

local classes = { holds = "good", violated = "bad", error = "bad" }

--- The verdict as a table shows it: in colour, unless it is what was expected of a false statement.
local function verdict_cell(judged)
  local shown = judged.verdict .. (judged.surrogate and " (surrogate)" or "")
  local class = judged.ok and judged.verdict ~= "holds" and "neutral" or classes[judged.verdict]
  return { html = tag(('span class="%s"'):format(not judged.ok and "bad" or class or "neutral"),
    text(judged.ok and shown or shown .. ", not as expected")) }
end

local function twins_text(twins)
  local words = {}
  for k, twin in ipairs(twins) do
    words[k] = ("%s: caught in %d of %d"):format(twin.name, twin.caught, twin.of)
  end
  return table.concat(words, "; ")
end

--- "holds by 0.31 in (25)"; a margin without a bound is written "inf" in JSON.
local function margin_text(worst)
  if not worst then return "" end
  return ("%s in %s"):format(html.value(worst.margin), worst.which)
end

local function details(job, judged)
  local about = json.decode(job.about)
  local pieces = { tag("h3", text(job.name)), tag("p", text(about.statement or "")),
    tag('p class="quiet"', text(("%s; tier %s; script version %s"):format(about.source or "",
      judged.tier or "quick", job.hash:sub(1, 12)))) }
  if judged.surrogate then
    pieces[#pieces + 1] = tag('p class="quiet"', text("surrogate: " .. judged.surrogate))
  end
  for _, problem in ipairs(judged.problems) do
    pieces[#pieces + 1] = tag('p class="bad"', text(problem))
  end
  return table.concat(pieces)
end

--- The part of the page, "" when no claim was checked.
function claims.part(db)
  local rows, pieces = {}, {}
  for _, job in ipairs(db:all [[SELECT job.name, job.about, job.hash, note.value FROM job
      JOIN note ON note.job = job.id AND note.name = 'verdict' WHERE job.kind = 'claim'
      AND job.id IN (SELECT max(job) FROM note JOIN job ON job.id = job GROUP BY job.name)
      ORDER BY job.name]]) do
    local judged = json.decode(job.value)
    rows[#rows + 1] = { job.name, verdict_cell(judged), counts_text(judged.counts),
      margin_text(judged.worst), twins_text(judged.twins) }
    pieces[#pieces + 1] = details(job, judged)
  end
  if #rows == 0 then return "" end
  return tag("h2", "Claims") .. html.table({ "claim", "verdict", "cases", "least margin",
    "broken twins" }, rows) .. table.concat(pieces)
end

return claims
