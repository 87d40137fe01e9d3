-- 3. A training loop. sd.compile plans a step once; iterate runs it n times in C.
local sd = require "saddle"
local rng = sd.rng(3)

-- A teacher network, and a student that sees a fresh minibatch at every step.
local teacher = { W = rng:randn(3, 5), v = rng:randn(1, 3) }
local function net(q, X) return q.v * sd.relu(q.W * X) end
local function loss(q, X) return sd.mean((net(q, X) - net(teacher, X)) ^ 2) end

-- The state is a table of whatever changes; a step gives the fields that it changes. The rng is one
-- of them: draws advance it. Numbers in the state, such as lr, may be changed without a new plan.
local function step(s)
  local X = s.rng:randn(5, 32)
  return { p = s.p - s.lr * sd.grad(loss)(s.p, X) }
end
local plan = sd.compile(step)

-- record is traced with the step: what it gives becomes rows of a history, a column each record.
local probe = sd.rng(0):randn(5, 1000)
local s, h = plan:iterate(
  { p = { W = rng:randn(64, 5), v = rng:randn(1, 64) / 8 }, lr = 0.02, rng = rng }, 4000,
  { every = 1000, record = function(s) return { loss = loss(s.p, probe) } end })
for j = 1, #h.t do print(("step %4d: loss %.5f"):format(h.t(j), h.loss(j))) end
print(h.status, h.n)

-- It goes on where it was; 1000 steps and 1000 steps have the bits of 2000.
s.lr = 0.005
s = plan:iterate(s, 4000)
print(("after 4000 smaller steps: %.5f"):format(loss(s.p, probe)))

-- plan:explain() says what a step costs, and which numbers were constants when it was traced.
-- Next: 4_a_game.lua, two players.
