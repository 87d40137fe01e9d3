--- Ctrl-C in runs of games. Their plans have matrices that live turned, that are written over in
-- place and that change places, loops and draws: an end in mid-step leaves all as it was.
local shell = require "tests.cli.shell"

describe("Ctrl-C", function()
  for name, dynamics in pairs{
    ["at once"] = "gda(game, { optim = 'adam,lr=1e-3' })",
    ["by turns"] = "gda(game, { optim = 'normalized', mode = 'alternating', k = { D = 9 } })",
    ["ahead"] = "extragradient(game, { optim = 'momentum,lr=1e-3', fresh = true })" } do
    it("in a step of a game ends it after a completed one: " .. name, function()
      local out, status, err = shell.interrupted([[
        local sd = require "saddle"
        local game = sd.game{ min = "G", max = "D", sample = function(r) return r:randn(40, 50) end,
          objective = function(p, Z)
            local y = sd.tanh(p.D.W * (Z + p.G.c * (p.G.r * sd.ones(400, 50))))
            return sd.mean(y) - 0.1 * sd.norm(p.D.W) ^ 2 + 0.1 * sd.norm(p.G.V) ^ 2
              + sd.sum(p.G.V * p.G.r:t())
          end }
        local d = sd.dynamics.]] .. dynamics .. [[

        local rng = sd.rng(1)
        local p = { G = { c = rng:randn(40, 1), r = rng:randn(1, 400), V = rng:randn(5, 400) },
          D = { W = 0.1 * rng:randn(40, 40) } }
        local plan = sd.compile(d.step)
        local function run(s, n) return plan:iterate(s, n) end
        local function start() return d.init(p, sd.rng(5)) end
        run(start(), 1)
        announce()
        local s, h = run(start(), 1e9)
        local function same(a, b)
          if type(a) == "table" then
            for key, v in pairs(a) do if not same(v, b[key]) then return false end end
            return true
          elseif type(a) == "userdata" and not sd.ismatrix(a) then
            return a:state().ordinal == b:state().ordinal
          end
          return sd.sum(sd.ne(a, b)) == 0
        end
        print(h.status, h.n == s.t, h.n > 0)
        print(same(s, (run(start(), h.n))), same((run(s, 5)), (run(start(), h.n + 5))))]], 1)
      assert.equal("interrupted\ttrue\ttrue\ntrue\ttrue\n", out, err)
      assert.equal(0, status)
    end)
  end
end)
