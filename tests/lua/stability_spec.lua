--- sd.stability: closed forms against eigenvalues and products, transients, linear runs, maps.
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises
local stability = sd.stability
local EPS <const> = 2.0 ^ -52

--- The product of t factors C.
local function product(C, t)
  local P = sd.eye(C.rows)
  for _ = 1, t do P = P * C end
  return P
end

--- Asserts that the eigenvalues r.re + i r.im are those that LAPACK finds of r.A: of each the
-- nearest that is left. Both are off by at most what stability.step says, 4 n eps |A| times the
-- condition.
local function is_spectrum_of(r)
  local found, used = stability.step(r.A), {}
  assert.equal(r.A.rows, #r.re)
  for i = 1, #r.re do
    local best, at = math.huge, nil
    for k = 1, #found.re do
      local d = sd.norm(sd.matrix { r.re(i) - found.re(k), r.im(i) - found.im(k) })
      if not used[k] and d < best then best, at = d, k end
    end
    used[at] = true
    assert(best <= 2 * found.error(at), ("off by %g, error %g"):format(best, found.error(at)))
  end
  near(r.radius, found.radius, 2 * found.error(1))
end

describe("stability.step", function()
  it("covers with its errors what rounding does, and not much more", function()
    -- P L P^-1 with unit triangular P and P^-1 of whole numbers: exact, eigenvalues k/8
    local n, P, Q = 6, sd.eye(6), sd.eye(6)
    for i = 2, n do
      for j = 1, i - 1 do P:set(i, j, 1) end
      Q:set(i, i - 1, -1)
    end
    local L = {}
    for k = 1, n do L[k] = k / 8 end
    local A = P:t() * P * sd.diag(sd.matrix(L)) * Q * Q:t()
    local r = stability.step(A)
    for k = 1, n do
      assert(math.abs(r.re(k) - (n + 1 - k) / 8) <= r.error(k))
      assert(r.im(k) == 0 and r.error(k) < 1e-11)
    end
    assert.equal("stable", r.verdict)
    near(r.margin, 0.25, r.error(1))
    assert(r.condition > 10)
  end)

  it("says stable, unstable or marginal", function()
    assert.equal("stable", stability.step(0.5 * sd.eye(2)).verdict)
    assert.equal("unstable", stability.step(sd.diag(sd.matrix { 0.5, -1.001 })).verdict)
    assert.equal("marginal", stability.step(sd.eye(3)).verdict)
    assert.equal("marginal", stability.step(sd.matrix { { 1, 1 }, { 0, 1 } }).verdict)
    assert.equal("marginal", stability.step(sd.matrix { { 0, 1 }, { -1, 0 } }).verdict)
    -- eps^(1/3) n |A| = 6e-6 * 10 is what a block of three may hide, 1e-3 is beyond
    local block = sd.matrix { { 1, 1, 0 }, { 0, 1, 1 }, { 0, 0, 1 } }
    assert.equal("marginal", stability.step(block * (1 - 1e-9)).verdict)
    assert.equal("stable", stability.step(block * (1 - 1e-3)).verdict)
  end)

  it("is not misled by scales: slots may be of any size beside parameters", function()
    local S = sd.matrix { { 0.5, 0.2, 0 }, { 0.1, 0.3, 0.1 }, { 0.3, 0, 0.2 } }
    local d = sd.matrix { 1, 2.0 ^ 40, 2.0 ^ -30 } -- exact, both ways
    local plain, scaled = stability.step(S), stability.step(S % d / d:t())
    for i = 1, 3 do
      assert(scaled.error(i) <= 4 * plain.error(i)) -- balanced to a factor 2 a side
      near(scaled.re(i), plain.re(i), scaled.error(i) + plain.error(i))
    end
    assert(scaled.condition > 1e15 and plain.condition < 100)
  end)

  it("orders by modulus and gives the period of the leading eigenvalue", function()
    local quarter = sd.matrix { { 0, 1, 0 }, { -1, 0, 0 }, { 0, 0, 0.5 } }
    local r = stability.step(quarter)
    near(r.period, 4, 1e-14)
    assert(r.im(1) > 0 and r.im(2) < 0 and r.re(3) == 0.5)
    assert.equal(math.huge, stability.step(sd.eye(2)).period)
    near(stability.step(-sd.eye(2)).period, 2, 0)
    near(stability.radius(3 * quarter), 3, 12 * EPS)
  end)

  it("allows f32 its own rounding", function()
    local r = stability.step((sd.eye(2) * (1 - 1e-7)):to "f32")
    assert.equal("marginal", r.verdict)
  end)

  it("refuses what has no eigenvalues", function()
    raises("stability.step: needs a square matrix, got 2x3", stability.step, sd.ones(2, 3))
    raises("stability.step: needs a square matrix, got 0x0", stability.step, sd.zeros(0, 0))
    raises("stability.step: needs a square matrix, got 3", stability.step, 3)
    raises("stability.radius: the matrix has NaN or infinite elements", stability.radius,
      sd.matrix { { 0 / 0 } })
    raises("a trace have no value yet", sd.grad(function(A) return stability.radius(A) end),
      sd.eye(2))
  end)
end)

describe("stability.mode", function()
  it("has the eigenvalues of its step matrix, for all dynamics", function()
    local rng = sd.rng(5)
    for _ = 1, 5 do
      local a, c, s = rng:randn(), rng:randn(), rng:randn()
      local eta, mu, extra = rng:rand(), rng:rand(), rng:rand()
      for _, o in ipairs { { dynamics = "simultaneous" }, { momentum = extra },
        { dynamics = "alternating" }, { dynamics = "alternating", k = 7 },
        { dynamics = "extragradient" }, { dynamics = "optimistic" },
        { dynamics = "consensus", gamma = extra } } do
        o.a, o.c, o.s, o.eta, o.mu = a, c, s, eta, mu
        is_spectrum_of(stability.mode(o))
      end
    end
  end)

  -- each is a few operations on numbers about 1
  it("has what is known of the bilinear game", function()
    local h = 0.3
    local function radius(o)
      o.eta, o.s = h, 1
      return stability.mode(o).radius
    end
    near(radius {}, math.sqrt(1 + h ^ 2), 4 * EPS)
    near(radius { dynamics = "alternating" }, 1, 4 * EPS)
    near(radius { dynamics = "extragradient" }, math.sqrt(1 - h ^ 2 + h ^ 4), 4 * EPS)
    near(radius { dynamics = "consensus", gamma = 2 }, math.sqrt((1 - 2 * h) ^ 2 + h ^ 2), 4 * EPS)
    assert(radius { dynamics = "optimistic" } < 1)
    near(stability.mode { eta = 1 / math.sqrt(3), s = 1, dynamics = "optimistic" }.radius, 1,
      16 * EPS)
    local field = stability.mode { eta = h, s = 2, a = 1, c = 1 }.field
    near(field.re, sd.matrix { 1, 1 }, 0)
    near(field.im, sd.matrix { 2, -2 }, 0)
  end)

  it("takes mu for eta where it is not given", function()
    assert(stability.mode { eta = 0.1, s = 1 }.A == stability.mode { eta = 0.1, mu = 0.1, s = 1 }.A)
  end)

  it("refuses", function()
    local mode = stability.mode
    raises("stability.mode: option 'eta' must be a finite number from 0, got nil", mode, { s = 1 })
    raises("stability.mode: option 's' must be a finite number, got NaN",
      mode, { eta = 1, s = 0 / 0 })
    raises("stability.mode: unknown option 'gama' (did you mean 'gamma'?)", mode, { gama = 1 })
    raises("stability.mode: option 'dynamics' must be 'alternating', 'consensus', 'extragradient', "
      .. "'optimistic' or 'simultaneous', got the string \"gda\"", mode,
      { eta = 1, s = 1, dynamics = "gda" })
    raises([[option 'k' is for dynamics = "alternating", these are "simultaneous"]], mode,
      { eta = 1, s = 1, k = 2 })
    raises("stability.mode: option 'k' must be a whole number from 1, got 1.5", mode,
      { eta = 1, s = 1, k = 1.5, dynamics = "alternating" })
    raises("stability.mode: needs a table, got 3", mode, 3)
    raises("stability: the eigenvalues overflow", mode, { eta = 1e300, s = 1e300 })
    raises("stability: no function 'mods' (did you mean 'mode'?)",
      function() return stability.mods end)
    raises("option 'gamma' must be a finite number from 0, got nil", mode,
      { eta = 1, s = 1, dynamics = "consensus" })
  end)
end)

-- Square roots of few operations on numbers below 1: 8 eps. Where they meet, the root of eps.
describe("stability.dirac", function()
  local function field(o)
    o.eta = 0.1
    return stability.dirac(o).field
  end

  it("has the spectra of DiracGAN: plain, penalised, with noise", function()
    local plain = field {}
    assert(plain.re == sd.zeros(2, 1) and plain.im == sd.matrix { 0.5, -0.5 })
    for _, gamma in ipairs { 0.3, 1.0, 1.7 } do
      local f, square = field { penalty = gamma }, gamma ^ 2 / 4 - 0.25
      local root = math.sqrt(math.abs(square))
      if square < 0 then
        near(f.re, sd.matrix { gamma / 2, gamma / 2 }, 8 * EPS)
        near(f.im, sd.matrix { root, -root }, 8 * EPS)
      else
        near(f.re, sd.matrix { gamma / 2 - root, gamma / 2 + root }, 8 * EPS)
        assert(f.im == sd.zeros(2, 1))
      end
    end
    local noisy = field { noise = 0.8 } -- f'' v -+ sqrt((f'' v)^2 - f'^2), with the other sign
    local middle = 0.25 * 0.64
    near(noisy.re, sd.matrix { middle, middle }, 8 * EPS)
    near(noisy.im(1), math.sqrt(0.25 - middle ^ 2), 8 * EPS)
  end)

  it("turns in turn, on the circle up to alpha = 2", function()
    for _, k in ipairs { 1, 4 } do
      for _, h in ipairs { 0.3, 1.5 } do
        local alpha = math.sqrt(k) * h / 2
        local r = stability.dirac { eta = h, dynamics = "alternating", k = k }
        near(r.radius, 1, 8 * EPS)
        near(r.re(1), 1 - alpha ^ 2 / 2, 8 * EPS)
      end
    end
    assert(stability.dirac { eta = 4.2, dynamics = "alternating" }.radius > 1)
  end)

  it("is damped by consensus at the rate gamma f'^2", function()
    local r = stability.dirac { eta = 0.1, dynamics = "consensus", gamma = 3 }
    near(r.re, sd.matrix { 1 - 0.075, 1 - 0.075 }, 4 * EPS)
    near(r.im, sd.matrix { 0.05, -0.05 }, 4 * EPS)
  end)

  it("refuses a negative noise", function()
    raises("stability.dirac: option 'noise' must be a finite number from 0, got -1",
      stability.dirac, { eta = 1, noise = -1 })
  end)
end)

describe("stability.bilinear", function()
  it("agrees in stability with the eigenvalues, on 20000 points", function()
    -- By Elsner's bound an eigenvalue of a 2x2 matrix is known to sqrt(2 |C| 8 eps |C|) = 4 |C|
    -- sqrt(eps) whatever its condition; points nearer to the circle are left out. The radius has
    -- slopes of order 1 there: of 20000 points in an area of 9 some 1e-2 are expected in the band.
    local points = sd.rng(11):rand(2, 20000)
    for _, name in ipairs { "simultaneous", "alternating" } do
      local counts = { [true] = 0, [false] = 0, out = 0 }
      for i = 1, points.cols do
        local r = stability.bilinear { eta = 3 * points(1, i), mu = 3 * points(2, i), s = 1,
          dynamics = name }
        local radius, size = stability.radius(r.A), sd.norm(r.A)
        if math.abs(radius - 1) <= 4 * size * math.sqrt(EPS) then
          counts.out = counts.out + 1
        else
          assert((radius < 1) == r.stable)
          counts[r.stable] = counts[r.stable] + 1
        end
      end
      assert(counts.out <= 1 and counts[true] > 2000 and counts[false] > 2000)
    end
  end)

  it("has the eigenvalues 1 - mu/2 +- sqrt(mu^2/4 - mu eta s), and those of k steps", function()
    local rng = sd.rng(12)
    for _ = 1, 20 do
      local o = { eta = rng:rand(), mu = 2 * rng:rand(), s = rng:rand() }
      local r = stability.bilinear(o)
      local square = o.mu ^ 2 / 4 - o.mu * o.eta * o.s
      -- the modulus is 1 - mu/2 plus or minus a root, or the root of the determinant
      near(r.radius, square < 0 and math.sqrt(1 - o.mu + o.mu * o.eta * o.s)
        or math.abs(1 - o.mu / 2) + math.sqrt(square), 8 * math.sqrt(EPS))
      is_spectrum_of(r)
      o.dynamics, o.k = "alternating", 3
      is_spectrum_of(stability.bilinear(o))
    end
  end)

  it("is what mode is, in the coordinates of the residual", function()
    for _, name in ipairs { "simultaneous", "alternating" } do
      local one = stability.bilinear { eta = 0.2, mu = 0.7, s = 2.25, dynamics = name }
      local two = stability.mode { eta = 0.2, mu = 0.7, s = 1.5, c = 1, dynamics = name }
      near(one.re, two.re, 8 * EPS)
      near(one.im, two.im, 8 * EPS)
    end
  end)

  it("is gradient descent when d is the best answer", function()
    for _, o in ipairs { { mu = 1, k = 1 }, { mu = 0.5, k = 80 } } do -- 2^-80 is left
      local r = stability.bilinear { eta = 0.3, s = 1, mu = o.mu, k = o.k,
        dynamics = "alternating" }
      near(r.re, sd.matrix { 0.7, 0 }, 2 * EPS)
    end
  end)

  it("is stable up to largest_mu", function()
    for _, name in ipairs { "simultaneous", "alternating" } do
      for _, x in ipairs { 0.01, 0.5, 0.99 } do
        local mu = stability.largest_mu(x, name)
        local function stable(m)
          return stability.bilinear { eta = x, s = 1, mu = m, dynamics = name }.stable
        end
        assert(stable(mu * (1 - 1e-12)) and not stable(mu * (1 + 1e-12)))
      end
    end
    assert.equal(0, stability.largest_mu(1))
    assert.is_false(stability.bilinear { eta = 1, mu = 1e-3, s = 1 }.stable)
    assert.is_false(stability.bilinear { eta = 0.1, mu = 3, s = 1, dynamics = "alternating",
      k = 2 }.stable)
    raises("stability.largest_mu: x must be a positive number, got 0",
      stability.largest_mu, 0)
  end)

  it("knows kappa: the condition of the eigenvectors, and gamma, its largest", function()
    for _, a in ipairs { 0, 1 / 16, 1 / 8, 0.24 } do
      local q = math.sqrt(1 - 4 * a)
      local V = sd.matrix { { (1 + q) / 2, (1 - q) / 2 }, { 1, 1 } }
      near(stability.kappa(a), sd.cond(V), 64 * EPS * stability.kappa(a))
    end
    local largest, bound = stability.gamma { eta = 0.1, mu = 0.8, s = sd.matrix { 1, 0.5, 0.25 } }
    near(largest, 3.6123, 5e-5) -- at eta s / mu = 1/8
    near(bound, 3 / math.sqrt(0.5), 8 * EPS)
    assert(largest < bound and bound < 5)
    raises("stability.kappa: a = eta s / mu must be in 0 <= a < 1/4", stability.kappa, 0.25)
    raises("stability.gamma: s[2] must be a finite number from 0, got -1", stability.gamma,
      { eta = 1, mu = 8, s = { 1, -1 } })
  end)
end)

describe("stability.power", function()
  it("is the product, whatever the eigenvalues", function()
    local cases = { { { 1, -0.25 }, { 1, 0 } }, { { 0.9, -0.3 }, { 0.5, 0.2 } },
      { { 1, -0.25 - 1e-12 }, { 1, 0 } }, { { 1, -0.25 + 1e-12 }, { 1, 0 } },
      { { 0, 1 }, { 0, 0 } }, { { -0.5, 0.2 }, { 0.1, -0.6 } }, { { 0, 1 }, { 1, 0 } },
      { { 0.5, 0 }, { 0, 0.5 } }, { { 0.5, 7 }, { 0, 0.25 } }, { { 0, 0 }, { 0, 0 } } }
    for _, rows in ipairs(cases) do
      local C = sd.matrix(rows)
      for _, t in ipairs { 0, 1, 2, 7, 40 } do
        local P = product(C, t)
        -- t products of 2x2 matrices, and a formula whose terms are t |C| as large as the power of
        -- the radius at most; 2 t eps of each
        local size = math.max(1, sd.norm(C)) * (t + 1)
        near(stability.power(C, t), P, 8 * (t + 1) * EPS * size)
      end
    end
  end)

  it("reaches t at which products are hopeless", function()
    local P = stability.power(stability.bilinear { eta = 1e-3, mu = 1, s = 1 }.A, 1e4)
    -- the other eigenvalue's power vanishes: P = l^t v w' with trace l^t, w'v = 1
    local l = (1 + math.sqrt(1 - 4e-3)) / 2
    near(sd.trace(P), l ^ 1e4, 1e5 * EPS * l ^ 1e4)
  end)

  it("refuses", function()
    raises("stability.power: needs a 2x2 matrix, got 3x3", stability.power, sd.eye(3), 2)
    raises("stability.power: t must be a whole number from 0, got -1", stability.power, sd.eye(2),
      -1)
    raises("the power 5000 overflows: the spectral radius is 2", stability.power, 2 * sd.eye(2),
      5000)
  end)
end)
