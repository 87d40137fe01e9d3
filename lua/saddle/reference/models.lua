--- Help on models (the form of entries: lua/saddle/help.lua).
return {
  title = "Models",
  text = "A model is a table {init=, apply=}: p = init(rng), y = apply(p, x) for a batch x with a "
    .. "sample in each column. A Lua table with these two functions serves wherever one of these "
    .. "does. Sizes come first, then options. init= chooses the law of the weights: \"lecun\" "
    .. "(unless said), \"he\", \"glorot\", their \"_uniform\" forms, or {sd=}, {product=, "
    .. "ratio=}, {spectrum=}, {law=, antisymmetric=true}; dtype=\"f32\" the type of what init "
    .. "gives. act is a name, one of sd.act, or a function.",
  source = "include/saddle/model.h",
  classes = { model = "model" },
  { { "model.init(rng) -> p", "model.apply(p, x) -> y", "model.features(p, x) -> h" },
    "Parameters, of which frozen ones are not trained; the outputs; and what the last weights "
      .. "read (of networks and discriminators).",
    model = "model", rng = "rng", p = "tree", x = "matrix d x batch", y = "matrix m x batch",
    h = "matrix", errors = "x or p of another shape.",
    example = [[
local net = sd.model.mlp { 2, 16, 3 }
local p = net.init(sd.rng(1))
local y = net.apply(p, sd.ones(2, 5))
print(y.rows, y.cols, p[1].W.rows, net.features(p, sd.ones(2, 5)).rows) --> 3 5 16 16
]] },
  { { "model.law -> law", "model.name -> word", "model.sizes -> list", "model.inputs -> n",
      "model.formula -> words" },
    "The laws of the parameters, a table like these (law.W.sd is the deviation of an element of "
      .. "W); what the model is.",
    model = "model", law = "table", word = "string", list = "table", n = "integer rows of x",
    words = "string", errors = "none of its own.",
    example = [[
local G = sd.model.one_hidden { 4, 8, 2, init = { sd = { 0.1, 0.2 } } }
print(G, G.law.W.sd, G.law.V.sd) --> one_hidden 4 -> 8 -> 2, relu 0.1 0.2
]] },
  { "sd.model.linear{d, m, bias=false, init=\"lecun\", dtype=\"f64\"} -> model", "W x, or W x + b.",
    d = "integer inputs", m = "integer outputs", bias = "boolean", init = "string|table the law",
    dtype = "string", model = "model", errors = "sizes that are no whole numbers; unknown options.",
    example = [[
local net = sd.model.linear { 2, 1 }
print(net.apply({ W = sd.matrix { { 1, 2 } } }, sd.ones(2, 1))(1)) --> 3.0
]] },
  { "sd.model.glm{d, act=\"sigmoid\", init=\"lecun\", dtype=\"f64\"} -> model",
  "act(theta' x), a generalised linear model.",
    d = "integer", act = "string|activation|function", init = "string|table", dtype = "string",
    model = "model", errors = "as for linear.",
    source = "S. Oymak and M. Soltanolkotabi, ICML 2019, section 4.1",
    example = [[
print(sd.model.glm { 3 }.apply({ theta = sd.zeros(3, 1) }, sd.ones(3, 1))(1)) --> 0.5
]] },
  { "sd.model.low_rank{d, r, vt=1, init=, dtype=\"f64\"} -> model",
  "<X, Theta Theta'> for columns vec X of x.",
    d = "integer", r = "integer rank", vt = "number scale of the start", init = "string|table",
    dtype = "string", model = "model", errors = "as for linear.",
    source = "S. Oymak and M. Soltanolkotabi, ICML 2019, (4.4)",
    example = [[
local y = sd.model.low_rank { 2, 1 }.apply({ Theta = sd.ones(2, 1) }, sd.eye(2):reshape(4, 1))
print(y(1)) --> 2.0
]] },
  { "sd.model.one_hidden{d, k, m, act=\"relu\", train=\"both\", bias=false, scale=1, "
    .. "init=\"lecun\", dtype=\"f64\"} -> model",
    "scale V act(W x), or with biases; train=\"first\" freezes V, \"last\" W.",
    d = "integer", k = "integer hidden width", m = "integer", act = "string|activation|function",
    train = "string \"both\", \"first\" or \"last\"", bias = "boolean", scale = "number",
    init = "string|table", dtype = "string", model = "model", errors = "as for linear.",
    source = "Y. Balaji and others, ICLR 2021, (2)",
    example = [[
local net = sd.model.one_hidden { 3, 5, 2, train = "first" }
local p = net.init(sd.rng(1))
local g = sd.grad(function(q) return sd.sum(net.apply(q, sd.ones(3, 4)) ^ 2) end)(p)
print(g.V == p.V, g.W == p.W) --> true false
]] },
  { { "sd.model.mlp{d, ..., act=\"relu\", last_act=\"identity\", bias=true, init=\"lecun\", "
    .. "dtype=\"f64\"} -> model",
      "sd.model.deep{d, ..., act=\"relu\", last_act=\"identity\", bias=false, init=\"lecun\", "
        .. "dtype=\"f64\"} -> model" },
    "h = act(W h + b), layer by layer; the parameters are a list of {W=, b=}. deep is without "
      .. "biases, as papers write generators.",
    d = "integer", ["..."] = "integer widths, the last that of the output",
    act = "string|activation|function", last_act = "string|activation|function", bias = "boolean",
    init = "string|table", dtype = "string", model = "model", errors = "as for linear.",
    example = [[
print(sd.model.mlp { 2, 32, 32, 1, act = "leaky_relu" }) --> mlp 2 -> 32 -> 32 -> 1, leaky_relu
]] },
  { "sd.model.random_feature{d, ..., act=\"relu\", init=\"lecun\", dtype=\"f64\"} -> model",
    "d'psi(x): linear in what is trained, with random layers that are frozen.",
    d = "integer", ["..."] = "integer widths", act = "string|activation|function",
    init = "string|table", dtype = "string", model = "model", errors = "as for linear.",
    source = "Y. Balaji and others, ICLR 2021, section 2.4",
    example = [[
local D = sd.model.random_feature { 2, 10 }
local p = D.init(sd.rng(1)) -- d is 0, the layer below it random
print(D.features(p, sd.ones(2, 3)).rows, sd.norm(D.apply(p, sd.ones(2, 3)))) --> 10 0.0
]] },
  { "sd.model.linear_discriminator{m, dtype=\"f64\"} -> model", "d'x, with d = 0 at the start.",
    m = "integer", dtype = "string", model = "model", errors = "as for linear.",
    source = "Y. Balaji and others, ICLR 2021, (2)",
    example = [[
print(sd.norm(sd.model.linear_discriminator { 3 }.init(sd.rng(1)).d)) --> 0.0
]] },
  { { "sd.model.sparse_generator{m, d, polylog=, dtype=\"f64\"} -> model",
      "model.sample(rng, n) -> z" },
    "V z for z with one 1, rarely two; sample draws z.",
    m = "integer latents", d = "integer outputs", polylog = "number max(1, log d) unless given",
    dtype = "string", model = "model", rng = "rng", n = "integer", z = "matrix m x n",
    errors = "as for linear.", source = "S. Jelassi and others, 2022, (7), (8)",
    example = [[
local z = sd.model.sparse_generator { 5, 100 }.sample(sd.rng(1), 1000)
print(sd.min(sd.sum(z, { dim = 1 })), sd.max(sd.sum(z, { dim = 1 }))) --> 1.0 2.0
]] },
  { "sd.model.cubic{d, m, cutoff=, polylog=, tau=, init=, dtype=\"f64\"} -> model",
    "a sum s(W x) + tau b, s(u) = u^3 up to the cutoff and its tangents beyond: the discriminator "
      .. "of the normalised-SGDA paper.",
    d = "integer", m = "integer neurons", cutoff = "number d^(1/5) unless given",
    polylog = "number max(1, log d)", tau = "number 1/sqrt(d polylog)", init = "string|table",
    dtype = "string", model = "model", errors = "as for linear.",
    source = "S. Jelassi and others, 2022, (9)",
    example = [[
local D = sd.model.cubic { 2, 1, cutoff = 1, tau = 0 }
local p = { a = 1, b = 0, W = sd.matrix { { 1, 0 } } }
print(D.apply(p, sd.matrix { { 0.5, 3 }, { 0, 0 } })) -- 0.5^3, and 3*3 - 2
--> 1x2 f64
--> 0.1250  7.0000
]] },
  { "sd.model.patch_generator{z, d, patches=, channels=, from=, act=\"relu\", shared=false, "
    .. "init=\"lecun\", dtype=\"f64\"} -> model",
    "Images of patches from coarse to fine, each level made of the one before; an image is a "
      .. "column, level after level. Besides apply: hidden, rows, patch, law "
      .. "(lua/saddle/model/patch_generator.lua).",
    z = "integer latents", d = "integer elements of a patch",
    patches = "table how many, for each level", channels = "table how many, for each level",
    from = "table which patches of the level below each hangs on",
    act = "string|activation|function", shared = "boolean one W for all patches of a level",
    init = "string|table \"lecun\", or {disjoint=} or {aligned=}", dtype = "string",
    model = "model", errors = "sizes and connections that do not fit.",
    source = "Z. Allen-Zhu and Y. Li, Forward super-resolution, 2021, section 2.1",
    example = [[
local G = sd.model.patch_generator { 4, 3, patches = { 1, 2 }, channels = { 2, 2 } }
print(G.apply(G.init(sd.rng(1)), sd.ones(4, 5)).rows) -- 3 + 2 * 3
--> 9
]] },
  { { "sd.model.gated_linear{d, m, threshold=0, dtype=\"f64\"} -> model",
      "sd.model.threshold_pair{d, m, threshold=0.1, K=2, zeta=0.1, dtype=\"f64\"} -> model",
      "sd.model.product_pair{patches, d, m, threshold=0.1, zeta=0.1, within=, across=1, "
        .. "dtype=\"f64\"} -> model",
      "sd.model.patch_link{patches, d, below, m, zeta=0.1, width=0.1, dtype=\"f64\"} -> model",
      "model.moments(p, x) -> g" },
    "The discriminators of patches of the super-resolution paper, and the means over samples that "
      .. "their mean output is linear in: with these the inner maximum has a closed form "
      .. "(sd.objective.power, bent, simplex).",
    d = "integer elements of a patch", m = "integer channels", patches = "integer",
    below = "integer channels of a patch below", threshold = "number", K = "number",
    zeta = "number rounding of relu",
    within = "number weight of pairs within a patch; m^2 unless given",
    across = "number weight of other pairs", width = "number of the dead zone", dtype = "string",
    p = "tree", x = "matrix", g = "matrix moments", model = "model", errors = "as for linear.",
    source = "Z. Allen-Zhu and Y. Li, Forward super-resolution, 2021, section 2",
    example = [[
local D = sd.model.gated_linear { 3, 2 }
local p = D.init(sd.rng(1))
print(sd.norm(D.apply(p, sd.ones(3, 4)))) -- V = 0 at the start
--> 0.0
]] },
}
