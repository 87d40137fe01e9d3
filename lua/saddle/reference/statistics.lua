--- Help on statistics (the form of entries: lua/saddle/help.lua).
return {
  title = "Statistics",
  text = "Intervals, tests, fits and histograms for what sweeps and simulations give. A level is "
    .. "the probability that an interval covers.",
  source = "lua/saddle/stats.lua",
  { "sd.clopper_pearson(hits, trials[, level]) -> lo, hi",
    "An exact interval for a probability: it covers with at least that level, whatever the "
      .. "probability.",
    hits = "integer", trials = "integer", level = "number 0.95 unless given", lo = "number",
    hi = "number", errors = "more hits than trials; a level outside (0, 1).",
    source = "C. Clopper and E. Pearson, Biometrika 26 (1934) 404-413",
    example = [[
local lo, hi = sd.clopper_pearson(0, 10)
print(lo, ("%.4f"):format(hi)) --> 0.0 0.3085
]] },
  { "sd.mean_ci(sample[, level]) -> mean, lo, hi",
  "A mean with Student's interval, exact for normal samples.",
    sample = "matrix|table at least two numbers", level = "number 0.95 unless given",
    mean = "number", lo = "number", hi = "number", errors = "a single number.",
    source = "Student, Biometrika 6 (1908) 1-25",
    example = [[
local mean, lo, hi = sd.mean_ci { 1, 2, 3 }
print(mean, ("%.4f %.4f"):format(lo, hi)) --> 2.0 -0.4841 4.4841
]] },
  { "sd.bootstrap_ci(X, f, rng[, {level=0.95, samples=1000}]) -> value, lo, hi",
    "f(X) and quantiles of f over samples of columns drawn from those of X with replacement. The "
      .. "level is approximate.",
    X = "matrix m x n, samples as columns", f = "function of a matrix that gives a number",
    rng = "rng", level = "number", samples = "integer", value = "number", lo = "number",
    hi = "number", errors = "f gives no number.",
    source = "B. Efron, Ann. Statist. 7 (1979) 1-26",
    example = [[
local value, lo, hi = sd.bootstrap_ci(sd.linspace(0, 1, 100):t(), sd.mean, sd.rng(1))
print(value, lo < 0.5, hi > 0.5) --> 0.5 true true
]] },
  { { "sd.student_t.cdf(t, dof[, {upper=false}]) -> p", "sd.student_t.quantile(p, dof) -> t" },
    "Student's law: its distribution function (upper: the other tail, with its own digits) and "
      .. "quantiles.",
    t = "number", dof = "number degrees of freedom", upper = "boolean", p = "number",
    errors = "dof that is not positive.",
    source = "M. Abramowitz and I. Stegun, 26.7",
    example = [[
print(sd.student_t.cdf(0, 3), ("%.4f"):format(sd.student_t.quantile(0.975, 1))) --> 0.5 12.7062
]] },
  { { "sd.gammainc(a, x[, {upper=false}]) -> p", "sd.gammaincinv(a, p[, {upper=false}]) -> x" },
    "The distribution function of the gamma law, and its inverse. Chi-square with k degrees: "
      .. "gammainc(k/2, x/2); Poisson: upper, gammainc(n + 1, mean).",
    a = "number shape", x = "number", upper = "boolean one minus it, with its own digits",
    p = "number", errors = "a shape that is not positive; a negative x.",
    source = "NIST DLMF, chapter 8",
    example = [[
print(math.abs(sd.gammainc(1, 2) - (1 - math.exp(-2))) < 1e-15) --> true
]] },
  { { "sd.betainc(a, b, x[, {upper=false}]) -> p", "sd.betaincinv(a, b, p[, {upper=false}]) -> x" },
    "The distribution function of the beta law, and its inverse. Binomial: P(Bin(n, q) >= k) = "
      .. "betainc(k, n - k + 1, q).",
    a = "number", b = "number", x = "number 0 .. 1",
    upper = "boolean one minus it, with its own digits", p = "number",
    errors = "parameters that are not positive; x outside [0, 1].",
    source = "NIST DLMF, section 8.17",
    example = [[
print(("%.6f"):format(sd.betainc(2, 1, 0.5))) --> 0.250000
]] },
  { "sd.ks_test(sample, other) -> D, p, how",
    "The Kolmogorov-Smirnov test of a sample against a law, or against a second sample (ties "
      .. "allowed).",
    sample = "matrix|table", other = "function|matrix|table a distribution function, or a sample",
    D = "number largest distance", p = "number probability of one as large",
    how = "string \"exact\" or \"asymptotic\"", errors = "an empty sample; NaN.",
    source = "G. Marsaglia, W. Tsang and J. Wang, J. Stat. Software 8 (2003) 18; J. Hodges, Ark. "
      .. "Mat. 3 (1958) 469-486",
    example = [[
local D, p, how = sd.ks_test({ 1, 2, 3 }, { 4, 5, 6 }) -- 2 of 20 orders are as extreme
print(D, p, how) --> 1.0 0.1 exact
]] },
  { { "sd.fit_line(x, y) -> slope, intercept, error, r2",
      "sd.fit_loglog(x, y) -> slope, intercept, error, r2" },
    "A line by least squares; of the logarithms, so that y is about exp(intercept) x^slope: rates "
      .. "and exponents.",
    x = "matrix|table", y = "matrix|table of the same length", slope = "number",
    intercept = "number", error = "number standard error of the slope",
    r2 = "number part of the variance explained",
    errors = "fewer than two points; of fit_loglog numbers that are not positive.",
    source = "any textbook",
    example = [[
local slope = sd.fit_loglog({ 1, 2, 4, 8 }, { 3, 12, 48, 192 })
print(("%.6f"):format(slope)) --> 2.000000
]] },
  { "sd.histogram(sample[, {bins=, edges=}]) -> counts, edges, outside",
    "How many elements fall between neighbouring edges; bins contain their left edge, the last "
      .. "one both.",
    sample = "matrix|table", bins = "integer of equal width; by default ceil(log2 n) + 1",
    edges = "matrix|table", counts = "matrix a column", outside = "integer",
    errors = "edges that do not ascend; NaN.",
    source = "H. Sturges, J. Amer. Statist. Assoc. 21 (1926) 65-66",
    example = [[
local counts = sd.histogram({ 0, 1, 1, 2 }, { edges = { 0, 1, 2 } })
print(counts(1), counts(2)) --> 1.0 3.0
]] },
}
