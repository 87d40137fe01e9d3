---@meta saddle

-- Made by `make docs`.

---a function of elements with its derivatives
---@class sd.activation
local activation = {}

---what the check of a claim is called with
---@class sd.case
local case = {}

---a theorem as a check
---@class sd.claim
local claim = {}

---a table {init=, step=}: how the players of a game move
---@class sd.dynamics
local dynamics = {}

---a function of parameters and a seed, with a sweep
---@class sd.experiment
local experiment = {}

---players with losses on one tree of parameters
---@class sd.game
local game = {}

---runs grouped by parameters
---@class sd.groups
local groups = {}

---what `iterate` recorded
---@class sd.history
local history = {}

---what the run of an experiment writes to
---@class sd.log
local log = {}

---userdata: m x n numbers, f64 or f32, column by column; a batch has a sample a column
---@class sd.matrix
local matrix = {}

---a table {init=, apply=}
---@class sd.model
local model = {}

---a linear map {rows=, cols=, matvec=, rmatvec=}
---@class sd.operator
local operator = {}

---a table {init=, update=}
---@class sd.optimiser
local optimiser = {}

---a compiled function
---@class sd.plan
local plan = {}

---an inner maximum in closed form: {value=, best=, max=}
---@class sd.quadratic
local quadratic = {}

---a table of results, with the fields named
---@class sd.result
local result = {}

---a random number generator with a counter
---@class sd.rng
local rng = {}

---one run of an experiment
---@class sd.run
local run = {}

---a set of runs of an experiment
---@class sd.runs
local runs = {}

---singular values with what they resolve
---@class sd.spectrum
local spectrum = {}

---a matrix, a number, or a table of trees: parameters, states, gradients
---@class sd.tree
local tree = {}

---@class saddle
local sd = {}

--- The thin singular value decomposition A = U diag(s) V'. Note that V is not transposed.
---@param A sd.matrix m x n, finite
---@return sd.matrix U m x r with r = min(m, n), orthonormal columns
---@return sd.matrix s r x 1, singular values, descending
---@return sd.matrix V n x r, orthonormal columns
function sd.svd(A) end

return sd
