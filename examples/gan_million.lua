-- A whole GAN in a loop without Lua: sampling, both players' gradients, both optimisers. Each step
-- sees one point; a linear generator meets a discriminator whose cubic bends into a line. Does the
-- generator find both directions that the data have?  gan_million.lua steps=1000000 d=1000
local sd = require "saddle"
local p = sd.args(arg, { { "steps", 20000, "steps", whole = true, from = 1 },
  { "d", 100, "dimension of the data", whole = true, from = 2 } })
local m, bend, tau = 5, p.d ^ 0.2, p.d ^ -0.5
local atoms = sd.hcat(sd.eye(p.d, 2), sd.eye(p.d, 2) * sd.ones(2, 1)) -- u1, u2, and rarely u1 + u2
local function f(D, x) -- the logit of a column; z^3 where |z| <= bend, its tangents beyond
  local z = D.W * x
  local c = sd.clamp(z, -bend, bend)
  return D.a * sd.sum(3 * c ^ 2 % z - 2 * c ^ 3) + tau * D.b
end
local game = sd.game { min = "G", max = "D",
  sample = function(rng) return atoms:col(rng:categorical { .475, .475, .05 }), rng:randint(m) end,
  objective = function(q, x, j) -- the latent is one-hot: G z is a column of G
    return sd.log_sigmoid(f(q.D, x)) + sd.log_sigmoid(-f(q.D, q.G:col(j)))
  end }
local gda = sd.dynamics.gda(game, { optim = { D = sd.optim.normalized { lr = 5e-3 },
  G = sd.optim.normalized { lr = 1.5e-3 } } })
local rng = sd.rng(1)
local s0 = gda.init({ G = rng:randn(p.d, m) / p.d,
  D = { a = 0.3, b = 0, W = rng:randn(m, p.d) / p.d ^ 0.5 } }, rng)
local plan, start = sd.compile(gda.step), os.clock()
local s, h = plan:iterate(s0, p.steps)
print(("%s, %d steps, %.2f us a step"):format(h.status, h.n, (os.clock() - start) / h.n * 1e6))
local c = io.popen(("build/bench/nsgda/by_hand d=%d m=%d 2>/dev/null"):format(p.d, m)):read "a"
print("written by hand in C: " .. (c ~= "" and c or "make bench builds it\n"))
print("cosines of the generator's columns with u1 and u2:",
  s.p.G:block(1, 1, 2, m) / sd.norm(s.p.G, { dim = 1 }))
