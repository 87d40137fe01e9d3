--- sd.model.product_pair{patches, d, m}: the discriminator of correlations on the first level,
-- D^(5) (section 2.2 of the paper that patches.lua names). With a_q = rt([W_j' Y_j]_r - b) for the
-- channels q = (j, r), patch by patch:
--
--   D(Y) = sum over pairs p < q of C_pq (u+_pq - u-_pq) a_p a_q
--
-- of images Y (patches d, batch). rt is sd.act.smooth_relu{zeta=}. Trained are `plus` = u+ and
-- `minus` = u- (pairs,1), together a point of the simplex and uniform at the start; pairs are in
-- the order (1,2), (1,3), (2,3), (1,4), ... The W_j (d,m), with orthonormal columns at the start,
-- and the threshold b are frozen. Options: threshold=0.1, zeta=0.1, within=m^2 and across=1, C_pq
-- for channels of the same patch and of two.
--
-- moments(p, Y) -> (pairs,1) of C_pq E a_p a_q: with g = moments* - moments, E D(Y*) - E D(Y) is
-- <u+ - u-, g>, and the largest such minus sum u log u is sd.objective.simplex.max(vcat(g, -g)).
local sd = require "saddle"
local hand = require "saddle.model.hand"
local index_pairs = require "saddle.objective.pairs"
local options = require "saddle.options"
local tree = require "saddle.tree"
tree.module()

local NAME <const> = "product_pair"
local NAMES <const> = { "across", "dtype", "threshold", "within", "zeta" }

--- C_pq for the pairs, a column.
local function weights(patches, m, within, across, own)
  local C, n = {}, patches * m
  for q = 2, n do
    for p = 1, q - 1 do C[#C + 1] = (p - 1) // m == (q - 1) // m and within or across end
  end
  return sd.matrix(C):to(own.dtype)
end

return function(given)
  local sizes, named = hand.sizes(NAME, { "patches", "d", "m" }, given, NAMES)
  local patches, d, m = sizes[1], sizes[2], sizes[3]
  local threshold, zeta, within, across = hand.numbers(NAME, named, {
    options.number("threshold", 0.1, 0), options.number("zeta", 0.1, options.POSITIVE),
    options.number("within", m * m), options.number("across", 1) })
  local own = { dtype = hand.dtype(NAME, named.dtype) }
  local ramp, n = sd.act.smooth_relu { zeta = zeta }, patches * m
  hand.check_columns(NAME, d, m)
  if n < 2 then tree.fail("%s: has no pairs: one channel of one patch", NAME) end
  local at, count = index_pairs.index(n), index_pairs.count(n)
  local C = weights(patches, m, within, across, own)

  local function channels(p, Y)
    local list = {}
    for j = 1, patches do list[j] = p.W[j]:t() * Y:row((j - 1) * d + 1, j * d) end
    return ramp(sd.vcat(list) - p.b)
  end

  return hand.new({ name = NAME, formula = "sum C_pq (u+ - u-)_pq a_p a_q", sizes = sizes,
    inputs = patches * d, pairs = count,
    text = ("%s %d x %d x %d, threshold %.14g, zeta %.14g"):format(NAME, patches, d, m, threshold,
      zeta) },
    function(rng)
      local W = {}
      for j = 1, patches do W[j] = sd.frozen(rng:orthogonal(d, m, own)) end
      local u = sd.full(count, 1, 1 / (2 * count), own)
      return { W = W, b = sd.frozen(sd.full(1, 1, threshold, own)), plus = u, minus = 1 * u }
    end, {
      apply = function(p, Y) -- a' M a for each column a, M strictly upper triangular
        local a = channels(p, Y)
        local M = sd.scatter_add(sd.zeros(n, n, own), at, C % (p.plus - p.minus))
        return sd.sum(a % (M * a), { dim = 1 })
      end,
      moments = function(p, Y)
        local a = channels(p, Y)
        return C % ((a * a:t()) * (1 / Y.cols)):reshape(n * n, 1):row(at)
      end,
    })
end
