--- Whether a function of a tree follows its derivative: what is asked before eigenvalues of the
-- derivative are believed.
--
-- Where a function has a jump or a kink, derivatives are what convention makes them (sign' = 0,
-- norm' = 0 at 0), and a matrix of them has eigenvalues that mean nothing. So short ways from p in
-- a random direction u are walked, of either sign and at two lengths: curvature spoils the longer
-- one, rounding the shorter, and a jump or a kink both.
local core = require "saddle.core"
local derive = require "saddle.derive"
local tree = require "saddle.tree"
local tracing = core.tracing
tree.module()

local smooth = {}

local WRONG <const> = 0.01 -- more than this, of the size of what is compared, is a miss

--- a - b, leaf by leaf.
function smooth.difference(a, b) return tree.map(function(x, y) return x - y end, a, b) end
local difference = smooth.difference

--- The epsilon of the coarsest type in the tree.
function smooth.epsilon(t)
  for _, leaf in ipairs((tree.flatten(t))) do
    if tracing.kind(leaf) == "matrix" and leaf.dtype == "f32" then return 2.0 ^ -23 end
  end
  return 2.0 ^ -52
end

--- A random direction like p.
local function direction(p)
  local rng = core.rng(1)
  return tree.map(function(x)
    if tracing.kind(x) == "number" then return rng:randn() end
    return rng:randn(x.rows, x.cols):to(x.dtype)
  end, p)
end

--- smooth.misses(f, p, ...) -> nil when f(p, ...), a tree like p, follows its derivative in p; else
-- how far p was moved, by how much f changed, and by how much it should have. Rounding of f is
-- taken to be 64 eps of its size and p's.
function smooth.misses(f, p, ...)
  local extra, u, eps = table.pack(...), direction(p), smooth.epsilon(p)
  local size, long = tree.norm(p), tree.norm(u)
  local at, slope = derive.jvp(f, p, u, ...)
  local floor = 64 * eps * (size + tree.norm(at))
  local function walk(h)
    local there = tree.map(function(x, y) return x + h * y end, p, u)
    local way = difference(f(there, table.unpack(extra, 1, extra.n)), at)
    local said = tree.map(function(x) return h * x end, slope)
    local a, b = tree.norm(way), tree.norm(said)
    return tree.norm(difference(way, said)) <= WRONG * math.max(a, b) + floor, a, b
  end
  for sign = -1, 1, 2 do
    local h = sign * eps ^ 0.4 * (size > 0 and size or 1) / long
    local follows, a, b = walk(h)
    if not follows and not walk(h / 64) then return math.abs(h) * long, a, b end
  end
end

return smooth
