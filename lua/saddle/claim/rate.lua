--- Whether `hits` of `trials` agree with a probability of at least, or at most, p0.
--
-- [low, high] is the exact interval of Clopper and Pearson (Biometrika 26, 1934) at the level: it
-- lies wholly above the probability, or wholly below it, with a probability of at most
-- (1 - level)/2 each. "At least p0" is violated where the interval lies below p0: where the
-- statement is true, that happens with a probability of at most (1 - level)/2. It is certified
-- where the interval lies above p0. In between it holds, as not refuted.
--
-- Of n trials without a hit, high is 1 - ((1 - level)/2)^(1/n): where that is not below p0, no
-- outcome can violate the statement, and it is refused as one that cannot fail.
local core = require "saddle.core"
local check = require "saddle.check"
local margin = require "saddle.claim.margin"
local stats = require "saddle.stats"
local tree = require "saddle.tree"
local fail = tree.fail
tree.module()

--- The least number of trials of which the worst outcome violates; q is the probability of that
-- which never happens in it.
local function least(q, level)
  return math.floor(math.log((1 - level) / 2) / core.log1p(-q)) + 1
end

--- rate(name, hits, trials, rel, p0, level) -> as margin.compare, with `rate` = {hits=, trials=,
-- level=, low=, high=, certified=}; the side that counts is the end of the interval which is next
-- to violating.
return function(name, hits, trials, rel, p0, level)
  local function what(side) return ("%s of '%s'"):format(side, name) end
  if core.ismatrix(hits) and #hits == 1 then hits = hits:item() end
  trials = check.whole("rate", what "the number of trials", trials, 1)
  hits = check.whole("rate", what "the number of hits", hits, 0, trials)
  if rel ~= ">=" and rel ~= "<=" then
    fail("rate: '%s': a probability is '>=' or '<=' p0, got %s", name, core.show(rel))
  end
  p0 = check.number("rate", what "p0", p0)
  level = check.fraction("rate", what "the level", level)
  local q = rel == ">=" and p0 or 1 - p0
  if not (q > 0) then
    fail("rate: '%s': a probability %s %s says nothing: it can never be violated", name, rel,
      margin.text(p0))
  end
  if q > 1 then
    fail("rate: '%s': no probability is %s %s", name, rel, margin.text(p0))
  end
  if trials < least(q, level) then
    fail("rate: '%s' can never be violated by %d trials: it needs at least %d", name, trials,
      least(q, level))
  end
  local low, high = stats.clopper_pearson(hits, trials, level)
  local found = margin.compare("rate", name, rel == ">=" and high or low, rel, p0)
  found.rate = { hits = hits, trials = trials, level = level, low = low, high = high,
    certified = rel == ">=" and low >= p0 or rel == "<=" and high <= p0 }
  return found
end
