local sd, bench = require "saddle", require "tests.bench.bench"
local B = 64
local data = {}
for _, name in ipairs { "G1", "G2", "G3", "D1", "D2", "D3", "X", "z", "e" } do
  data[name] = bench.load(name)
end

local function net(P, h)
  return P[3] * sd.leaky_relu(P[2] * sd.leaky_relu(P[1] * h, 0.2), 0.2)
end

local function adam(g, o)
  local t = o.t + 1
  local m, v = 0.5 * o.m + 0.5 * g, 0.9 * o.v + 0.1 * g % g
  local step = m / (1 - 0.5 ^ t) / (sd.sqrt(v / (1 - 0.9 ^ t)) + 1e-8)
  return 1e-4 * step, { m = m, v = v, t = t }
end

--- One step: X the data, z1 and z2 the noise of the critic's and the generator's step, e (1 x B)
-- where between data and fakes the penalty is taken.
local function update(s, X, z1, z2, e)
  local fake = net(s.G, z1)
  local between = e % X + (1 - e) % fake
  local function critic(D)
    local slope = sd.grad(function(y) return sd.sum(net(D, y)) end)(between)
    local penalty = sd.mean((sd.norm(slope, { dim = 1 }) - 1) ^ 2)
    return sd.mean(net(D, fake)) - sd.mean(net(D, X)) + 10 * penalty
  end
  local step, oD = adam(sd.grad(critic)(s.D), s.oD)
  local D = s.D - step
  local function generator(G) return -sd.mean(net(D, net(G, z2))) end
  local stepG, oG = adam(sd.grad(generator)(s.G), s.oG)
  return { D = D, oD = oD, G = s.G - stepG, oG = oG }
end

local function start(dtype)
  local function players(names)
    local P = {}
    for k, name in ipairs(names) do P[k] = data[name]:to(dtype) end
    return P, { m = sd.map(function(x) return 0 * x end, P),
      v = sd.map(function(x) return 0 * x end, P), t = 0 }
  end
  local s = {}
  s.G, s.oG = players { "G1", "G2", "G3" }
  s.D, s.oD = players { "D1", "D2", "D3" }
  return s, data.X:to(dtype)
end

local s, X = start "f64"
local once = sd.compile(function(q, z1, z2, e) return update(q, X, z1, z2, e) end)
for t = 1, bench.p.steps do
  local function cut(A, k) return A:col((k - 1) * B + 1, k * B):clone() end
  s = once(s, cut(data.z, 2 * t - 1), cut(data.z, 2 * t), cut(data.e, t))
end
local value = bench.fingerprint(s.G[1] - data.G1, s.G[2] - data.G2, s.G[3] - data.G3,
  s.D[1] - data.D1, s.D[2] - data.D2, s.D[3] - data.D3)

local f32 = { dtype = "f32" }
s, X = start "f32"
s.rng = sd.rng(1)
local plan = sd.compile(function(q)
  return update(q, X, q.rng:randn(64, B, f32), q.rng:randn(64, B, f32), q.rng:rand(1, B, f32))
end)
bench.report("saddle", value, function(n) s = plan:iterate(s, n) end, plan)
