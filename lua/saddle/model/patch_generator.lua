--- sd.model.patch_generator{z, d, patches={d_1, ...}, channels={m_1, ...}}: a generator of images
-- from coarse to fine, each level made of the one before (formula: include/saddle/model.h):
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
local options = require "saddle.options"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local NAME <const> = "patch_generator"
local MOST_PATCHES <const> = 65536 -- before there are lists of them; the core counts all levels
local SCALE <const> = options.number("scale", 1, options.POSITIVE)

local function whole(v) return type(v) == "number" and math.tointeger(v) end

-- ---- what is asked for --------------------------------------------------------------------------

--- The list of sizes, one for each level; {} where there is none, which the core refuses.
local function level_sizes(key, list, most)
  if list ~= nil and type(list) ~= "table" then
    fail("%s: %s must be a list of sizes, one for each level, got %s", NAME, key, core.show(list))
  end
  local out = {}
  for l, v in ipairs(list or {}) do
    out[l] = whole(v)
    if not out[l] or out[l] < 1 then
      fail("%s: %s[%d] must be a whole number from 1, got %s", NAME, key, l, core.show(v))
    end
    if out[l] > most then fail("%s: %s[%d] is %d, %d at most", NAME, key, l, out[l], most) end
  end
  return out
end

--- The list of patches P_{l,j}, a copy.
local function sources(l, j, list, below)
  if type(list) ~= "table" or #list == 0 then
    fail("%s: from[%d][%d] must be a list of patches of level %d, got %s", NAME, l, j, l - 1,
      core.show(list))
  end
  local out = {}
  for k, v in ipairs(list) do
    out[k] = whole(v)
    if not out[k] or out[k] < 1 then
      fail("%s: from[%d][%d][%d] must be a patch in 1..%d, got %s", NAME, l, j, k, below,
        core.show(v))
    end
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
      from[l][j] = own and sources(l, j, own[j], patches[l - 1])
        or { 1 + (j - 1) * patches[l - 1] // patches[l] }
    end
  end
  return from
end

--- The connections as the core has them: for each patch how many, and which.
local function flat(from, levels)
  local out = {}
  for l = 2, levels do
    for _, list in ipairs(from[l]) do
      out[#out + 1] = #list
      table.move(list, 1, #list, #out + 1, out)
    end
  end
  return out
end

--- {kind=, values=} of the option init; and q.
local function read_init(given)
  if given == nil or given == "lecun" then return { kind = "own" } end
  if type(given) ~= "table" then
    fail("%s: init must be \"lecun\", {disjoint=, scale=} or {aligned=, scale=}, got %s", NAME,
      core.show(given))
  end
  local wrong = options.wrong(given, { "aligned", "disjoint", "scale" })
  if wrong then fail("%s: init: %s", NAME, wrong) end
  if given.aligned ~= nil and given.disjoint ~= nil then
    fail("%s: init: aligned or disjoint, not both", NAME)
  end
  local kind = given.aligned ~= nil and "aligned" or "disjoint"
  local q, a = given[kind], given.scale == nil and SCALE.default or given.scale
  if q == nil then fail("%s: init needs aligned or disjoint", NAME) end
  if type(q) ~= "number" or not (q > 0 and q < 1) then
    fail("%s: init: %s must be a probability between 0 and 1, got %s", NAME, kind, core.show(q))
  end
  wrong = options.wrong_number(SCALE, a)
  if wrong then fail("%s: init: %s", NAME, wrong) end
  return { kind = kind, q = q, values = { a, -a * sd.normppf(q) } }
end

local function read(named)
  local patches = level_sizes("patches", named.patches, MOST_PATCHES)
  local from = connections(named.from, patches)
  return { patches = patches, channels = level_sizes("channels", named.channels, math.huge),
    from = flat(from, #patches), nested = from }, read_init(named.init)
end

-- ---- what it has besides ------------------------------------------------------------------------

--- P[S > 0] and E[S] of the channels of each level, act being relu: on level 1 S = a (g - u)+ with
-- g standard normal and P[g > u] = q; above, a channel sums so many independent ones below.
local function law_of(channels, init)
  local q, a, threshold = init.q, table.unpack(init.values)
  local u = threshold / a
  local mean = a * (math.exp(-u * u / 2) / math.sqrt(2 * math.pi) - u * q)
  local law = { threshold = threshold, activity = { q }, mean = { mean } }
  for l = 2, #channels do
    local n = init.kind == "disjoint" and channels[l - 1] // channels[l] or 1
    law.activity[l] = 1 - (1 - law.activity[l - 1]) ^ n
    law.mean[l] = n * law.mean[l - 1]
  end
  return law
end

--- S[l][j] from the features, in which they are one below the other.
local function hidden_of(features, lists)
  return function(p, z)
    local all, S, last = features(p, z), {}, 0
    for l, m in ipairs(lists.channels) do
      S[l] = {}
      for j = 1, lists.patches[l] do
        S[l][j] = all:row(last + 1, last + m)
        last = last + m
      end
    end
    return S
  end
end

--- rows(l[, j]) and patch(X, l, j), and how many rows an image has.
local function places(d, patches)
  local before = { 0 }
  for l, n in ipairs(patches) do before[l + 1] = before[l] + n * d end
  local function rows(l, j)
    if not patches[l] then fail("%s: there is no level %s", NAME, core.show(l)) end
    if j == nil then return before[l] + 1, before[l + 1] end
    if math.type(j) ~= "integer" or j < 1 or j > patches[l] then
      fail("%s: level %d has patches 1..%d, got %s", NAME, l, patches[l], core.show(j))
    end
    return before[l] + (j - 1) * d + 1, before[l] + j * d
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

local function extend(m, o)
  local levels, lists = {}, o.lists
  for l, n in ipairs(lists.channels) do levels[l] = ("%d of %d"):format(lists.patches[l], n) end
  m.text = ("%s %d -> %s, patches of %d, %s"):format(NAME, m.sizes[1], table.concat(levels, " -> "),
    m.sizes[2], o.details)
  m.rows, m.patch, m.outputs = places(m.sizes[2], lists.patches)
  m.from, m.hidden, m.features = lists.nested, hidden_of(m.features, lists), nil
  m.law = o.act == "relu" and o.init.q and law_of(lists.channels, o.init) or nil
end

return { options = { "channels", "from", "init", "patches" }, read = read, extend = extend }
