--- Help on derivatives (the form of entries: lua/saddle/help.lua).
return {
  title = "Derivatives",
  text = "Transforms take a Lua function and give another. The function is called once, on "
    .. "symbols that record what is done to them, so loops, tables and helpers are ordinary Lua; "
    .. "transforms nest, to any order. Its first argument is differentiated: a matrix, a number, "
    .. "or a tree of parameters; further arguments are passed on. `<`, `==` of two symbols and "
    .. "in-place forms raise and name the way out (sd.where, masks). At kinks the slopes are "
    .. "fixed: relu'(0) = 1, abs'(0) = norm'(0) = 0, ties go to the first.",
  source = "A. Griewank and A. Walther, Evaluating derivatives, SIAM 2008",
  { { "sd.grad(f) -> df", "sd.value_and_grad(f) -> df" },
    "df(x, ...) gives the gradient of f at x, a tree like x; or value and gradient. What f "
      .. "returns after its number is passed on.",
    f = "function of x, ... that returns a number or 1x1",
    df = "function of x, ... that returns gradient, extras; or value, gradient, extras",
    errors = "f returns no number, or what cannot be traced is done to a symbol (its line is "
      .. "named).",
    example = [[
local function loss(p) return sd.sum((p.W * p.x) ^ 2) / 2 end
local g = sd.grad(loss) { W = sd.matrix { { 3, 4 } }, x = sd.ones(2, 1) }
print(g.W(1), g.x(1), g.x(2))                            --> 7.0 21.0 28.0
print(sd.grad(sd.grad(function(t) return t ^ 3 end))(2)) --> 12.0
]] },
  { "sd.vjp(f, x, ...) -> y, pullback",
    "The value, and the function that takes a cotangent c, a tree like y, to J'c, a tree like x.",
    f = "function", x = "tree the point", y = "tree f(x, ...)",
    pullback = "function of a cotangent",
    errors = "as for grad; a cotangent of another shape.",
    example = [[
local A = sd.matrix { { 1, 2 }, { 3, 4 } }
local _, pullback = sd.vjp(function(x) return A * x end, sd.ones(2, 1))
print(pullback(sd.matrix { 1, 0 })(2)) --> 2.0
]] },
  { { "sd.jvp(f, x, v, ...) -> y, dy", "sd.linearize(f, x, ...) -> y, push" },
    "The value and the derivative in direction v; or the value and the function that takes "
      .. "directions to derivatives, traced once for many.",
    f = "function", x = "tree the point", v = "tree the direction, like x", y = "tree f(x, ...)",
    dy = "tree J v, like y", push = "function of a direction, which may be a symbol",
    errors = "as for grad; a direction of another shape.",
    example = [[
local y, push = sd.linearize(sd.sin, 0)
print(y, push(2), select(2, sd.jvp(sd.exp, 0, 3))) --> 0.0 2.0 3.0
]] },
  { "sd.hvp(f, x, v, ...) -> Hv",
    "The Hessian of f at x times v, without the Hessian.",
    f = "function that returns a number", x = "tree the point", v = "tree the direction, like x",
    Hv = "tree like x",
    errors = "as for grad.", source = "B. Pearlmutter, Neural Computation 6 (1994) 147-160",
    example = [[
local H = sd.matrix { { 2, 1 }, { 1, 3 } }
local function f(x) return sd.dot(x, H * x) / 2 end
print(sd.hvp(f, sd.zeros(2, 1), sd.matrix { 1, 0 })(2)) --> 1.0
]] },
  { "sd.jacobian(f[, {route=, info=false, bytes=64e6, lazy=false}]) -> J",
    "J(x, ...) gives the matrix of all elements of the result by all of x, in the order of trees, "
      .. "columns of matrices one after the other. Routes: columns (samples that share the "
      .. "parameters, one sweep for all), reverse, forward; the cheapest that serves. With lazy "
      .. "an operator that multiplies without forming it.",
    f = "function", route = "string \"columns\", \"reverse\" or \"forward\"",
    info = "boolean whether a second result {route=, reason=} is given",
    bytes = "number what blocks of rows may fill, on the route reverse", lazy = "boolean",
    J = "function of x, ... that gives a matrix, or an operator",
    errors = "as for grad; a route that cannot be taken, and why.",
    example = [[
local J = sd.jacobian(function(x) return sd.matrix { { 1, 2 }, { 3, 4 } } * x end)(sd.ones(2, 1))
print(J)
--> 2x2 f64
--> 1  2
--> 3  4
]] },
  { "sd.checkgrad(f, x[, {step=, slack=16, elements=}]) -> report",
    "A gradient against central differences, with a tolerance that the differences give "
      .. "themselves; to be used on whatever has a rule of its own.",
    f = "function", x = "tree the point, away from kinks", step = "number relative",
    slack = "number rounding of f, in units in the last place",
    elements = "integer how many of a leaf are tried",
    report = "table ok, worst, path, leaves", errors = "as for grad.",
    source = "J. Nocedal and S. Wright, Numerical optimization, 2006, section 8.1",
    example = [[
local report = sd.checkgrad(function(p) return sd.sum(sd.tanh(p.W) ^ 2) end, { W = sd.ones(2, 2) })
print(report.ok) --> true
]] },
  { "sd.expect(w, f) -> value",
    "The sum of w_k f(k): an expectation by enumeration, exact where a law has few values.",
    w = "matrix|table weights", f = "function of k = 1 .. n that gives trees of one structure",
    value = "tree",
    errors = "no weights; results of different structure.",
    example = [[
print(sd.expect({ 0.5, 0.25, 0.25 }, function(k) return k ^ 2 end)) --> 3.75
]] },
  -- ---- trees
  { "sd.map(f, tree, ...) -> image",
    "f of each leaf; of several trees of one structure, of the leaves in the same places. Other "
      .. "arguments go with every leaf.",
    f = "function of leaves", tree = "tree", image = "tree",
    errors = "trees of different structure.",
    example = [[
local p = sd.map(function(x, y) return x + y end, { a = 1, b = { 2 } }, { a = 10, b = { 20 } })
print(p.a, p.b[1], (2 * p).a) --> 11 22 22
]] },
  { "sd.ravel(tree) -> theta, unravel",
    "All elements of a tree in one column, and the way back.",
    tree = "tree", theta = "matrix n x 1", unravel = "function of a column n x 1, or a symbol",
    errors = "leaves of different dtypes; a column of another length.",
    example = [[
local theta, unravel = sd.ravel { W = sd.eye(2), b = 5 }
print(theta.rows, theta(-1), unravel(2 * theta).b) --> 5 5.0 10.0
]] },
  { "sd.frozen(value) -> constant",
    "A matrix, or all leaves of a tree, as constants for derivatives and optimisers: gradients "
      .. "have them unchanged, steps pass them by.",
    value = "tree", constant = "tree", errors = "what is no tree.",
    example = [[
local p = { W = sd.frozen(sd.ones(1, 1)), b = 2 }
local g = sd.grad(function(q) return (q.W * q.b):item() end)(p)
print(g.b, g.W(1)) --> 1.0 1.0
]] },
}
