--- sd.model: models. A model is a table {init=, apply=}, and so is one that is written by hand:
--
--   local G = sd.model.one_hidden{10, 512, 5, act="tanh"}     -- sizes, then options
--   local p = G.init(sd.rng(1))
--   y = G.apply(p, x)          -- x is 10 x batch: samples are columns
--   print(G)                   -- one_hidden 10 -> 512 -> 5, tanh
--
-- Sizes and options, with their defaults; formulas and references: include/saddle/model.h.
--
--   linear{d, m}          bias=false                       W x
--   glm{d}                act="sigmoid"                    act(theta' x)
--   low_rank{d, r}        vt=1                             <X, Theta Theta'>; columns of x: vec X
--   one_hidden{d, k, m}   act="relu" train="both" ("first" "last") bias=false scale=1
--                                                          scale V act(W x)
--   mlp{d, k1, ..., m}    act="relu" last_act="identity" bias=true     parameters {{W=, b=}, ...}
--   deep{d, k1, ..., m}   the same with bias=false         W_L act(... act(W_1 x))
--   random_feature{d, k1, ..., m}   act="relu"             d' psi(x), psi drawn by init and frozen
--   linear_discriminator{m}                                d' x
--   sparse_generator{m, d}   polylog=max(1, log d)         V z; sample(rng, n) gives z
--   cubic{d, m}   cutoff=d^(1/5) polylog=max(1, log d) tau=1/sqrt(d polylog)
--                                                          a sum_i s(W x) + tau b
--
-- Images of patches (what patch_generator has besides: lua/saddle/model/patch_generator.lua), and
-- discriminators of patches:
--
--   patch_generator{z, d}    patches={d_1, ...} channels={m_1, ...} from= act="relu" shared=false
--   gated_linear{d, m}       threshold=0               sum_r 1{<w_r, x> >= b} <x, v_r>
--   threshold_pair{d, m}     threshold=0.1 K=2 zeta=0.1          rt(s - 2b) o(v) + rt'(s - b) o(w)
--   product_pair{patches, d, m}   threshold=0.1 zeta=0.1 within=m^2 across=1
--                                                      sum C_pq (u+ - u-)_pq a_p a_q
--   patch_link{patches, d, below, m}   zeta=0.1 width=0.1        z(W'x_0 - lk(V lk(F'x) - b))
--
-- act is the name of an activation (those of sd.act), an activation such as
-- sd.act.leaky_relu{slope=0.2}, or a function of a matrix that works element by element. All models
-- take dtype="f32", of what init gives, and all but those of patches init=:
--
--   "lecun" "he" "glorot"                 N(0, sd^2) with these deviations; "lecun_uniform" and so
--                                         on: uniform with the same deviation; {law="he"} is "he"
--   {sd={0.1, 0.2}}                       N(0, sd^2), a deviation for each layer, the first first
--   {product=p, ratio=r}                  of two layers: sd1 sd2 = p, sd2 = r sd1 (ratio 1)
--   {spectrum=s} or {spectrum={s1, s2}}   these singular values (a column or list for each layer),
--                                         singular vectors uniform
--   {antisymmetric=true}                  beside law, sd or product: hidden units in pairs of
--                                         opposite sign; the output is 0 at the start, to rounding
--
-- Where nothing is asked for, weights are "lecun", those of low_rank, linear_discriminator,
-- sparse_generator and cubic as their papers say; biases are 0.
--
-- Fields of a model:
--
--   init(rng)       parameters: a tree, in which what is not trained is frozen; the rng moves on
--   apply(p, x)     y; on values a plan runs, which is kept; symbols make it a part of their trace
--   features(p, x)  of networks and discriminators: what the last weights read
--   moments(p, x)   of discriminators of patches: means over the samples x. With g the moments of
--                   data less those of a generator, the largest difference of mean outputs is
--                   power.max(g, c) of gated_linear, less sum_r |v_r|^(1+c); bent.max(g, K) of
--                   threshold_pair, less v^2 + w^2; simplex.max(vcat(g, -g)) of product_pair, less
--                   the sum of u log u: all of sd.objective
--   link(p, x)      of patch_link: s and h
--   sample(rng, n)  of sparse_generator: n columns of the law of z
--   law             a table like the parameters: law.W.sd is the deviation of an element of W
--   name sizes inputs formula
local check = require "saddle.check"
local core = require "saddle.core"
local options = require "saddle.options"
local tree = require "saddle.tree"
local apply_of = require("saddle.model.apply")
local object = require("saddle.model.object")
local patches = require("saddle.model.patches")
local read_init = require("saddle.model.init")
local tracing, fail = core.tracing, tree.fail
tree.module()

local show = core.show

-- ---- options ------------------------------------------------------------------------------------

local dtypes = { f64 = 0, f32 = 1 }

--- The options that a row knows, and these more.
local function names_of(row, more)
  local names = table.move(more or {}, 1, more and #more or 0, 2, { "dtype" })
  if row.init then names[#names + 1] = "init" end
  for _, entry in ipairs(row.hyper) do names[#names + 1] = entry.name end
  if row.act then names[#names + 1] = "act" end
  if row.last_act then names[#names + 1] = "last_act" end
  return names
end

--- name -> number, of the hyper-parameters that are given; and what tostring says of them.
local function read_hypers(row, named)
  local h, text = {}, {}
  for _, entry in ipairs(row.hyper) do
    local v, word = named[entry.name], nil
    if v ~= nil and entry.words then
      local wanted
      word, wanted = options.choose(entry, v)
      if not word then fail("%s: %s must be %s, got %s", row.name, entry.name, wanted, show(v)) end
      for k, known in ipairs(entry.words) do if known == word then h[entry.name] = k - 1 end end
    elseif v ~= nil then
      local wrong = options.wrong_number(entry, v)
      if wrong then fail("%s: %s", row.name, wrong) end
      h[entry.name] = v
    end
    if v ~= nil then
      text[#text + 1] = ("%s=%s"):format(entry.name, word or ("%.14g"):format(v))
    end
  end
  return h, text
end

local known_acts = {}
for _, name in ipairs(tracing.activations()) do known_acts[name] = true end

--- What the core takes for the activation v: a name of its own or something to call; and its name.
local function read_act(row, key, v)
  if v == nil or known_acts[v] then return v, v or row[key] end
  if tracing.callable(v) then
    return v, type(v) == "table" and type(rawget(v, "name")) == "string" and v.name or "a function"
  end
  if type(v) ~= "string" then
    fail("%s: %s must be the name of an activation, one of sd.act or a function, got %s", row.name,
      key, show(v))
  end
  local act = require "saddle.act"
  local found = rawget(act, v)
  if type(found) == "table" and tracing.callable(found) then return found, v end
  local names = {}
  for name, f in next, act do
    if type(f) == "table" then names[#names + 1] = name end
  end
  table.sort(names)
  check.unknown(row.name, "activation", v, names)
end

-- ---- parameters as trees ------------------------------------------------------------------------

--- The spec (tree.lua) of a tree with these parameters, which are in the order of trees.
local function spec_of(params)
  local root = { keys = {} }
  for _, param in ipairs(params) do
    local node, path = root, param.path
    for k = 1, #path - 1 do
      local n = #node.keys
      if node.keys[n] ~= path[k] then
        n = n + 1
        node.keys[n], node[n] = path[k], { keys = {} }
      end
      node = node[n]
    end
    local n = #node.keys + 1
    node.keys[n] = path[#path]
    node[n] = param.number and "number" or param.frozen and "frozen" or "matrix"
  end
  return root
end

--- A table like the parameters, with what is known of their laws.
local function law_of(params, spectra)
  local root = {}
  for _, param in ipairs(params) do
    local node = root
    for k = 1, #param.path - 1 do
      node[param.path[k]] = node[param.path[k]] or {}
      node = node[param.path[k]]
    end
    node[param.path[#param.path]] = { law = param.law, sd = param.sd, bound = param.bound,
      value = param.value, largest = param.largest, smallest = param.smallest,
      rows = param.rows, cols = param.cols, frozen = param.frozen,
      singular_values = param.law == "spectrum" and spectra[param.weight] or nil }
  end
  return root
end

-- ---- models -------------------------------------------------------------------------------------

--- "one_hidden 10 -> 512 -> 5, relu, bias=yes"
local function text_of(row, sizes, details)
  local head = row.name .. " " .. table.concat(sizes, row.chain and " -> " or " x ")
  return table.concat({ head, table.unpack(details) }, ", ")
end

local function make(row, given)
  local own_way = patches[row.name] or {}
  local sizes, named = object.split(row, given, names_of(row, own_way.options))
  local h, details = read_hypers(row, named)
  local act, act_name = read_act(row, "act", named.act)
  local last, last_name = read_act(row, "last_act", named.last_act)
  if named.dtype ~= nil and not dtypes[named.dtype] then
    fail("%s: dtype must be \"f64\" or \"f32\", got %s", row.name, show(named.dtype))
  end
  local init, spectra
  local lists = {}
  if own_way.read then
    lists, init = own_way.read(named)
  else
    init, spectra = read_init(row.name, named.init)
  end
  local own, inputs, weights = tracing.model(row.name, sizes, h, act, last,
    dtypes[named.dtype or "f64"], init, lists)
  local params = tracing.model_params(own)
  local spec = spec_of(params)
  spectra = read_init.spectra(row.name, spectra, params, weights, named.dtype)
  if last_name and last_name ~= "identity" then table.insert(details, 1, "last " .. last_name) end
  if act_name then table.insert(details, 1, act_name) end
  local function draw(rng)
    return tree.unflatten(spec, tracing.model_init(own, rng, spectra))
  end
  local function sample(rng, n) return tracing.model_sample(own, rng, n) end
  local self = { name = row.name, formula = row.formula, sizes = sizes, inputs = inputs,
    text = text_of(row, sizes, details), law = law_of(params, spectra),
    init = object.drawing(row.name .. ".init", draw),
    apply = apply_of(row.name, own, spec, "output"),
    features = row.features and apply_of(row.name, own, spec, "features") or nil,
    moments = row.moments and apply_of(row.name, own, spec, "moments") or nil }
  if row.sample then
    local drawn = object.drawing(row.name .. ".sample", sample)
    function self.sample(rng, n) return drawn(rng, n == nil and 1 or n) end
  end
  if own_way.extend then
    own_way.extend(self, { lists = lists, init = init, act = act_name,
      details = table.concat(details, ", ") })
  end
  return object.new(self)
end

-- ---- the table ----------------------------------------------------------------------------------

local model = {}
for _, row in ipairs(tracing.models()) do
  model[row.name] = function(given) return make(row, given) end
end

return check.directory("model", "model", model)
