--- Figure 2(b, c) of the normalised-SGDA paper (S. Jelassi et al., 2022) as statements that can
-- fail: the length |A_t| of Adam's steps in each layer barely increases at first and is constant
-- after 10 steps, in a run of l-AdaLR on a mixture of 8 clouds. "Barely" has an exact answer, from
-- adam_lengths.lua: by at most a factor of 1.1767, when no element of the first gradient is below
-- sqrt(eps), so that |A_1| is sqrt(n) of n elements.
--
-- "Constant" is, from step 22 on (when 0.9^22 of the start are left: a tenth), in each layer:
--   steady       the mean over each eighth of the time is between half and twice that of all
--   within two   each single step is between half and twice that mean. This is false: the gradient
--                of a small batch turns from step to step, and the steps of single layers with it
local sd = require "saddle"
local adam_lengths = require "adam_lengths"
local duel = require "duel"
local mixture_gan = require "mixture_gan"

local PARTS <const>, BEGIN <const> = 8, 22
local MOST <const> = 1 / math.sqrt(1 - 0.5 ^ 2 / 0.9)

return sd.claim {
  id = "normalized_sgda.mixtures_lengths",
  source = "Figure 2(b, c)",
  statement = "the length of Adam's steps barely increases and is constant after some 10 steps",
  surrogate = "constant: within a factor of 2",
  unconditional = true,
  params = { steps = 800, loss = { "wgan-gp", "log" }, seed = sd.seeds(3),
    { what = "increase" }, { what = "steady" }, { what = "within two", expect = "violated" } },
  smoke = { steps = 300, seed = 1 },
  full = { steps = 4000, seed = sd.seeds(10) },
  broken = { "momentum alone" },
  check = function(c, p)
    local gan = mixture_gan.of(duel.way { optim = "l-adalr", loss = p.loss, steps = p.steps })
    local found = adam_lengths.follow(gan, c.rng, p.steps, c.broken ~= nil)
    for _, player in ipairs { "D", "G" } do
      local L = found[player]
      if p.what == "increase" then
        -- f32: sums of 10 terms and a norm of 1024 squares have lost less than 1e-4 of their value
        c:conclude(player .. ": |A_t|/|A_1|", L, "<=", MOST, { tol = 1e-4 })
      else
        local late = L:col(BEGIN, p.steps)
        local mean = sd.mean(late, { dim = 2 })
        local length = late.cols // PARTS
        for k = 1, PARTS do
          local part = late:col((k - 1) * length + 1, k * length)
          if p.what == "steady" then part = sd.mean(part, { dim = 2 }) end
          c:conclude(player .. ": not below half the mean", part / mean, ">=", 0.5)
          c:conclude(player .. ": not above twice the mean", part / mean, "<=", 2)
        end
      end
    end
  end,
}
