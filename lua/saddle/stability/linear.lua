--- Descent-ascent on L = <d, r(theta)> - |d|^2/2 seen from its residual: z = (r, d) moves by
--
--   r(t+1) = r(t) - eta Jbar_t J_t' d(t)      d(t+1) = (1 - mu) d(t) + mu r(t),
--
-- exactly, J_t being the Jacobian of r at theta_t and Jbar_t its average on the line from theta_t
-- to theta_{t+1}. Where r is linear both are one matrix J; with that of the start it is the linear
-- twin of a run. Y. Balaji et al., Understanding overparameterization in GANs, ICLR 2021, equations
-- (15) to (21).
local check = require "saddle.check"
local core = require "saddle.core"
local compile = require "saddle.compile"
local jacobian = require "saddle.jacobian"
local jbar = require("saddle.jbar").jbar
local options = require "saddle.options"
local trace = require "saddle.trace"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local linear = {}

-- ---- arguments ----------------------------------------------------------------------------------

local function is_matrix(v) return tracing.kind(v) == "matrix" and not tracing.issymbol(v) end

local function is_operator(v)
  return type(v) == "table" and tracing.callable(v.matvec) and tracing.callable(v.rmatvec)
end

--- Raises unless J is a matrix or an operator with m rows.
local function check_map(where, what, J, m)
  if not is_matrix(J) and not is_operator(J) then
    fail("%s: %s must be a matrix or an operator {rows=, cols=, matvec=, rmatvec=}, got %s", where,
      what, core.show(J))
  elseif J.rows ~= m then
    fail("%s: %s must have %d rows, as r has, and has %s", where, what, m, core.show(J.rows))
  end
end

--- r, d and the options.
local function read(where, z, given, steps)
  for _, key in ipairs { "r", "d" } do
    local v = type(z) == "table" and z[key]
    if not is_matrix(v) or v.cols ~= 1 then
      fail("%s: z must be {r = column, d = column}, z.%s is %s", where, key, core.show(v or nil))
    end
  end
  if z.r.rows ~= z.d.rows then
    fail("%s: r and d must have the same length, got %d and %d", where, z.r.rows, z.d.rows)
  end
  local wrong = type(given) ~= "table" and "needs a table of options with eta, mu and steps"
    or options.wrong(given, { "eta", "every", "mu", "steps" })
  if wrong then fail("%s: %s", where, wrong) end
  return z.r, z.d, { eta = check.number(where, "option 'eta'", given.eta, 0),
    mu = check.number(where, "option 'mu'", given.mu, 0),
    every = check.whole(where, "option 'every'", given.every, 1, nil, 1),
    steps = check.whole(where, "option 'steps'", given.steps, 1, nil, steps) }
end

-- ---- simulation ---------------------------------------------------------------------------------

--- J x, or with `name` rmatvec J' x, a column of n elements (nil: of any number).
local function apply(where, J, name, x, n)
  if is_matrix(J) then return (name == "matvec" and J or J:t()) * x end
  local y = J[name](x)
  if not is_matrix(y) or y.cols ~= 1 or n and y.rows ~= n then
    fail("%s: %s must give a column%s, got %s", where, name, n and " of " .. n or "", core.show(y))
  end
  return y
end

--- Step by step; at(t) gives J_t and Jbar_t, checked.
local function walk(where, at, r, d, o)
  local R, D, times = { r }, { d }, { 0 }
  for t = 0, o.steps - 1 do
    local J, average = at(t)
    local way = apply(where, average, "matvec", apply(where, J, "rmatvec", d), r.rows)
    r, d = r - o.eta * way, (1 - o.mu) * d + o.mu * r
    if (t + 1) % o.every == 0 or t + 1 == o.steps then
      R[#R + 1], D[#D + 1], times[#times + 1] = r, d, t + 1
    end
  end
  return { r = core.hcat(R), d = core.hcat(D), t = core.matrix(times):t() }
end

--- sd.stability.lti(J, {r =, d =}, {eta =, mu =, steps =[, every = 1]}) -> {r =, d =, t =}: the
-- linear twin with one J (m x p), a matrix or an operator, from columns r, d (m,1): columns at the
-- times of the row t, 0, every, 2 every, ... and the last. Of a matrix, J J' is formed once and the
-- steps run compiled.
function linear.lti(J, z, given)
  local where = "stability.lti"
  local r, d, o = read(where, z, given)
  check_map(where, "J", J, r.rows)
  if not is_matrix(J) then return walk(where, function() return J, J end, r, d, o) end
  local K, eta, mu = J * J:t(), o.eta, o.mu
  local plan = compile(function(s)
    return { r = s.r - eta * (K * s.d), d = (1 - mu) * s.d + mu * s.r }
  end)
  local _, h = plan:iterate({ r = r, d = d }, o.steps, { every = o.every,
    record = function(s) return { r = s.r, d = s.d } end })
  return { r = h.r, d = h.d, t = h.t }
end

--- sd.stability.ltv(J, {r =, d =}, {eta =, mu =[, steps =, every = 1]}) -> {r =, d =, t =}: the
-- same with J_t and Jbar_t that change. J is a list of pairs {J_0, Jbar_0}, {J_1, Jbar_1}, ... (m x
-- p, matrices or operators), or a function of t = 0, 1, ... that gives the two; only the list knows
-- how many steps there are.
function linear.ltv(J, z, given)
  local where = "stability.ltv"
  local list = type(J) == "table" and rawlen(J) > 0
  if not list and not tracing.callable(J) then
    fail("%s: J must be a function of t or a list of pairs {J_t, Jbar_t}, got %s", where,
      core.show(J))
  end
  local r, d, o = read(where, z, given, list and rawlen(J) or nil)
  if list and o.steps > rawlen(J) then
    fail("%s: %.0f steps need as many pairs {J_t, Jbar_t}, there are %d", where, o.steps, rawlen(J))
  end
  return walk(where, function(t)
    local here, average
    if list then
      local pair = J[t + 1]
      if type(pair) ~= "table" then
        fail("%s: J[%d] must be a pair {J_t, Jbar_t}, got %s", where, t + 1, core.show(pair))
      end
      here, average = pair[1], pair[2]
    else
      here, average = J(t)
    end
    check_map(where, ("J at t = %d"):format(t), here, r.rows)
    check_map(where, ("Jbar at t = %d"):format(t), average, r.rows)
    return here, average
  end, r, d, o)
end

--- sd.stability.along(r, path) -> J, a function of t for sd.stability.ltv, and the number of its
-- steps: J_t and Jbar_t of the function r on a path, a matrix whose column t + 1 is theta_t or a
-- list of trees. Each call of J computes them anew; its third result is what sd.jbar says of the
-- identity Jbar (theta_{t+1} - theta_t) = r(theta_{t+1}) - r(theta_t).
function linear.along(r, path)
  local where = "stability.along"
  trace.check_function(where, r)
  local n
  if is_matrix(path) then
    n = path.cols
  elseif type(path) == "table" then
    n = rawlen(path)
  end
  if not n or n < 2 then
    fail("%s: path must be a matrix with a column, or a list with an entry, for each of at least 2 "
      .. "times, got %s", where, core.show(path))
  end
  local function at(t)
    if is_matrix(path) then return path:col(t + 1):clone() end
    return path[t + 1]
  end
  return function(t)
    local whole = type(t) == "number" and math.tointeger(t)
    if not whole or whole < 0 or whole > n - 2 then
      fail("%s: t must be in 0..%d, got %s", where, n - 2, core.show(t))
    end
    local theta = at(whole)
    local J = jacobian.jacobian(r)(theta)
    local average, info = jbar(r, at(whole + 1), theta)
    return J, average, info.miss
  end, n - 1
end

return linear
