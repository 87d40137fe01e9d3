--- sd.ode against solutions in closed form: orders, tolerances, events, path lengths.
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises

--- y' = -y^2, y(0) = 1: y = 1/(1+t)
local function decay(_, y) return -y * y end
--- The circle (cos t, -sin t)
local function turn(_, y) return sd.matrix { y(2), -y(1) } end
local start = sd.matrix { 1, 0 }

describe("order", function()
  it("of rk4 is 4, at its steps and, with order 3 and the error of an interpolation of order 4, "
    .. "between", function()
    local h, ends, between = {}, {}, {}
    for k = 1, 5 do
      h[k] = 2 ^ -(k + 1)
      local sol = sd.ode(decay, 0, 1, 2, { method = "rk4", h = h[k], at = { h[k] * 0.5, 2 } })
      assert.are.equal(2 / h[k], sol.steps)
      assert.are.equal(4 * sol.steps + 1, sol.calls)
      ends[k] = math.abs(sol.y(2) - 1 / 3)
      between[k] = math.abs(sol.y(1) - 1 / (1 + h[k] / 2))
    end
    -- the next term of the error is h times as large as the first: slopes are off by O(h)
    near(sd.fit_loglog(h, ends), 4, 0.25)
    near(sd.fit_loglog(h, between), 4, 0.25)
  end)

  it("of rk45 makes the error proportional to rtol", function()
    local tol, ends, inside = {}, {}, {}
    for k = 1, 7 do
      tol[k] = 10 ^ -(k + 3)
      local sol = sd.ode(turn, 0, start, 10, { rtol = tol[k], atol = tol[k], at = { 5.1, 10 } })
      ends[k] = sd.norm(sol.last - sd.matrix { math.cos(10), -math.sin(10) })
      inside[k] = sd.norm(sol.y:col(1) - sd.matrix { math.cos(5.1), -math.sin(5.1) })
      -- errors of steps, each at most tol |y| (root mean square: sqrt 2 in norm), add up, as
      -- nothing damps them
      assert.is_true(ends[k] < tol[k] * sol.steps * 2)
      assert.is_true(inside[k] < tol[k] * sol.steps * 2)
    end
    near(sd.fit_loglog(tol, ends), 1, 0.15)
  end)

  it("of rk45's steps is 5", function()
    local h, ends = {}, {}
    for k = 1, 4 do -- steps of h, since all errors are allowed
      h[k] = 0.5 / 2 ^ k
      local sol = sd.ode(turn, 0, start, 2, { rtol = 1, h = h[k], hmax = h[k] })
      assert.are.equal(2 / h[k], sol.steps)
      ends[k] = sd.norm(sol.last - sd.matrix { math.cos(2), -math.sin(2) })
    end
    near(sd.fit_loglog(h, ends), 5, 0.3)
  end)
end)

describe("states", function()
  it("are numbers, matrices and trees alike", function()
    local given = { rtol = 1e-9, atol = 1e-12, at = { 0, 0.25, 1 } }
    local function shrink(_, y) return -1 * y end
    local one = sd.ode(shrink, 0, 2, 1, given)
    assert.are.same({ 1, 3 }, { one.y.rows, one.y.cols })
    near(one.y, 2 * sd.exp(-one.t), 1e-8)
    near(one.last, 2 * math.exp(-1), 1e-8)
    local column = sd.ode(shrink, 0, sd.matrix { 1, 2 }, 1, given)
    near(column.y, sd.matrix { 1, 2 } * sd.exp(-column.t), 1e-8)
    local row = sd.ode(shrink, 0, sd.matrix { { 1, 2 } }, 1, given)
    assert.are.equal(3, #row.y)
    near(row.y[3], sd.matrix { { 1, 2 } } * math.exp(-1), 1e-8)
    local tree = sd.ode(function(_, y) return { a = -y.a, b = { y.b[1] } } end, 0,
      { a = 2, b = { sd.ones(2, 2) } }, 1, given)
    near(tree.last.a, 2 * math.exp(-1), 1e-8)
    near(tree.last.b[1], sd.ones(2, 2) * math.exp(1), 1e-8)
    near(tree.y[2].b[1], sd.ones(2, 2) * math.exp(0.25), 1e-8)
  end)

  it("are safe from functions that write to them", function()
    local y0 = sd.ones(2, 1)
    local sol = sd.ode(function(_, y)
      return y:mul_(-1)
    end, 0, y0, 1)
    near(sol.last, sd.ones(2, 1) * math.exp(-1), 1e-5)
    assert.are.equal(1, y0(1))
  end)

  it("keep what is frozen, and go through compiled functions", function()
    local plan = sd.compile(function(s) return { w = -s.rate * s.w } end)
    local sol = sd.ode(function(_, y)
      return { w = plan({ w = y.w, rate = y.rate }).w, rate = y.rate }
    end, 0, { w = sd.ones(3, 1), rate = sd.frozen(2) }, 1, { rtol = 1e-9, atol = 1e-12 })
    near(sol.last.w, sd.ones(3, 1) * math.exp(-2), 1e-8)
    assert.are.equal(2, sol.last.rate(1))
  end)

  it("run backwards", function()
    local sol = sd.ode(turn, 10, sd.matrix { math.cos(10), -math.sin(10) }, 0,
      { rtol = 1e-10, atol = 1e-12, at = { 9, 1, 0 } })
    near(sol.y, sd.vcat(sd.cos(sol.t), -sd.sin(sol.t)), 1e-8)
    near(sol.last, start, 1e-8)
  end)

  it("stay where they are over no time", function()
    local sol = sd.ode(decay, 1, 3, 1)
    assert.are.same({ 3, 1, 0, 1 }, { sol.last, sol.reached, sol.steps, sol.t.cols })
  end)
end)

describe("path length", function()
  local tight = { rtol = 1e-9, atol = 1e-12, path_length = true }

  it("of a circle is the angle", function()
    local sol = sd.ode(turn, 0, start, 7, tight)
    near(sol.length, sol.t, 7e-8)
    assert.is_true(sol.y.rows == 2)
  end)

  it("of a gradient flow is that of the curve it runs along", function()
    -- h = x^2/2 + 2 y^2 from (1,1): y = x^4, of arc length int sqrt(1 + 16 x^6) dx
    local function h(p) return p.x ^ 2 / 2 + 2 * p.y ^ 2 end
    local sol = sd.gradient_flow(h, { x = 1, y = 1 }, 3, { rtol = 1e-9, atol = 1e-12 })
    local arc = sd.integrate(function(x) return math.sqrt(1 + 16 * x ^ 6) end, math.exp(-3), 1)
    near(sol.length(-1), arc, 1e-7)
    near(sol.last.x, math.exp(-3), 1e-8)
    near(sol.last.y, math.exp(-12), 1e-8)
  end)

  it("can end the solution", function()
    local sol = sd.ode(turn, 0, start, 7, { rtol = 1e-9, atol = 1e-12, path_length = true,
      events = { { function(_, _, length) return length - 2 end, terminal = true } } })
    near(sol.reached, 2, 1e-7)
    near(sol.length(-1), 2, 1e-12)
    near(sol.last, sd.matrix { math.cos(2), -math.sin(2) }, 1e-7)
  end)

  it("counts as much as the state, however large that is", function()
    -- 1000 elements at rest and one that oscillates: the root mean square hardly sees it
    local n, omega = 1000, 20
    local sol = sd.ode(function(t, y)
      local dy = sd.zeros(n, 1)
      dy:set(1, omega * math.cos(omega * t) + 0 * y(1))
      return dy
    end, 0, sd.zeros(n, 1), 2 * math.pi, { rtol = 1e-6, atol = 1e-6, path_length = true })
    -- 20 periods, each of length 4; steps err by 1e-6 (1 + 80), also where |cos| has its kinks
    near(sol.length(-1), 80, 81e-6 * sol.steps)
    assert.is_true(sol.steps > 100)
  end)
end)

describe("events", function()
  local function first(_, y) return y(1) end
  local function times(sol)
    local t = {}
    for k, e in ipairs(sol.events) do t[k] = e.t end
    return t
  end
  local set = { rtol = 1e-10, atol = 1e-12 }
  local function with(events)
    local given = { events = events }
    for key, v in pairs(set) do given[key] = v end
    return sd.ode(turn, 0, start, 10, given)
  end

  it("are found at the zeros, in order, with the state there", function()
    local sol = with { first, function(_, y) return y(2) + 0.5 end }
    local t, want = times(sol), {}
    for k = 0, 2 do want[#want + 1] = (k + 0.5) * math.pi end
    for k = 0, 1 do -- -sin t = -1/2
      want[#want + 1] = math.pi / 6 + 2 * math.pi * k
      want[#want + 1] = math.pi * 5 / 6 + 2 * math.pi * k
    end
    table.sort(want)
    assert.are.equal(#want, #t)
    for k = 1, #want do near(t[k], want[k], 1e-8) end
    for _, e in ipairs(sol.events) do
      near(e.y, sd.matrix { math.cos(e.t), -math.sin(e.t) }, 1e-8)
      near(e.event == 1 and e.y(1) or e.y(2) + 0.5, 0, 1e-13)
    end
  end)

  it("go up or down, and end the solution", function()
    near(times(with { { first, direction = "up" } })[1], 1.5 * math.pi, 1e-8)
    near(times(with { { first, direction = "down" } })[2], 2.5 * math.pi, 1e-8)
    local sol = with { { first, direction = "up", terminal = true },
      function(_, y) return y(2) end }
    near(sol.reached, 1.5 * math.pi, 1e-8)
    near(sol.t(-1), 1.5 * math.pi, 1e-8)
    assert.are.equal(2, #sol.events) -- of the other one that at pi, not that at the start
    assert.are.equal(2, sol.events[1].event)
  end)

  it("cut off the times that are asked for", function()
    local sol = sd.ode(turn, 0, start, 10,
      { at = { 0, 1, 2, 3 }, events = { { first, terminal = true } } })
    assert.are.equal(2, sol.t.cols)
    near(sol.reached, math.pi / 2, 1e-5)
    raises("ode: the solution ended before the first of the times in at", sd.ode, turn, 0, start,
      10, { at = { 3 }, events = { { first, terminal = true } } })
  end)

  it("need a change of sign: a zero at the start, or one that is touched, is none", function()
    assert.are.equal(0, #sd.ode(function() return 1 end, 0, 0, 1,
      { events = { function(t) return t end } }).events)
    local sol = sd.ode(function() return 1 end, 0, 0, 1,
      { events = { function(t) return (t - 1 / 3) ^ 2 end } })
    assert.are.equal(0, #sol.events)
  end)
end)

describe("rk45", function()
  it("counts its calls", function()
    local calls = 0
    local sol = sd.ode(function(t, y)
      calls = calls + 1
      return turn(t, y)
    end, 0, start, 5)
    assert.are.equal(calls, sol.calls)
    assert.are.equal(2 + 6 * (sol.steps + sol.rejected), calls) -- the first two choose h
    sol = sd.ode(turn, 0, start, 5, { h = 5 })
    assert.is_true(sol.rejected > 0)
    assert.are.equal(1 + 6 * (sol.steps + sol.rejected), sol.calls)
  end)

  it("sees stiffness, and does not where there is none", function()
    local function stiff(t, y) return -1000 * (y - math.cos(t)) end
    local sol = sd.ode(stiff, 0, 1, 1)
    assert.is_true(sol.stiff)
    near(sol.last, math.cos(1) + math.sin(1) / 1000, 1e-5)
    assert.is_false(sd.ode(turn, 0, start, 20).stiff)
    raises("ode: 100 steps lead from t = 0 to 0.", sd.ode, stiff, 0, 1, 1, { steps = 100 })
    raises(", of 1; the problem is stiff, which explicit methods are slow at", sd.ode, stiff, 0, 1,
      1, { steps = 100 })
    raises("ode: 10 steps lead from t = 0 to ", sd.ode, turn, 0, start, 50, { steps = 10 })
    raises(", of 50; raise steps, or the tolerances", sd.ode, turn, 0, start, 50, { steps = 10 })
  end)

  it("stops at what is singular", function()
    raises("ode: the step is down to ", sd.ode, function(_, y) return y * y end, 0, 1, 2)
    raises(" at t = 1.00000", sd.ode,
      function(_, y) return y * y end, 0, 1, 2)
    raises("ode: the function is not finite at the start, t = 0", sd.ode,
      function(t) return 1 / t end, 0, 1, 1)
    raises("ode: the state is not finite after the step from t = ", sd.ode,
      function(_, y) return y * y end, 0, 1, 20, { method = "rk4", h = 1 })
  end)

  it("tries shorter steps where f is NaN", function()
    -- y' = -sqrt(1 - t): NaN beyond the end, which a first step of 3 passes
    local sol = sd.ode(function(t) return t <= 1 and -math.sqrt(1 - t) or 0 / 0 end, 0, 1, 0.999,
      { h = 0.999 })
    near(sol.last, 1 - 2 / 3 * (1 - 0.001 ^ 1.5), 1e-5)
    sol = sd.ode(function(_, y) return -math.log(y) end, 0, 3, 1, { h = 8 })
    assert.is_true(sol.rejected > 0 or sol.steps > 1)
    assert.is_true(sol.last > 1 and sol.last < 3)
  end)
end)

it("says what is wrong", function()
  local function bad(text, given) raises(text, sd.ode, decay, 0, 1, 2, given) end
  raises("ode: argument 1 must be a function, got nil", sd.ode, nil, 0, 1, 1)
  raises("ode: t1 must be a finite number, got inf", sd.ode, decay, 0, 1, math.huge)
  raises("ode: the state y0 must be finite", sd.ode, decay, 0, 0 / 0, 1)
  raises("ode: the state must be f64", sd.ode, decay, 0, sd.ones(2, 1, { dtype = "f32" }), 1)
  raises("ode: the state has no elements", sd.ode, decay, 0, {}, 1)
  raises("ode: the state", sd.ode, decay, 0, print, 1)
  raises("ode: the function must return the derivative of the state, here 2x1, it returned a 1x2 "
    .. "matrix", sd.ode,
    function() return sd.ones(1, 2) end, 0, start, 1)
  raises("ode: what the function returns is not like the state: it.b is missing there", sd.ode,
    function(_, y) return { a = y.a } end, 0, { a = 1, b = 2 }, 1)
  raises("ode: the function must return the derivative of the state, here a number, it returned "
    .. "nil", sd.ode, function() end, 0, 1, 1)
  raises("ode: has no traced form: sd.loop records", function()
    sd.grad(function(y) return sd.ode(decay, 0, y, 1).last end)(1)
  end)
  bad("ode: unknown option 'rtoll' (did you mean 'rtol'?)", { rtoll = 1 })
  bad("ode: option 'method' must be 'rk45' or 'rk4', got the string \"euler\"",
    { method = "euler" })
  bad("ode: rk4 needs h, the length of its steps", { method = "rk4" })
  bad("ode: rtol is for rk45; rk4 takes equal steps h", { method = "rk4", h = 1, rtol = 1 })
  bad("ode: from 0 to 2 are more than 100000 steps of h = 1e-09; raise h, or steps",
    { method = "rk4", h = 1e-9 })
  bad("ode: option 'h' must be a positive number, got -1", { h = -1 })
  bad("ode: option 'rtol' must be a finite number from 0, got NaN", { rtol = 0 / 0 })
  bad("ode: option 'rtol' must be a finite number from 0, got -1", { rtol = -1 })
  bad("ode: rtol below 1e-13 asks for more than rounding allows; atol is 0", { rtol = 0, atol = 0 })
  bad("ode: at must have times within 0..2, element 2 is 3", { at = { 1, 3 } })
  bad("ode: the times in at must be in the order of travel, element 2 is 0.5 after 1",
    { at = { 1, 0.5 } })
  bad("ode: option 'path_length' must be true or false, got 1", { path_length = 1 })
  bad("ode: events must be a list, got a function", { events = print })
  bad("ode: events must be a list, it has the key the string \"hit\"", { events = { hit = print } })
  bad("ode: event 1 must be a function or a table that begins with one, got 3", { events = { 3 } })
  bad("ode: event 1: option 'direction' must be 'up' or 'down', got 1",
    { events = { { print, direction = 1 } } })
  bad("ode: event 1: unknown option 'terminl' (did you mean 'terminal'?)",
    { events = { { print, terminl = true } } })
  bad("ode: the function must return a number, at 0 it returned nil",
    { events = { function() end } })
  raises("gradient_flow: argument 1 must be a function, got 1", sd.gradient_flow, 1, 1, 1)
end)
