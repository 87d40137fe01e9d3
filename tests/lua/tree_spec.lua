--- Trees: order, paths in errors, signatures, leaf by leaf, frozen leaves, one column.
local sd = require "saddle"
local tree = require "saddle.tree"
local tracing = require "saddle.core".tracing
local support = require "tests.lua.support"
local near, raises = support.near, support.raises

local function identity(x) return x end
local function with_operators(t) return sd.map(identity, t) end

describe("structure", function()
  it("has one order: whole numbers ascending, then strings bytewise", function()
    local t = { b = 5, B = 4, [10] = 3, [-1] = 1, [2] = 2, ["a b"] = 4.5 }
    t["\xff"] = 6
    local leaves, spec = tree.flatten(t)
    assert.same({ 1, 2, 3, 4, 4.5, 5, 6 }, leaves)
    assert.same({ "t[-1]", "t[2]", "t[10]", "t.B", 't["a b"]', "t.b", 't["\xff"]' },
      tree.paths(spec, "t"))
  end)

  it("comes back as it was, statics included, and a leaf alone is a tree", function()
    local rng = sd.rng(1)
    local deep = { { a = 1 }, act = "relu", on = true }
    local t = { W = sd.ones(2, 3), deep = deep, rng = rng, e = {} }
    local leaves, spec = tree.flatten(t)
    local back = tree.unflatten(spec, leaves)
    assert.equal("relu", back.deep.act)
    assert.equal(true, back.deep.on)
    assert.equal(1, back.deep[1].a)
    assert.equal(0, #back.e)
    assert(rawequal(back.W, t.W) and rawequal(back.rng, rng))
    assert.equal(3, (tree.unflatten(select(2, tree.flatten(7)), { 3 })))
  end)

  it("names the path of what is no leaf", function()
    raises("params.G[2].W must be a matrix, a number or an rng, got a function", tree.flatten,
      { G = { 1, { W = print } } }, "params")
    raises("p[1] must be a matrix, a number or an rng, got userdata", tree.flatten,
      { io.stdout }, "p")
    raises("p.a: keys of a tree are whole numbers or strings, got 1.5", tree.flatten,
      { a = { [1.5] = 1 } }, "p")
    raises("p: keys of a tree are whole numbers or strings, got true", tree.flatten,
      { [true] = 1 }, "p")
    raises("p.a has a metatable of its own", tree.flatten, { a = setmetatable({}, {}) }, "p")
    local loop = { a = {} }
    loop.a.b = loop
    raises("p.a.b is a table that contains itself", tree.flatten, loop, "p")
  end)

  it("allows a table in two places: its leaves count twice", function()
    local one = { 1 }
    assert.same({ 1, 1 }, (tree.flatten { a = one, b = one }))
  end)

  it("has a signature of keys, shapes, dtypes and statics, not of values", function()
    local function key(t)
      local leaves, spec = tree.flatten(t)
      return tree.key(spec, leaves)
    end
    local t = { W = sd.ones(2, 3), n = 1, act = "relu" }
    assert.equal(key(t), key { W = sd.zeros(2, 3), n = 2.5, act = "relu" })
    for _, other in ipairs {
      { W = sd.ones(3, 2), n = 1, act = "relu" }, { W = sd.ones(2, 3), n = 1, act = "tanh" },
      { W = sd.ones(2, 3, { dtype = "f32" }), n = 1, act = "relu" },
      { W = sd.frozen(sd.ones(2, 3)), n = 1, act = "relu" }, { W = sd.ones(2, 3), n = 1 },
      { W = sd.ones(2, 3), n = sd.ones(1, 1), act = "relu" },
      { V = sd.ones(2, 3), n = 1, act = "relu" } } do
      assert.not_equal(key(t), key(other))
    end
    assert.not_equal(key { a = { 1 }, b = 1 }, key { a = { 1, b = 1 } })
    assert.not_equal(key { x = true }, key { x = "true" })
    assert.not_equal(key { [1] = 2 }, key { ["1"] = 2 })
  end)
end)

describe("leaf by leaf", function()
  local t = with_operators { W = sd.matrix { { 1, 2 }, { 3, 4 } }, s = { 2, act = "relu" } }

  it("has the operators", function()
    local u = (2 * t - t / 2) ^ 2
    near(u.W, sd.matrix { { 2.25, 9 }, { 20.25, 36 } }, 0)
    assert.equal(9, u.s[1])
    assert.equal("relu", u.s.act)
    assert.equal(-2, (-t).s[1])
    near((t * t).W, t.W * t.W, 0)
    near((t % t).W, t.W % t.W, 0)
    assert.equal(4, (t % t).s[1])
    near((sd.eye(2) * t).W, t.W, 0)
    near((t + { W = 1, s = { 1, act = "relu" } }).W, t.W + 1, 0)
    near((sd.full(2, 2, 3) % t).W, 3 * t.W, 0)
  end)

  it("has functions of elements, masks, where and the larger", function()
    near(sd.sqrt(t).W, sd.sqrt(t.W), 0)
    assert.equal(1, sd.sign(t).s[1])
    near(sd.clamp(t, 0, 2.5).W, sd.clamp(t.W, 0, 2.5), 0)
    near(sd.leaky_relu(-t, .5).W, -.5 * t.W, 0)
    near(sd.where(sd.gt(t, 2), t, 0).W, sd.matrix { { 0, 0 }, { 3, 4 } }, 0)
    near(sd.max(t, 2.5).W, sd.max(t.W, 2.5), 0)
    near(sd.max(2.5, t).W, sd.max(t.W, 2.5), 0)
    assert.equal(2, sd.min(t, t).s[1])
  end)

  it("maps any function, other arguments going with every leaf", function()
    local u = sd.map(function(x, y, k) return x * k + y end, t, t, 3)
    near(u.W, 4 * t.W, 0)
    assert.equal(8, u.s[1])
    assert.equal(5, sd.map(function(a, b) return a + b end, 2, 3))
    assert.equal(5, sd.map(function(a, b) return a + b end, 2, { 3 })[1])
  end)

  it("names where structures differ", function()
    raises("+: the structures differ: tree.s is missing in the second", function()
      return t + { W = 1 }
    end)
    raises("map: the structures differ: tree.b is missing in the first", sd.map, identity,
      { a = 1 }, { a = 1, b = 1 })
    raises('tree.a is the string "x" in one and the string "y" in the other', sd.map, identity,
      { a = "x" }, { a = "y" })
    raises("tree.a is a number in one and a table in the other", sd.map, identity, { a = 1 },
      { a = { 1 } })
    raises("map: argument 1 must be a function, got 3", sd.map, 3, {})
    raises("sum: argument 1 must be a matrix or a number, got a table", sd.sum, t)
    raises("exp: argument 1 must be a matrix or a number, got a table", sd.exp, { 1, 2 })
  end)

  it("blames the script", function()
    local _, message = pcall(function() return t + { W = 1 } end)
    assert(message:find("tree_spec.lua:", 1, true), message)
  end)

  it("passes rngs over", function()
    local rng = sd.rng(1)
    local u = with_operators { rng = rng, a = 1 }
    assert(rawequal((2 * u + u).rng, rng))
    assert.equal(3, (2 * u + u).a)
  end)
end)

describe("frozen leaves", function()
  local A = sd.matrix { { 1, 2 } }

  it("are views that say so", function()
    local F = sd.frozen(A)
    assert(tracing.isfrozen(F) and not tracing.isfrozen(A) and not tracing.isfrozen(A:col(1)))
    near(F, A, 0)
    assert(not tracing.isfrozen(2 * F))
    assert.equal(1, sd.frozen(3).rows)
    raises("frozen: argument 1 must be a matrix, a number or a tree", sd.frozen, "x")
    local t = sd.frozen { a = A, b = { 2, act = "relu" } }
    assert(tracing.isfrozen(t.a) and tracing.isfrozen(t.b[1]) and t.b.act == "relu")
  end)

  it("stay in p - lr g, whichever side is frozen", function()
    local F = sd.frozen(A)
    local p, g = with_operators { F = F, x = 1 }, with_operators { F = sd.ones(1, 2), x = 2 }
    assert(rawequal((p - .5 * g).F, F) and rawequal((g + p).F, F) and rawequal((-p).F, F))
    assert.equal(0, (p - .5 * g).x)
    local G = with_operators { F = sd.frozen(A), x = 2 }
    assert(rawequal((p + .1 * G).F, F))
  end)

  it("are added to trees and what goes with every leaf, and to nothing else", function()
    local p = with_operators { F = A, x = 1 }
    raises("+: argument 2 must be a tree, a matrix or a number, got nil",
      function() return p + nil end)
    raises("*: argument 1 must be a tree, a matrix or a number, got the string", function()
      return "2" * p
    end)
  end)

  it("may be fields that a step returns", function()
    local plan = sd.compile(function(s)
      return { p = s.p - .5 * sd.grad(function(p) return sd.sum(p.F % p.x) end)(s.p) }
    end)
    local state = { p = { F = sd.frozen(A), x = sd.ones(1, 2) } }
    for _, eager in ipairs { false, true } do
      local s = plan:iterate(state, 2, { eager = eager })
      near(s.p.F, A, 0)
      assert(tracing.isfrozen(s.p.F))
      near(s.p.x, sd.ones(1, 2) - A, 0)
    end
  end)
end)

describe("over all leaves", function()
  it("norm and dot", function()
    local t = { W = sd.matrix { { 3, 0 }, { 0, 4 } }, a = 12, rng = sd.rng(1), f = sd.frozen(7) }
    near(sd.norm(t), 13, 13 * 2 ^ -51)
    near(sd.dot(t, t), 169, 0)
    assert.equal(0, sd.norm {})
    near(sd.norm { 3e300, 4e300 } / 5e300, 1, 2 ^ -50)
    near(sd.norm { 3e-300, sd.full(1, 1, 4e-300) } / 5e-300, 1, 2 ^ -50)
    raises("norm: of a tree takes no kind and no options", sd.norm, t, 2)
    raises("dot: argument 2 must be a tree like the first, got 3", sd.dot, t, 3)
  end)
end)

describe("ravel", function()
  it("goes to a column and back", function()
    local F, rng = sd.frozen(sd.ones(1, 1)), sd.rng(1)
    local t = { W = sd.matrix { { 1, 3 }, { 2, 4 } }, a = 0, f = F, r = rng, act = "relu" }
    local theta, unravel = sd.ravel(t)
    near(theta, sd.matrix { 1, 2, 3, 4, 0 }, 0) -- W before a: bytewise
    local u = unravel(2 * theta)
    near(u.W, 2 * t.W, 0)
    assert.equal("number", type(u.a))
    assert(rawequal(u.f, F) and rawequal(u.r, rng) and u.act == "relu")
    raises("unravel: needs a column of 5 elements, got a 4x1 matrix", unravel, sd.ones(4, 1))
    local none, back = sd.ravel {}
    assert.equal(0, none.rows)
    assert.same({}, back(none))
    near(select(2, sd.ravel(sd.zeros(0, 3)))(sd.zeros(0, 1)), sd.zeros(0, 3), 0)
  end)
end)

describe("the structure of a tree", function()
  it("has whole numbers first, ascending, then strings bytewise, however many", function()
    local t, want = {}, {}
    for k = 40, 1, -1 do t[("k%02d"):format(k)], t[3 * k - 60] = k, -k end
    for k = 1, 40 do want[k], want[40 + k] = -k, k end
    assert.same(want, (tree.flatten(t)))
    assert.same({ 2, 3, 1 }, (tree.flatten { a = 1, B = 2, Z = 3 }))
    assert.same({ 1, 2, 3 }, (tree.flatten { a = 1, ["a\0"] = 2, aa = 3 }))
  end)

  it("is not taken for a similar one that came before", function()
    local W = sd.ones(2, 2)
    local trees = { { a = 1, b = W }, { a = 1, b = 2 }, { a = 1, b = W, c = 3 }, { b = W },
      { a = 1, b = { W } }, { a = 1, b = "W" }, { a = 1, b = "V" }, { a = 1, b = true },
      { a = 1, b = sd.rng(1) }, { a = 1, b = sd.frozen(W) }, { a = { 1 }, b = W }, { 1, W } }
    for _ = 1, 2 do
      local known = {}
      for k, t in ipairs(trees) do
        local leaves, spec = tree.flatten(t)
        local key = tree.key(spec, leaves)
        assert.is_nil(known[key])
        known[key] = k
        assert.equal(#tree.kinds(spec), #leaves)
        assert.equal(key, tree.key(select(2, tree.flatten(tree.unflatten(spec, leaves))), leaves))
      end
    end
  end)

  it("ends", function()
    local deep = {}
    for _ = 1, 20000 do deep = { deep } end
    raises("tree: tables within tables, 1000 deep", sd.map, sd.exp, deep)
    local loop = { a = { b = {} } }
    loop.a.b.c = loop.a
    raises("map: tree 1.a.b.c is a table that contains itself", sd.map, sd.exp, loop)
    raises("map: tree 1.a.b: keys of a tree are whole numbers or strings, got 1.5", sd.map, sd.exp,
      { a = { b = { [1.5] = 1 } } })
    raises("map: tree 1.a[2][\"x y\"] must be a matrix, a number or an rng, got a function", sd.map,
      sd.exp, { a = { 1, { ["x y"] = print } } })
  end)
end)
