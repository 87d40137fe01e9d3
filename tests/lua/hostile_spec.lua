-- Scripts that try to get past the binding: code that runs inside calls, strings with zero bytes or
-- line breaks, tables that are not what they seem; and a run of the fuzzer.
local sd = require "saddle"
local support = require "tests.lua.support"
local raises = support.raises
local tracing = require("saddle.core").tracing

--- What f does in a finaliser: its results, as pcall gives them.
local function in_finaliser(f)
  local results
  setmetatable({}, { __gc = function() results = table.pack(pcall(f)) end })
  collectgarbage()
  collectgarbage()
  assert(results, "the finaliser did not run")
  return table.unpack(results, 1, results.n)
end

describe("in a finaliser", function()
  it("matrices can be made", function()
    local ok, A = in_finaliser(function() return sd.ones(2, 3) * sd.ones(3, 1) end)
    assert(ok, A)
    assert.equal(3, A(2))
  end)
  it("sd.memory gives no negative number", function()
    local ok, used, ceiling = in_finaliser(sd.memory)
    assert(ok and used >= 0 and ceiling > 0)
  end)
end)

describe("options", function()
  it("run no code of the script", function()
    local A = sd.eye(2)
    local sly = setmetatable({}, { __index = function() A:fill_(0 / 0) end })
    raises("sum: options must be a plain table; argument 2 inherits from another", sd.sum, A, sly)
    raises("save: x.csv: options must be a plain table", sd.save, "x.csv", A, sly)
    raises("rng: options must be a plain table", sd.rng, sly)
    raises("data.two_moons: options must be a plain table", sd.data.two_moons, sd.rng(1), 3, sly)
    assert.equal(1, A(1, 1))
  end)
  it("may have a metatable without __index", function()
    assert.equal(2, sd.sum(sd.eye(2), setmetatable({ dim = 1 }, { __name = "x" })).cols)
  end)
end)

describe("a string", function()
  it("with a zero byte is not the word before it", function()
    local A = sd.eye(2)
    raises("sum: unknown option 'dim'", sd.sum, A, { ["dim\0x"] = 1 })
    raises("norm: argument 2 must be", sd.norm, A, "fro\0x")
    raises("to: argument 2 must be", A.to, A, "f32\0")
    raises("zeros: option 'dtype' must be", sd.zeros, 1, 1, { dtype = "f32\0" })
    raises("no field or method", function() return A["rows\0"] end)
  end)
  it("with line breaks leaves a message on one line", function()
    local wrong = {
      function() sd.sum(sd.eye(2), { ["di\nm"] = 1 }) end, function() sd.exp "a\nb" end,
      function() return sd.eye(2)["a\nb"] end, function() return sd["a\nb"] end,
      function() return sd.act["a\nb"] end, function() sd.act.elu { ["a\nb"] = 1 } end,
      function() sd.load "a\nb.npy" end, function() sd.data.points "a\nb.npy" end,
      function() sd.data.gaussian(sd.rng(1), 2, 3, { ["a\nb"] = 1 }) end,
      function() sd.progress "a\nb" end, function() sd.args({ "a\nb" }, {}) end,
      function() sd.act.gelu.hermite(sd.eye(2)) end,
    }
    for k, f in ipairs(wrong) do
      local ok, message = pcall(f)
      assert(not ok and not message:find "\n", ("case %d: %s"):format(k, message))
    end
  end)
end)

describe("wrong arguments of", function()
  local cases = {
    { "ismatrix: argument 1 must be a value, got nothing", sd.ismatrix },
    { "memory: the ceiling must be positive", sd.memory, { ceiling = 1e-9 } },
    { "memory: the ceiling must be positive", sd.memory, { ceiling = 0 } },
    { "sd: no function has the name a 2x2 matrix", function() return sd[sd.eye(2)] end },
    { "act.gelu: argument 1 must be a matrix or a number, got an rng", sd.act.gelu, sd.rng(1) },
    { "args: the words must be a list, got nil", sd.args },
    { "args: word 1 must be a string, got 1", sd.args, { 1 }, {} },
    { "args: the parameters must be a list, got nil", sd.args, {} },
    { "args: parameter 1 must be {name, default, text}", sd.args, {}, { { "k", print, "x" } } },
    { "args: parameter 2 must be {name, default, text}", sd.args, {}, { { "k", 1, "x" }, 5 } },
    { "progress: width must be a whole number", sd.progress, 1, { width = true } },
    { "progress: write must be a function, got 1", sd.progress, 1, { write = 1 } },
    { "progress: clock must be a function, got 1", sd.progress, 1, { clock = 1 } },
  }
  local function nothing() end
  local function give(v) return function() return v end end
  for _, case in ipairs {
    { "expect: the function must return a number, a matrix or a tree, got nil", sd.expect, { 1 },
      nothing },
    { "expect: the function must return a number, a matrix or a tree, got true", sd.expect, { 1 },
      give(true) },
    { "compile: the results[1] must be a matrix, a number or an rng, got a function",
      sd.compile(give(print)) },
    { "compile: the arguments[1] must be a matrix, a number or an rng, got a function",
      sd.compile(nothing), print },
    { "iterate: s.x must be a matrix, a number or an rng, got a function",
      sd.compile(nothing).iterate, sd.compile(nothing), { x = print }, 1 },
    { "checkgrad: the function gives another tree than before", (function()
      local list = {}
      return function()
        return sd.checkgrad(function(x)
          list[#list + 1] = x
          return table.move(list, 1, #list, 1, {})
        end, 1)
      end
    end)() },
    { "checkgrad: the function gives a symbol of an outer trace", sd.grad(function(x)
      return sd.checkgrad(give(x), 1)
    end), 2 },
  } do cases[#cases + 1] = case end
  for _, case in ipairs(cases) do
    it(case[1], function() raises(table.unpack(case)) end)
  end
end)

describe("a compiled function", function()
  it("has nil among its arguments, and how many there are, as given", function()
    local f = sd.compile(function(a, _, c, ...) return a + c, select("#", ...) end)
    assert.same({ 4, 0 }, { f(1, nil, 3) })
    assert.same({ 4, 2 }, { f(1, nil, 3, nil, nil) })
    assert.same({ 4, 1 }, { f(1, nil, 3, nil) })
  end)
end)

describe("a coroutine that fails within a traced function", function()
  it("leaves no trace open", function()
    local co = coroutine.create(sd.grad(function(x)
      return sd.grad(function(y) error("stop " .. y.rows) end)(x)
    end))
    assert(not coroutine.resume(co, sd.eye(2)))
    assert.equal(nil, (tracing.current()))
    assert.equal(6, sd.grad(function(x) return x ^ 2 end)(3))
    assert(coroutine.close(co) == false)
    assert.equal(6, sd.grad(function(x) return x ^ 2 end)(3))
  end)
end)

-- `make fuzz` runs it for long, and random programs as well.
describe("the fuzzer", function()
  local function clean(command, summary)
    local pipe = assert(io.popen("SADDLE_MEMORY=2G " .. support.saddle .. command .. " 2>&1"))
    local text = pipe:read "a"
    assert(pipe:close(), text)
    assert(text:find(summary), text)
  end
  it("of calls finds nothing in 5000", function()
    clean(" tests/fuzz/fuzz_api.lua 1 5000", "5000 calls of %d+ functions, seed 1: 0 faults")
  end)
end)
