--- Grafts of the normalised-SGDA paper, (2) to (4): AdaLR has the length of Adam's step and the
-- direction of the momentum, AdaDir the length of the momentum and the direction of Adam's step,
-- nSGDA the direction of the momentum and the length eta; of each layer, or of all parameters:
--
--   AdaLR (2)   eta |A| M/|M|       AdaDir (3)   eta |M| A/|A|       nSGDA (4)   eta M/|M|
--
-- The eps that print adds to |M| and |A| is left out: with it AdaLR's step would be shorter than
-- Adam's by |M|/(|M| + eps), which for a generator at its start is no small matter. A layer whose M
-- is 0 does not move. A and M are those of Algorithm 1 by hand (algorithm_1.lua, with its bounds on
-- their rounding); print has the A and M of t in (2) to (4) and of t + 1 in Algorithm 1, which is
-- meant here.
--
-- Parameters are a matrix and a row, two layers of unlike sizes, side by side in one stream.
--
-- |x| of n elements is off by n u |x| + |off| where x is off by `off`, and x/|x| by twice that over
-- |x|; the library's own A and M are off by as much.
local sd = require "saddle"
local algorithm_1 = require "algorithm_1"

local UNIT <const> = 2 ^ -53

--- The two layers of a matrix: all rows but the last, and the last.
local function layers(A) return { W = A:block(1, 1, A.rows - 1, A.cols), c = A:row(-1) } end

--- The parts of which an optimiser of that scope takes a norm, as columns.
local function parts(A, scope)
  if scope == "global" then return { A:reshape(#A, 1) } end
  local own = layers(A)
  return { own.W:clone():reshape(#own.W, 1), own.c:clone():reshape(#own.c, 1) }
end

--- The steps of an optimiser on a stream of both layers, in one matrix each.
local function steps(optimiser, stream)
  local p, list = layers(0 * stream[1]), {}
  local state = optimiser.init(p)
  for t, g in ipairs(stream) do
    local step
    step, state = optimiser.update(layers(g), state, p, t)
    list[t] = sd.vcat(step.W, step.c)
  end
  return list
end

local function unit(x)
  local size = sd.norm(x)
  return size > 0 and x / size or x
end

--- Bounds for a vector x, off by at most `off`: of its length, and of its direction.
local function rounding(x, off)
  local size = sd.norm(x)
  local length = #x * UNIT * size + sd.norm(off)
  return 2 * length, size > 0 and 4 * length / size or 0
end

-- Of each optimiser: its options, and of which of A, M its step has length and direction; the
-- length of nSGDA is its lr.
local forms = {
  adalr = { length = "A", direction = "M" },
  adadir = { length = "M", direction = "A" },
  normalized = { direction = "M" },
}

local function make(p, twin)
  local scope = p.scope
  if twin == "scope" then scope = scope == "layer" and "global" or "layer" end
  local name = p.optim
  if twin == "swap" then name = name == "adalr" and "adadir" or "adalr" end
  if name == "normalized" then
    return sd.optim.normalized { lr = p.lr, momentum = p.b1, scope = scope }
  end
  return sd.optim[name] { lr = p.lr, b1 = p.b1, b2 = p.b2, eps = p.eps, scope = scope }
end

return sd.claim {
  id = "normalized_sgda.grafting",
  source = "Section 2, (2)-(4)",
  statement = "AdaLR's steps are as long as Adam's and along the momentum, AdaDir's are along "
    .. "Adam's and as long as the momentum, nSGDA's are along the momentum and of one length",
  params = { rows = 6, cols = 4, T = 20, lr = 2 ^ -7, eps = 1e-16, b2 = 0.9,
    stream = { "normal", "scaled", "sparse" }, seed = sd.seeds(2),
    { optim = { "adalr", "adadir", "normalized" }, scope = { "layer", "global" },
      b1 = { 0, 0.5 } },
    { optim = "adalr", scope = "layer", b1 = 0.97, expect = "not applicable" } },
  smoke = { seed = 1, T = 6 },
  full = { seed = sd.seeds(20), T = 200 },
  broken = { "scope", "swap" },
  check = function(c, p)
    if not c:assume("b1^2 < b2", p.b1 ^ 2, "<", p.b2) then return end
    local stream = algorithm_1.streams[p.stream](c.rng, p.rows, p.cols, p.T)
    local own, form = algorithm_1.run(stream, p), forms[p.optim]
    for t, step in ipairs(steps(make(p, c.broken), stream)) do
      local step_of, M = parts(step, p.scope), parts(own.M[t], p.scope)
      for k, along in ipairs(parts(own[form.direction][t], p.scope)) do
        local s = step_of[k]
        local _, off = rounding(along, parts(own[form.direction .. "_off"][t], p.scope)[k])
        c:conclude("the direction", unit(s), "==", -unit(along), { tol = off })
        if sd.norm(M[k]) == 0 then
          c:conclude("no gradient, no step", sd.norm(s), "==", 0, { tol = 0 })
        elseif form.length then
          local long = parts(own[form.length][t], p.scope)[k]
          local far = rounding(long, parts(own[form.length .. "_off"][t], p.scope)[k])
          c:conclude("the length", sd.norm(s) / p.lr, "==", sd.norm(long),
            { tol = far + 8 * UNIT * sd.norm(long) })
        else
          c:conclude("the length", sd.norm(s) / p.lr, "==", 1, { tol = 2 * (#s + 8) * UNIT })
        end
      end
    end
  end,
}
