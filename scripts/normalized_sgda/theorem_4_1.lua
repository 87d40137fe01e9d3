--- Theorem 4.1 of the normalised-SGDA paper (Jelassi et al., 2022): descent-ascent without
-- normalisation, at any ratio of its steps, never learns a mode alone. With probability 1 - o(1),
-- for all t <= T_0 and all z,
--
--   G(z) = alpha(z) (u_1 + u_2) + xi(z),   |<xi(z), u_l>| = o(1) |xi(z)|   for l = 1, 2.
--
-- What is checked: no z has G(z) within a cosine of 0.95 of u_1 or u_2, at any of 100 times of
-- each run. (An even mixture has 0.71, noise 0.)
--
--   up to "a <= 0"   where the proof ends. It is no matter of every start: where a second neuron of
--                    D is close behind the first (against Lemma C.2) and learns the other mode, D
--                    survives the mixture, a stays positive, and G goes on to a mode. At d = 1000
--                    and a ratio of 3 that is about one start in eight with the exact gradient
--                    (batch 0): the counter-example, start 9. "1 - o(1)" as 9 of 10 was chosen
--                    when that was known; read as "always" the theorem is violated at d = 1000
--   up to "T_0"      the same as long as the gradient of E L is above d^(-3/2). It does not fall
--                    so far within these runs, which go on beyond a <= 0. There the signs of a and
--                    W change, and now and then a column escapes to a mode: a rate
--
-- That alone says less than it seems to: a column follows a neuron of D, whose noise of length 1
-- from the start keeps it from a cosine of 0.95 whatever else it learns. So, of the columns that
-- are mostly in the plane of the modes, where a <= 0, their part in the plane:
--
--   in the "plane"   no cosine above 0.95 there either. False at d = 1000 for ratios towards
--                    sqrt(d), where such columns are u_1 or u_2 and noise: G meets a D that has
--                    learned one mode so far. True from d = 1e4 on at the same eta_G/(eta_D
--                    sqrt(d)); theorem_4_1_in_d.lua shows how the mixture becomes even
--
-- The gradient at the start has a length of order a/d, so with a tolerance of 1/d for 1/poly(d) T_0
-- is 0 and the theorem speaks of the start alone: "not applicable", as are steps so long that the
-- run blows up. The theorem's time is t eta_D: at ratios above 100, where G sets the pace, eta_D is
-- shortened so that eta_G stays.
local sd = require "saddle"
local descent = require "descent"
local outcome = require "outcome"
local two_modes = require "two_modes"

local MODE <const> = outcome.MODE

--- What a run is made of, plain or, as a twin, normalised with steps of its own.
local function settings(c, p)
  if c.broken == "normalised" then
    return { method = "nsgda", eta_D = 0.005, ratio = 0.3, steps = 12000 }
  end
  local eta_D = p.eta_D * math.min(1, 100 / p.ratio)
  return { eta_D = eta_D, ratio = p.ratio, steps = p.time // p.eta_D, batch = p.batch,
    beyond = p.up_to == "T_0" }
end

--- The largest cosine with a mode within the plane of the modes, of columns that are mostly there.
local function in_plane(model, V)
  local best = -1
  for j = 1, model.mG do
    local v = V:col(j)
    local plane = model.U * sd.solve(model.U:t() * model.U, model.U:t() * v)
    if sd.norm(plane) > 0.5 * sd.norm(v) then
      best = math.max(best, sd.max(outcome.cosines(model, plane)))
    end
  end
  return best
end

--- How close to a mode one run came, up to where the case looks.
local function purest(c, p, model, run)
  local points, T0 = descent.up_to_T0(run.points, p.d ^ -p.power)
  c:assume("the steps are short: the run does not blow up", run.status == "diverged" and 1 or 0,
    "<=", 0)
  c:assume("T_0 > 0: the gradient at the start is above the tolerance", run.points[1].gradient,
    ">", p.d ^ -p.power)
  c:note("T_0 reached", T0 ~= nil)
  if p.up_to == "a <= 0, in the plane" then return in_plane(model, run.p.G.V) end
  return descent.purest(model, p.up_to == "T_0" and points or descent.up_to_zero(run))
end

return sd.claim {
  id = "normalized_sgda.theorem_4_1",
  source = "Theorem 4.1",
  statement = "plain descent-ascent learns no mode alone, whatever the ratio of its steps",
  surrogate = "a mode is a cosine above 0.95; 1/poly(d) is d^(-3/2); 1 - o(1) is 9 of 10 runs, and "
    .. "all of fewer than 10",
  params = { d = 1000, mD = 5, mG = 5, gamma = 0.05, a0 = 0.3, eta_D = 0.002, time = 200,
    power = 1.5, case = { 1, 2 }, seeds = 4, first = 1,
    batch = 1,
    { up_to = "a <= 0", ratio = { 0.1, 1, 3, 10, 30, 100, 1000 } },
    { up_to = "T_0", ratio = { 1, 10 }, seeds = 10, tier = "quick" },
    { up_to = "a <= 0", ratio = 3, batch = 0, first = 9, seeds = 1, case = 2, eta_D = 0.004,
      time = 300, expect = "violated" },
    { up_to = "a <= 0, in the plane", d = 1000, ratio = 20, case = 1, seeds = 4,
      time = 400, expect = "violated" },
    { up_to = "a <= 0, in the plane", d = 10000, ratio = { 10, 60 }, eta_D = 0.01, time = 1500 },
    { up_to = "a <= 0", ratio = 10, seeds = 1, power = 1, time = 20, expect = "not applicable" },
    { up_to = "T_0", ratio = 10, seeds = 10, eta_D = 0.05, expect = "not applicable" },
    { up_to = "a <= 0", ratio = 1000, d = 10000, tier = "full" },
    { up_to = "a <= 0", ratio = { 1, 10, 100 }, d = 100000, time = 2000, tier = "full" },
    { up_to = "a <= 0", ratio = { 0.01, 1e4 }, tier = "full" },
    { up_to = "a <= 0", ratio = { 1, 10, 100 }, mD = 7, mG = 13, tier = "full" } },
  smoke = { case = 2, seeds = 1 },
  full = { seeds = 20 },
  broken = { "normalised" },
  check = function(c, p)
    c:assume("gamma <= 1/log d", p.gamma, "<=", 1 / math.log(p.d))
    local model = two_modes.new { d = p.d, mD = p.mD, mG = p.mG, case = p.case, gamma = p.gamma,
      a0 = p.a0, reduced = true }
    local go, none, worst = descent.new(model, settings(c, p)), 0, -1
    for seed = p.first, p.first + p.seeds - 1 do
      local cosine = purest(c, p, model, go(c.rng:split(seed)))
      worst, none = math.max(worst, cosine), none + (cosine <= MODE and 1 or 0)
    end
    if p.seeds >= 10 then
      c:rate("no G(z) is a mode at any t", none, p.seeds, ">=", 0.9)
    else
      c:conclude("no G(z) is a mode at any t: its cosine", worst, "<=", MODE)
    end
    c:note("runs without a mode", none)
    c:note("largest cosine", worst)
  end,
}
