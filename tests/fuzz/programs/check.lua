--- Runs a random program in every way and compares.
--
-- Bounds. Every register is multiplied by 1 + delta r, r uniform on (-1,1) and fixed; what that
-- changes, over delta, is how much one relative rounding error per register matters, to the value
-- and, since the factors are in the derivatives' formulas as well, to these. An instruction is up
-- to a dozen kernels of sums of up to 64 terms, and has as many again in each reverse pass: two
-- runs may differ by ROUNDINGS = 4096 eps of it. eps is that of the narrowest dtype in the program.
--
-- Finite differences, of the program in f64: with steps h, h/2 and h/4 they must come closer to
-- each other, at least by half each time, or a kink or a fast turn is nearer than h and h is made
-- smaller. The last two, extrapolated, may be off by twice their distance (no less than a quarter
-- of the distance before, should they meet by chance), and by the roundings of the values over h.
-- Of the steps that settle, the one with the least bound decides, but where a smaller one
-- contradicts it: a kink lies between. stop_gradient holds there what it holds at the point itself.
local sd = require "saddle"
local programs = require "tests.fuzz.programs.program"

local check = {}

local ROUNDINGS <const> = 4096
local EPS = { f64 = 2^-52, f32 = 2^-23, mixed = 2^-23 }
local DELTA = { f64 = 2^-26, f32 = 2^-12, mixed = 2^-12 } -- about the square root of eps
local STEPS <const> = { 2^-9, 2^-13, 2^-17, 2^-21 }

--- How many comparisons with finite differences were made, and of these settled by no step.
check.counts = { differences = 0, unsettled = 0 }

-- ---- functions of programs ---------------------------------------------------------------------

--- What is made of a program's outputs g: a function of the tree that gives a number.
local forms = {
  function(g) return function(q) return sd.sum(g(q)) end end,
  function(g)
    local f = function(q) return sd.sum(g(q)) end
    return function(q) return sd.tanh(sd.dot(sd.grad(f)(q), q)) + f(q) end
  end,
  function(g)
    local f = function(q) return sd.sum(g(q)) end
    return function(q)
      local y, dy = sd.jvp(f, q, q)
      return sd.tanh(dy) + y
    end
  end,
  function(g)
    return function(q)
      local y, pull = sd.vjp(g, q)
      return sd.tanh(sd.dot(pull(sd.cos(y)), q))
    end
  end,
  function(g)
    return function(q)
      local y, df = sd.linearize(g, q)
      return sd.sum(sd.tanh(df(q)) % y)
    end
  end,
  function(g)
    local f = function(q) return sd.sum(g(q)) end
    return function(q) return sd.tanh(sd.dot(sd.hvp(f, q, q), q)) end
  end,
  function(g)
    local f = function(q) return sd.sum(g(q)) end
    return function(q)
      return f(sd.loop(2, function(s) return { p = s.p - 0.01 * sd.grad(f)(s.p) } end, { p = q }).p)
    end
  end,
  function(g)
    local f = sd.compile(function(q) return sd.sum(g(q)) end)
    return function(q) return f(q) + sd.tanh(sd.dot(sd.grad(f)(q), q)) end
  end,
  function(g)
    return function(q)
      local theta, unravel = sd.ravel(q)
      return sd.sum(g(unravel(0.9 * theta)))
    end
  end,
  function(g)
    local f = function(q) return sd.sum(g(q)) end
    return function(q) -- forward over reverse, with the direction in the trace
      local y, dy = sd.jvp(function(r) return sd.dot(sd.grad(f)(r), q) end, q, q)
      return sd.tanh(y) + sd.sin(dy)
    end
  end,
}

local PLAIN <const>, DESCENT <const>, RAVEL <const> = 1, 7, 9 -- of these

local function form_of(program, random)
  if random(3) == 1 then return PLAIN end
  local k = random(#forms)
  if k == RAVEL and program.dtype == "mixed" then k = PLAIN end -- a column has one dtype
  for _, instruction in ipairs(program.code) do -- what it holds at the end of a loop is not seen
    if instruction.held and k == DESCENT then k = PLAIN end
  end
  return k
end

-- ---- comparing ---------------------------------------------------------------------------------

--- The largest difference of two trees of a program.
local function distance(program, a, b)
  local worst = 0
  local x, y = programs.values(program, a), programs.values(program, b)
  for k, u in ipairs(x) do
    local v = y[k]
    local d
    if type(u) == "number" then
      d = math.abs(u - v)
    else
      assert(u.rows == v.rows and u.cols == v.cols, "a leaf of another shape")
      d = #u == 0 and 0 or sd.max(sd.abs(u:to "f64" - v:to "f64"))
    end
    if d ~= d then return d end
    worst = math.max(worst, d)
  end
  return worst
end

local function compare(what, off, bound)
  if not (off <= bound) then error(("%s: off by %.3g, bound %.3g"):format(what, off, bound), 0) end
end

--- slope against the differences of value(h), which is off by `rounding`; slack: rounding of slope.
local function differences(what, value, slope, rounding, slack)
  local least, told, message
  check.counts.differences = check.counts.differences + 1
  for _, h in ipairs(STEPS) do
    local function central(k) return (value(k) - value(-k)) / (2 * k) end
    local coarse, middle, fine = central(h), central(h / 2), central(h / 4)
    local noise = 8 * rounding / h
    if math.abs(fine - middle) <= math.abs(middle - coarse) / 2 + noise then
      local estimate = (4 * fine - middle) / 3
      local off = math.abs(estimate - slope)
      local left = math.max(math.abs(fine - middle), math.abs(middle - coarse) / 4)
      local bound = 2 * left + noise + slack
      -- the step that tells most decides, but for one that a smaller one contradicts
      if not least or bound < least or math.abs(estimate - told) > bound + least then
        least, told, message = bound, estimate, off > bound and
          ("%s: off by %.3g, bound %.3g, step %g"):format(what, off, bound, h)
      end
    end
  end
  if message then error(message, 0) end
  if not least then check.counts.unsettled = check.counts.unsettled + 1 end
end

-- ---- steps with draws --------------------------------------------------------------------------

local laws = {
  function(r, m, n) return r:randn(m, n) end,
  function(r, m, n) return r:rand(m, n) end,
  function(r, m, n) return r:rademacher(m, n) end,
  function(r, m, n) return r:bernoulli(0.4, m, n) end,
  function(r, m, n) return r:gamma(1.7, m, n) end,
  function(r, m, n) return r:chi2(3, m, n) end,
  function(r, m, n) return r:truncated_normal(-1, 0.5, m, n) end,
  function(r, m, n) return r:randint(6, m, n) end,
  function(r, m, n) return r:categorical({ 0.2, 0.5, 0.3 }, m, n) end,
  function(r, m, n) return r:sphere(m, n) end,
  function(r, m, n) return r:orthogonal(math.max(m, n), math.min(m, n)):reshape(m, n) end,
  function(r, m, n) return sd.ones(m, 1) * r:permutation(n) end,
  function(r, m, n) return sd.ones(m, 1) * r:choice(n + 2, n) end,
  function(r, m, n) return sd.ones(m, 1) * r:minibatch(n + 3, n, 2) end,
}

--- Every parameter moved by a draw, one in two of the law that `choice` tells.
local function shaken(program, p, rng, choice)
  local values = {}
  for k, x in ipairs(programs.values(program, p)) do
    local shape = program.leaves[k]
    if shape == "number" then
      values[k] = x + 0.01 * rng:randn()
    else
      local law = laws[(choice + k) % #laws + 1]
      values[k] = x + (0.01 * law(rng, shape[1], shape[2])):to(shape.dtype)
    end
  end
  return programs.tree(program, values)
end

local function steps(program, p, f, rounding_at, choice)
  local function step(s)
    local batch = s.rng:minibatch(5, 2, s.t)
    local q = shaken(program, s.p, s.rng, choice)
    local rate = sd.schedule(function(t) return 0.01 / t end, s.t) * (1 + 0.01 * sd.sum(batch))
    return { p = s.p - rate * sd.grad(f)(q), loss = f(q), t = s.t + 1 }
  end
  local s0 = { p = p, rng = sd.rng(7, "step"), loss = 0, t = 1 }
  local record = function(s) return { loss = s.loss, size = sd.norm(s.p) } end
  local plan = sd.compile(step)
  local a = plan:iterate(s0, 1)
  local b = plan:iterate(s0, 1, { eager = true })
  local rng = sd.rng(7, "step")
  rng:minibatch(5, 2, 1)
  local value_rounding, rounding = rounding_at(shaken(program, p, rng, choice))
  compare("step's loss, compiled against eager", math.abs(a.loss - b.loss), value_rounding)
  compare("step, compiled against eager", distance(program, a.p, b.p),
    rounding + 4 * EPS[program.dtype] * sd.norm(p))
  local s3 = plan:iterate(s0, 3, { record = record, every = 2 })
  local s12 = plan:iterate(plan:iterate(s0, 1), 2)
  compare("1 + 2 steps against 3", distance(program, s12.p, s3.p), 0)
  compare("the rng after 1 + 2 steps and 3", math.abs(s12.rng:rand() - s3.rng:rand()), 0)
end

-- ---- one program -------------------------------------------------------------------------------

local function jacobian(program, g, p, direction, rounding)
  local J = sd.jacobian(g)(p)
  local y, dy = sd.jvp(g, p, direction)
  local u = sd.linspace(1, 2, #y)
  local size = sd.norm(direction) * 8 * rounding
  compare("jacobian times a direction",
    sd.norm(J * sd.ravel(direction):to(J.dtype) - dy:to(J.dtype)), size)
  local _, pull = sd.vjp(g, p)
  compare("jacobian's rows", sd.norm(sd.ravel(pull(u)):to(J.dtype) - J:t() * u:to(J.dtype)),
    size + 8 * rounding)
  if program.dtype == "f64" then
    local theta, unravel = sd.ravel(p)
    compare("unravel of ravel", distance(program, unravel(theta), p), 0)
  end
end

local function point(program, rng)
  local values, wide, direction = {}, {}, {}
  for k, s in ipairs(program.leaves) do
    if s == "number" then
      values[k], direction[k] = rng:randn(), rng:randn()
      wide[k] = values[k]
    else
      values[k] = rng:randn(s[1], s[2]):to(s.dtype)
      wide[k], direction[k] = values[k]:to "f64", rng:randn(s[1], s[2])
    end
  end
  local p, narrow = programs.tree(program, values), {}
  for k, d in ipairs(direction) do
    narrow[k] = type(d) == "number" and d or d:to(program.leaves[k].dtype)
  end
  return p, programs.tree(program, narrow), programs.tree(program, wide),
    programs.tree(program, direction)
end

--- Raises what is wrong with the program, at values from rng; random(n) chooses what is made of it.
function check.run(program, rng, random)
  local p, direction, wide_p, wide_direction = point(program, rng)
  local eps, delta, noise = EPS[program.dtype], DELTA[program.dtype], {}
  for i = 1, #program.code do noise[i] = 1 + delta * (2 * rng:rand() - 1) end
  local kind, choice = form_of(program, random), random(#laws)
  local form = forms[kind]
  local function outputs(with) return function(q) return programs.outputs(program, q, with) end end
  local g, f, noisy = outputs {}, form(outputs {}), form(outputs { noise = noise })

  --- How far two runs may be from each other at q: values, gradients; and the gradient there.
  local function rounding_at(q)
    local v, dv = sd.value_and_grad(f)(q)
    local w, dw = sd.value_and_grad(noisy)(q)
    return ROUNDINGS * eps * (math.abs(v) + math.abs(w - v) / delta + 1e-3),
      ROUNDINGS * eps * (sd.norm(dv) + distance(program, dw, dv) / delta + 1e-3), v, dv
  end
  local rounding, grad_rounding, v, gradient = rounding_at(p)
  local along = grad_rounding * 8 * sd.norm(direction)

  local value = f(p)
  compare("value of value_and_grad", math.abs(v - value), rounding)
  local plan = sd.compile(f)
  compare("compiled", math.abs(plan(p) - value), rounding)
  compare("compiled again", math.abs(plan(p) - plan(p)), 0)
  compare("compiled gradient", distance(program, sd.compile(sd.grad(f))(p), gradient),
    grad_rounding)
  local _, slope = sd.jvp(f, p, direction)
  compare("forward against reverse", math.abs(slope - sd.dot(gradient, direction)), along)

  -- the program in f64 throughout
  local held = {}
  local narrow_rounding = 0
  if program.dtype ~= "f64" then
    local wide = form(outputs { wide = true })
    narrow_rounding = grad_rounding
    local wide_gradient = sd.grad(wide)(wide_p)
    compare("f32 against f64", math.abs(wide(wide_p) - value), rounding)
    compare("gradient, f32 against f64", distance(program, gradient, wide_gradient), grad_rounding)
    grad_rounding, rounding = grad_rounding * 2^-29, rounding * 2^-29
    _, slope = sd.jvp(wide, wide_p, wide_direction)
  end
  outputs { hold = held, wide = true } (kind == RAVEL and 0.9 * wide_p or wide_p)
  local fixed = form(outputs { held = held, wide = true })
  local size = sd.norm(wide_direction)
  differences("finite differences", function(h) return fixed(wide_p + h * wide_direction) end,
    slope, rounding, 8 * grad_rounding * size)
  if kind == PLAIN then
    local u = sd.map(function(x) return x + 1 end, wide_direction)
    local slope2 = sd.dot(sd.hvp(fixed, wide_p, wide_direction), u)
    differences("hvp", function(h)
      return sd.dot(sd.grad(fixed)(wide_p + h * wide_direction), u)
    end, slope2, grad_rounding * 8 * sd.norm(u), 8 * grad_rounding * size * sd.norm(u) * 64)
    if program.dtype ~= "mixed" then
      jacobian(program, g, p, direction, math.max(narrow_rounding, grad_rounding))
    end
  end
  steps(program, p, f, rounding_at, choice)
end

return check
