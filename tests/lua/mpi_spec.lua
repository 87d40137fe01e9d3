--- sd.mpi in one process, where no library is needed, and the bytes that values are sent as. What
-- several processes do is in tests/cli/mpi_spec.lua.
local sd = require "saddle"
local core = require "saddle.core"
local wire = require "saddle.mpi.wire"
local support = require "tests.lua.support"
local raises, near, bits = support.raises, support.near, support.bits

local mpi = sd.mpi
local function sent(v) return wire.decode(wire.encode("test", v)) end

describe("a value that is sent", function()
  it("comes back, with the bits and types that it had", function()
    for _, v in ipairs { true, false, 0, -1, math.mininteger, 0.1, 1 / 0, "", "a\0\n",
      ("x"):rep(300) } do
      assert.equal(v, sent(v))
      assert.equal(math.type(v), math.type(sent(v)))
    end
    assert.is_nil(sent(nil))
    assert.equal("-0x0p+0", ("%a"):format(sent(-0.0)))
    assert.is_true(sent(0 / 0) ~= sent(0 / 0))
  end)

  it("may be a matrix of either dtype, a view, one of no elements", function()
    local A = sd.rng(1):randn(5, 4)
    for _, M in ipairs { A, A:to "f32", A:block(2, 2, 3, 2), A:row(2), sd.zeros(0, 3),
      sd.zeros(3, 0) } do
      local back = sent(M)
      assert(back == M and back.dtype == M.dtype and back.rows == M.rows and back.cols == M.cols)
    end
    local nan = sent(sd.matrix { 0 / 0, -0.0 })
    assert.is_true(nan(1) ~= nan(1))
    assert.equal("-0x0p+0", ("%a"):format(nan(2)))
  end)

  it("may be a table of these, with trees, frozen leaves and rngs as they are", function()
    local rng = sd.rng(4)
    rng:randn()
    local t = { 1, 2.5, { "a", [true] = false }, [-3] = "b", p = { W = sd.ones(2, 2) }, rng = rng }
    assert.same(bits(t.p), bits(sent(t).p))
    assert.same({ 1, 2.5, { "a", [true] = false } }, { table.unpack(sent(t)) })
    assert.equal("b", sent(t)[-3])
    assert.equal(rng:clone():randn(), sent(t).rng:randn())
    local tree = sd.map(function(x) return x end,
      { W = sd.full(2, 2, 3), b = sd.frozen(sd.ones(2, 1)) })
    local p = sent(tree)
    assert.equal(1, (p - 2 * p / 3).W(1, 1)) -- a tree still
    assert.same({ b = p.b }, { b = sd.grad(function(q) return sd.sum(q.W) end)(p).b })
  end)

  it("is refused when it is none", function()
    raises("test: a function cannot be sent", wire.encode, "test", print)
    raises("cannot be sent", wire.encode, "test", { a = { coroutine.create(print) } })
    raises("test: a table with a metatable cannot be sent", wire.encode, "test",
      setmetatable({}, {}))
    raises("a table as a key cannot be sent", wire.encode, "test", { [{}] = 1 })
    local cycle = {}
    cycle[1] = cycle
    raises("nested more than 100 deep (is there a cycle?)", wire.encode, "test", cycle)
    raises("cannot be sent", sd.grad(function(x)
      wire.encode("test", x)
      return x
    end), 1)
  end)
end)

describe("bytes that nobody sent", function()
  it("are an error, wherever a message is cut off", function()
    local text = wire.encode("test", { a = { sd.ones(2, 2), "text", 1, 2.5, true }, r = sd.rng(1) })
    for n = 0, #text - 1 do raises("mpi: a message is damaged", wire.decode, text:sub(1, n)) end
    raises("something follows the value", wire.decode, text .. "0")
  end)

  it("do no harm when they are any", function()
    local rng = sd.rng(7)
    local text = wire.encode("test", { a = { sd.ones(2, 2), "text", 1, 2.5, true }, [2] = { {} } })
    for _ = 1, 1000 do -- one byte is another one: a value still, or a sentence
      local at = rng:randint(#text)
      local changed = text:sub(1, at - 1) .. string.char(rng:randint(256) - 1) .. text:sub(at + 1)
      local good, message = pcall(wire.decode, changed)
      assert(good or type(message) == "string")
    end
  end)

  it("cannot ask for more than they bring", function()
    local function decode(format, ...)
      return pcall(wire.decode, string.pack("=" .. format, ...))
    end
    local huge = math.maxinteger
    for _, case in ipairs { { "c1i8", "s", huge }, { "c1i8", "s", -1 }, { "c1i8", "{", huge },
      { "c1i8", "{", -1 }, { "c1c1i8i8", "m", "d", 1 << 32, 1 << 32 },
      { "c1c1i8i8", "m", "d", huge, huge }, { "c1c1i8i8", "m", "d", -1, 0 },
      { "c1c1i8i8d", "m", "d", 1, 2, 0.5 }, { "c1c1i8i8", "m", "x", 0, 0 },
      { "c1c1i8i8", "m", "d", 0, huge } } do
      local good, message = decode(table.unpack(case))
      assert.is_false(good)
      assert.is_string(message)
    end
    local good = pcall(wire.decode, ("{" .. ("=i8"):pack(1) .. "i" .. ("=i8"):pack(1)):rep(5000))
    assert.is_false(good)
  end)

  it("are no matrix of another size", function()
    assert(core.frombytes(core.bytes(sd.eye(2)), 2, 2) == sd.eye(2))
    raises("frombytes: 32 bytes are no 2 x 3 matrix of f64", core.frombytes,
      core.bytes(sd.eye(2)), 2, 3)
    raises("frombytes: 9 bytes are no 1 x 1 matrix of f64", core.frombytes, ("x"):rep(9), 1, 1)
    raises("frombytes: 0 bytes are no 4294967296 x 4294967296", core.frombytes, "", 2 ^ 32, 2 ^ 32)
    raises("must not be negative", core.frombytes, "", -1, 2)
    raises("frombytes: 8 bytes are no 0 x 1", core.frombytes, ("x"):rep(8), 0, 1)
    raises("frombytes: argument 1 must be a string", core.frombytes, 1, 1, 1)
    raises("bytes: argument 1 must be a matrix", core.bytes, 1)
  end)
end)

describe("one process", function()
  it("is rank 0 of 1, and collective calls give its own value", function()
    assert.same({ 0, 1 }, { mpi.rank(), mpi.size() })
    local A = sd.ones(2, 2)
    mpi.barrier()
    assert.equal(A, mpi.bcast(A, 0))
    assert.equal(A, mpi.gather(A, 0)[1])
    assert.equal(A, mpi.allgather(A)[1])
    assert.equal(A, mpi.allreduce(A, "max"))
    assert.equal(3, mpi.allreduce(3))
    assert.same({ 1, 7 }, { mpi.share(7) })
    assert.same({ 1, 0 }, { mpi.share(0) })
  end)

  it("gets the messages that it sends itself, in order, as copies", function()
    local A = sd.ones(2, 2)
    assert.is_nil(mpi.probe())
    mpi.send(A, 0)
    mpi.send("second", 0)
    A:set(1, 1, 5)
    assert.equal(0, mpi.probe())
    local back, from = mpi.receive()
    assert(from == 0 and back == sd.ones(2, 2))
    assert.equal("second", (mpi.receive(0)))
    raises("mpi.receive: this process waits for a message that it has not sent itself",
      mpi.receive)
  end)

  it("says what is wrong with a call", function()
    raises("mpi.send: argument 2 (a rank) must be a whole number from 0 to 0, got 1", mpi.send,
      1, 1)
    raises("mpi.bcast: argument 2 (the root) must be", mpi.bcast, 1)
    raises("mpi.bcast: a function cannot be sent", mpi.bcast, print, 0)
    raises("mpi.gather: a table with a metatable", mpi.gather, setmetatable({}, {}), 0)
    raises("mpi.allreduce: argument 1 must be a number or a matrix, got", mpi.allreduce, "x")
    raises("mpi.allreduce: argument 2 must be 'sum', 'max' or 'min', got", mpi.allreduce, 1,
      "mean")
    raises("mpi.share: argument 1 must be a whole number from 0", mpi.share, 0.5)
    raises("no function 'recieve' (did you mean 'receive'?)", function() return mpi.recieve end)
    raises("has no traced form", sd.grad(function(x) return mpi.allreduce(x) end), 1)
  end)
end)

describe("a Jacobian in blocks", function()
  local rng = sd.rng(2)
  local X = rng:randn(4, 23)
  local p = { W = rng:randn(7, 4), V = rng:randn(2, 7), b = rng:randn(7, 1) }
  local function net(q, x) return q.V * sd.tanh(q.W * x + q.b) end
  local J = sd.jacobian(net)(p, X)
  -- Two ways to add n products differ by at most 2 n eps times the sum of their absolute values.
  -- The factors are sums of at most 7 terms and values of tanh, which two ways of adding make
  -- differ by less than 40 eps.
  local eps = 2 ^ -52
  local function tolerance(A, B) return (2 * A.cols + 80) * eps * sd.max(sd.abs(A) * sd.abs(B)) end

  it("is that of all samples at once, up to rounding, however it is cut", function()
    for _, block in ipairs { 1, 2, 5, 23 } do
      local own, first = mpi.jacobian(net, p, X, { block = block })
      assert.equal(1, first)
      near(own, J, 40 * eps * sd.max(sd.abs(J)))
      near(mpi.gram(net, p, X, { block = block }), J * J:t(), tolerance(J, J:t()))
      near(mpi.gram_parameters(net, p, X, { block = block }), J:t() * J, tolerance(J:t(), J))
    end
    near(mpi.gram(net, p, X), sd.ntk(net, p, X), tolerance(J, J:t()))
  end)

  it("is formed where samples have no blocks, and keeps frozen leaves, numbers and f32", function()
    local q = { W = sd.frozen(p.W), V = p.V, s = 0.5 }
    local function f(t, x) return t.s * sd.cumsum(t.V * (t.W * x), { dim = 1 }) end
    local wanted = sd.jacobian(f)(q, X)
    near(mpi.gram(f, q, X), wanted * wanted:t(), tolerance(wanted, wanted:t()))
    local single = sd.map(function(x) return x:to "f32" end, p)
    local K = mpi.gram(net, single, X:to "f32")
    assert.equal("f32", K.dtype)
    near(K:to "f64", J * J:t(), 2 ^ 29 * tolerance(J, J:t()))
  end)

  it("takes a single sample", function()
    local one = sd.jacobian(net)(p, X:col(1))
    near(mpi.gram(net, p, X:col(1)), one * one:t(), tolerance(one, one:t()))
  end)

  it("refuses what is no function of each sample", function()
    for _, short in ipairs { "gram", "jacobian", "gram_parameters" } do
      local name, f = "mpi." .. short, mpi[short]
      raises(name .. ": samples depend on one another: the values of samples 1 to 2 change by", f,
        function(q, x) return q.W * (x - sd.mean(x, { dim = 2 })) end, p, X)
      raises(name .. ": samples depend on one another", f,
        function(q, x) return q.W * x / x.cols end, p, X)
      raises(name .. ": the function must return a matrix with a column for each sample; for 2",
        f, function(q, x) return sd.sum(q.W * x) end, p, X)
      raises(name .. ": argument 1 must be a function, got 1", f, 1, p, X)
      raises(name .. ": argument 3 must be a matrix whose columns are samples, got 2", f, net, p, 2)
      raises(name .. ": unknown option 'blok' (did you mean 'block'?)", f, net, p, X, { blok = 2 })
      raises(name .. ": option 'block' must be a whole number from 1 to 23, got 24", f, net, p, X,
        { block = 24 })
      raises(name .. ": has no traced form", sd.grad(function(V)
        return sd.sum(f(net, { W = p.W, V = V, b = p.b }, X))
      end), p.V)
    end
  end)
end)
