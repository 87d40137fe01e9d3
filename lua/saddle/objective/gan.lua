--- Losses of generative adversarial nets, functions of what the discriminator says of real and of
-- generated samples: matrices of any shape, all of whose elements count alike.
local sd = require "saddle"
local core = require "saddle.core"
local check = require "saddle.objective.check"
local options = require "saddle.options"
local tree = require "saddle.tree"
local fail = tree.fail
tree.module()

local gan = {}

--- log_loss(real, fake) -> E log s(real) + E log s(-fake), s the logistic function: what the
-- discriminator maximises and the generator minimises [Goodfellow et al. 2014]. It takes logits,
-- and saturates nowhere.
function gan.log_loss(real, fake)
  check.matrix("log_loss", "real", real)
  check.matrix("log_loss", "fake", fake)
  return sd.mean(sd.log_sigmoid(real)) + sd.mean(sd.log_sigmoid(-fake))
end

--- non_saturating(fake) -> -E log s(fake): the loss of a generator whose slope does not vanish
-- where the discriminator is sure [there, section 3].
function gan.non_saturating(fake)
  check.matrix("non_saturating", "fake", fake)
  return -sd.mean(sd.log_sigmoid(fake))
end

--- wasserstein(real, fake) -> E real - E fake [Arjovsky, Chintala, Bottou 2017].
function gan.wasserstein(real, fake)
  check.matrix("wasserstein", "real", real)
  check.matrix("wasserstein", "fake", fake)
  return sd.mean(real) - sd.mean(fake)
end

local PENALTY = { options.number("weight", 10, 0), options.number("length", 1, 0) }

--- gradient_penalty(D, x, g, u[, {weight=10, length=1}]) -> weight mean_i (|D'(z_i)| - length)^2
-- at z_i = u_i x_i + (1 - u_i) g_i: the columns of x and g (d,n), the weights u (1,n) in [0,1]
-- [Gulrajani et al. 2017]. D takes columns (d,n) to numbers (1,n), each of its own column alone;
-- its slopes are columns of the gradient of their sum. The penalty is differentiated as any
-- function, through the slopes, into whatever D is made of.
function gan.gradient_penalty(D, x, g, u, given)
  local where = "gradient_penalty"
  local weight, length = check.options(where, given, PENALTY)
  if not core.tracing.callable(D) then
    fail("objective.%s: argument 1 must be a function, got %s", where, core.show(D))
  end
  check.same(where, "x", x, "g", g)
  check.matrix(where, "u", u)
  if u.rows ~= 1 or u.cols ~= x.cols then
    fail("objective.%s: u is %dx%d, it needs a weight for each of %d columns (1x%d)", where,
      u.rows, u.cols, x.cols, x.cols)
  end
  local function total(z)
    local y = check.matrix(where, "the value of D", D(z))
    if y.rows ~= 1 or y.cols ~= z.cols then
      fail("objective.%s: D gives %dx%d for %d columns, it must give 1x%d", where, y.rows, y.cols,
        z.cols, z.cols)
    end
    return sd.sum(y)
  end
  local slopes = sd.grad(total)(x % u + g % (1 - u))
  return weight * sd.mean((sd.norm(slopes, { dim = 1 }) - length) ^ 2)
end

return gan
