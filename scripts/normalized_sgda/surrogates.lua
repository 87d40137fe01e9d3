--- The scalars of Lemmas D.7, F.5 and F.9 of the normalised-SGDA paper (Jelassi et al., 2022) over
-- the network that they stand for: points are the reduced network of one_neuron.lua, lines the
-- scalar systems of scalar_systems.lua, started with it.
--
--   saddle figure normalized_sgda/surrogates
--   saddle figure normalized_sgda/surrogates a0=0.1 d=1e8 steps=2000000
--
-- Left, a and <w_i*, u_l>: dashed the system of Lemma D.7 from T_B1 on, with a c and a d of its
-- own; solid that of Lemma F.5 from T_B2 on. Middle, a/alpha, which goes to (2/3)^(1/2) like a
-- power of a logarithm, and 0.819. Right, beta = max <v_j, u_1 + u_2> and Lemma F.9's v, as printed
-- and corrected. Drawn is the first seed that reaches T_B3; the table has the largest relative
-- error of a and alpha from T_B2 on.
local sd = require "saddle"
local one_neuron = require "one_neuron"
local scalar_systems = require "scalar_systems"

--- The largest | x/y - 1 |.
local function off(x, y) return sd.max(sd.abs(x / y - 1)) end

local function run(p, log)
  local net = one_neuron.run { d = p.d, mD = p.m, mG = p.m, a0 = p.a0, gamma = p.gamma,
    ratio = p.ratio, eta = p.eta, steps = p.steps, every = p.every, seed = p.seed }
  if not (net.third and net.second) then return { reached = false } end
  local tau = { tau_b = net.model.lambda ^ 2 }
  local times, y0 = one_neuron.from(net, net.first)
  local D7 = scalar_systems.solve(y0, times, tau)
  local late, z0, tail = one_neuron.from(net, net.second)
  local F5 = scalar_systems.solve({ a = z0.a, c = z0.c, d = z0.c, b = z0.b }, late, tau)
  local k, start = p.ratio / p.m, net.beta(net.second)
  local v = scalar_systems.generator(start, 6 * k * F5.pull)
  local printed = scalar_systems.generator(start, 3 * k * F5.printed)
  local shift = net.second - net.first
  for n = 1, #times do
    local at, m = net.first + n - 1, n - shift
    log(net.first + n - 1, { t = net.t(at), a = net.a(at), c = net.c(at), d = net.d(at),
      beta = net.beta(at), a7 = D7.a(n), c7 = D7.c(n),
      d7 = D7.d(n), a5 = m > 0 and F5.a(m) or 0 / 0, c5 = m > 0 and F5.c(m) or 0 / 0,
      v = m > 0 and v(m) or 0 / 0, printed = m > 0 and printed(m) or 0 / 0 })
  end
  return { reached = true, D7 = math.max(off(tail(net.a), D7.a:block(1, shift + 1, 1, #late)),
    off(tail(net.c), D7.c:block(1, shift + 1, 1, #late))),
    F5 = math.max(off(tail(net.a), F5.a), off(tail(net.c), F5.c)),
    ratio_end = net.a(-1) / net.c(-1), alpha = net.c(-1), others = net.others,
    T_B2 = net.t(net.second), T_B3 = net.t(-1) }
end

local function summary(runs)
  local lines = { "seed  T_B2 eta_D  T_B3 eta_D  D.7 off by  F.5 off by  alpha  a/alpha at T_B3"
    .. "  others" }
  for _, r in ipairs(runs) do
    lines[#lines + 1] = r.reached and ("%4d %11.0f %11.0f %11.4f %11.4f %6.3f %16.4f %7.3f"):format(
      r.seed, r.T_B2, r.T_B3, r.D7, r.F5, r.alpha, r.ratio_end, r.others)
      or ("%4d  T_B3 is not reached"):format(r.seed)
  end
  return table.concat(lines, "\n")
end

local AXIS <const> = "1 + eta_D (t - T_B1)"

--- Elements of a row, as a column, at places that are even on a logarithmic axis.
local function thin(row)
  local list, k = {}, 1
  while k <= #row do
    list[#list + 1] = row(k)
    k = math.max(k + 1, k * 5 // 4)
  end
  return sd.matrix(list)
end

local function plot(runs)
  local first = runs:filter(function(r) return r.reached end)[1]
  local function curve(name)
    local _, values = first:curve(name)
    return values
  end
  local t = curve "t" - curve "t"(1) + 1
  local function dots(name, label, colour)
    return { x = thin(t), y = thin(curve(name)), style = "points", label = label,
      colour = colour }
  end
  local function line(name, label, colour, dash)
    return { x = t:t(), y = curve(name):t(), label = label, colour = colour, dash = dash }
  end
  return { columns = 3, size = { 1500, 480 }, panels = {
    { title = "the discriminator, from T_B1 to T_B3", xlabel = AXIS, xlog = true, legend = "below",
      dots("a", "a", 1), dots("c", "<w, u_1>", 2), dots("d", "<w, u_2>", 3),
      line("a7", "D.7", 1, "dashed"), line("c7", nil, 2, "dashed"), line("d7", nil, 3, "dashed"),
      line("a5", "F.5", 1), line("c5", nil, 2) },
    { title = "a / alpha", xlabel = AXIS, xlog = true, legend = "below", yrange = { 0.81, 0.835 },
      { x = thin(t), y = thin(curve "a" / curve "c"), style = "points",
        label = "network", colour = 1 },
      { x = t:t(), y = (curve "a7" / curve "c7"):t(), label = "D.7", colour = 1,
        dash = "dashed" },
      { x = t:t(), y = (curve "a5" / curve "c5"):t(), label = "F.5", colour = 1 },
      hline = { { 0.819, label = "0.819" }, { math.sqrt(2 / 3), label = "sqrt(2/3)" } } },
    { title = "the generator", xlabel = AXIS, xlog = true, ylog = true, legend = "below",
      dots("beta", "max <v, u_1 + u_2>", 1),
      line("v", "F.9, 6 a alpha^3", 1), line("printed", "F.9, as printed", 1, "dashed") } } }
end

return sd.experiment {
  name = "normalized_sgda.surrogates",
  text = "the scalars that stand for the network in the proof of Theorem 4.1, over the network",
  params = {
    d = sd.param(1e6, "dimension", { from = 100 }),
    m = sd.param(5, "neurons of each player", { from = 1 }),
    a0 = sd.param(0.3, "a at the start", { above = 0 }),
    gamma = sd.param(0.05, "the probability of both modes", { from = 0, below = 1 }),
    ratio = sd.param(30.0, "eta_G/eta_D", { above = 0 }),
    eta = sd.param(0.05, "eta_D", { above = 0 }),
    steps = sd.param(200000, "steps at most", { from = 1 }),
    every = sd.param(100, "steps between points", { from = 1 }),
  },
  sweep = { seed = sd.seeds(8) },
  quick = { seed = sd.seeds(3) },
  run = run, summary = summary, plot = plot,
}
