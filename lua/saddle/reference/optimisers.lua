--- Help on optimisers (the form of entries: lua/saddle/help.lua).
return {
  title = "Optimisers",
  text = "An optimiser is a table {init=, update=}: state = init(p), and step, state = update(g, "
    .. "state, p, t) with t = 1, 2, ...; whoever calls adds the step to p. All work on trees, "
    .. "compile into the loop, and pass by what is frozen. A number among the hyper-parameters "
    .. "may be a function of t, called with plain numbers. By name: "
    .. "sd.optim(\"normalized,scope=layer\", {lr=0.01}). A file saddle/optim/<name>.lua on "
    .. "package.path that returns what sd.optim.rule gives is sd.optim.<name>.",
  source = "include/saddle/optim.h",
  classes = { opt = "optimiser" },
  { { "opt.init(p) -> state", "opt.update(g, state, p, t) -> step, state" },
    "What is kept, before the first step; and a step with what is kept after it.",
    opt = "optimiser", p = "tree parameters", g = "tree gradient, like p", state = "tree",
    t = "number the step, from 1", step = "tree to be added to p",
    errors = "trees that are not alike; a state of something else.",
    example = [[
local opt = sd.optim.sgd { lr = 0.5 }
local step = opt.update({ w = 4 }, opt.init { w = 1 }, { w = 1 }, 1)
print(step.w) --> -2.0
]] },
  { "sd.optim(name[, hyper]) -> opt",
    "An optimiser by name, with hyper-parameters in the text or in the table, which wins; an "
      .. "optimiser is itself.",
    name = "string|optimiser as \"adam,lr=0.001\"", hyper = "table name -> value",
    opt = "optimiser",
    errors = "a name or hyper-parameter that is not known, with the nearest one.",
    example = [[
print(sd.optim("normalized,scope=layer", { lr = 0.1 }))
--> normalized{lr=0.1, momentum=0, eps=0, scope=layer}
]] },
  { { "sd.optim.sgd{lr=0.01, momentum=0, nesterov=false, weight_decay=0} -> opt",
      "sd.optim.momentum{lr=0.01, momentum=0.9, nesterov=false, weight_decay=0} -> opt" },
    "d = g + weight_decay p; M = momentum M + d; step -lr M, or with nesterov -lr (d + momentum "
      .. "M).",
    lr = "number|function of t", momentum = "number|function", nesterov = "boolean",
    weight_decay = "number|function", opt = "optimiser", errors = "a hyper-parameter out of range.",
    source = "B. Polyak, 1964; I. Sutskever and others, ICML 2013",
    example = [[
local opt = sd.optim.momentum { lr = 1, momentum = 0.5 }
local state = opt.init(0.0)
local step
for t = 1, 3 do step, state = opt.update(1, state, 0, t) end
print(step) --> -1.75
]] },
  { { "sd.optim.rmsprop{lr=0.001, b2=0.9, eps=1e-8} -> opt",
      "sd.optim.adagrad{lr=0.01, eps=1e-8} -> opt" },
    "v = b2 v + (1 - b2) g^2, or v + g^2; step -lr g / (sqrt(v) + eps), element by element.",
    lr = "number|function of t", b2 = "number|function", eps = "number", opt = "optimiser",
    errors = "a hyper-parameter out of range.",
    source = "G. Hinton, 2012; J. Duchi, E. Hazan and Y. Singer, JMLR 12 (2011) 2121-2159",
    example = [[
local opt = sd.optim.adagrad { lr = 1, eps = 0 }
print((opt.update(5, opt.init(0), 0, 1))) --> -1.0
]] },
  { "sd.optim.adam{lr=0.001, b1=0.9, b2=0.999, eps=1e-8, weight_decay=0} -> opt",
    "Averages of g and g^2, corrected for their start; the step is -lr m / (sqrt(v) + eps), and "
      .. "-lr weight_decay p.",
    lr = "number|function of t", b1 = "number|function", b2 = "number|function", eps = "number",
    weight_decay = "number|function decoupled", opt = "optimiser",
    errors = "a hyper-parameter out of range.",
    source = "D. Kingma and J. Ba, ICLR 2015; I. Loshchilov and F. Hutter, ICLR 2019",
    example = [[
local opt = sd.optim.adam { lr = 0.1, eps = 0 }
print(("%.6f"):format((opt.update(-7, opt.init(0), 0, 1)))) -- the first step is lr long
--> 0.100000
]] },
  { { "sd.optim.adam_raw{lr=0.001, b1=0.5, b2=0.9, eps=1e-8} -> opt",
      "sd.optim.adalr{lr=0.001, b1=0.5, b2=0.9, eps=1e-8, scope=\"layer\"} -> opt",
      "sd.optim.adadir{lr=0.001, b1=0.5, b2=0.9, eps=1e-8, scope=\"layer\"} -> opt" },
    "Adam as papers on GANs dissect it, neither averaged nor corrected: m = b1 m + g, v = b2 v + "
      .. "g^2, A = m / sqrt(v + eps), step -lr A. adalr goes along m, as far as A is long; adadir "
      .. "along A, as far as m is long.",
    lr = "number|function of t", b1 = "number|function", b2 = "number|function", eps = "number",
    scope = "string \"layer\": each leaf's own length, or \"global\"", opt = "optimiser",
    errors = "a hyper-parameter out of range.",
    source = "S. Jelassi and others, Adam is no better than normalized SGD, 2022, algorithm 1, "
      .. "(2), (3)",
    example = [[
local p, g = sd.zeros(2, 1), sd.matrix { 3, 4 }
local function first(opt) return (opt.update(g, opt.init(p), p, 1)) end
local raw, lr = first(sd.optim.adam_raw { lr = 1 }), first(sd.optim.adalr { lr = 1 })
print(math.abs(sd.norm(lr) - sd.norm(raw)) < 1e-12) --> true
print(("%.6f"):format(lr(2) / lr(1)))               --> 1.333333
]] },
  { "sd.optim.normalized{lr=0.01, momentum=0, eps=0, scope=\"global\"} -> opt",
    "M = momentum M + g; step -lr M / (|M| + eps): as long as lr, whatever the gradient's length; "
      .. "a gradient of zeros gives no step. Norms cannot underflow.",
    lr = "number|function of t", momentum = "number|function", eps = "number",
    scope = "string \"global\": one norm of all leaves, or \"layer\"", opt = "optimiser",
    errors = "a hyper-parameter out of range.",
    source = "S. Jelassi and others, 2022, (4)",
    example = [[
local opt = sd.optim.normalized { lr = 0.1 }
local step = opt.update({ a = 3e-200, b = 4e-200 }, opt.init { a = 0, b = 0 }, { a = 0, b = 0 }, 1)
print(("%.3f %.3f"):format(step.a, step.b)) --> -0.060 -0.080
]] },
  { "sd.optim.rule{name=, hyper=, init=, step=, build=} -> constructor",
    "An optimiser of one's own from Lua functions, compiled like the built-in ones: step(g, s, p, "
      .. "h, t) gives the step and the next state; or build(h) an optimiser made of others.",
    name = "string for messages",
    hyper = "table defaults; a list of words is a choice, the first its default",
    init = "function of p, h that gives the state", step = "function", build = "function of h",
    constructor = "function of hyper-parameters that gives an optimiser",
    errors = "both or neither of step and build; a step that is not like p.",
    example = [[
local signs = sd.optim.rule { name = "signs", hyper = { lr = 0.1 },
  step = function(g, s, _, h) return -h.lr * sd.sign(g), s end }
print((signs { lr = 2 }.update(-5, {}, 0, 1))) --> 2.0
]] },
  { "sd.optim.graft{length=, direction=, scope=\"global\"} -> opt",
    "Along the steps of one optimiser, as long as those of another: |l| d / |d|.",
    length = "optimiser|string", direction = "optimiser|string",
    scope = "string \"global\" or \"layer\"", opt = "optimiser", errors = "what is no optimiser.",
    source = "N. Agarwal and others, Disentangling adaptive gradient methods from learning rates, "
      .. "2020",
    example = [[
local opt = sd.optim.graft { length = sd.optim.normalized { lr = 1 }, direction = "adam" }
local p = sd.zeros(2, 1)
print(("%.6f"):format(sd.norm((opt.update(sd.matrix { 3, 4 }, opt.init(p), p, 1))))) --> 1.000000
]] },
  { { "sd.optim.clip(inner, {norm=, value=, scope=\"global\"}) -> opt",
      "sd.optim.project(inner, {ball=, sphere=, box=, columns=, with=, scope=\"global\"}) -> opt" },
    "An optimiser on gradients that are cut, to a length or element by element; or whose steps "
      .. "end in a set: a ball, a sphere, a box, columns of one length, or wherever a function "
      .. "moves p.",
    inner = "optimiser|string", norm = "number|function of t", value = "number|function",
    ball = "number|function radius", sphere = "number|function radius",
    box = "number|table bound, or {lo, hi}", columns = "number|function length",
    with = "function of p", scope = "string \"global\" or \"layer\"", opt = "optimiser",
    errors = "none or several of the options that exclude each other.",
    example = [[
local opt = sd.optim.project(sd.optim.sgd { lr = 1 }, { ball = 1 })
print((opt.update(-5, opt.init(0), 0, 1))) --> 1.0
]] },
  { { "sd.optim.constant(v) -> f", "sd.optim.linear{from=, to=, steps=} -> f",
      "sd.optim.cosine{from=, to=0, steps=, warmup=0} -> f",
      "sd.optim.steps{from=, by=0.1, at=} -> f" },
    "Schedules, functions of t = 1, 2, ...: constant; a line that stays at its end; half a cosine "
      .. "after a linear rise; multiplied when t reaches the given steps. Any other function of a "
      .. "number serves as well.",
    v = "number", from = "number at t = 1", to = "number at the end",
    steps = "integer when the end is reached", warmup = "integer steps of rise",
    by = "number factor", at = "table steps", f = "function",
    errors = "numbers that are not finite; steps below 2.",
    example = [[
local f = sd.optim.linear { from = 1, to = 0, steps = 5 }
print(f(1), f(3), f(100) == 0) --> 1.0 0.5 true
]] },
}
