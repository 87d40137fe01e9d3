-- Runs of dynamics that are cut off: what a checkpoint goes on from.
local sd = require "saddle"
local support = require "tests.lua.support"
local bits, raises = support.bits, support.raises

--- A game with samples, a frozen leaf, nested parameters, f32 in one player; its start.
local game = sd.game {
  min = "G", max = "D",
  sample = function(rng) return rng:randn(5, 8) end,
  objective = function(p, Z)
    local fake = (p.G.W * Z + p.G.b):to "f32"
    local weights = 0.01 * sd.norm(p.G.W) ^ 2 - 0.05 * sd.norm(p.D.w) ^ 2
    return sd.mean(sd.tanh(p.D.w:t() * fake)) + weights
  end,
  best = { D = function(p, Z)
    return { w = sd.mean((p.G.W * Z):to "f32", { dim = 2 }), fixed = p.D.fixed }
  end },
}
local function start()
  local rng = sd.rng(3, "run")
  return { G = { W = rng:randn(4, 5), b = rng:randn(4, 1) },
    D = { w = rng:randn(4, 1, { dtype = "f32" }), fixed = sd.frozen(sd.eye(2)) } }
end
local function rate(t) return 0.1 / (1 + 0.01 * t) end
local optim = { G = sd.optim.adam { lr = rate }, D = sd.optim("normalized,momentum=0.5,lr=0.01") }

local dynamics = sd.dynamics
local kinds = {
  ["gda, at once"] = dynamics.gda(game, { optim = optim }),
  ["gda, by turns in a loop"] = dynamics.gda(game,
    { optim = optim, mode = "alternating", k = { D = 9 } }),
  extragradient = dynamics.extragradient(game, { optim = optim, fresh = true }),
  optimistic = dynamics.optimistic(game, { optim = optim }),
  consensus = dynamics.consensus(game, { optim = optim, gamma = 0.1 }),
  ["best response"] = dynamics.best_response(game, { optim = optim }),
}

local STEPS <const>, CUT <const> = 60, 30 -- the hook of the record at CUT ends the run

describe("a checkpoint of dynamics", function()
  local file
  before_each(function()
    file = os.tmpname()
    os.remove(file)
    file = file .. ".npz"
  end)
  after_each(function() os.remove(file) end)

  for name, d in pairs(kinds) do
    it("goes on to the bits of a run in one piece: " .. name, function()
      local function record(s) return { w = s.p.D.w, length = sd.norm(s.p.G.W) } end
      local plan = sd.compile(d.step)
      local function options(more)
        local o = { every = 10, record = record }
        for key, value in pairs(more) do o[key] = value end
        return o
      end
      local whole, history = plan:iterate(d.init(start(), sd.rng(5)), STEPS, options {})
      raises("the power fails", plan.iterate, plan, d.init(start(), sd.rng(5)), STEPS, options {
        checkpoint = { file = file, seconds = 0 }, hook = function(_, t)
          if t == CUT then error "the power fails" end
        end })
      -- another plan, as another process has it
      local seen = {}
      local s, h = sd.compile(d.step):iterate(d.init(start(), sd.rng(5)), STEPS, options {
        checkpoint = file, hook = function(_, t) seen[#seen + 1] = t end })
      assert.same({ 40, 50, 60 }, seen)
      assert.same(bits(whole), bits(s))
      assert.same({ STEPS, "done" }, { h.n, h.status })
      for _, key in ipairs { "t", "w", "length" } do
        assert.same(bits(history[key]), bits(h[key]), key)
      end
    end)
  end
end)
