--- scripts/overparam_gan: the cone and its probability, widths, the practical GAN, Figures 9, 3 and
-- the transition as commands.
package.path = "scripts/overparam_gan/?.lua;" .. package.path
local sd = require "saddle"
local support = require "tests.lua.support"
local cone = require "cone"
local one_hidden = require "one_hidden"
local wgan_gp = require "wgan_gp"
local widths = require "widths"
local near = support.near

describe("the cone", function()
  it("has its distance in the plane, in closed form", function()
    local V = sd.matrix { { 1, 0 }, { 0, 1 } } -- the first quadrant
    assert.equal(0, cone.distance(V, sd.matrix { 2, 3 }))
    near(cone.distance(V, sd.matrix { 2, -3 }), 3, 1e-14)
    near(cone.distance(V, sd.matrix { -3, -4 }), 5, 1e-14)
    near(cone.distance(sd.matrix { 1, 1 }, sd.matrix { 1, 0 }), math.sqrt(0.5), 1e-14)
  end)

  it("holds a point as often as coins say", function()
    -- all 2^k ways that k coins fall
    for k = 1, 8 do
      for m = 1, 9 do
        local many = 0
        for coins = 0, 2 ^ k - 1 do
          local heads, rest = 0, coins // 1
          while rest > 0 do heads, rest = heads + rest % 2, rest // 2 end
          if heads >= m then many = many + 1 end
        end
        near(cone.probability(k, m), many / 2 ^ k, 1e-13)
      end
    end
    for m = 1, 40 do near(cone.probability(2 * m - 1, m), 0.5, 1e-12) end -- by symmetry
  end)
end)

describe("widths", function()
  it("give a net the units of a narrower one first", function()
    local V, Z, W = widths.draw(sd.rng(1), 3, { k = 5, d = 2, n = 4 })
    local V2, Z2, W2 = widths.draw(sd.rng(1), 3, { k = 9, d = 2, n = 4 })
    assert(V2:col(1, 5) == V and Z2 == Z and W2:row(1, 5) == W and W2.rows == 9)
  end)

  it("take the steps of Theorems A.4 and A.11", function()
    local V, Z, W = widths.draw(sd.rng(2), 3, { k = 7, d = 4, n = 9 })
    local net, xbar = one_hidden.new(V, Z), sd.rng(3):randn(3, 1)
    local s = sd.svdvals(sd.jacobian(net.f)(W))(1)
    local _, gda = one_hidden.gda(net, W, xbar,
      { eta = 0.5 / (8 * s ^ 2), mu = 0.5, steps = 20, tol = 0 })
    local _, gd = one_hidden.gd(net, W, xbar, { eta = 1 / (3 * s ^ 2), steps = 20, tol = 0 })
    -- sigma_max has two closed forms, which differ by rounding; 20 contracting steps
    near(widths.gda(net, W, xbar, { mu = 0.5, steps = 20, tol = 0 }), gda, 1e-11)
    near(widths.gd(net, W, xbar, { steps = 20, tol = 0 }), gd, 1e-11)
    assert(math.abs(gda - gd) > 1e-3) -- so that the two cannot stand for each other
  end)
end)

describe("the practical GAN", function()
  local m, k, latent, batch = 3, 4, 2, 5
  local rng = sd.rng(4)
  local gan = wgan_gp.new(rng:randn(m, 20),
    { k = k, latent = latent, batch = batch, lr = 1e-3, last = "tanh" })
  local start = gan.init(sd.rng(5))

  --- A network of three layers with leaky ReLUs (slope 0.01), sample by sample, in f64.
  local function forward(layers, x, last)
    for l, layer in ipairs(layers) do
      local y = {}
      for i = 1, layer.W.rows do
        local s = layer.b(i)
        for j = 1, layer.W.cols do s = s + layer.W(i, j) * x[j] end
        y[i] = l < #layers and math.max(s, 0.01 * s) or s
      end
      x = y
    end
    if last then
      for i, v in ipairs(x) do x[i] = (1 - math.exp(-2 * v)) / (1 + math.exp(-2 * v)) end
    end
    return x
  end

  it("plays the losses of WGAN-GP", function()
    local x, z, u = rng:randn(m, batch), rng:randn(latent, batch), rng:rand(1, batch)
    local h = 1e-6
    local D, G = 0, 0
    for j = 1, batch do
      local noise, real, between = {}, {}, {}
      for i = 1, latent do noise[i] = z(i, j) end
      local fake = forward(start.p.G, noise, true)
      for i = 1, m do
        real[i] = x(i, j)
        between[i] = u(j) * real[i] + (1 - u(j)) * fake[i]
      end
      local slope = 0
      for i = 1, m do -- the critic is piecewise linear: exact within a piece
        local middle = between[i]
        between[i] = middle + h
        local above = forward(start.p.D, between)[1]
        between[i] = middle - h
        slope = slope + ((above - forward(start.p.D, between)[1]) / (2 * h)) ^ 2
        between[i] = middle
      end
      local score = forward(start.p.D, fake)[1]
      D = D + (10 * (math.sqrt(slope) - 1) ^ 2 - forward(start.p.D, real)[1] + score) / batch
      G = G - score / batch
    end
    local value = gan.game:value(start.p, x:to "f32", z:to "f32", u:to "f32")
    -- f32 chains of some 50 operations on numbers of size 1, ten times for the penalty's weight
    near(value.D, D, 50 * 20 * 2 ^ -24 * 10)
    near(value.G, G, 50 * 2 ^ -24 * 10)
  end)

  it("has 5 steps of the critic for one of the generator, and Adam's 0.5 and 0.999", function()
    local s = sd.compile(gan.dynamics.step):iterate(start, 3)
    local function weight(o) return o.m_weight, o.v_weight end
    local md, vd = weight(s.o.D)
    local mg, vg = weight(s.o.G)
    near(md, 1 - 0.5 ^ 15, 1e-6)
    near(vd, 1 - 0.999 ^ 15, 1e-6)
    near(mg, 1 - 0.5 ^ 3, 1e-6)
    near(vg, 1 - 0.999 ^ 3, 1e-6)
  end)

  it("is measured from 0 at the law itself to 1 at its mean", function()
    local P = sd.rng(6):randn(4, 500)
    near(wgan_gp.distance(P, P), 0, 1e-12)
    local mean = sd.mean(P, { dim = 2 })
    near(wgan_gp.distance(P, mean + sd.zeros(4, 3)), 1, 1e-12)
    local F = wgan_gp.features(sd.zeros(5, 2))
    assert(F.rows == 64 and F:col(1) == F:col(2) and sd.min(F) == 0)
    assert(wgan_gp.features(P) == wgan_gp.features(P)) -- the same features for all
  end)
end)

--- A figure as a command: its text, whether it went well, the picture.
local function figure(name, arguments)
  local store = os.tmpname()
  os.remove(store)
  local picture = store .. ".svg"
  local command = "%s figure overparam_gan/%s --store %s.db -o %s %s 2>&1"
  local pipe = io.popen(command:format(support.saddle, name, store, picture, arguments))
  local text = pipe:read "a"
  local ok = pipe:close()
  local f = io.open(picture)
  local svg = f and f:read "a" or ""
  if f then f:close() end
  os.remove(picture)
  os.remove(store .. ".db")
  os.remove(store .. ".db-locks")
  return text, ok, svg
end

describe("saddle figure", function()
  it("draws Figure 9, zero at width 24", function()
    -- P(floor = 0) is 1 - 1.5e-6 a seed
    local text, ok, svg = figure("fig_9", "k=1,24 n=40 d=5 seed=1..3 steps=2000 tol=1e-8")
    assert(ok and text:find "\n +24 +3 [^\n]* 100%% +100%%", text)
    assert(svg:find("hidden width k", 1, true))
  end)

  it("draws the transition, with its own law inside the intervals", function()
    local text, ok, svg = figure("fig_transition", "m=2 ratio=0.5,2,20 trials=100 runs=2")
    assert(ok and not text:find "!", text)
    assert(text:find("1    0.000   [0.000, ", 1, true) and text:find "\n +2 +40 +1%.000", text)
    assert(svg:find("m = 2", 1, true))
  end)

  it("draws Figure 3 from a file of images, and of its own data", function()
    local path = os.tmpname() .. ".idx"
    local pixels = {}
    for k = 1, 130 * 16 do pixels[k] = string.char(k * 37 % 256) end
    local f = assert(io.open(path, "wb"))
    f:write("\0\0\8\3", string.pack(">I4I4I4", 130, 4, 4), table.concat(pixels))
    f:close()
    local small = " k=2,3 latent=2 batch=4 steps=3 seed=1 n="
    local text, ok, svg = figure("fig_3", "data=" .. path .. small .. 65)
    assert(ok and svg:find("generated at k = 3", 1, true), text)
    text, ok = figure("fig_3", "data=" .. path .. small .. 66)
    assert(not ok and text:find("2 failed", 1, true), text)
    local fig_3 = dofile "scripts/overparam_gan/fig_3.lua"
    local _, why = pcall(fig_3.run, fig_3, { data = path, n = 66, k = 2 })
    os.remove(path)
    assert(why:find("has 130 samples; n=66 needs twice as many", 1, true), why)
    text, ok, svg = figure("fig_3", "data=mixture" .. small .. 64)
    assert(ok and text:find("modes %d", 1) and not svg:find("generated at", 1, true), text)
  end)
end)
