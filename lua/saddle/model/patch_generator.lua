--- sd.model.patch_generator{z, d, patches={d_1, ...}, channels={m_1, ...}}: a generator of images
-- from coarse to fine, each level made of the one before (section 2.1 of the paper that patches.lua
-- names):
--
--   S_{1,j} = act(V_{1,j} z - b_{1,j})
--   S_{l,j} = act(sum over j' in P_{l,j} of V_{l,j,j'} S_{l-1,j'} - b_{l,j}),   l > 1
--   X_{l,j} = W_{l,j} S_{l,j}
--
-- z has `z` rows, S_{l,j} has m_l (channels), X_{l,j} has d. Parameters, p[l] = {V=, W=, b=}: lists
-- over the patches of V (m_l x z, or m_l x |P| m_{l-1} with the blocks V_{l,j,j'} side by side),
-- W (d, m_l) and b (m_l,1). Options:
--
--   act="relu"      also sd.act.smooth_leaky_relu{zeta=} and so on, for a learner
--   shared=false    true: one W for all patches of a level, a deconvolution; p[l].W is a matrix
--   from={[l] = {P_{l,1}, P_{l,2}, ...}}   the connections, lists of patches of level l-1; where
--                   there are none, patch j hangs on patch 1 + floor((j-1) d_{l-1} / d_l) alone
--   init="lecun"    V normal with variance 1/columns, b = 0
--   init={disjoint=q, scale=a}   rows of V_{l,j} with disjoint supports. On level 1 of length a,
--                   uniform directions in their shares of z, and b so that each channel is active
--                   with probability q; above, each channel adds floor(m_{l-1}/m_l) channels below,
--                   b = 0. Channels of one patch are independent: the example of a target, end of
--                   section 2
--   init={aligned=q, scale=a}    row r of V_{1,j} is a times unit vector m_1 (j-1) + r, b as above;
--                   above, V is the identity in the first patch of P, 0 elsewhere, b = 0: where the
--                   layer-wise algorithms 2 and 3 start
--   dtype="f64"
--
-- W starts with orthonormal columns, uniform: channels are at most d. The scale a is 1.
--
-- Besides apply(p, z), all images stacked: hidden(p, z) -> S, S[l][j]; inputs, outputs (rows of z
-- and of an image), rows(l[, j]) -> first, last row of level l or of its patch j, patch(X, l, j) ->
-- X_{l,j}; from; and law of the two starts by probability with relu: law.activity[l], law.mean[l] =
-- P[S > 0] and E[S] of a channel, law.threshold = b on level 1. With aligned rows z needs m_1 d_1
-- elements, with disjoint ones m_1.
local sd = require "saddle"
local core = require "saddle.core"
local hand = require "saddle.model.hand"
local options = require "saddle.options"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local NAME <const> = "patch_generator"
local OPTIONS <const> = { "act", "channels", "dtype", "from", "init", "patches", "shared" }
local PROBABILITY <const> = { "disjoint", "aligned" }

-- ---- what is asked for --------------------------------------------------------------------------

--- The list of sizes, one for each level.
local function level_sizes(key, list)
  if type(list) ~= "table" or #list == 0 then
    fail("%s: %s must be a list of sizes, one for each level, got %s", NAME, key, core.show(list))
  end
  local out = {}
  for l, v in ipairs(list) do
    out[l] = type(v) == "number" and math.tointeger(v)
    if not out[l] or out[l] < 1 then
      fail("%s: %s[%d] must be a whole number from 1, got %s", NAME, key, l, core.show(v))
    end
  end
  return out
end

--- The list of patches P_{l,j}, each among 1..below, none twice.
local function check_sources(l, j, list, below)
  if type(list) ~= "table" or #list == 0 then
    fail("%s: from[%d][%d] must be a list of patches of level %d, got %s", NAME, l, j, l - 1,
      core.show(list))
  end
  local seen, out = {}, {}
  for k, source in ipairs(list) do
    local n = type(source) == "number" and math.tointeger(source)
    if not n or n < 1 or n > below or seen[n] then
      fail("%s: from[%d][%d][%d] must be a patch in 1..%d that is not there yet, got %s", NAME, l,
        j, k, below, core.show(source))
    end
    seen[n], out[k] = true, n
  end
  return out
end

--- from[l][j] for l > 1.
local function connections(given, patches)
  if given ~= nil and type(given) ~= "table" then
    fail("%s: from must be a table {[level] = {list of patches, ...}}, got %s", NAME,
      core.show(given))
  end
  local from = {}
  for l in next, given or {} do
    if math.type(l) ~= "integer" or l < 2 or l > #patches then
      fail("%s: from has an entry %s, the levels with connections are 2..%d", NAME, core.show(l),
        #patches)
    end
  end
  for l = 2, #patches do
    from[l] = {}
    local own = given and given[l]
    if own ~= nil and (type(own) ~= "table" or #own ~= patches[l]) then
      fail("%s: from[%d] must have a list for each of %d patches", NAME, l, patches[l])
    end
    for j = 1, patches[l] do
      from[l][j] = own and check_sources(l, j, own[j], patches[l - 1])
        or { 1 + (j - 1) * patches[l - 1] // patches[l] }
    end
  end
  return from
end

--- {kind=, q=, scale=} of the option init.
local function read_init(given)
  if given == nil or given == "lecun" then return { kind = "lecun" } end
  if type(given) ~= "table" then
    fail("%s: init must be \"lecun\", {disjoint=, scale=} or {aligned=, scale=}, got %s", NAME,
      core.show(given))
  end
  local wrong = options.wrong(given, { "aligned", "disjoint", "scale" })
  if wrong then fail("%s: init: %s", NAME, wrong) end
  local found
  for _, kind in ipairs(PROBABILITY) do
    local q = given[kind]
    if q ~= nil and found then fail("%s: init: aligned or disjoint, not both", NAME) end
    if q ~= nil and not (type(q) == "number" and q > 0 and q < 1) then
      fail("%s: init: %s must be a probability between 0 and 1, got %s", NAME, kind, core.show(q))
    end
    if q ~= nil then found = { kind = kind, q = q } end
  end
  if not found then fail("%s: init needs aligned or disjoint", NAME) end
  found.scale = hand.numbers(NAME, given, { options.number("scale", 1, options.POSITIVE) })
  return found
end

--- Raises where the start cannot be had with these sizes; o has all that is asked for.
local function check_start(o)
  for l, m in ipairs(o.channels) do
    hand.check_columns(NAME, o.d, m)
    if o.init.kind ~= "lecun" and l > 1 and m > o.channels[l - 1] then
      fail("%s: init: %s needs no more channels than below, level %d has %d, level %d %d", NAME,
        o.init.kind, l, m, l - 1, o.channels[l - 1])
    end
    for j = 1, o.init.kind == "disjoint" and l > 1 and o.patches[l] or 0 do
      if #o.from[l][j] > 1 then
        fail("%s: init: disjoint needs a single patch below each, from[%d][%d] has %d", NAME, l, j,
          #o.from[l][j])
      end
    end
  end
  local need = o.init.kind == "disjoint" and o.channels[1]
    or o.init.kind == "aligned" and o.channels[1] * o.patches[1] or 1
  if o.z < need then
    fail("%s: init: %s needs %d elements of z at least, got %d", NAME, o.init.kind, need, o.z)
  end
end

-- ---- the start ----------------------------------------------------------------------------------

--- (m,n) of zeros but for row r's share of the columns, floor(n/m) from the left, where it is 1.
local function shares(m, n, dtype)
  local A, width = sd.zeros(m, n, { dtype = dtype }), n // m
  for r = 1, m do
    for c = (r - 1) * width + 1, r * width do A:set(r, c, 1) end
  end
  return A
end

--- V_{l,j} for each kind of start; n is its number of columns, j the patch.
local starts = {}

function starts.lecun(o, rng, l, _, n)
  return rng:randn(o.channels[l], n, { dtype = o.dtype }) * (1 / math.sqrt(n))
end

function starts.disjoint(o, rng, l, _, n)
  local m = o.channels[l]
  local A = shares(m, n, o.dtype)
  if l == 1 then
    A = sd.normalize(A % rng:randn(m, n, { dtype = o.dtype }), { dim = 2 }) * o.init.scale
  end
  return A:col(rng:permutation(n))
end

function starts.aligned(o, _, l, j, n)
  local m = o.channels[l]
  local A = sd.zeros(m, n, { dtype = o.dtype })
  for r = 1, m do A:set(r, l == 1 and (j - 1) * m + r or r, l == 1 and o.init.scale or 1) end
  return A
end

local function init_of(o)
  return function(rng)
    local p = {}
    for l, m in ipairs(o.channels) do
      local V, W, b = {}, o.shared and rng:orthogonal(o.d, m, { dtype = o.dtype }) or {}, {}
      for j = 1, o.patches[l] do
        local n = l == 1 and o.z or #o.from[l][j] * o.channels[l - 1]
        V[j] = starts[o.init.kind](o, rng, l, j, n)
        b[j] = sd.full(m, 1, l == 1 and o.law and o.law.threshold or 0, { dtype = o.dtype })
        if not o.shared then W[j] = rng:orthogonal(o.d, m, { dtype = o.dtype }) end
      end
      p[l] = { V = V, W = W, b = b }
    end
    return p
  end
end

--- P[S > 0] and E[S] of the channels of each level, act being relu: on level 1 S = a (g - u)+ with
-- g standard normal and P[g > u] = q; above, a channel sums so many independent ones below.
local function law_of(o)
  local q, a = o.init.q, o.init.scale
  local u = -sd.normppf(q)
  local mean = a * (math.exp(-u * u / 2) / math.sqrt(2 * math.pi) - u * q)
  local law = { threshold = a * u, activity = { q }, mean = { mean } }
  for l = 2, #o.channels do
    local n = o.init.kind == "disjoint" and o.channels[l - 1] // o.channels[l] or 1
    law.activity[l] = 1 - (1 - law.activity[l - 1]) ^ n
    law.mean[l] = n * law.mean[l - 1]
  end
  return law
end

-- ---- its functions ------------------------------------------------------------------------------

local function stack(list) return #list == 1 and list[1] or sd.vcat(list) end

--- S[l][j].
local function hidden_of(o)
  return function(p, z)
    local S = {}
    for l = 1, #o.channels do
      S[l] = {}
      for j = 1, o.patches[l] do
        local below = z
        if l > 1 then
          local sources = {}
          for k, source in ipairs(o.from[l][j]) do sources[k] = S[l - 1][source] end
          below = stack(sources)
        end
        S[l][j] = o.act(p[l].V[j] * below - p[l].b[j])
      end
    end
    return S
  end
end

local function apply_of(o, hidden)
  return function(p, z)
    local S, X = hidden(p, z), {}
    for l, own in ipairs(p) do
      for j = 1, o.patches[l] do
        X[#X + 1] = (o.shared and own.W or own.W[j]) * S[l][j]
      end
    end
    return stack(X)
  end
end

--- rows(l[, j]) and patch(X, l, j), and how many rows an image has.
local function places(o)
  local before = { 0 }
  for l, n in ipairs(o.patches) do before[l + 1] = before[l] + n * o.d end
  local function rows(l, j)
    if not o.patches[l] then fail("%s: there is no level %s", NAME, core.show(l)) end
    if j == nil then return before[l] + 1, before[l + 1] end
    if math.type(j) ~= "integer" or j < 1 or j > o.patches[l] then
      fail("%s: level %d has patches 1..%d, got %s", NAME, l, o.patches[l], core.show(j))
    end
    return before[l] + (j - 1) * o.d + 1, before[l] + j * o.d
  end
  local outputs = before[#before]
  local function patch(X, l, j)
    if tracing.kind(X) ~= "matrix" or X.rows ~= outputs then
      fail("%s.patch: argument 1 must be images, columns of %d elements, got %s", NAME, outputs,
        tracing.issymbol(X) and tostring(X) or core.show(X))
    end
    return X:row(rows(l, j))
  end
  return rows, patch, outputs
end

local function text_of(o, act_name)
  local levels = {}
  for l, m in ipairs(o.channels) do levels[l] = ("%d of %d"):format(o.patches[l], m) end
  return ("%s %d -> %s, patches of %d, %s%s"):format(NAME, o.z, table.concat(levels, " -> "), o.d,
    act_name, o.shared and ", shared" or "")
end

return function(given)
  local sizes, named = hand.sizes(NAME, { "z", "d" }, given, OPTIONS)
  local o = { z = sizes[1], d = sizes[2], patches = level_sizes("patches", named.patches),
    channels = level_sizes("channels", named.channels), shared = named.shared == true }
  if #o.patches ~= #o.channels then
    fail("%s: patches are of %d levels, channels of %d", NAME, #o.patches, #o.channels)
  end
  if named.shared ~= nil and type(named.shared) ~= "boolean" then
    fail("%s: shared must be true or false, got %s", NAME, core.show(named.shared))
  end
  local act_name
  o.act, act_name = hand.act(NAME, named.act or "relu")
  o.from, o.init = connections(named.from, o.patches), read_init(named.init)
  o.dtype = hand.dtype(NAME, named.dtype)
  check_start(o)
  o.law = o.init.kind ~= "lecun" and law_of(o) or nil
  local hidden = hidden_of(o)
  local rows, patch, outputs = places(o)
  return hand.new({ name = NAME, formula = "X = W act(V ... - b)", sizes = sizes, inputs = o.z,
    outputs = outputs, rows = rows, patch = patch, from = o.from, text = text_of(o, act_name),
    law = act_name == "relu" and o.law or nil }, init_of(o),
    { hidden = hidden, apply = apply_of(o, hidden) })
end
