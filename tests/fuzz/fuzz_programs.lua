--- Random programs over the ops, in every way that they can be run:
--
--   build/saddle tests/fuzz/fuzz_programs.lua [SEED [PROGRAMS [FIRST]]]
--
-- seed 1, 200 programs from number 1 by default; `make fuzz` runs 10000, plain or sanitized. A
-- program (programs/program.lua) is 20 instructions (programs/kinds.lua) on registers that start as
-- the leaves of a tree of parameters. What is made of it is its value, or a function of gradients,
-- tangents, cotangents or Hessian products of it, a loop of descent, a call of a compiled function.
-- Each is run eagerly and compiled, differentiated in reverse, forward, by finite differences and
-- as a Jacobian, and descended with random draws: compiled, with {eager=true}, in one run and in
-- parts (programs/check.lua, which also derives the bounds). Iterations of every other program keep
-- matrices turned wherever that is possible, whether it pays or not. Programs of f32 or both dtypes
-- are compared with themselves in f64.
--
-- A fault is shown with the seed and number that replay it, and the shortest program that still has
-- it. The exit status is 1 when there was one; after 10 the run ends.
local sd = require "saddle"
local tracing = require("saddle.core").tracing
local check = require "tests.fuzz.programs.check"
local programs = require "tests.fuzz.programs.program"

local seed, count = math.tointeger(arg[1] or 1), math.tointeger(arg[2] or 200)
local first = math.tointeger(arg[3] or 1)
assert(seed and count and first, "usage: fuzz_programs.lua [SEED [PROGRAMS [FIRST]]]")

local iteration, turn = tracing.iteration, false
function tracing.iteration(g, outs, leaves, records, stop)
  return iteration(g, outs, leaves, records, stop, turn)
end

--- Program k, or `program` with the values and choices of program k: nil or what is wrong.
local function fault(k, program)
  local rng = sd.rng(seed, "program " .. k)
  turn = k % 2 == 0
  local choices = rng:split "choices"
  local made = programs.make(function(n) return choices:randint(n) end)
  program = program or made
  local uses = rng:split "uses"
  local ok, message = xpcall(check.run, function(message)
    return tostring(message):find "off by" and message or debug.traceback(message, 2)
  end, program, rng:split "values", function(n) return uses:randint(n) end)
  return not ok and message or nil, program
end

--- The sort of a fault: its words without numbers and places.
local function sort_of(message) return message:match "^[^\n]*":gsub("[%d.e+-]+", "#"):sub(1, 60) end

local faults = 0
for k = first, first + count - 1 do
  local message, program = fault(k)
  if message then
    faults = faults + 1
    local sort = sort_of(message)
    local short = programs.shorten(program, function(candidate)
      local other = fault(k, candidate)
      return other ~= nil and sort_of(other) == sort
    end)
    print(("seed %d program %d: %s\nshortest: %s\n%s"):format(seed, k, message, fault(k, short),
      programs.listing(short)))
    if faults == 10 then break end
  end
end
print(("%d programs, seed %d: %d faults (finite differences: %d, of which no step settled %d)")
  :format(count, seed, faults, check.counts.differences, check.counts.unsettled))
os.exit(faults == 0)
