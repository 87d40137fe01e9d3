--- scripts/overparam_gan: what the modules beside the claims on the random Jacobian compute: its
-- tails, which neurons can flip, the constants of the proofs.
package.path = "scripts/overparam_gan/?.lua;" .. package.path
local sd = require "saddle"
local support = require "tests.lua.support"
local flips = require "flips"
local proof = require "proof_chain"
local random = require "random_jacobian"
local near = support.near

describe("the tails of D^2", function()
  -- D^2 of two points: none, one or both active. E D^2 = (2 d/4) + (2 d + 2 (2/pi))/4, for the
  -- points that are active are independent and have the mean sqrt(2/pi) along w, 0 across it.
  it("have the mean that two points have by hand", function()
    for d = 1, 4 do
      local both, across, along = random.mean_square(d, 2)
      near(both, 2 * d / 4 + (2 * d + 4 / math.pi) / 4, 1e-14)
      near(across + along, both, 1e-14)
    end
  end)

  it("bound the law of one point, which is chi-square or 0", function()
    -- n = 1: D^2 is 0 or a chi-square of d, with a probability of one half each; E D^2 = d/2
    for _, d in ipairs { 2, 30, 300 } do
      near(random.mean_square(d, 1), d / 2, 1e-13)
      for _, delta in ipairs { 0.25, 1, 1.5 } do
        local above = sd.gammainc(d / 2, (1 + delta) * d / 4, { upper = true }) / 2
        assert(random.above(d, 1, delta) >= above)
        local t = math.max(0, (1 - delta) * d / 4)
        assert(random.below(d, 1, delta) >= 1 / 2 + sd.gammainc(d / 2, t) / 2 - 1e-12)
      end
    end
  end)

  it("bound the part along w, whose law is known to be near normal", function()
    -- d = 1: D = sum relu(g). With n = 400 the mean of the sum is 160 and its deviation 11.7: the
    -- probability beyond 4 deviations is some 1e-4, which a bound that is too small would miss
    local n = 400
    local mean, deviation = n / math.sqrt(2 * math.pi), math.sqrt(n * (1 / 2 - 1 / (2 * math.pi)))
    local square = random.mean_square(1, n)
    for _, z in ipairs { 1, 2, 4 } do
      local up = (mean + z * deviation) ^ 2 / square - 1
      local down = 1 - (mean - z * deviation) ^ 2 / square
      assert(random.above(1, n, up) >= 1 - sd.normcdf(z), z)
      assert(random.below(1, n, down) >= sd.normcdf(-z), z)
    end
  end)

  it("become small, and those of the lemmas certain", function()
    local p = { m = 2, k = 600, d = 3000, n = 3000, sigma_v = 2, sigma_z = 3 }
    local bound, probability = random.smallest(p, 0.5, 8)
    near(bound, (math.sqrt(600 - 9) / 2 - math.sqrt(2) * 9 * 1.5) * random.scale(p), 1e-9)
    assert(probability > 0.99 and probability < 1, probability)
    bound, probability = random.largest(p, 0.5)
    near(bound, 1.5 * (math.sqrt(600) + 2 * math.sqrt(2)) * random.scale(p), 1e-9)
    near(probability, 1 - math.exp(-1), 1e-9)
    near(random.scale(p), 6 * math.sqrt((3000 + 2999 / math.pi) / 6000), 1e-12)
  end)

  it("refuse what they are not for", function()
    assert.has_error(function() random.above(5, 5, 2) end, "above: delta is from 0 to 3/2")
    assert.has_error(function() random.below(5, 5, 0) end, "below: delta is above 0")
  end)
end)

describe("flips", function()
  local rng = sd.rng(1, "overparam_gan_random_spec")
  local W, z = rng:randn(10, 3), rng:randn(3, 1)
  local V, c = rng:randn(2, 10), nil
  before_each(function() c = flips.distances(W, z) end)

  --- All sets within R: the largest number and the largest |V_S|.
  local function enumerate(R)
    local most, worst = 0, 0
    for bits = 1, 2 ^ 10 - 1 do
      local cost, list = 0, {}
      for l = 1, 10 do
        if bits >> (l - 1) & 1 == 1 then
          cost = cost + c(l) ^ 2
          list[#list + 1] = l
        end
      end
      if cost <= R ^ 2 then
        most = math.max(most, #list)
        worst = math.max(worst, sd.norm(V:col(sd.matrix { list }), 2))
      end
    end
    return most, worst
  end

  it("are as many as of all sets the largest, and move J between theirs and the worst", function()
    for _, R in ipairs { 0.2, 0.7, 1.2, 2, 10 } do
      local most, worst = enumerate(R)
      local count, S = flips.most(c, R)
      assert.equal(most, count)
      assert(S.rows == count)
      local found = flips.worst(V, c, R)
      local theirs = count > 0 and sd.norm(V:col(S:t()), 2) or 0
      assert(found <= worst * (1 + 1e-12) and found >= theirs * (1 - 1e-12), R)
    end
    near(flips.worst(V, c, 100), sd.norm(V, 2), 1e-12)
  end)

  it("do not happen below the free radius, and do at it", function()
    local Z = rng:randn(3, 4)
    local free, least = flips.free(W, Z), math.huge
    for i = 1, 4 do least = math.min(least, sd.min(flips.distances(W, Z:col(i)))) end
    near(free, least, 1e-15)
    local smallest = sd.min(c)
    assert.equal(0, (flips.most(c, smallest * (1 - 1e-9))))
    assert.equal(1, (flips.most(c, smallest * (1 + 1e-9))))
    assert.equal(0, flips.worst(V, c, 0))
  end)
end)

describe("the constants of the proofs", function()
  local p = { m = 10, d = 10, k = 1e4, n = 100, sigma_v = 2, sigma_w = 3, sigma_z = 0.5, xbar = 4,
    mu = 0.5, etabar = 0.8 }

  it("are those that one gets by hand", function()
    local S = 2 * 0.5 * math.sqrt((10 + 99 / math.pi) / 200)
    local k = proof.constants(p)
    near(k.S, S, 1e-15)
    near(k.alpha, (math.sqrt(9991) / 2 - 2 * math.sqrt(10)) * S, 1e-12)
    near(k.beta, 3 * (100 + 2 * math.sqrt(10)) * S, 1e-12)
    near(k.eps, k.alpha ^ 2 / (20 * k.beta), 1e-13)
    -- (24) with 4 gamma beta eps = alpha^2: 10 (beta^2/alpha^3 + 9/4 beta/alpha^2) r0
    near(k.R, 10 * (k.beta ^ 2 / k.alpha ^ 3 + 9 / 4 * k.beta / k.alpha ^ 2) * k.r0, 1e-9 * k.R)
    near(k.r0, 2 / 3 * 3 * math.sqrt(1e6) + 4, 1e-9)
    near(k.eta, 0.8 * 0.5 / (324 * 1e4 * (10 + 99 / math.pi) / 100 * 4 * 0.25), 1e-18)
    near(k.eta_descent, 2 * 0.8 / (243 * 1e4 * (10 + 99 / math.pi) / 100 * 4 * 0.25), 1e-18)
  end)

  it("have the largest x of (36)", function()
    for _, d in ipairs { 2, 10, 1e4 } do
      local x = proof.largest_x(d)
      near(x * math.log(d / x) * 2 * 105000 ^ 2, 1, 1e-12)
      assert(x < d / math.exp(1))
    end
  end)

  it("have (35), which says nothing past k/e", function()
    local R = 1e-3
    local s = 3 * (2 * 1e4 * R / 3) ^ (2 / 3)
    near(proof.perturbation(p, R), 1.25 * math.sqrt(10)
      * (2 * math.sqrt(10) + math.sqrt(2 * s * math.log(1e4 / s))), 1e-10)
    assert.equal(math.huge, proof.perturbation(p, 1e3))
    assert.equal(math.huge, proof.perturbation(p, math.huge))
  end)

  it("say what fails first, and from which width on it does not", function()
    local row = proof.first_failing(proof.ascent(p))
    assert.equal("k >= 210000^2 m d: (35), first half", row.name)
    near(proof.least_width(p, proof.ascent, row.name), 4.41e12, 1e-9 * 4.41e12)
    near(proof.least_width(p, proof.descent, "alpha > 0: k > 16 m + 9"), 169, 1e-6)
    assert.is_nil(proof.least_width(p, proof.ascent, "probability > 0"))
    assert.has_error(function() proof.least_width(p, proof.descent, "no such") end,
      "least_width: no inequality 'no such'")
    local wide = setmetatable({ k = 1e66, m = 20000, d = 40000 }, { __index = p })
    assert.is_nil(proof.first_failing(proof.ascent(wide)))
    assert.is_nil(proof.first_failing(proof.descent(wide)))
  end)

  it("name the first of the hypotheses at sizes below all", function()
    local tiny = setmetatable({ k = 5, d = 1 }, { __index = p })
    assert.equal("d >= 2", proof.first_failing(proof.ascent(tiny)).name)
    local k = proof.constants(tiny)
    assert(k.alpha < 0 and k.R == math.huge and k.eps == 0)
  end)
end)

describe("figures of the random start", function()
  local function run(name, arguments)
    local store = os.tmpname()
    os.remove(store)
    local command = "%s figure overparam_gan/%s --store %s.db -o %s.svg %s 2>&1"
    local pipe = io.popen(command:format(support.saddle, name, store, store, arguments))
    local text = pipe:read "a"
    local ok = pipe:close()
    for _, e in ipairs { ".svg", ".db", ".db-locks" } do os.remove(store .. e) end
    return text, ok
  end

  it("fig_lazy moves less the wider it is, as the pseudo-inverse says", function()
    local text, ok = run("fig_lazy", "k=100,1600 m=3 d=4 n=20 seed=1..2")
    assert(ok, text)
    local rows = {}
    for k, moved, least in text:gmatch "\n%s*(%d+)%s+2%s+(%S+)%s+(%S+)" do
      rows[tonumber(k)] = { tonumber(moved), tonumber(least) }
    end
    assert(rows[1600][1] < rows[100][1] / 2, text) -- a quarter, by the law
    assert(math.abs(rows[1600][1] / rows[1600][2] - 1) < 0.05, text)
    assert(text:find("movement falls like k^(-0.", 1, true), text)
  end)

  it("proof_constants prints every constant and the first inequality that fails", function()
    local text, ok = run("proof_constants", "m=2 d=3 k=1e5 n=50")
    assert(ok, text)
    for _, name in ipairs(proof.NAMES) do assert(text:find("\n +" .. name .. "  "), name) end
    assert(text:find("k >= 210000^2 m d: (35), first half", 1, true), text)
    assert(text:find("2.646e+11", 1, true), text) -- 210000^2 * 6
    text, ok = run("proof_constants", "d=1")
    assert(not ok and text:find("d must be a whole number from 2", 1, true), text)
  end)
end)
