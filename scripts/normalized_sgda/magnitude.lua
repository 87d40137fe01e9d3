--- |A_t| along training, A the step of Algorithm 1 of the normalised-SGDA paper for eta = 1: what
-- Figures 2(b) and 2(c) draw over |A_1|, of each parameter of both players.
--
-- Print divides by A at t = 0, which is 0 / sqrt(eps): the first step is meant. |A_t| cannot do
-- much: each element is at most 1/sqrt(1 - b1^2/b2) (adam_conventions.lua), 1.18 at b1 = 0.5 and
-- b2 = 0.9, and is 1 or -1 at the first step where there is a gradient at all and eps does not
-- count.
local sd = require "saddle"
local contest = require "contest"
local outcome = require "outcome"

local magnitude = {}

magnitude.names = { "a", "b", "W", "V" }

-- Where the state of an optimiser has that of Adam.
local inside = { adalr = "length", adadir = "direction" }

--- The text for sd.optim of adam_raw, adalr or adadir with these b1, b2, eps.
function magnitude.optim(name, p)
  return ("%s,b1=%.17g,b2=%.17g,eps=%.17g"):format(name, p.b1, p.b2, p.eps)
end

--- |A| of the step just made, and |M_1|, of each parameter: columns.
local function lengths(name, eps, s)
  local A, M = {}, {}
  for k, parameter in ipairs(magnitude.names) do
    local state = s.o[parameter == "V" and "G" or "D"]
    if inside[name] then state = state[inside[name]] end
    local m, v = state.m[parameter], state.v[parameter]
    A[k], M[k] = sd.norm(sd.matrix(m / sd.sqrt(v + eps))), sd.norm(sd.matrix(m))
  end
  return sd.vcat(A), sd.vcat(M)
end

--- The records of a run and those of the next, whose first is the last of it.
local function joined(a, b) return b.cols > 1 and sd.hcat(a, b:col(2, -1)) or a end

--- A run with the steps at = {eta=, ratio=} of adam_raw, adalr or adadir, p.b1 > 0: the first
-- p.early steps one by one, then the rest in about `records` records. Gives t (a row, from 1), A
-- and M (4 x #t: |A_t| and |M_t| of a, b, W, V), modes (pure-mode neurons, a row), status.
function magnitude.follow(p, name, at, rng, records)
  local run = contest.start(p, magnitude.optim(name, p), at, rng)
  local function record(s)
    local A, M = lengths(name, p.eps, s)
    return { A = A, M = M, modes = outcome.pure(run.model, s.p.G.V) }
  end
  local s, early, late
  s = run.plan:iterate(run.state, 1)
  s, early = run.plan:iterate(s, p.early - 1, { every = 1, record = record })
  local rest = p.steps - p.early
  late = select(2, run.plan:iterate(s, rest,
    { every = math.max(1, rest // records), record = record }))
  local out = { t = joined(early.t + 1, late.t + p.early), status = late.status }
  for _, what in ipairs { "A", "M", "modes" } do out[what] = joined(early[what], late[what]) end
  return out
end

return magnitude
