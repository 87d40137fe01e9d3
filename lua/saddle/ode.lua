--- sd.ode: initial value problems y' = f(t, y).
--
--   sol = sd.ode(f, t0, y0, t1[, options])
--   sol = sd.gradient_flow(h, p0, t1[, options])    p' = -grad h(p), with path_length = true
--
-- The state y is a number, a matrix or a tree; f(t, y) returns the derivative in the same form, and
-- gets a copy that it may write to. t1 may be below t0. Options:
--   method="rk45"    Dormand and Prince's pair of orders 5 and 4, which chooses its steps;
--          "rk4"     the classical method of order 4, in equal steps of at most h
--   rtol=1e-6 atol=1e-9   of rk45: the error made in a step is to be at most atol + rtol |y|,
--                    root mean square over the elements; hmax= bounds the steps
--   h=               the step of rk4, which needs it; of rk45 the first one
--   at={t, ...}      where the solution is wanted (within t0..t1, in the order of travel); else
--                    after every step
--   events={g, {g, terminal=true, direction="up"}, ...}   sought are the zeros of g(t, y, length),
--                    a number; "up" and "down" (as t goes on) leave the others out; a terminal one
--                    ends the solution. Zeros are seen by a change of sign from step to step.
--   path_length=true the length of the path of y (Euclidean, over all leaves) is integrated with it
--                    to the same tolerance
--   steps=100000     at most
--
-- The result has the fields
--   t        a row of times; y: for a column or a number a matrix with a column for each time, else
--            a list; length: a row of path lengths
--   last, reached    the state at the end, and the time there
--   events   a list of {event=k, t=, y=, length=}, in order
--   steps, rejected, calls (of f), stiff (whether steps were kept short by stability and not by
--            accuracy: an implicit method would be faster)
-- Between steps the solution is a polynomial of degree 4 (rk4: 3) that has its derivative right at
-- both ends. NaN or infinity in f makes rk45 try shorter steps. What cannot be gone on with is an
-- error that says where.
local compile = require "saddle.compile"
local core = require "saddle.core"
local derive = require "saddle.derive"
local events = require "saddle.ode.events"
local check = require "saddle.check"
local space = require "saddle.ode.space"
local stepper = require "saddle.ode.stepper"
local tree = require "saddle.tree"
local fail = tree.fail
tree.module()

local ode = {}

local NAMES = { "method", "rtol", "atol", "h", "hmax", "at", "events", "path_length", "steps" }

--- The times of the option `at`, checked.
local function check_times(given, t0, t1)
  if given == nil then return nil end
  local times, way = check.list("ode", "at", given, 1), t1 >= t0 and 1 or -1
  for k, t in ipairs(times) do
    if way * (t - t0) < 0 or way * (t1 - t) < 0 then
      fail("ode: at must have times within %g..%g, element %d is %g", t0, t1, k, t)
    end
    if k > 1 and way * (t - times[k - 1]) < 0 then
      fail("ode: the times in at must be in the order of travel, element %d is %g after %g", k, t,
        times[k - 1])
    end
  end
  return times
end

--- Method, tolerances and limits from the options.
local function settings(given, t0, t1)
  local method = check.word("ode", "option 'method'", given.method, { "rk45", "rk4" }, "rk45")
  local set = {
    method = method, from = t0, to = t1, way = t1 >= t0 and 1 or -1,
    rtol = check.number("ode", "option 'rtol'", given.rtol, 0, nil, 1e-6),
    atol = check.number("ode", "option 'atol'", given.atol, 0, nil, 1e-9),
    h = given.h ~= nil and check.positive("ode", "option 'h'", given.h) or nil,
    hmax = check.positive("ode", "option 'hmax'", given.hmax, math.huge),
    most = check.whole("ode", "option 'steps'", given.steps, 1, 2^31, 100000),
  }
  if set.rtol < 1e-13 and set.atol == 0 then
    fail("ode: rtol below 1e-13 asks for more than rounding allows; atol is 0")
  end
  if method == "rk4" then
    if not set.h then fail "ode: rk4 needs h, the length of its steps" end
    for _, key in ipairs { "rtol", "atol", "hmax" } do
      if given[key] then fail("ode: %s is for rk45; rk4 takes equal steps h", key) end
    end
    if math.abs(t1 - t0) / set.h > set.most then
      fail("ode: from %g to %g are more than %d steps of h = %g; raise h, or steps", t0, t1,
        set.most, set.h)
    end
  end
  return set
end

-- ---- what is kept of the solution --------------------------------------------------------------

local function keep(record, t, y)
  record.t[#record.t + 1], record.y[#record.y + 1] = t, y
end

--- Keeps what is wanted of the step from `run.before` to run.t, or to the event that ends it.
local function record_step(record, run, stop)
  local t = stop and stop.t or run.t
  if not record.times then
    return keep(record, t, stop and stop.point or run.y)
  end
  while record.times[record.next] and run.way * (t - record.times[record.next]) >= 0 do
    local at = record.times[record.next]
    keep(record, at, at == run.t and run.y or run:inside((at - run.before) / (run.t - run.before)))
    record.next = record.next + 1
  end
end

--- The table that sd.ode returns.
local function result(sol, shape, record, run)
  local rows, states, lengths = {}, {}, {}
  for k, y in ipairs(record.y) do
    rows[k] = record.t[k]
    states[k] = shape.column and shape.values(y) or shape.read(y)
    if shape.length then lengths[k] = y(-1) end
  end
  sol.t = core.matrix { rows }
  sol.y = shape.column and core.hcat(states) or states
  sol.length = shape.length and core.matrix { lengths } or nil
  sol.steps, sol.rejected, sol.calls, sol.stiff = run.steps, run.rejected, run.calls, run.stiff
  return sol
end

--- sd.ode(f, t0, y0, t1[, options]) -> sol, as above.
function ode.ode(f, t0, y0, t1, given)
  local _ <close> = core.tracing.suspend()
  check.callable("ode", "argument 1", f)
  t0, t1 = check.number("ode", "t0", t0), check.number("ode", "t1", t1)
  given = check.options("ode", given, NAMES)
  local set = settings(given, t0, t1)
  local shape = space(y0, given.path_length)
  local watch = events(given.events, shape)
  local record = { times = check_times(given.at, t0, t1), next = 1, t = {}, y = {} }
  local run = stepper(f, shape, set)
  local sol, stop = { events = {} }, nil
  watch:start(run)
  record_step(record, run)
  while run.t ~= t1 and not stop do
    run:step()
    stop = watch:look(run, sol.events)
    record_step(record, run, stop)
  end
  sol.last, sol.reached = shape.read(stop and stop.point or run.y), stop and stop.t or run.t
  for _, event in ipairs(sol.events) do event.point = nil end
  if #record.t == 0 then fail "ode: the solution ended before the first of the times in at" end
  return result(sol, shape, record, run)
end

--- sd.gradient_flow(h, p0, t1[, options]) -> sol: the path of steepest descent of h, a function of
-- trees that sd.grad differentiates, from p0 at t = 0, with its length. The gradient is compiled:
-- numbers that h captures are those at the start.
function ode.gradient_flow(h, p0, t1, given)
  check.callable("gradient_flow", "argument 1", h)
  local slope = derive.grad(h)
  local descent = compile(function(s) return { p = -slope(s.p) } end)
  local set = { path_length = true }
  for key, value in next, check.options("gradient_flow", given, NAMES) do set[key] = value end
  return ode.ode(function(_, p) return descent({ p = p }).p end, 0, p0, t1, set)
end

return ode
