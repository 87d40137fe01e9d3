-- Checkpoints of iterations: runs that an end, an error or a crash cut off go on to the same bits.
local sd = require "saddle"
local support = require "tests.lua.support"
local raises, bits = support.raises, support.bits

local directory = os.tmpname()
os.remove(directory)
local file = directory .. "/run.npz"

--- A plan with draws, a schedule, records and something to fail at; its start.
local fail_at = nil
local trap = sd.op { name = "trap", run = function(t)
  if t(1) == fail_at then error "the trap" end
  return t
end }
local function schedule(t) return 1 / (1 + t) end
local function new_plan()
  return sd.compile(function(s)
    local x = s.x - sd.schedule(schedule, s.t) * (sd.sin(s.x) + s.rng:randn(3, 1))
    return { x = x, t = trap(s.t) + 1, y = s.y + sd.sum(x) }
  end)
end
local plan = new_plan()
local function start()
  return { x = sd.ones(3, 1), t = 1, y = 0, rng = sd.rng(7, "run"), name = "a",
    f = sd.frozen(sd.eye(2)), s = sd.full(1, 2, 0.1, { dtype = "f32" }), none = sd.zeros(0, 3) }
end
local function record(s) return { x = s.x, y = s.y, half = (0.5 * s.x):to "f32" } end
local function options(more)
  local o = { every = 7, record = record, checkpoint = { file = file, seconds = 60 } }
  for key, value in pairs(more or {}) do o[key] = value end
  return o
end
local function whole(n) return bits{ plan:iterate(start(), n, { every = 7, record = record }) } end

describe("a checkpoint", function()
  setup(function() os.execute("mkdir -p " .. directory) end)
  teardown(function() os.execute("rm -rf " .. directory) end)
  before_each(function()
    os.remove(file)
    fail_at = nil
  end)

  for _, eager in ipairs{ false, true } do
    local name = eager and " (eager)" or ""

    it("lets a run go on after an error in mid-step" .. name, function()
      for _, at in ipairs{ 1, 2, 8, 30, 50 } do
        os.remove(file)
        fail_at = at
        raises("the trap", plan.iterate, plan, start(), 50, options{ eager = eager })
        fail_at = nil
        local s, h = plan:iterate(start(), 50, options{ eager = eager })
        if not eager then assert.same(whole(50), bits{ s, h }) end
        assert.same({ 51.0, 50, "done" }, { s.t, h.n, h.status })
        assert.same({ { 0, 7, 14, 21, 28, 35, 42, 49, 50 } }, h.t:totable())
      end
    end)
  end

  it("lets a run go on after an error of a hook, and of a record", function()
    for _, at in ipairs{ 0, 7, 21, 45 } do
      os.remove(file)
      raises("the hook", plan.iterate, plan, start(), 45, options{ hook = function(_, t)
        if t == at then error "the hook" end
      end })
      assert.same(whole(45), bits{ plan:iterate(start(), 45, options()) })
    end
    local function stop(s) return sd.ge(s.t, 27) end -- at t = 26
    for _, case in ipairs{ { 14 }, { 30 }, { 26, stop } } do
      local bad = case[1]
      local function fragile(s)
        local ok = sd.where(sd.eq(s.t, bad + 1), -1, 1) * sd.eye(1)
        return { x = s.x, y = s.y, half = (0.5 * s.x):to "f32" + 0 * sd.sum(sd.cholesky(ok)) }
      end
      os.remove(file)
      raises(("after step %d: cholesky"):format(bad), plan.iterate, plan, start(), 30,
        options{ record = fragile, stop = case[2] })
      local _, h = plan:iterate(start(), 30, options{ stop = case[2] })
      assert.same(case[2] and { { 0, 7, 14, 21, 26 } } or { { 0, 7, 14, 21, 28, 30 } },
        h.t:totable())
    end
  end)

  it("lets a run be made longer, whether it stopped at a record or not", function()
    plan:iterate(start(), 7, options())
    plan:iterate(start(), 10, options())
    plan:iterate(start(), 11, options())
    plan:iterate(start(), 21, options())
    assert.same(whole(40), bits{ plan:iterate(start(), 40, options()) })
    raises("run.npz is at step 40, beyond 39", plan.iterate, plan, start(), 39, options())
  end)

  it("of a finished run gives it again, without a step", function()
    for _, n in ipairs{ 0, 14, 16 } do
      os.remove(file)
      local first = bits{ plan:iterate(start(), n, options()) }
      fail_at = n + 1 -- any step would fail
      assert.same(first, bits{ plan:iterate(start(), n, options()) })
      assert.same(first, bits{ plan:iterate(start(), n, options()) })
      fail_at = nil
    end
  end)

  it("of a stopped run stops again", function()
    local o = options{ stop = function(s) return sd.ge(s.t, 13) end }
    local first = bits{ plan:iterate(start(), 40, o) }
    assert.same(first, bits{ plan:iterate(start(), 40, o) })
    assert.matches("stopped", table.concat(first, "\n"))
    assert.same(whole(40), bits{ plan:iterate(start(), 40, options()) })
  end)

  it("is shown to hooks only what comes after it", function()
    plan:iterate(start(), 14, options())
    local seen = {}
    local function hook(s, t, r)
      seen[#seen + 1] = t
      assert.equal(t + 1, s.t)
      assert.equal(s.y, r.y)
    end
    plan:iterate(start(), 24, options{ hook = hook })
    assert.same({ 21, 24 }, seen)
  end)

  --- What log is shown of a run to n with these options, and state and history to the bit.
  local function shown(n, o)
    local seen, all = {}, {}
    for key, value in pairs(o) do all[key] = value end
    function all.log(t, r) seen[#seen + 1] = table.concat(bits{ t, math.type(t), r }, "\n") end
    local fresh = new_plan()
    local ok, s, h = pcall(fresh.iterate, fresh, start(), n, all)
    return seen, ok and bits{ s, h } or s
  end

  it("is shown to log, so that it sees what it sees of a run that nothing ends", function()
    local rng, n = sd.rng(3, "ends"), 45
    local function stop(s) return sd.ge(s.t, 39) end -- at t = 38
    for _, o in ipairs{ { every = 7 }, { every = 1 }, { every = 9 }, { every = 60 },
      { every = 7, stop = stop }, { every = 19, stop = stop }, { every = 7, eager = true },
      { every = 7, eager = true, stop = stop } } do
      o.record = record
      local log, final = shown(n, o)
      assert.matches(o.stop and "stopped" or "done", table.concat(final, "\n"))
      o.checkpoint = { file = file, seconds = 60 }
      os.remove(file)
      local last = 0
      while last < 27 do -- at least three runs, the last one ended at t = 37 or before
        last = last + rng:randint(12)
        fail_at = last
        local before, message = shown(n, o)
        assert.matches("the trap", message)
        assert.same({ table.unpack(log, 1, #before) }, before)
      end
      fail_at = nil
      for _ = 1, 2 do -- the second time the run has ended already
        local again, same = shown(n, o)
        assert.same(log, again)
        assert.same(final, same)
      end
    end
  end)

  it("is shown to log as far as it counts, also when log has failed", function()
    local function times(n, bad)
      local seen = {}
      local ok = pcall(plan.iterate, plan, start(), n, options{ log = function(t)
        seen[#seen + 1] = t
        if t == bad then error "the log" end
      end })
      assert.equal(bad == nil, ok)
      return seen
    end
    assert.same({ 0, 7, 10 }, times(10))
    assert.same({ 0, 7, 10 }, times(10))
    assert.same({ 0, 7, 14, 20 }, times(20)) -- 10 is no record of a run to 20
    assert.same({ 0, 7 }, times(30, 7))
    assert.same({ 0, 7, 14, 21, 28 }, times(30, 28))
    assert.same({ 0, 7, 14, 21, 28, 30 }, times(30, 30))
    assert.same({ 0, 7, 14, 21, 28, 30 }, times(30))
    assert.same(whole(30), bits{ plan:iterate(start(), 30, options()) })
  end)

  it("may be a name alone, without records", function()
    local count = sd.compile(function(s) return { t = s.t + 1 } end)
    local o = { checkpoint = file }
    assert.equal(5.0, (count:iterate({ t = 0 }, 5, o)).t)
    local s, h = count:iterate({ t = 0 }, 9, o)
    assert.same({ 9.0, 9, 0 }, { s.t, h.n, #h.t })
    o.stop = function() return 1 end
    assert.equal("stopped", select(2, count:iterate({ t = 0 }, 20, o)).status)
  end)

  it("is written on the way, never half", function()
    local seen = {}
    local o = options{ checkpoint = { file = file, seconds = 0 } } -- so at each step
    function o.hook(_, t)
      local f = io.open(file, "rb")
      if f then
        f:close()
        seen[#seen + 1] = sd.load(file).t(1)
        assert.equal(t - 1, seen[#seen])
      end
    end
    plan:iterate(start(), 15, o)
    assert.same({ 6, 13, 14 }, seen)
    local listing = io.popen("ls -A " .. directory)
    assert.equal("run.npz\n", listing:read "a") -- no temporary file stays
    listing:close()
  end)

  it("of another state or other records is refused", function()
    plan:iterate(start(), 9, options())
    local other = start()
    other.z = 0
    raises("run.npz is of another state or other records; remove it", plan.iterate, plan, other, 9,
      options())
    for _, more in ipairs{ { every = 8 }, { record = function(s) return { x = s.x } end } } do
      raises("is of another state or other records", plan.iterate, plan, start(), 9, options(more))
    end
    raises("records of 1x1 f64 follow such of 3x1 f32", plan.iterate, plan, start(), 9,
      options{ record = function(s) return { x = s.y, y = s.y, half = s.y } end })
  end)

  it("that is damaged is refused", function()
    plan:iterate(start(), 15, options())
    local f = assert(io.open(file, "rb"))
    local good = f:read "a"
    f:close()
    local function refused(message)
      raises(message, plan.iterate, plan, start(), 20, options())
    end
    local function write(text)
      f = assert(io.open(file, "wb"))
      f:write(text)
      f:close()
    end
    for _, size in ipairs{ 0, 1, 100, #good // 2, #good - 1 } do
      write(good:sub(1, size))
      refused "run.npz"
    end
    write(good)
    local items = sd.load(file)
    local function with(name, value, message)
      local copy = {}
      for key, m in pairs(items) do copy[key] = m end
      copy[name] = value
      if next(copy) then sd.save(file, copy) end
      refused(message or "is damaged (" .. name)
    end
    with("signature", nil, "is of another state")
    with("signature", sd.full(1, #items.signature, 0.5), "is of another state")
    for _, t in ipairs{ -1, 1.5, 0 / 0, 1e300 } do with("t", sd.full(1, 1, t)) end
    with("t", nil)
    for k = 1, 7 do
      with("leaf" .. k, nil)
      with("leaf" .. k, sd.ones(5, 7))
    end
    local rng
    for k = 1, 7 do if items["leaf" .. k].rows == 4 then rng = "leaf" .. k end end
    with(rng, sd.matrix{ 1, 2, 3, 0.5 })
    with(rng, sd.matrix{ 1, -2, 3, 0 })
    with("record1", items.record1:col(1), "is damaged")
    with("record1", 3, "is damaged (record1")
    with("record4", nil, "is damaged (the times of records")
    with("record5", items.record4, "is damaged (the times of records")
    with("record4", sd.matrix{ { 0, 14, 7, 15 } }, "is damaged (the times of records")
    with("record4", sd.matrix{ { 0, 7, 14, 16 } }, "is damaged (the times of records")
    write(good)
    assert.same(whole(20), bits{ plan:iterate(start(), 20, options()) })
  end)

  it("is asked for properly", function()
    local function refused(value, message)
      raises(message, plan.iterate, plan, start(), 2, { checkpoint = value })
    end
    refused(3, "iterate: checkpoint must be the name of an .npz file")
    refused("run.csv", "iterate: checkpoint must be the name of an .npz file")
    refused({}, "iterate: checkpoint must be the name of an .npz file")
    refused({ file = file, seconds = -1 }, "iterate: checkpoint must be the name of an .npz file")
    refused({ file = file, second = 1 }, "unknown option 'second' (did you mean 'seconds'?)")
    refused(directory .. "/none/run.npz", "none/run.npz")
  end)
end)
