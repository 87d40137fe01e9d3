--- Help on data and metrics (the form of entries: lua/saddle/help.lua).
return {
  title = "Data and metrics",
  text = "Point sets to learn, the user's own among them, and how far samples are from what they "
    .. "should be. Columns are samples. The first n points of a set are the same for every larger "
    .. "n.",
  source = "lua/saddle/data.lua, lua/saddle/metrics.lua",
  { "sd.data.two_moons(rng, n[, {noise=0.1}]) -> X, labels",
    "Two interleaved half circles in the plane, with normal noise.",
    rng = "rng", n = "integer", noise = "number deviation", X = "matrix 2 x n",
    labels = "matrix 1 x n, 1 or 2", errors = "a negative noise.",
    example = [[
local X, labels = sd.data.two_moons(sd.rng(1), 100, { noise = 0 })
print(X.rows, sd.sum(sd.eq(labels, 1)), sd.max(sd.abs(X:col(1))) <= 1) --> 2 50.0 true
]] },
  { "sd.data.gaussian(rng, m, n[, {mean=}]) -> X", "Normal points with covariance I.",
    rng = "rng", m = "integer dimension", n = "integer", mean = "matrix|number m x 1",
    X = "matrix m x n", errors = "a mean of another shape.",
    example = [[
print(sd.data.gaussian(sd.rng(1), 3, 5).cols) --> 5
]] },
  { "sd.data.mixture(rng, n, {centres=, sd=}) -> X, labels",
  "An equal mixture of normal clouds around given centres.",
    rng = "rng", n = "integer", centres = "matrix d x K", sd = "number deviation",
    X = "matrix d x n", labels = "matrix 1 x n, 1 .. K", errors = "centres that are no matrix.",
    example = [[
local X, labels = sd.data.mixture(sd.rng(1), 50, { centres = sd.matrix { { -9, 9 } }, sd = 1 })
print(sd.norm(sd.gt(X, 0) - sd.eq(labels, 2))) --> 0.0
]] },
  { "sd.data.digits(rng, n[, {side=16, noise=0.05, shift=0.1, shear=0.25}]) -> X, labels",
    "Drawn images of digits in grey levels 0 .. 1, moved and sheared at random: a stand-in for "
      .. "MNIST, which sd.load reads.",
    rng = "rng", n = "integer", side = "integer pixels", noise = "number deviation",
    shift = "number parts of the side", shear = "number", X = "matrix side^2 x n",
    labels = "matrix 1 x n, 0 .. 9", errors = "options out of range.",
    example = [[
local X, labels = sd.data.digits(sd.rng(1), 20)
print(X.rows, sd.max(labels) <= 9) --> 256 true
]] },
  { "sd.data.points(path) -> X",
  "The points of a .csv or .npy file, a sample in each row there, in each column here.",
    path = "string", X = "matrix d x n",
    errors = "a file that is missing or empty; an element that is not finite (its place is named).",
    example = [[
sd.save("FOLDER/points.csv", sd.matrix { { 1, 2 }, { 3, 4 }, { 5, 6 } })
local X = sd.data.points "FOLDER/points.csv"
print(X.rows, X.cols, X(1, 3)) --> 2 3 5.0
]] },
  { "sd.metrics.modes(Y, {centres=, radius=}) -> report",
    "Which modes of a mixture samples cover: a sample belongs to its nearest centre when that is "
      .. "within the radius. It prints as one line.",
    Y = "matrix d x n", centres = "matrix|integer d x K, or K points on the unit circle",
    radius = "number",
    report = "result covered, share, kl (reverse, from the uniform law), counts, radius",
    errors = "dimensions that differ.",
    example = [[
local Y = sd.matrix { { 1, 1, -1, 9 }, { 0, 0, 0, 9 } }
local m = sd.metrics.modes(Y, { centres = sd.matrix { { 1, -1 }, { 0, 0 } }, radius = 0.1 })
print(m.covered, m.share, m.counts(1)) --> 2 0.75 2.0
]] },
  { "sd.metrics.frechet(P, Q) -> distance",
    "The squared Frechet (2-Wasserstein) distance of normal laws with the means and covariances "
      .. "of two sets of samples, or given ones.",
    P = "matrix|table d x n, or {mean=, covariance=}", Q = "matrix|table", distance = "number",
    errors = "fewer than 2 samples; a covariance with a negative eigenvalue.",
    source = "D. Dowson and B. Landau, J. Multivariate Anal. 12 (1982) 450-455",
    example = [[
local P = { mean = sd.zeros(2, 1), covariance = sd.eye(2) }
local Q = { mean = sd.matrix { 3, 4 }, covariance = 4 * sd.eye(2) } -- 25 + 2 (2 - 1)^2
print(("%.6f"):format(sd.metrics.frechet(P, Q))) --> 27.000000
]] },
  { "sd.metrics.random_features(rng, d[, {count=64, act=\"relu\", length=1}]) -> psi",
    "A fixed random function of samples, act(A X / (length sqrt(d)) + b), whose features show "
      .. "more of two laws to frechet than means and covariances: cosines whatever differs over "
      .. "that length.",
    rng = "rng", d = "integer rows of samples", count = "integer features",
    act = "string \"relu\" or \"cos\"", length = "number scale of the samples",
    psi = "function of X, d x n, that gives count x n",
    errors = "another act; X with other rows.", source = "A. Rahimi and B. Recht, NIPS 2007",
    example = [[
local psi = sd.metrics.random_features(sd.rng(1), 2, { count = 10, act = "cos" })
local X, Y = sd.rng(2):randn(2, 100), sd.rng(3):rademacher(2, 100) -- of equal first moments
print(psi(X).rows, sd.metrics.frechet(psi(X), psi(Y)) > 0) --> 10 true
]] },
}
