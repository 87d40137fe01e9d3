--- A calculator for the proofs of Theorems 2.1 and 2.2 of the over-parameterised-GAN paper (Balaji
-- et al., ICLR 2021): every constant of them at given sizes, what they ask for, the first
-- inequality that fails, and the width from which on it would not (proof_chain.lua has the
-- formulas).
--
--   saddle figure overparam_gan/proof_constants
--   saddle figure overparam_gan/proof_constants m=2 d=3 k=1e30 n=1000
--
-- The first width is shown in full. The figure has the room of each inequality against the width,
-- the side that should be larger over the other: it holds above 1. So the C of "k >= C m d^4
-- log(d)^3" can be read off: what the proof supports is beyond 1e40.
local sd = require "saddle"
local proof = require "proof_chain"

local THEOREMS <const> = { { "2.1", proof.ascent }, { "2.2", proof.descent } }
local BOTTOM <const>, TOP <const> = 1e-30, 1e20 -- of the figure

--- The larger side over the smaller one, if all is well; 0 where nothing is known.
local function room(row)
  local more, less = row.x, row.y
  if row.rel == "<=" or row.rel == "<" then more, less = less, more end
  return more > 0 and less < math.huge and more / less or 0
end

local function run(p)
  local metrics = {}
  for _, theorem in ipairs(THEOREMS) do
    local name, list = theorem[1], theorem[2](p)
    for _, row in ipairs(list) do
      metrics[name .. ": " .. row.name] = room(row)
    end
    local first = proof.first_failing(list)
    metrics["first " .. name] = first and first.name or "none"
  end
  return metrics
end

-- ---- the table ----------------------------------------------------------------------------------

local function number(x) return ("%.4g"):format(x) end

--- All constants, and all inequalities with the width that each needs.
local function details(p)
  local c = proof.constants(p)
  local lines = { ("m=%d d=%d n=%d k=%s sigma_v=%g sigma_w=%g sigma_z=%g |xbar|=%g"):format(p.m,
    p.d, p.n, number(p.k), p.sigma_v, p.sigma_w, p.sigma_z, p.xbar), "" }
  local function add(...) lines[#lines + 1] = (...):format(select(2, ...)) end
  for _, name in ipairs(proof.NAMES) do add("%16s  %s", name, number(c[name])) end
  for _, theorem in ipairs(THEOREMS) do
    add("")
    add("Theorem %-36s %10s    %10s  %-5s %s", theorem[1], "is", "wants", "", "from k =")
    for _, row in ipairs(theorem[2](p, c)) do
      local least = proof.least_width(p, theorem[2], row.name)
      add("  %-42s %10s %2s %10s  %-5s %s", row.name, number(row.x), row.rel, number(row.y),
        row.holds and "holds" or "FAILS", least and number(least) or "none")
    end
  end
  add("")
  add("the probability needs m > 1500 log(n+5) = %s and d > 216 log(2k+2) = %s at least",
    number(1500 * math.log(p.n + 5)), number(216 * math.log(2 * p.k + 2)))
  return lines
end

local function summary(runs)
  local lines = details(runs[1])
  lines[#lines + 1] = ("\n%10s  %-45s %s"):format("from k", "first that fails: Theorem 2.1",
    "Theorem 2.2")
  local last
  for _, p in ipairs(runs) do
    local pair = ("%-45s %s"):format(p["first 2.1"], p["first 2.2"])
    if pair ~= last then lines[#lines + 1] = ("%10s  %s"):format(number(p.k), pair) end
    last = pair
  end
  return table.concat(lines, "\n")
end

local SHOWN <const> = { { "2.1: eps >= sigma_v sigma_z sqrt(k)/42000", "eps" },
  { "2.1: k >= 210000^2 m d: (35), first half", "2.1: (35), first half" },
  { "2.1: R <= R_max: (35), second half, (36)", "2.1: R <= Rmax (36)" },
  { "2.1: (35) at R <= eps", "2.1: (35) <= eps" },
  { "2.2: (35) at 6 r0/alpha <= alpha/6", "2.2: (35) <= alpha/6" },
  { "2.1: probability > 0", "probability > 0" } }

--- A column of rooms, with gaps where nothing is known.
local function rooms(runs, name)
  local list = runs:column(name)
  for j, y in ipairs(list) do if not (y > BOTTOM) then list[j] = 0 / 0 end end
  return list
end

local function plot(runs)
  local series = {}
  for _, row in ipairs(SHOWN) do
    series[#series + 1] = { x = runs:column "k", y = rooms(runs, row[1]), label = row[2] }
  end
  series.title = ("what the proofs ask for, m = %d, d = %d, n = %d"):format(runs[1].m,
    runs[1].d, runs[1].n)
  series.xlabel, series.ylabel = "width k", "room: holds above 1"
  series.xlog, series.ylog, series.yrange = true, true, { BOTTOM, TOP }
  series.hline, series.legend, series.size = 1, "outside", { 900, 450 }
  return series
end

local widths = {}
for power = 3, 60 do widths[#widths + 1] = 10.0 ^ power end

return sd.experiment {
  name = "overparam_gan.proof_constants",
  text = "the constants of the proofs, and the width from which on they fit",
  params = {
    m = sd.param(10, "data dimension", { from = 1 }),
    d = sd.param(10, "latent dimension", { from = 2 }),
    k = sd.param(1000.0, "hidden width; any number", { from = 1 }),
    n = sd.param(100, "latent points", { from = 1 }),
    sigma_v = sd.param(1.0, "deviation of V's elements", { above = 0 }),
    sigma_w = sd.param(1.0, "deviation of W0's elements", { above = 0 }),
    sigma_z = sd.param(1.0, "deviation of the latent points' elements", { above = 0 }),
    xbar = sd.param(3.0, "length of the data's mean", { from = 0 }),
    mu = sd.param(1.0, "the discriminator's step", { above = 0, to = 1 }),
    etabar = sd.param(1.0, "the generator's step, as a part of the longest", { above = 0, to = 1 }),
  },
  sweep = { k = widths },
  run = run, summary = summary, plot = plot,
}
