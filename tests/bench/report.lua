--- What the benchmark shows (run.lua): a table as it goes, records for machines, a figure.
local sd = require "saddle"

local report = {}

--- The words of a case: "d=1000 m=5".
function report.label(case)
  local words = {}
  for name, value in pairs(case) do words[#words + 1] = name .. "=" .. value end
  table.sort(words)
  return table.concat(words, " ")
end

local function median(times)
  local t = table.move(times, 1, #times, 1, {})
  table.sort(t)
  return (t[(#t + 1) // 2] + t[#t // 2 + 1]) / 2, t[1]
end

local function duration(seconds)
  if seconds < 1e-3 then return ("%.2f us"):format(seconds * 1e6) end
  if seconds < 1 then return ("%.2f ms"):format(seconds * 1e3) end
  return ("%.2f s"):format(seconds)
end

--- A speed ratio in words: 2 is "2.0x faster", 1/2 is "2.0x slower".
local function times(ratio)
  if ratio >= 1 then return ("%.2fx faster"):format(ratio) end
  return ("%.2fx slower"):format(1 / ratio)
end

--- Whether a case differs from the reference in its way, and in the number `but`, at most.
function report.resembles(work, case, but)
  for name, value in pairs(work.cases[work.reference]) do
    if name ~= "way" and name ~= but and value ~= case[name] then return false end
  end
  return true
end

-- ---- the table ----------------------------------------------------------------------------------

local FORMAT <const> = "%-12s %12s %12s %15s %15s  %s"

function report.heading(p)
  print(("one thread; medians over %d rounds, of ratios too; a block takes at least %g s")
    :format(p.rounds, p.seconds))
  local core = os.getenv "OPENBLAS_CORETYPE"
  if core then print("OPENBLAS_CORETYPE=" .. core .. " is set, for all contestants") end
  print("* marks the case that the targets are meant for; saddle's speed is against the row's")
end

--- How many times faster than a contestant saddle is: the median over rounds of the ratio in each
-- round, so that a machine that slows down between two rounds does not count.
local function ratio_of(results, r)
  local ratios = {}
  for k, seconds in ipairs(r.seconds) do ratios[k] = seconds / results.saddle.seconds[k] end
  return (median(ratios))
end

--- What is said of a contestant: its ratio, its target, and "met" or "missed" ("" without one).
local function judge(results, r)
  local targets = results.work.targets(results.case)
  local function verdict(met) return met and "met" or "missed" end
  if r == results.saddle then
    local limit = targets.seconds
    if not limit then return "", "", "" end
    return "", "in " .. duration(limit), verdict(median(r.seconds) <= limit)
  end
  if not r.agrees then return "", "", "DISAGREES" end
  local target, ratio = targets[r.who], ratio_of(results, r)
  return times(ratio), target and times(target) or "", target and verdict(ratio >= target) or ""
end

local function exists(path)
  local f = io.open(path)
  if f then f:close() end
  return f ~= nil
end

--- Prints the rows of a case, and where the plan is of a step that missed a target.
function report.case(results)
  local work = results.work
  if work.shown == nil then
    work.shown = true
    print(("\n%s (%s)"):format(work.title, work.name))
    print(FORMAT:format("", "median", "least", "saddle's speed", "target", ""))
  end
  print((results.reference and "* " or "  ") .. report.label(results.case))
  local missed = false
  for _, r in ipairs(results) do
    local middle, least = median(r.seconds)
    local ratio, target, verdict = judge(results, r)
    missed = missed or verdict == "missed"
    print((FORMAT:format("    " .. r.who, duration(middle), duration(least), ratio, target, verdict)
      :gsub("%s+$", "")))
  end
  for _, who in ipairs(work.absent) do print(("    %-8s not installed"):format(who)) end
  if missed and exists(results.plan) then print("    the step: " .. results.plan) end
  io.flush()
end

--- Prints whether the programs of a case agree.
function report.agreement(results)
  local good, bad = {}, {}
  for _, r in ipairs(results) do table.insert(r.agrees and good or bad, r.who) end
  table.sort(good)
  print(("%s: %s agree to %.1e%s"):format(
    table.concat({ results.work.name, report.label(results.case) }, " "), table.concat(good, " "),
    results.worst,
    #bad > 0 and "; DISAGREES: " .. table.concat(bad, " ") or ""))
  for _, who in ipairs(results.work.absent) do print(who .. ": not installed") end
end

--- Prints how many targets are met.
function report.summary(all)
  local count = { reference = { met = 0, missed = 0 }, other = { met = 0, missed = 0 } }
  for _, results in ipairs(all) do
    local c = count[results.reference and "reference" or "other"]
    for _, r in ipairs(results) do
      local _, _, verdict = judge(results, r)
      if c[verdict] then c[verdict] = c[verdict] + 1 end
    end
  end
  local function of(c) return c.met, c.met + c.missed end
  print(("\ntargets met: %d of %d in the cases marked *"):format(of(count.reference)))
  print(("             %d of %d in the others"):format(of(count.other)))
end

-- ---- a page -------------------------------------------------------------------------------------

--- Writes the medians as a table of Markdown, in brackets how much longer than saddle each takes;
-- a row a case, a column a contestant.
function report.page(path, all)
  local columns, known = {}, { saddle = true }
  for _, results in ipairs(all) do
    for _, r in ipairs(results) do
      if not known[r.who] then columns[#columns + 1], known[r.who] = r.who, true end
    end
  end
  table.sort(columns)
  local f = assert(io.open(path, "w"))
  local function row(cells) f:write("| ", table.concat(cells, " | "), " |\n") end
  local head, rule = { "", "saddle" }, { "---", "--:" }
  for _, who in ipairs(columns) do head[#head + 1], rule[#rule + 1] = who, "--:" end
  row(head)
  row(rule)
  for _, results in ipairs(all) do
    local cells = { ("%s: %s%s"):format(results.work.title, report.label(results.case),
      results.reference and " \\*" or ""), duration((median(results.saddle.seconds))) }
    for _, who in ipairs(columns) do
      local r = results[who]
      cells[#cells + 1] = r and r.agrees and ("%s (%.2f)"):format(duration((median(r.seconds))),
        ratio_of(results, r)) or ""
    end
    row(cells)
  end
  assert(f:close())
end

-- ---- records ------------------------------------------------------------------------------------

local function json(x)
  if type(x) == "table" then
    local parts = {}
    if #x > 0 then
      for k, value in ipairs(x) do parts[k] = json(value) end
      return "[" .. table.concat(parts, ",") .. "]"
    end
    for key, value in pairs(x) do parts[#parts + 1] = json(key) .. ":" .. json(value) end
    table.sort(parts)
    return "{" .. table.concat(parts, ",") .. "}"
  elseif type(x) == "number" then
    return x - x == 0 and ("%.17g"):format(x) or ('"%s"'):format(x)
  elseif type(x) == "boolean" then
    return tostring(x)
  end
  return '"' .. x:gsub('[%c"\\]', function(c) return ("\\u%04x"):format(c:byte()) end) .. '"'
end

--- The processor's name, if the system tells.
local function processor()
  local f = io.open "/proc/cpuinfo"
  local name = f and f:read("a"):match "model name%s*:%s*([^\n]*)"
  if f then f:close() end
  return name or "unknown"
end

--- Writes a line of JSON for the run, then one for each contestant of each case.
function report.records(path, all, p)
  local f = assert(io.open(path, "w"))
  f:write(json { processor = processor(), isa = sd.isa(),
    blas_core = os.getenv "OPENBLAS_CORETYPE" or "detected", rounds = p.rounds, block = p.seconds,
    time = os.date "!%Y-%m-%dT%H:%M:%SZ", version = sd.version }, "\n")
  for _, results in ipairs(all) do
    for _, r in ipairs(results) do
      f:write(json { workload = results.work.name, case = results.case, who = r.who,
        reference = results.reference, seconds = r.seconds, median = (median(r.seconds)),
        speed = ratio_of(results, r), value = r.value, agrees = r.agrees }, "\n")
    end
  end
  assert(f:close())
  print("\n" .. path)
end

-- ---- the figure ---------------------------------------------------------------------------------

local COLOUR <const> = { saddle = 1, torch = 2, c = 3, numpy = 4, ["built-in"] = 5 }

--- The panel of a workload: a curve for each contestant and way.
local function curves(work, all)
  local panel = { title = work.title, xlabel = work.axis, ylabel = "seconds a step",
    xlog = true, ylog = true }
  for _, results in ipairs(all) do
    if results.work == work and report.resembles(work, results.case, work.axis) then
      for _, r in ipairs(results) do
        local way = results.case.way
        local label = way and r.who .. ", " .. way or r.who
        if not panel[label] then
          panel[label] = { x = {}, y = {}, label = label, style = "linespoints",
            colour = COLOUR[r.who], dash = way ~= work.cases[1].way and "dashed" or "solid" }
          table.insert(panel, panel[label])
        end
        table.insert(panel[label].x, results.case[work.axis])
        table.insert(panel[label].y, (median(r.seconds)))
      end
    end
  end
  for _, series in ipairs { table.unpack(panel) } do panel[series.label] = nil end
  return panel
end

--- Draws cost against size, a panel a workload that has an axis, into path.svg and path.png.
function report.figure(path, all)
  local panels, last = {}, nil
  for _, results in ipairs(all) do
    local work = results.work
    if work ~= last and work.axis then panels[#panels + 1] = curves(work, all) end
    last = work
  end
  if #panels == 0 then return end
  for _, kind in ipairs { "svg", "png" } do
    print(sd.plot { panels = panels, file = path .. "." .. kind })
  end
end

return report
