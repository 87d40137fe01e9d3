--- Derivatives of whole functions against stored numbers: f, and its first three derivatives along
-- a line, all modes.
--
-- The numbers were computed by mpmath 1.3 with 60 digits: each function written there anew with
-- loops and elementary functions, d^n/dt^n f(A + t V) at t = 0 by mpmath.diff, 17 digits kept.
-- Element k (from 1, column-major) of matrix number s is ((7 k^2 + 13 k s + 5 s) mod 31 - 15)/16;
-- A is number 1, V number 14.
local sd = require "saddle"

local function mat(m, n, s)
  local A = sd.zeros(m, n)
  for k = 1, m * n do A:set(k, ((7 * k * k + 13 * k * s + 5 * s) % 31 - 15) / 16) end
  return A
end

local function t(x) return x:t() end
local X, counting = mat(3, 5, 2), sd.matrix { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 }
local function flat(a) return a:reshape(12, 1) end

local functions = {
  mlp = { 4, 3, function(a)
    local Z = mat(3, 4, 3) * sd.tanh(a * X)
    local picked = sd.one_hot(sd.matrix { 1, 2, 3, 1, 2 }, 3)
    return (sd.sum(sd.logsumexp(Z, { dim = 1 })) - sd.sum(Z % picked)) / 5
  end },
  penalty = { 4, 3, function(a)
    local w = mat(4, 1, 4)
    local slopes = sd.grad(function(x) return sd.sum(w % sd.tanh(a * x)) end)(X)
    return sd.sum((sd.norm(slopes, { dim = 1 }) - 1) ^ 2) / 5
  end },
  logistic = { 4, 3, function(a)
    local Y = a * X
    return sd.sum(sd.softplus(-Y:row(1))) + sd.sum(sd.softplus(Y:row(2)))
  end },
  hinge = { 4, 3, function(a)
    local Y = a * X
    Y = Y + Y ^ 3 / 3
    return sd.sum(sd.relu(1 - Y:row(1))) + sd.sum(sd.relu(1 + Y:row(2)))
  end },
  likelihood = { 3, 3, function(a)
    local L = sd.cholesky(a * t(a) + sd.eye(3))
    local Y = sd.solve(L, X, { assume = "lower" })
    return -5 * (sd.log(L(1, 1)) + sd.log(L(2, 2)) + sd.log(L(3, 3))) - sd.sum(Y % Y) / 2
  end },
  solve = { 3, 3, function(a)
    local M = a + 4 * sd.eye(3)
    return (sd.logdet(M)) + sd.sum(mat(3, 5, 5) % (sd.solve(M, X)))
  end },
  attention = { 3, 4, function(a)
    local O = a * sd.softmax(t(a) * mat(3, 5, 6) / math.sqrt(3), { dim = 1 })
    return sd.sum(mat(3, 5, 7) % (O ^ 2 + O))
  end },
  batchnorm = { 3, 4, function(a)
    local centred = a - sd.mean(a, { dim = 2 })
    local scale = sd.sqrt(sd.var(a, { dim = 2, ddof = 0 }) + 1 / 8)
    return sd.sum(mat(3, 4, 8) % sd.tanh(centred / scale))
  end },
  spectral = { 4, 3, function(a) return sd.norm(a, 2) end },
  nuclear = { 4, 3, function(a) return sd.norm(a, "nuc") end },
  groups = { 4, 3, function(a)
    return sd.sum(sd.norm(a, { dim = 1 })) + sd.sum(sd.norm(a, { dim = 2 }))
  end },
  logsumexp = { 4, 3, function(a) return sd.logsumexp(3 * a) end },
  cubic = { 4, 3, function(a)
    local Y = a * X
    local inner = Y - Y ^ 3 / 3
    return sd.sum(mat(4, 5, 9) % sd.where(sd.lt(sd.abs(Y), 1), inner, sd.sign(Y) * (2 / 3)))
  end },
  truncated = { 4, 3, function(a)
    local U, s, V = sd.svd(a)
    local low = U:col(1, 2) % t(s:block(1, 1, 2, 1)) * t(V:col(1, 2))
    return sd.sum((mat(4, 3, 10) % low) ^ 2)
  end },
  khatri = { 2, 3, function(a) return sd.sum(sd.khatri_rao(a, 1 + a % a) ^ 3) end },
  cumprod = { 4, 3, function(a) return sd.sum(mat(4, 3, 12) % sd.cumprod(a, { dim = 1 })) end },
  quantile = { 4, 3, function(a)
    local x = flat(a)
    return sd.quantile(x % x + x % counting / 8, 3 / 8) ^ 2
  end },
  sort = { 4, 3, function(a)
    return sd.sum(counting % (sd.sort(sd.sin(3 * flat(a) + counting / 8))))
  end },
  matfun = { 3, 3, function(a) return sd.sum(mat(3, 3, 13) % sd.expm(a)) end },
}

local known = {
  mlp = { 1.4467124119473488, 0.21021514540358228,
    -0.054477635423322719, 0.031211131341685686 },
  penalty = { 0.093709137381195414, 0.006687342568152989,
    0.33938051793631571, 0.019507880661555322 },
  logistic = { 8.1592876099966593, -0.29601310619165727,
    0.22976291687108048, -0.0090865315154726603 },
  hinge = { 12.042364438374837, -0.6791653037071228,
    -0.10074174404144287, -0.028093576431274414 },
  likelihood = { -6.5442980429288863, -1.0434497372013625,
    -2.6375438429354548, 0.87724976166050131 },
  solve = { 3.756234516339348, -0.2650454431820677,
    -0.022809362202630011, -0.021996096839658067 },
  attention = { 1.4108239102570253, 1.1781148292122194,
    1.1620932714148941, 0.77631787943956365 },
  batchnorm = { -0.27083186865112038, 0.50590345352587599,
    -0.080482976377859164, 1.9493343682407848 },
  spectral = { 1.8829086378609066, 0.22561914787423417,
    0.3853798791752902, -0.30165137706274609 },
  nuclear = { 3.6379686053515949, 1.2076435471743375,
    1.3949001941595161, -1.5821547634586609 },
  groups = { 8.3853584711795614, 1.9182938856960483,
    3.4677713227102804, -3.6370260838969945 },
  logsumexp = { 4.2800200527987752, 0.44613670994214204,
    1.6319868397811294, -0.021253801499105582 },
  cubic = { -0.89210146913925807, -0.055939659476280212,
    0.16080367565155029, 0.026759088039398193 },
  truncated = { 2.1783929574850481, 1.2945990071371257,
    3.7099423995666313, 12.865090140865512 },
  khatri = { 11.339668740140041, 9.3415175759000704,
    92.51599217770854, 250.77045906041167 },
  cumprod = { 0.1860504150390625, -0.19504547119140625,
    -0.94149017333984375, 0.43874359130859375 },
  quantile = { 0.0017225742340087891, 0.011186599731445313,
    0.13351726531982422, 0.94678115844726563 },
  sort = { 19.17529362527506, -3.2368004285332211,
    -42.2284613123957, 7.3039854726207715 },
  matfun = { 0.33781977326351108, 1.9423104244569831,
    -1.419128190983864, 0.24819755207446747 },
}

-- All inputs are below 1 and all sizes at most 5: what is computed is off by a few hundred
-- roundings of intermediate values, which the derivatives' scale bounds but for the smallest gaps
-- and pivots; those are above 1/10 here, and each order divides by one more of them: 2^9 10^n eps.
local function tolerance(order, numbers)
  local scale = 1
  for _, x in ipairs(numbers) do scale = math.max(scale, math.abs(x)) end
  return 2 ^ 9 * 10 ^ order * 2 ^ -52 * scale
end

describe("whole functions", function()
  local grad = sd.grad
  for name, row in pairs(functions) do
    it(name .. " have the derivatives of a computation with 60 digits", function()
      local m, n, f = table.unpack(row)
      local A, V, want = mat(m, n, 1), mat(m, n, 14), known[name]
      local function check(order, got)
        local limit = tolerance(order, want)
        assert(math.abs(got - want[order + 1]) <= limit, ("%s, order %d: %.17g, not %.17g"):format(
          name, order, got, want[order + 1]))
      end
      local function along(s) return f(A + s * V) end
      local function tangent(g) return function(x, v) return select(2, sd.jvp(g, x, v or V)) end end
      check(0, f(A))
      check(1, sd.sum(grad(f)(A) % V))
      check(1, tangent(f)(A))
      check(2, sd.sum(sd.hvp(f, A, V) % V))
      check(2, grad(grad(along))(0))
      check(2, tangent(tangent(f))(A))
      check(2, sd.sum(grad(function(x) return sd.sum(grad(f)(x) % V) end)(A) % V))
      check(3, grad(grad(grad(along)))(0))
      check(3, sd.sum(grad(tangent(tangent(f)))(A) % V))
      check(3, sd.sum(tangent(function(x) return sd.hvp(f, x, V) end)(A) % V))
    end)
  end
end)
