--- sd.data: example point sets and the user's own. Columns are samples. In a traced function the
-- rng and the mean may be symbols.
--
--   X, labels = sd.data.two_moons(rng, n[, {noise=0.1}])   2 x n, 1 x n
--   X = sd.data.gaussian(rng, m, n[, {mean=column}])       m x n
--   X, labels = sd.data.mixture(rng, n, {centres=, sd=})   d x n, 1 x n: normal clouds
--   X, labels = sd.data.digits(rng, n[, {side=16, noise=0.05, shift=0.1, shear=0.25}])
--                                                          side^2 x n, 1 x n: drawn images
--   X = sd.data.points(path)                               a file with one sample per row
local sd = require "saddle"
local options = require "saddle.options"
local core = require "saddle.core"
local show = core.show

local data = { digits = require "saddle.data.digits" }

--- Raises fn's message at the line of the script that called sd.data.<fn>.
local function fail(fn, format, ...)
  error(("data.%s: %s"):format(fn, format:format(...)), 3)
end

local function is_rng(value)
  return type(value) == "userdata" and getmetatable(value) == "saddle.rng"
end

local function is_size(value)
  return type(value) == "number" and value >= 0 and value < 2^53 and value == math.floor(value)
end

local function is_finite(value)
  return type(value) == "number" and value - value == 0
end

--- Two interleaved half circles of radius 1, as much of either as of the other:
--   label 1 (odd columns):  (cos t, sin t),           the upper half of the circle around (0, 0)
--   label 2 (even columns): (1 - cos t, 1/2 - sin t), the lower half of the circle around (1, 1/2)
-- with t uniform on [0, pi), plus normal noise of standard deviation `noise` (default 0.1) in both
-- coordinates. Takes two draws of the rng, so the first n points are the same for every larger n.
function data.two_moons(rng, n, given)
  local wrong = options.wrong(given, { "noise" })
  if wrong then fail("two_moons", "%s", wrong) end
  if not is_rng(rng) then fail("two_moons", "argument 1 must be an rng, got %s", show(rng)) end
  if not is_size(n) then
    fail("two_moons", "the number of points must be a whole number from 0, got %s", show(n))
  end
  local noise = given and given.noise or 0.1
  if not (is_finite(noise) and noise >= 0) then
    fail("two_moons", "noise must be a finite number from 0, got %s", show(noise))
  end
  n = math.tointeger(n)
  local even = n + n % 2
  local labels = (sd.zeros(2, even // 2) + sd.matrix { 1, 2 }):reshape(1, even)
  if even > n then labels = labels:col(1, n):clone() end
  local side = 3 - 2 * labels -- 1 on the upper moon, -1 on the lower
  local lower = labels - 1
  local t = math.pi * rng:rand(1, n)
  local moons = sd.vcat(side % sd.cos(t) + lower, side % sd.sin(t) + 0.5 * lower)
  return noise * rng:randn(2, n) + moons, labels
end

--- n columns drawn from the normal distribution with covariance I and the given mean: a column
-- (m x 1), or zero when left out.
function data.gaussian(rng, m, n, given)
  local wrong = options.wrong(given, { "mean" })
  if wrong then fail("gaussian", "%s", wrong) end
  if not is_rng(rng) then fail("gaussian", "argument 1 must be an rng, got %s", show(rng)) end
  for _, size in ipairs { { m, "dimension" }, { n, "number of points" } } do
    if not is_size(size[1]) then
      fail("gaussian", "the %s must be a whole number from 0, got %s", size[2], show(size[1]))
    end
  end
  local mean = given and given.mean
  if mean == nil then return rng:randn(m, n) end
  if type(mean) == "number" and m == 1 then mean = sd.matrix(mean) end
  local is_matrix = sd.ismatrix(mean) or core.tracing.issymbol(mean)
  if not is_matrix or mean.rows ~= m or mean.cols ~= 1 then
    fail("gaussian", "mean must be a column (%dx1), got %s", m, show(mean))
  end
  return rng:randn(m, n) + (mean.dtype == "f64" and mean or mean:to "f64")
end

--- n points of an equal mixture of normal laws N(c, sd^2 I), c a column of `centres` (d x K), and
-- which centre each is of, 1..K. Takes two draws of the rng, so the first n points are the same for
-- every larger n.
function data.mixture(rng, n, given)
  local wrong = options.wrong(given, { "centres", "sd" })
  if wrong then fail("mixture", "%s", wrong) end
  if not is_rng(rng) then fail("mixture", "argument 1 must be an rng, got %s", show(rng)) end
  if not is_size(n) then
    fail("mixture", "the number of points must be a whole number from 0, got %s", show(n))
  end
  local C, deviation = given and given.centres, given and given.sd
  if not sd.ismatrix(C) or #C == 0 then
    fail("mixture", "centres must be a matrix with a centre in each column, got %s", show(C))
  end
  if not (is_finite(deviation) and deviation >= 0) then
    fail("mixture", "sd must be a finite number from 0, got %s", show(deviation))
  end
  local labels = rng:randint(C.cols, 1, n)
  return C:col(labels) + deviation * rng:randn(C.rows, n), labels
end

--- The first element of A that is NaN or infinite, as row, column, what it is.
local function first_not_finite(A)
  for i = 1, A.rows do
    for j = 1, A.cols do
      if not is_finite(A(i, j)) then return i, j, show(A(i, j)) end
    end
  end
end

--- The points of a .csv or .npy file with one sample per row, as columns of an f64 matrix. All
-- must be finite.
function data.points(path)
  if type(path) ~= "string" then fail("points", "the path must be a string, got %s", show(path)) end
  local loaded, A = pcall(sd.load, path)
  path = path:gsub("%c", "?") -- for messages, which are one line
  if not loaded then error(A, 2) end -- under the caller's line
  if not sd.ismatrix(A) then
    fail("points", "%s holds a table of matrices; take one of sd.load(path)", path)
  end
  if #A == 0 then fail("points", "%s holds no points (it is %dx%d)", path, A.rows, A.cols) end
  if sd.min(sd.isfinite(A)) == 0 then
    fail("points", "%s: row %d, column %d is %s", path, first_not_finite(A))
  end
  return A:t():to "f64"
end

return data
