--- saddle: the table `sd`. Matrices, functions and files come from the C core; modules written in
-- Lua are loaded when first named (`sd.plot` is lua/saddle/plot.lua).
local core = require "saddle.core"

local lazy = { "act", "args", "bounds", "compile", "data", "dynamics", "game", "hermite", "metrics",
  "model", "mpi", "normal", "objective", "optim", "path", "plot", "progress", "runs",
  "stability" }
local parts = { -- functions of modules that have several
  claim = { "claim" },
  tree = { "map", "ravel", "frozen" },
  derive = { "grad", "value_and_grad", "vjp", "jvp", "hvp", "linearize", "expect" },
  jacobian = { "jacobian" },
  jbar = { "jbar" },
  lipschitz = { "ball_extremes", "lipschitz" },
  ntk = { "ntk" },
  checkgrad = { "checkgrad" },
  hadamard = { "hadamard_power", "khatri_rao_power", "khatri_rao_spectrum" },
  packing = { "packing" },
  interpolant = { "closest_interpolant" },
  loop = { "loop" },
  quadrature = { "integrate" },
  ode = { "ode", "gradient_flow" },
  roots = { "bisect", "brent", "newton", "maximize1d" },
  interp = { "interp1" },
  fit = { "fit_line", "fit_loglog" },
  stats = { "clopper_pearson", "mean_ci", "bootstrap_ci", "student_t", "histogram" },
  ks = { "ks_test" },
  param = { "param" },
  experiment = { "experiment", "seeds" },
  procrustes = { "procrustes" },
  spectrum = { "spectrum" },
  time = { "time" },
  who = { "who" } }

local sd = {}
for name, value in pairs(core) do sd[name] = value end
core.printer(require("saddle.format").matrix)
core.tracing.treeloader(function(name) return require("saddle.tree")[name] end)
for _, name in ipairs { "bytes", "database", "folder", "frombytes", "nearest", "normal", "now",
  "printer", "process", "savetext", "show", "spectral", "stderr_terminal", "terminal",
  "tracing" } do
  sd[name] = nil -- services for the modules alone
end
local is_lazy, part_of, names = {}, {}, {}
for _, name in ipairs(lazy) do is_lazy[name], names[#names + 1] = true, name end
for module, list in pairs(parts) do
  for _, name in ipairs(list) do part_of[name], names[#names + 1] = module, name end
end
for name in pairs(sd) do names[#names + 1] = name end
table.sort(names)

-- An unknown name is an error here and not a nil that fails somewhere else.
return setmetatable(sd, { __names = names, __index = function(t, name)
  if type(name) ~= "string" then error("sd: no function has the name " .. core.show(name), 2) end
  if part_of[name] then
    rawset(t, name, require("saddle." .. part_of[name])[name])
    return rawget(t, name)
  end
  if not is_lazy[name] then
    name = name:gsub("%c", "?")
    local near = core.nearest(name, names)
    error(("sd.%s: no such function or module%s"):format(name,
      near and (" (did you mean sd.%s?)"):format(near) or ""), 2)
  end
  local module = require("saddle." .. name)
  rawset(t, name, module)
  return module
end })
