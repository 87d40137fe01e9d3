--- The reduced network of two_modes.lua in stages 2 and 3 of the proof of Theorem 4.1 of the
-- normalised-SGDA paper (Jelassi et al., 2022), where one neuron i* of the discriminator has both
-- modes and the generator is still small. Descent-ascent on the population gradient, so that what
-- the scalars of scalar_systems.lua leave out is not hidden by noise.
--
--   T_B1   first time that some <w_i, u_l> >= 1 (the paper: 1/polylog d)
--   T_B2   log^2 d/eta_D after it (the paper: 2^sqrt(log d)/eta_D)
--   T_B3   first time that some <v_j, u_l> >= d^-0.49
local sd = require "saddle"
local two_modes = require "two_modes"

local one_neuron = {}

--- The neuron that has the largest <w_i, u_l>, and the largest of the others: from the two columns
-- of W U (mD x 2), one above the other.
local function leader(C, mD)
  local best, i = -math.huge, nil
  for k = 1, 2 * mD do if C(k) > best then best, i = C(k), (k - 1) % mD + 1 end end
  local others = -math.huge
  for k = 1, 2 * mD do if (k - 1) % mD + 1 ~= i then others = math.max(others, C(k)) end end
  return i, others
end

--- The first time at which the row is at least `level`, as an index; nil if there is none.
local function first(row, level)
  for k = 1, #row do if row(k) >= level then return k end end
end

--- one_neuron.run{d=, mD=, mG=, a0=, gamma=, ratio= (eta_G/eta_D), eta=, steps=, every=, seed=}
-- -> rows over the recorded times up to T_B3: t (in units of eta_D t), a, b (what f adds: lambda
-- b), c, d (<w_i*, u_1> and <w_i*, u_2>), beta (max <v_j, u_1 + u_2>), meet (max <v_j,
-- w_i*>), square (|w_i*|^2); and model, others (of
-- leader), and the indices first, second and third of T_B1, T_B2 and T_B3, nil where a time was not
-- reached.
function one_neuron.run(o)
  local model = two_modes.new { d = o.d, mD = o.mD, mG = o.mG, a0 = o.a0, gamma = o.gamma,
    reduced = true }
  local gda = model:gda({ D = sd.optim.sgd { lr = o.eta },
    G = sd.optim.sgd { lr = o.eta * o.ratio } }, model:population())
  local both, threshold = sd.sum(model.U, { dim = 2 }):t(), o.d ^ -0.49
  local rng = sd.rng(o.seed, "normalized_sgda.one_neuron")
  local _, h = sd.compile(gda.step):iterate(gda.init(model:init(rng), rng), o.steps, {
    every = o.every,
    record = function(s)
      return { a = s.p.D.a, b = s.p.D.b, C = (s.p.D.W * model.U):reshape(2 * o.mD, 1),
        beta = sd.max(both * s.p.G.V), meet = sd.max(s.p.D.W * s.p.G.V, { dim = 2 }),
        square = sd.norm(s.p.D.W, { dim = 2 }) ^ 2 }
    end,
    stop = function(s) return sd.ge(sd.max(model.U:t() * s.p.G.V), threshold) end,
  })
  local i, others = leader(h.C:col(-1), o.mD)
  local run = { model = model, others = others, t = h.t * o.eta, a = h.a, b = h.b * model.lambda,
    c = h.C:row(i), d = h.C:row(o.mD + i), square = h.square:row(i), beta = h.beta,
    meet = h.meet:row(i), third = h.status == "stopped" and #h.t or nil }
  run.first = first(sd.max(h.C, { dim = 1 }), 1)
  run.second = run.first and first(run.t, run.t(run.first) + math.log(o.d) ^ 2)
  return run
end

--- one_neuron.from(run, k) -> the times from index k on, counted from there; the scalars that
-- start as the network is at k; and a function that gives a row from k on.
function one_neuron.from(run, k)
  local count = #run.t - k + 1
  local function tail(row) return row:block(1, k, 1, count) end
  return tail(run.t) - run.t(k), { a = run.a(k), c = run.c(k), d = run.d(k), b = run.b(k) }, tail
end

return one_neuron
