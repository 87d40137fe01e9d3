--- scripts/overparam_gan: the generator's gradients and spectrum, the dynamics, the figure.
package.path = "scripts/overparam_gan/?.lua;" .. package.path
local sd = require "saddle"
local support = require "tests.lua.support"
local one_hidden = require "one_hidden"
local near = support.near

local m, k, q, n = 3, 7, 4, 9
local function problem(seed)
  local rng = sd.rng(seed, "overparam_gan_spec")
  local V, Z, W = rng:randn(m, k), rng:randn(q, n), rng:randn(k, q)
  return one_hidden.new(V, Z), V, Z, W, rng
end

describe("the one-hidden-layer generator", function()
  it("is V relu(W z), averaged over the latent points", function()
    local net, V, Z, W = problem(1)
    local f = net.f(W)
    for i = 1, m do
      local s = 0
      for j = 1, n do
        for l = 1, k do
          local h = 0
          for a = 1, q do h = h + W(l, a) * Z(a, j) end
          s = s + V(i, l) * math.max(h, 0) / n
        end
      end
      near(f(i), s, 1e-13) -- 63 terms of size about 3: 63 * 3 * 2^-53 and some
    end
  end)

  --- J(W)'u = (1/n) diag(V'u) Phi Z', Phi(l,i) = relu'(w_l . z_i): the gradient written by hand.
  local function by_hand(V, Z, W, u) return (V:t() * u) % (sd.ge(W * Z, 0) * Z:t()) / n end

  it("has the gradient that one writes by hand", function()
    local net, V, Z, W, rng = problem(2)
    local u = rng:randn(m, 1)
    local _, pullback = sd.vjp(net.f, W)
    near(pullback(u), by_hand(V, Z, W, u), 1e-14) -- sums of 27 terms of size about 1
  end)

  -- f is piecewise linear in W: a central difference within one piece is exact but for rounding,
  -- about 2^-53 |f| / step = 1e-16 * 10 / 1e-5. The step is far below the distance to a kink.
  it("has the gradient that finite differences give", function()
    local net, _, Z, W, rng = problem(2)
    local step, u = 1e-5, rng:randn(m, 1)
    assert(sd.min(sd.abs(W * Z)) > 10 * step * sd.max(sd.abs(Z)), "a kink is too near")
    local _, pullback = sd.vjp(net.f, W)
    local G = pullback(u)
    for l = 1, k do
      for a = 1, q do
        local E = sd.zeros(k, q):set(l, a, step)
        local difference = (net.f(W + E) - net.f(W - E)) / (2 * step)
        near(G(l, a), sd.dot(u, difference), 1e-9)
      end
    end
  end)

  it("has the singular values of its Jacobian, in closed form", function()
    local net, _, _, W = problem(3)
    local s = sd.svdvals(sd.jacobian(net.f)(W))
    near(net.singular_values(W), s, 30 * k * q * 2.3e-16 * s(1))
  end)
end)

describe("the dynamics", function()
  local function start(seed)
    local net, V, _, W, rng = problem(seed)
    local sigma = net.singular_values(W)(1)
    return net, V, W, rng:randn(m, 1), sigma
  end

  it("of descent decrease the error at every step (Theorem A.11's step)", function()
    local net, _, W, xbar, sigma = start(4)
    local last = math.huge
    for steps = 0, 60, 5 do
      local options = { eta = 1 / (3 * sigma ^ 2), steps = steps, tol = 0 }
      local _, size = one_hidden.gd(net, W, xbar, options)
      assert(size < last or size < 1e-13)
      last = size
    end
  end)

  it("of descent-ascent are descent with a residual one step old when mu = 1", function()
    local net, _, W, xbar, sigma = start(5)
    local eta = 1 / (8 * sigma ^ 2)
    local ours = one_hidden.gda(net, W, xbar, { eta = eta, mu = 1, steps = 6, tol = 0 })
    local by_hand, d = W, sd.zeros(m, 1)
    for _ = 1, 6 do
      local f, pullback = sd.vjp(net.f, by_hand)
      by_hand, d = by_hand + eta * pullback(d), xbar - f
    end
    near(ours, by_hand, 1e-13)
  end)

  it("stop at the tolerance and say after how many steps", function()
    local net, _, W = start(6)
    local xbar = net.f(W) -- already there
    for _, dynamics in ipairs { one_hidden.gd, one_hidden.gda } do
      local _, size, steps = dynamics(net, W, xbar, { eta = 1, mu = 1, steps = 10, tol = 1e-12 })
      assert.same({ 0, 0 }, { size, steps })
    end
  end)
end)

describe("saddle figure overparam_gan/fig_2", function()
  local function run(arguments)
    local store = os.tmpname()
    os.remove(store)
    local figure = store .. ".svg"
    -- the last -o counts
    local command = "%s figure overparam_gan/fig_2 --store %s.db -o %s %s 2>&1"
    local pipe = io.popen(command:format(support.saddle, store, figure, arguments))
    local text = pipe:read "a"
    local ok = pipe:close()
    local f = io.open(figure)
    local svg = f and f:read "a"
    if f then f:close() end
    os.remove(figure)
    os.remove(store .. ".db")
    os.remove(store .. ".db-locks")
    return text, ok, svg
  end

  it("falls to the floor, and to zero from k = 4m on", function()
    local text, ok, svg = run "k=4,48 m=6 d=5 n=40 seed=1..3 steps=4000 tol=1e-8"
    assert(ok, text)
    local rows = {}
    for width, gda, gd, floor in text:gmatch "\n%s*(%d+)%s+3%s+(%S+)%s+(%S+)%s+(%S+)" do
      rows[tonumber(width)] = { tonumber(gda), tonumber(gd), tonumber(floor) }
    end
    -- P(floor = 0) at k = 48 is 1 - 5e-8; the table has three digits
    for _, value in ipairs(rows[48]) do assert(value <= 1.01e-16, text) end
    local gda, gd, floor = table.unpack(rows[4])
    assert(floor > 0 and gda >= 0.99 * floor and gd >= 0.99 * floor, text)
    assert(svg:find("hidden width k", 1, true) and svg:find("GDA", 1, true))
  end)

  it("runs at the smallest sizes", function()
    local text, ok = run "k=1,2 m=1 d=1 n=1 seed=1 steps=0 tol=0"
    assert(ok and text:find("\n%s+2%s+1 .* 0%% "), text)
  end)

  it("takes the user's points, a sample a row", function()
    local path = os.tmpname() .. ".csv"
    sd.save(path, sd.matrix { { 1, 2 }, { 3, 4 }, { 5, 9 } }, { header = { "x", "y" } })
    local text, ok = run("k=32 d=4 n=20 seed=1 steps=3000 tol=1e-6 data=" .. path)
    os.remove(path)
    assert(ok, text)
    assert(text:find("\n +32 +1 [^\n]* 1.000\n"), text) -- m = 2: P(floor = 0) is 1 - 8e-9
  end)

  it("shows a generator that cannot move as it is", function()
    local text, ok = run "k=1 m=3 d=1 n=1 seed=1..6 steps=5" -- half of these have no active point
    local row = text:match "\n +1 [^\n]*" -- not the whole text: a temporary name may hold "nan"
    assert(ok and row and not row:find "nan", text)
  end)

  it("refuses what it does not know", function()
    local text, ok = run "width=5"
    assert(not ok and text:find("'width'", 1, true), text)
    for word, why in pairs {
      ["k=5,0"] = "k must be a whole number from 1, got '0'",
      ["steps=-1"] = "steps must be a whole number from 0, got '-1'",
      ["n=0"] = "n must be a whole number from 1, got '0'",
      ["mu=0"] = "mu must be a number above 0 to 1, got '0'",
      ["mu=1.5"] = "mu must be a number above 0 to 1, got '1.5'",
      ["tol=-1"] = "tol must be a number from 0, got '-1'",
    } do
      text, ok = run(word)
      assert(not ok and text:find(why, 1, true), text)
    end
    text, ok = run "-o figure.jpg"
    assert(not ok and text:find("must end in .svg", 1, true) and not text:find "floor", text)
    text, ok = run "data=/nonexistent.csv seed=1 k=5"
    assert(not ok and text:find("/nonexistent.csv: No such file", 1, true), text)
  end)
end)
