---@meta saddle

-- Made by `make docs`.

---a function of elements with its derivatives
---@class sd.activation
---@overload fun(x: sd.matrix|number): sd.matrix|number
---@field d function
---@field dd function
---@field slope number
---@field curvature number
---@field name string
local activation = {}

--- E f(g) h_i(g), g standard normal, h_i the i-th normalised Hermite polynomial.
---@param i integer 0 .. 200
---@return number a
function activation.hermite(i) end

--- sup and inf of a f'(a)/f(a), which bound f between powers: t^r1 |f(a)| <= |f(ta)| <= t^r2 |f(a)| for 0 < t < 1.
---@return number r1
---@return number r2
function activation.exponents() end

---what the check of a claim is called with
---@class sd.case
---@field rng sd.rng
---@field broken string|nil
local case = {}

--- A hypothesis, which may be measured along a run; a conclusion, up to a tolerance that is derived in the claim. Numbers or matrices, element by element; a statement that is made several times counts by its worst instance.
---@param name string
---@param x number|sd.matrix
---@param rel string <, <=, ==, >=, >
---@param y number|sd.matrix
---@return boolean holds
function case:assume(name, x, rel, y) end

---@class sd.c.conclude.options
---@field tol? number absolute (default 0)

--- A hypothesis, which may be measured along a run; a conclusion, up to a tolerance that is derived in the claim. Numbers or matrices, element by element; a statement that is made several times counts by its worst instance.
---@param name string
---@param x number|sd.matrix
---@param rel string <, <=, ==, >=, >
---@param y number|sd.matrix
---@param options? sd.c.conclude.options options
---@return boolean holds
function case:conclude(name, x, rel, y, options) end

---@class sd.c.rate.options
---@field level? number the claim's unless given

--- A conclusion on a probability: violated where the exact interval of that level excludes it. A number of trials that could never violate it is an error.
---@param name string
---@param hits integer
---@param trials integer
---@param rel string >= or <=
---@param p0 number
---@param options? sd.c.rate.options options
---@return boolean holds
function case:rate(name, hits, trials, rel, p0, options) end

--- The size below which differences are noise of rounding: of the matrices and numbers that the computation passed through, and {steps=} how many roundings follow each other.
---@param ... any
---@return number tol
function case:roundoff(...) end

--- Something to keep with the case; its generator, the same for its twins; and the name of the twin that is played.
---@param name string
---@param value any
function case:note(name, value) end

---a theorem as a check
---@class sd.claim
local claim = {}

---@class sd.job.check.options
---@field tier? string smoke, quick or full (default "quick")

--- All cases and twins of a tier, and what they say together; one case, with all its statements when printed.
---@param options? sd.job.check.options options
---@return table report ok, verdict, counts, ...; it prints
function claim:check(options) end

--- All cases and twins of a tier, and what they say together; one case, with all its statements when printed.
---@param values? table name -> value; the first value unless given
---@return table outcome that prints
function claim:case(values) end

---a table {init=, step=}: how the players of a game move
---@class sd.dynamics
local dynamics = {}

--- The state before the first step; and the fields that a step changes, for sd.compile.
---@param p sd.tree
---@param rng? sd.rng that samples come from
---@return table s p, o, t, rng
function dynamics.init(p, rng) end

--- The state before the first step; and the fields that a step changes, for sd.compile.
---@param s table p, o, t, rng
---@return table changed
function dynamics.step(s) end

---a function of parameters and a seed, with a sweep
---@class sd.experiment
local experiment = {}

--- One run at the defaults but for these values, errors raised; the points of the sweep; one of them, its errors as part of the outcome; and its parameters in words.
---@param values? table name -> value
---@return table metrics
function experiment:run(values) end

--- One run at the defaults but for these values, errors raised; the points of the sweep; one of them, its errors as part of the outcome; and its parameters in words.
---@param choice? table name -> list in place of the sweep's own
---@return table list of values
function experiment:points(choice) end

--- One run at the defaults but for these values, errors raised; the points of the sweep; one of them, its errors as part of the outcome; and its parameters in words.
---@param values table name -> value
---@param context? table log, checkpoint
---@return table outcome status, error, metrics, arrays, curves
function experiment:execute(values, context) end

--- One run at the defaults but for these values, errors raised; the points of the sweep; one of them, its errors as part of the outcome; and its parameters in words.
---@return string text
function experiment:help() end

---players with losses on one tree of parameters
---@class sd.game
local game = {}

--- The objective, or the table of losses; the gradient of player j's loss in its own parameters; that of all players, which they descend; and a draw of what the losses take besides.
---@param p sd.tree
---@param ... any
---@return number|table value
function game:value(p, ...) end

--- The objective, or the table of losses; the gradient of player j's loss in its own parameters; that of all players, which they descend; and a draw of what the losses take besides.
---@param j string player
---@param p sd.tree
---@param ... any
---@return sd.tree g like p[j]
function game:gradient(j, p, ...) end

--- The objective, or the table of losses; the gradient of player j's loss in its own parameters; that of all players, which they descend; and a draw of what the losses take besides.
---@param p sd.tree
---@param ... any
---@return sd.tree F like p
function game:field(p, ...) end

--- The objective, or the table of losses; the gradient of player j's loss in its own parameters; that of all players, which they descend; and a draw of what the losses take besides.
---@param rng sd.rng
---@return any ...
function game:sample(rng) end

--- The best choice of player j, when the others stay, by the game's closed form.
---@param j string player
---@param p sd.tree
---@param ... any
---@return sd.tree q like p[j]
function game:respond(j, p, ...) end

--- Eigenvalues of the Jacobian of the field at p, by rising real part, with what rounding may have moved them by; blocks by players; symmetric and antisymmetric parts.
---@param p sd.tree
---@param ... any
---@return sd.result spectrum J, re, im, error, abscissa, condition, blocks, symmetric, antisymmetric
function game:spectrum(p, ...) end

--- A step of the dynamics differentiated at p, with the optimisers' slots: eigenvalues with errors, the spectral radius, a verdict, and how far the step moves the state (0 at an equilibrium).
---@param p sd.tree parameters, or a state
---@param dyn sd.dynamics
---@param ... any
---@return sd.result verdict A, re, im, error, radius, margin, verdict, period, condition, drift
function game:stability(p, dyn, ...) end

---runs grouped by parameters
---@class sd.groups
---@field mean table name -> list
local groups = {}

---what `iterate` recorded
---@class sd.history
---@field t sd.matrix 1 x records
---@field n integer
---@field status string
local history = {}

---what the run of an experiment writes to
---@class sd.log
---@overload fun(t: number, record: table): any
local log = {}

--- Writes numbers and columns at time t, which become curves of the run; and the file in which plan:iterate may keep its state, so that a run that was killed goes on.
---@param name? string
---@return string|nil file
function log:checkpoint(name) end

---userdata: m x n numbers, f64 or f32, column by column; a batch has a sample a column
---@class sd.matrix
---@field rows integer
---@field cols integer
---@field dtype string "f64" or "f32"
---@operator len: integer
---@overload fun(i: integer, j: integer): number
---@overload fun(k: integer): number
---@operator add(sd.matrix|number): sd.matrix
---@operator sub(sd.matrix|number): sd.matrix
---@operator mod(sd.matrix|number): sd.matrix
---@operator div(sd.matrix|number): sd.matrix
---@operator pow(sd.matrix|number): sd.matrix
---@operator unm: sd.matrix
---@operator mul(sd.matrix|number): sd.matrix
local matrix = {}

--- Writes one element, and gives the matrix.
---@overload fun(k: integer, v: number): sd.matrix
---@param i integer row
---@param j integer column
---@param v number
---@return sd.matrix A
function matrix:set(i, j, v) end

--- The element of a 1x1 matrix as a number.
---@return number x
function matrix:item() end

--- The elements as a list of rows, each a list of numbers.
---@return table rows m lists of n numbers
function matrix:totable() end

--- One column or row, or those up to a second: views, so writing to them changes A. With a list or matrix of indices, in which some may repeat, it is a copy (a gather).
---@param j integer|table|sd.matrix column, or indices
---@param j2? integer the last column
---@return sd.matrix B m x count, or count x n
function matrix:col(j, j2) end

--- One column or row, or those up to a second: views, so writing to them changes A. With a list or matrix of indices, in which some may repeat, it is a copy (a gather).
---@param i integer|table|sd.matrix row, or indices
---@param i2? integer the last row
---@return sd.matrix B m x count, or count x n
function matrix:row(i, i2) end

--- The m x n block whose first element is A(i, j): a view.
---@param i integer first row
---@param j integer first column
---@param m integer rows
---@param n integer columns
---@return sd.matrix B m x n
function matrix:block(i, j, m, n) end

--- A copy that shares nothing.
---@return sd.matrix B
function matrix:clone() end

--- The transpose, a copy.
---@return sd.matrix B n x m
function matrix:t() end

--- The same elements, down the columns, in another shape: a copy.
---@param m integer rows
---@param n integer columns
---@return sd.matrix B m x n
function matrix:reshape(m, n) end

--- A copy of another type. f32 and f64 do not mix: this converts.
---@param dtype string "f64" or "f32"
---@return sd.matrix B
function matrix:to(dtype) end

--- A changed in place: A + B, A - B, A % B, A / B, A ^ B. B is spread over A, not A over B.
---@param B sd.matrix|number as for operators
---@return sd.matrix A m x n
function matrix:add_(B) end

--- A changed in place: A + B, A - B, A % B, A / B, A ^ B. B is spread over A, not A over B.
---@param B sd.matrix|number as for operators
---@return sd.matrix A m x n
function matrix:sub_(B) end

--- A changed in place: A + B, A - B, A % B, A / B, A ^ B. B is spread over A, not A over B.
---@param B sd.matrix|number as for operators
---@return sd.matrix A m x n
function matrix:mul_(B) end

--- A changed in place: A + B, A - B, A % B, A / B, A ^ B. B is spread over A, not A over B.
---@param B sd.matrix|number as for operators
---@return sd.matrix A m x n
function matrix:div_(B) end

--- A changed in place: A + B, A - B, A % B, A / B, A ^ B. B is spread over A, not A over B.
---@param B sd.matrix|number as for operators
---@return sd.matrix A m x n
function matrix:pow_(B) end

--- All elements set to v, or taken from B.
---@param v number
---@return sd.matrix A m x n
function matrix:fill_(v) end

--- All elements set to v, or taken from B.
---@param B sd.matrix of A's shape and dtype
---@return sd.matrix A m x n
function matrix:copy_(B) end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@return sd.matrix A
function matrix:abs_() end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@return sd.matrix A
function matrix:neg_() end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@return sd.matrix A
function matrix:sign_() end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@return sd.matrix A
function matrix:floor_() end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@return sd.matrix A
function matrix:sqrt_() end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@return sd.matrix A
function matrix:exp_() end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@return sd.matrix A
function matrix:expm1_() end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@return sd.matrix A
function matrix:log_() end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@return sd.matrix A
function matrix:log1p_() end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@return sd.matrix A
function matrix:sin_() end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@return sd.matrix A
function matrix:cos_() end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@return sd.matrix A
function matrix:tanh_() end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@return sd.matrix A
function matrix:sigmoid_() end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@return sd.matrix A
function matrix:log_sigmoid_() end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@return sd.matrix A
function matrix:relu_() end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@param slope? number as for sd.leaky_relu
---@return sd.matrix A
function matrix:leaky_relu_(slope) end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@return sd.matrix A
function matrix:softplus_() end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@return sd.matrix A
function matrix:gelu_() end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@return sd.matrix A
function matrix:silu_() end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@param alpha? number as for sd.elu
---@return sd.matrix A
function matrix:elu_(alpha) end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@return sd.matrix A
function matrix:erf_() end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@return sd.matrix A
function matrix:erfc_() end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@return sd.matrix A
function matrix:erfinv_() end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@return sd.matrix A
function matrix:normcdf_() end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@return sd.matrix A
function matrix:normppf_() end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@return sd.matrix A
function matrix:lgamma_() end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@return sd.matrix A
function matrix:digamma_() end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@param order integer as for sd.polygamma
---@return sd.matrix A
function matrix:polygamma_(order) end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@param lo number
---@param hi number
---@return sd.matrix A
function matrix:clamp_(lo, hi) end

--- The functions of elements, in place: A:exp_() is sd.exp(A) without a new matrix.
---@return sd.matrix A
function matrix:isfinite_() end

---a table {init=, apply=}
---@class sd.model
---@field law table
---@field name string
---@field sizes table
---@field inputs integer rows of x
---@field formula string
local model = {}

--- Parameters, of which frozen ones are not trained; the outputs; and what the last weights read (of networks and discriminators).
---@param rng sd.rng
---@return sd.tree p
function model.init(rng) end

--- Parameters, of which frozen ones are not trained; the outputs; and what the last weights read (of networks and discriminators).
---@param p sd.tree
---@param x sd.matrix d x batch
---@return sd.matrix y m x batch
function model.apply(p, x) end

--- Parameters, of which frozen ones are not trained; the outputs; and what the last weights read (of networks and discriminators).
---@param p sd.tree
---@param x sd.matrix d x batch
---@return sd.matrix h
function model.features(p, x) end

--- V z for z with one 1, rarely two; sample draws z.
---@param rng sd.rng
---@param n integer
---@return sd.matrix z m x n
function model.sample(rng, n) end

--- The discriminators of patches of the super-resolution paper, and the means over samples that their mean output is linear in: with these the inner maximum has a closed form (sd.objective.power, bent, simplex).
---@param p sd.tree
---@param x sd.matrix
---@return sd.matrix g moments
function model.moments(p, x) end

---a linear map {rows=, cols=, matvec=, rmatvec=}
---@class sd.operator
local operator = {}

---a table {init=, update=}
---@class sd.optimiser
local optimiser = {}

--- What is kept, before the first step; and a step with what is kept after it.
---@param p sd.tree parameters
---@return sd.tree state
function optimiser.init(p) end

--- What is kept, before the first step; and a step with what is kept after it.
---@param g sd.tree gradient, like p
---@param state sd.tree
---@param p sd.tree parameters
---@param t number the step, from 1
---@return sd.tree step to be added to p
---@return sd.tree state
function optimiser.update(g, state, p, t) end

---a compiled function
---@class sd.plan
local plan = {}

---@class sd.plan.iterate.options
---@field every? integer records at 0, every, 2 every, ..., and at the end
---@field record? function of the state that gives a table of numbers and matrices, traced with the step
---@field stop? function of the state that gives a number, not 0 to end; traced
---@field hook? function of state, t, record, called with values
---@field log? function of t, record
---@field checkpoint? string|table a file, or {file=, seconds=5}: what is saved there is gone on from
---@field eager? boolean op by op, to see where an error is (default false)

--- n steps. The fields that the step returns are assigned at once, after all are computed; the others persist; an rng of the state that was drawn from has moved on. Runs of a and b steps have the bits of one of a + b. After an error or Ctrl-C plan:last() has the last completed step.
---@param s sd.tree the state: matrices, numbers, rngs
---@param n integer steps
---@param options? sd.plan.iterate.options options
---@return sd.tree state the state after the last step
---@return sd.history h
function plan:iterate(s, n, options) end

--- State and history of the last iteration up to its last completed step, also when it ended in an error.
---@return sd.tree state
---@return sd.history h
function plan:last() end

--- What was made of the last call or iteration: steps in order with shapes, operations counted, bytes moved, memory, captured matrices and constants, and the line of the script that each came from.
---@return string text
function plan:explain() end

---a bar for a long loop
---@class sd.progress
local progress = {}

--- n steps more (1 unless given); a text behind the bar; the bar off the screen; the last line.
---@param n? integer
function progress:step(n) end

--- n steps more (1 unless given); a text behind the bar; the bar off the screen; the last line.
---@param text string
function progress:note(text) end

--- n steps more (1 unless given); a text behind the bar; the bar off the screen; the last line.
function progress:clear() end

--- n steps more (1 unless given); a text behind the bar; the bar off the screen; the last line.
function progress:done() end

---a table of results, with the fields named
---@class sd.result
local result = {}

---a random number generator with a counter
---@class sd.rng
local rng = {}

--- A generator of its own for a part of the work. The parent does not move on: children of other names, and the order in which they are made, change nothing.
---@param name integer|string
---@return sd.rng child
function rng:split(name) end

--- A generator that draws what this one would; and what makes it again with sd.rng, as two whole numbers that a file can hold.
---@return sd.rng copy
function rng:clone() end

--- A generator that draws what this one would; and what makes it again with sd.rng, as two whole numbers that a file can hold.
---@return table state {key=, ordinal=}
function rng:state() end

---@class sd.rng.randn.options
---@field dtype? string "f64" or "f32" (default "f64")

--- Standard normal; uniform on [0, 1); -1 or 1 with equal probability.
---@param m? integer rows
---@param n? integer columns
---@param options? sd.rng.randn.options options
---@return number|sd.matrix x m x n
function rng:randn(m, n, options) end

---@class sd.rng.rand.options
---@field dtype? string "f64" or "f32" (default "f64")

--- Standard normal; uniform on [0, 1); -1 or 1 with equal probability.
---@param m? integer rows
---@param n? integer columns
---@param options? sd.rng.rand.options options
---@return number|sd.matrix x m x n
function rng:rand(m, n, options) end

---@class sd.rng.rademacher.options
---@field dtype? string "f64" or "f32" (default "f64")

--- Standard normal; uniform on [0, 1); -1 or 1 with equal probability.
---@param m? integer rows
---@param n? integer columns
---@param options? sd.rng.rademacher.options options
---@return number|sd.matrix x m x n
function rng:rademacher(m, n, options) end

--- Whole numbers, uniform on 1 .. hi.
---@param hi integer from 1
---@param m? integer rows
---@param n? integer columns
---@return number|sd.matrix k m x n
function rng:randint(hi, m, n) end

--- 1 with probability p, else 0; of a matrix of probabilities, an element each.
---@param p number|sd.matrix 0 .. 1
---@param m? integer rows
---@param n? integer columns
---@return number|sd.matrix x of 0 and 1
function rng:bernoulli(p, m, n) end

--- Indices: k with probability w(k) / sum of w. With A:col(k) it draws columns of A.
---@param w sd.matrix|table weights, not negative
---@param m? integer rows
---@param n? integer columns
---@return number|sd.matrix k m x n
function rng:categorical(w, m, n) end

--- The gamma law of that shape and scale 1, whose mean is the shape, and chi-squared with df degrees of freedom.
---@param shape number positive
---@param m? integer rows
---@param n? integer columns
---@return number|sd.matrix x m x n
function rng:gamma(shape, m, n) end

--- The gamma law of that shape and scale 1, whose mean is the shape, and chi-squared with df degrees of freedom.
---@param df number positive
---@param m? integer rows
---@param n? integer columns
---@return number|sd.matrix x m x n
function rng:chi2(df, m, n) end

--- The standard normal law, given that it falls between the bounds, however far out these are.
---@param lo number
---@param hi number
---@param m? integer rows
---@param n? integer columns
---@return number|sd.matrix x m x n
function rng:truncated_normal(lo, hi, m, n) end

--- Columns uniform on the unit sphere of R^m; orthonormal columns with the law of Haar, the one that no rotation changes.
---@param m integer rows
---@param n? integer columns: 1 of sphere, m of orthogonal, unless given
---@return sd.matrix X m x n
function rng:sphere(m, n) end

--- Columns uniform on the unit sphere of R^m; orthonormal columns with the law of Haar, the one that no rotation changes.
---@param m integer rows
---@param n? integer columns: 1 of sphere, m of orthogonal, unless given
---@return sd.matrix Q m x n, n <= m
function rng:orthogonal(m, n) end

--- 1 .. n in random order, and the first k of it: k different ones.
---@param n integer
---@return sd.matrix p 1 x n, or 1 x k
function rng:permutation(n) end

--- 1 .. n in random order, and the first k of it: k different ones.
---@param n integer
---@param k integer at most n
---@return sd.matrix p 1 x n, or 1 x k
function rng:choice(n, k) end

--- Batch t = 1, 2, ... of different indices, from epochs of 1 .. n that are each shuffled anew. It depends on the key and t alone, and the generator does not move on: batches can be had in any order.
---@param n integer points
---@param B integer batch size, at most n
---@param t integer which batch, from 1
---@return sd.matrix indices 1 x B
function rng:minibatch(n, B, t) end

---one run of an experiment
---@class sd.run
local run = {}

--- A matrix that the run returned, and a curve that it logged; run.k, run.loss, run.status, run.seconds, run.error, run.params, run.metrics are fields.
---@param name string
---@return sd.matrix A
function run:array(name) end

--- A matrix that the run returned, and a curve that it logged; run.k, run.loss, run.status, run.seconds, run.error, run.params, run.metrics are fields.
---@param name string
---@return sd.matrix t 1 x n
---@return sd.matrix data rows x n
function run:curve(name) end

---a set of runs of an experiment
---@class sd.runs
---@field n integer
---@field mean table name -> number
---@field sd table name -> number
---@field min table name -> number
---@field max table name -> number
---@field median table name -> number
---@field ci95 table name -> number
local runs = {}

--- The runs for which f(run) is true; in the order of names, "-loss" descending; those with a finite number there, and how many are left out.
---@param f function of a run
---@return sd.runs S
function runs:filter(f) end

--- The runs for which f(run) is true; in the order of names, "-loss" descending; those with a finite number there, and how many are left out.
---@param name string
---@param ... any
---@return sd.runs S
function runs:sort(name, ...) end

--- The runs for which f(run) is true; in the order of names, "-loss" descending; those with a finite number there, and how many are left out.
---@param name string
---@return sd.runs S
---@return integer left
function runs:finite(name) end

--- The values of a name, run by run; the distinct ones, ascending; and which names there are.
---@param name string
---@return table list
function runs:column(name) end

--- The values of a name, run by run; the distinct ones, ascending; and which names there are.
---@param name string
---@return table list
function runs:values(name) end

--- The values of a name, run by run; the distinct ones, ascending; and which names there are.
---@return table names params, metrics
function runs:names() end

--- The mean of a logged curve over the runs, at the times that all have.
---@param name string
---@param element? integer of a column
---@return table curve t, mean, sd, ci95, lo, hi, n
function runs:mean_curve(name, element) end

--- Sets of runs by the values of names: G[1].k, G[1].mean.loss; G.k and G.mean.loss are lists over the groups, ready to plot.
---@param name string
---@param ... any
---@return sd.groups G
function runs:group(name, ...) end

---singular values with what they resolve
---@class sd.spectrum
---@field values sd.matrix r x 1
---@field max number
---@field min number
---@field cond number
---@field resolution number
---@field resolved boolean
---@field below integer
---@field route string
---@field reason string
local spectrum = {}

---a matrix, a number, or a table of trees: parameters, states, gradients
---@class sd.tree
local tree = {}

---@class saddle
local sd = {}

---@class sd.matrix.options
---@field dtype? string "f64" or "f32" (default "f64")

--- A matrix from rows as written; a flat list makes a column, a number 1x1, a matrix a copy.
---@param values table|number|sd.matrix a list of rows, a list of numbers, a number, or a matrix
---@param options? sd.matrix.options options
---@return sd.matrix A
function sd.matrix(values, options) end

---@class sd.zeros.options
---@field dtype? string "f64" or "f32" (default "f64")

--- Matrices of one value: 0, 1 or v.
---@param m integer rows, from 0
---@param n integer columns, from 0
---@param options? sd.zeros.options options
---@return sd.matrix A m x n
function sd.zeros(m, n, options) end

---@class sd.ones.options
---@field dtype? string "f64" or "f32" (default "f64")

--- Matrices of one value: 0, 1 or v.
---@param m integer rows, from 0
---@param n integer columns, from 0
---@param options? sd.ones.options options
---@return sd.matrix A m x n
function sd.ones(m, n, options) end

---@class sd.full.options
---@field dtype? string "f64" or "f32" (default "f64")

--- Matrices of one value: 0, 1 or v.
---@param m integer rows, from 0
---@param n integer columns, from 0
---@param v number
---@param options? sd.full.options options
---@return sd.matrix A m x n
function sd.full(m, n, v, options) end

---@class sd.eye.options
---@field dtype? string "f64" or "f32" (default "f64")

--- Ones on the diagonal, zeros elsewhere.
---@overload fun(m: integer, n: integer, options?: sd.eye.options): sd.matrix
---@param n integer columns; alone, rows too
---@param options? sd.eye.options options
---@return sd.matrix A n x n or m x n
function sd.eye(n, options) end

--- n values from a to b in equal steps, both ends exact; logspace from 10^a to 10^b, in equal ratios.
---@param a number
---@param b number
---@param n integer how many
---@return sd.matrix x n x 1
function sd.linspace(a, b, n) end

--- n values from a to b in equal steps, both ends exact; logspace from 10^a to 10^b, in equal ratios.
---@param a number
---@param b number
---@param n integer how many
---@return sd.matrix x n x 1
function sd.logspace(a, b, n) end

--- Of a column the square matrix with it on the diagonal, of a square matrix its diagonal.
---@param A sd.matrix n x 1, or n x n
---@return sd.matrix D n x n, or n x 1
function sd.diag(A) end

--- Matrices side by side, or on top of each other; of one list, those in it.
---@param A sd.matrix|number|any[] the first
---@param B sd.matrix|number the next
---@param ... any
---@return sd.matrix C
function sd.hcat(A, B, ...) end

--- Matrices side by side, or on top of each other; of one list, those in it.
---@param A sd.matrix|number|any[] the first
---@param B sd.matrix|number the next
---@param ... any
---@return sd.matrix C
function sd.vcat(A, B, ...) end

--- Whether a value is a matrix.
---@param v any
---@return boolean answer
function sd.ismatrix(v) end

--- Exponential, e^x - 1, natural logarithm, log(1 + x), square root; expm1 and log1p keep their digits near 0. Outside their domain they give NaN, log(0) is minus infinity.
---@param x sd.matrix|number
---@return sd.matrix|number y of x's shape
function sd.exp(x) end

--- Exponential, e^x - 1, natural logarithm, log(1 + x), square root; expm1 and log1p keep their digits near 0. Outside their domain they give NaN, log(0) is minus infinity.
---@param x sd.matrix|number
---@return sd.matrix|number y of x's shape
function sd.expm1(x) end

--- Exponential, e^x - 1, natural logarithm, log(1 + x), square root; expm1 and log1p keep their digits near 0. Outside their domain they give NaN, log(0) is minus infinity.
---@param x sd.matrix|number
---@return sd.matrix|number y of x's shape
function sd.log(x) end

--- Exponential, e^x - 1, natural logarithm, log(1 + x), square root; expm1 and log1p keep their digits near 0. Outside their domain they give NaN, log(0) is minus infinity.
---@param x sd.matrix|number
---@return sd.matrix|number y of x's shape
function sd.log1p(x) end

--- Exponential, e^x - 1, natural logarithm, log(1 + x), square root; expm1 and log1p keep their digits near 0. Outside their domain they give NaN, log(0) is minus infinity.
---@param x sd.matrix|number
---@return sd.matrix|number y of x's shape
function sd.sqrt(x) end

--- Absolute value, sign (-1, 0 or 1), and the largest whole number not above.
---@param x sd.matrix|number
---@return sd.matrix|number y of x's shape
function sd.abs(x) end

--- Absolute value, sign (-1, 0 or 1), and the largest whole number not above.
---@param x sd.matrix|number
---@return sd.matrix|number y of x's shape
function sd.sign(x) end

--- Absolute value, sign (-1, 0 or 1), and the largest whole number not above.
---@param x sd.matrix|number
---@return sd.matrix|number y of x's shape
function sd.floor(x) end

--- Sine and cosine, of radians, and hyperbolic tangent.
---@param x sd.matrix|number radians
---@return sd.matrix|number y of x's shape
function sd.sin(x) end

--- Sine and cosine, of radians, and hyperbolic tangent.
---@param x sd.matrix|number radians
---@return sd.matrix|number y of x's shape
function sd.cos(x) end

--- Sine and cosine, of radians, and hyperbolic tangent.
---@param x sd.matrix|number radians
---@return sd.matrix|number y of x's shape
function sd.tanh(x) end

--- The logistic function S(x) = 1/(1 + e^-x), log S(x), and log(1 + e^x) = -log S(-x), without overflow: what the losses of GANs are made of.
---@param x sd.matrix|number logits
---@return sd.matrix|number y of x's shape
function sd.sigmoid(x) end

--- The logistic function S(x) = 1/(1 + e^-x), log S(x), and log(1 + e^x) = -log S(-x), without overflow: what the losses of GANs are made of.
---@param x sd.matrix|number logits
---@return sd.matrix|number y of x's shape
function sd.log_sigmoid(x) end

--- The logistic function S(x) = 1/(1 + e^-x), log S(x), and log(1 + e^x) = -log S(-x), without overflow: what the losses of GANs are made of.
---@param x sd.matrix|number logits
---@return sd.matrix|number y of x's shape
function sd.softplus(x) end

--- Activations: max(x, 0), with slope 1 at 0; x or slope x; x or alpha (e^x - 1); x Phi(x), with Phi the normal distribution function; x S(x).
---@param x sd.matrix|number
---@return sd.matrix|number y of x's shape
function sd.relu(x) end

--- Activations: max(x, 0), with slope 1 at 0; x or slope x; x or alpha (e^x - 1); x Phi(x), with Phi the normal distribution function; x S(x).
---@param x sd.matrix|number
---@param slope? number below 0, by default 0.01
---@return sd.matrix|number y of x's shape
function sd.leaky_relu(x, slope) end

--- Activations: max(x, 0), with slope 1 at 0; x or slope x; x or alpha (e^x - 1); x Phi(x), with Phi the normal distribution function; x S(x).
---@param x sd.matrix|number
---@param alpha? number by default 1
---@return sd.matrix|number y of x's shape
function sd.elu(x, alpha) end

--- Activations: max(x, 0), with slope 1 at 0; x or slope x; x or alpha (e^x - 1); x Phi(x), with Phi the normal distribution function; x S(x).
---@param x sd.matrix|number
---@return sd.matrix|number y of x's shape
function sd.gelu(x) end

--- Activations: max(x, 0), with slope 1 at 0; x or slope x; x or alpha (e^x - 1); x Phi(x), with Phi the normal distribution function; x S(x).
---@param x sd.matrix|number
---@return sd.matrix|number y of x's shape
function sd.silu(x) end

--- The error function, one minus it with all its digits, and its inverse.
---@param x sd.matrix|number of erfinv in [-1, 1]
---@return sd.matrix|number y of x's shape
function sd.erf(x) end

--- The error function, one minus it with all its digits, and its inverse.
---@param x sd.matrix|number of erfinv in [-1, 1]
---@return sd.matrix|number y of x's shape
function sd.erfc(x) end

--- The error function, one minus it with all its digits, and its inverse.
---@param x sd.matrix|number of erfinv in [-1, 1]
---@return sd.matrix|number y of x's shape
function sd.erfinv(x) end

--- The standard normal distribution function and its inverse, the quantile; tails keep their digits. More of this law is in sd.normal.
---@param x sd.matrix|number
---@return sd.matrix|number p probabilities
function sd.normcdf(x) end

--- The standard normal distribution function and its inverse, the quantile; tails keep their digits. More of this law is in sd.normal.
---@param p sd.matrix|number probabilities
---@return sd.matrix|number x
function sd.normppf(p) end

--- log |Gamma(x)|, its first derivative, and those that follow: polygamma(x, 0) is digamma(x).
---@param x sd.matrix|number
---@return sd.matrix|number y of x's shape
function sd.lgamma(x) end

--- log |Gamma(x)|, its first derivative, and those that follow: polygamma(x, 0) is digamma(x).
---@param x sd.matrix|number
---@return sd.matrix|number y of x's shape
function sd.digamma(x) end

--- log |Gamma(x)|, its first derivative, and those that follow: polygamma(x, 0) is digamma(x).
---@param x sd.matrix|number
---@param order integer from 0
---@return sd.matrix|number y of x's shape
function sd.polygamma(x, order) end

--- x where it lies between the bounds, else the nearer bound. The slope is 1 inside and on the bounds, 0 outside.
---@param x sd.matrix|number
---@param lo number
---@param hi number
---@return sd.matrix|number y of x's shape
function sd.clamp(x, lo, hi) end

--- 1 where an element is neither infinite nor NaN, else 0.
---@param x sd.matrix|number
---@return sd.matrix|number mask of 0 and 1
function sd.isfinite(x) end

--- Comparisons element by element: 1 where they hold, else 0. Symbols have them in place of < and ==; their derivative is 0, so a mask is a constant in a gradient.
---@param x sd.matrix|number
---@param y sd.matrix|number spread as for operators
---@return sd.matrix|number mask of 0 and 1
function sd.lt(x, y) end

--- Comparisons element by element: 1 where they hold, else 0. Symbols have them in place of < and ==; their derivative is 0, so a mask is a constant in a gradient.
---@param x sd.matrix|number
---@param y sd.matrix|number spread as for operators
---@return sd.matrix|number mask of 0 and 1
function sd.le(x, y) end

--- Comparisons element by element: 1 where they hold, else 0. Symbols have them in place of < and ==; their derivative is 0, so a mask is a constant in a gradient.
---@param x sd.matrix|number
---@param y sd.matrix|number spread as for operators
---@return sd.matrix|number mask of 0 and 1
function sd.gt(x, y) end

--- Comparisons element by element: 1 where they hold, else 0. Symbols have them in place of < and ==; their derivative is 0, so a mask is a constant in a gradient.
---@param x sd.matrix|number
---@param y sd.matrix|number spread as for operators
---@return sd.matrix|number mask of 0 and 1
function sd.ge(x, y) end

--- Comparisons element by element: 1 where they hold, else 0. Symbols have them in place of < and ==; their derivative is 0, so a mask is a constant in a gradient.
---@param x sd.matrix|number
---@param y sd.matrix|number spread as for operators
---@return sd.matrix|number mask of 0 and 1
function sd.eq(x, y) end

--- Comparisons element by element: 1 where they hold, else 0. Symbols have them in place of < and ==; their derivative is 0, so a mask is a constant in a gradient.
---@param x sd.matrix|number
---@param y sd.matrix|number spread as for operators
---@return sd.matrix|number mask of 0 and 1
function sd.ne(x, y) end

--- x where the mask is not 0, else y; spread as for operators. A branch that is not taken adds nothing to a derivative, even where it is infinite.
---@param mask sd.matrix|number
---@param x sd.matrix|number
---@param y sd.matrix|number
---@return sd.matrix|number z
function sd.where(mask, x, y) end

--- The same value, which derivatives take as a constant.
---@param x sd.matrix|number
---@return sd.matrix|number y
function sd.stop_gradient(x) end

---@class sd.sum.options
---@field dim? integer 1: of each column, 2: of each row; none: of all

--- The sum and the arithmetic mean.
---@param A sd.matrix|number m x n
---@param options? sd.sum.options options
---@return number|sd.matrix s
function sd.sum(A, options) end

---@class sd.mean.options
---@field dim? integer 1: of each column, 2: of each row; none: of all

--- The sum and the arithmetic mean.
---@param A sd.matrix|number m x n
---@param options? sd.mean.options options
---@return number|sd.matrix s
function sd.mean(A, options) end

---@class sd.var.options
---@field dim? integer as for sum
---@field ddof? integer 0 or 1 (default 0)

--- The variance and its square root: mean squared deviations from the mean, in two passes. ddof is taken off the divisor: 1 gives the unbiased variance.
---@param A sd.matrix|number m x n
---@param options? sd.var.options options
---@return number|sd.matrix s
function sd.var(A, options) end

---@class sd.std.options
---@field dim? integer as for sum
---@field ddof? integer 0 or 1 (default 0)

--- The variance and its square root: mean squared deviations from the mean, in two passes. ddof is taken off the divisor: 1 gives the unbiased variance.
---@param A sd.matrix|number m x n
---@param options? sd.std.options options
---@return number|sd.matrix s
function sd.std(A, options) end

---@class sd.max.options
---@field dim? integer as for sum

--- The largest or smallest element; of two arguments, the larger or smaller element by element. Ties have their slope at the first.
---@overload fun(A: sd.matrix|number, B: sd.matrix|number): sd.matrix|number
---@param A sd.matrix|number m x n
---@param options? sd.max.options options
---@return number|sd.matrix x
function sd.max(A, options) end

---@class sd.min.options
---@field dim? integer as for sum

--- The largest or smallest element; of two arguments, the larger or smaller element by element. Ties have their slope at the first.
---@overload fun(A: sd.matrix|number, B: sd.matrix|number): sd.matrix|number
---@param A sd.matrix|number m x n
---@param options? sd.min.options options
---@return number|sd.matrix x
function sd.min(A, options) end

---@class sd.argmax.options
---@field dim? integer as for sum

--- Where the largest or smallest element is, the first of several: its place down the columns, or with dim its row in each column, its column in each row.
---@param A sd.matrix m x n
---@param options? sd.argmax.options options
---@return integer|sd.matrix k from 1
function sd.argmax(A, options) end

---@class sd.argmin.options
---@field dim? integer as for sum

--- Where the largest or smallest element is, the first of several: its place down the columns, or with dim its row in each column, its column in each row.
---@param A sd.matrix m x n
---@param options? sd.argmin.options options
---@return integer|sd.matrix k from 1
function sd.argmin(A, options) end

---@class sd.logsumexp.options
---@field dim? integer as for sum

--- log of the sum of e^A, without overflow.
---@param A sd.matrix|number m x n
---@param options? sd.logsumexp.options options
---@return number|sd.matrix x
function sd.logsumexp(A, options) end

---@class sd.quantile.options
---@field dim? integer as for sum

--- The q-quantile, interpolated linearly between order statistics: 0.5 is the median.
---@param A sd.matrix m x n
---@param q number 0 .. 1
---@param options? sd.quantile.options options
---@return number|sd.matrix x
function sd.quantile(A, q, options) end

--- The sum of the products of elements; of trees, of all their leaves.
---@overload fun(tree: sd.tree, other: sd.tree): number
---@param A sd.matrix m x n
---@param B sd.matrix m x n
---@return number x
function sd.dot(A, B) end

--- The sum of the diagonal.
---@param A sd.matrix n x n
---@return number x
function sd.trace(A) end

---@class sd.sort.options
---@field dim? integer 1: along columns, 2: along rows (default 1)
---@field descending? boolean the largest first (default false)

--- Each column (or row) sorted, and the places that its elements had. Stable; NaN comes last.
---@param A sd.matrix m x n
---@param options? sd.sort.options options
---@return sd.matrix S m x n
---@return sd.matrix I m x n, indices
function sd.sort(A, options) end

---@class sd.cumsum.options
---@field dim? integer 1 or 2 (default 1)

--- Running sums and products down each column, or along each row.
---@param A sd.matrix m x n
---@param options? sd.cumsum.options options
---@return sd.matrix B m x n
function sd.cumsum(A, options) end

---@class sd.cumprod.options
---@field dim? integer 1 or 2 (default 1)

--- Running sums and products down each column, or along each row.
---@param A sd.matrix m x n
---@param options? sd.cumprod.options options
---@return sd.matrix B m x n
function sd.cumprod(A, options) end

---@class sd.diff.options
---@field dim? integer 1: down columns, 2: along rows (default 1)

--- Differences of neighbours; of a single row none are left.
---@param A sd.matrix m x n
---@param options? sd.diff.options options
---@return sd.matrix B (m - 1) x n, or m x (n - 1)
function sd.diff(A, options) end

---@class sd.softmax.options
---@field dim? integer 1: columns, 2: rows (default 1)

--- e^A divided by its sum in each column (or row), without overflow.
---@param A sd.matrix m x n
---@param options? sd.softmax.options options
---@return sd.matrix B m x n, columns of sum 1
function sd.softmax(A, options) end

---@class sd.normalize.options
---@field dim? integer 1: each column, 2: each row; none: all together

--- Divided by the Euclidean norm: of all elements, of each column, or of each row. A norm that cannot underflow; zero stays zero.
---@param A sd.matrix m x n
---@param options? sd.normalize.options options
---@return sd.matrix B m x n
function sd.normalize(A, options) end

---@class sd.one_hot.options
---@field dtype? string "f64" or "f32" (default "f64")

--- A column for each index, with a 1 in that row.
---@param index integer|sd.matrix|table 1 .. m
---@param m integer rows
---@param options? sd.one_hot.options options
---@return sd.matrix B m x count
function sd.one_hot(index, m, options) end

---@class sd.gather.options
---@field dim? integer 1: rows, 2: columns; none: elements

--- Elements at places counted down the columns, in the shape of the index; with dim whole rows (1) or columns (2), as A:row and A:col give them.
---@param A sd.matrix m x n
---@param index integer|sd.matrix|table places, rows or columns
---@param options? sd.gather.options options
---@return sd.matrix|number B of the index's shape, count x n, or m x count
function sd.gather(A, index, options) end

---@class sd.scatter_add.options
---@field dim? integer as for gather

--- A copy of A with B added at these places; where places repeat, all of it. The transpose of gather.
---@param A sd.matrix m x n
---@param index integer|sd.matrix|table as for gather
---@param B sd.matrix|number what gather of A would give, or a number
---@param options? sd.scatter_add.options options
---@return sd.matrix C m x n
function sd.scatter_add(A, index, B, options) end

--- The Kronecker product: a block A(i, j) B for each element of A.
---@param A sd.matrix m x n
---@param B sd.matrix p x q
---@return sd.matrix C m p x n q
function sd.kron(A, B) end

--- The Kronecker products of columns: column j is kron(a_j, b_j).
---@param A sd.matrix m x n
---@param B sd.matrix p x n
---@return sd.matrix C m p x n
function sd.khatri_rao(A, B) end

---@class sd.svd.options
---@field driver? string "gesdd" (divide and conquer) or "gesvd" (QR iteration: slower, in less memory, converges where the other may not) (default "gesdd")

--- The thin singular value decomposition A = U diag(s) V', r = min(m, n); V is not transposed. Derivatives of U and V are NaN where singular values are equal, those of s alone never.
---@param A sd.matrix m x n
---@param options? sd.svd.options options
---@return sd.matrix U m x r, orthonormal columns
---@return sd.matrix s r x 1, descending
---@return sd.matrix V n x r, orthonormal columns
function sd.svd(A, options) end

---@class sd.svdvals.options
---@field driver? string as for svd (default "gesdd")

--- Singular values alone, which is faster than svd and takes less memory.
---@param A sd.matrix m x n
---@param options? sd.svdvals.options options
---@return sd.matrix s min(m, n) x 1, descending
function sd.svdvals(A, options) end

--- The condition number: the largest singular value over the smallest.
---@param A sd.matrix m x n, not empty
---@return number kappa infinite when A has not full rank exactly
function sd.cond(A) end

---@class sd.rank.options
---@field rcond? number the threshold, relative to the largest singular value (default eps*max(m, n))

--- How many singular values exceed rcond times the largest.
---@param A sd.matrix m x n
---@param options? sd.rank.options options
---@return integer r 0 .. min(m, n)
function sd.rank(A, options) end

---@class sd.pinv.options
---@field rcond? number singular values at or below rcond s(1) count as zero (default eps*max(m, n))

--- The Moore-Penrose inverse. Derivatives take the rank as constant.
---@param A sd.matrix m x n
---@param options? sd.pinv.options options
---@return sd.matrix X n x m
function sd.pinv(A, options) end

---@class sd.eigh.options
---@field tol? number how far from symmetric (default 1e-10)

--- Eigenvalues, and vectors, of a symmetric matrix: A V = V diag(w), V'V = I; with a positive definite B the generalised ones, A V = B V diag(w), V'BV = I. Derivatives of V are NaN where eigenvalues are equal.
---@param A sd.matrix n x n, symmetric up to tol max|A|; its symmetric part is used
---@param B? sd.matrix n x n, symmetric, positive definite
---@param options? sd.eigh.options options
---@return sd.matrix w n x 1, ascending
---@return sd.matrix V n x n, a vector in each column
function sd.eigh(A, B, options) end

---@class sd.eigvalsh.options
---@field tol? number how far from symmetric (default 1e-10)

--- Eigenvalues, and vectors, of a symmetric matrix: A V = V diag(w), V'V = I; with a positive definite B the generalised ones, A V = B V diag(w), V'BV = I. Derivatives of V are NaN where eigenvalues are equal.
---@param A sd.matrix n x n, symmetric up to tol max|A|; its symmetric part is used
---@param B? sd.matrix n x n, symmetric, positive definite
---@param options? sd.eigvalsh.options options
---@return sd.matrix w n x 1, ascending
function sd.eigvalsh(A, B, options) end

---@class sd.eig.options
---@field vectors? boolean whether V is wanted (default true)

--- Eigenvalues, and right vectors, of any square matrix; complex numbers are tables of real and imaginary parts. Conjugate pairs stand side by side, the positive imaginary part first; the order is otherwise that of LAPACK.
---@param A sd.matrix n x n
---@param options? sd.eig.options options
---@return table w {re=, im=}, n x 1 each
---@return table V {re=, im=}, n x n each: columns of norm 1
function sd.eig(A, options) end

---@class sd.cholesky.options
---@field tol? number how far from symmetric (default 1e-10)

--- The lower triangular factor of a positive definite matrix, A = L L'.
---@param A sd.matrix n x n, symmetric up to tol max|A|
---@param options? sd.cholesky.options options
---@return sd.matrix L n x n, lower triangular, positive diagonal
function sd.cholesky(A, options) end

---@class sd.qr.options
---@field pivot? boolean whether columns are ordered, p given (default false)

--- A = Q R by Householder reflections, r = min(m, n); with pivots A:col(p) = Q R, |R(j, j)| descending. The diagonal of R may have either sign. Differentiable for m >= n, without pivots.
---@param A sd.matrix m x n
---@param options? sd.qr.options options
---@return sd.matrix Q m x r, orthonormal columns
---@return sd.matrix R r x n, upper triangular
---@return sd.matrix|nil p 1 x n, the order of the columns
function sd.qr(A, options) end

---@class sd.solve.options
---@field assume? string "general", "symmetric", "posdef", "lower" or "upper" (default "general")
---@field tol? number how far from symmetric A may be where it is assumed to be (default 1e-10)

--- X with A X = B, and how well A is conditioned. What is known of A makes it faster: LU, Bunch-Kaufman, Cholesky, or substitution.
---@param A sd.matrix n x n
---@param B sd.matrix n x p
---@param options? sd.solve.options options
---@return sd.matrix X n x p
---@return number rcond an estimate of 1/(|A| |A^-1|) in the 1-norm
function sd.solve(A, B, options) end

--- The inverse, by LU. To solve a system sd.solve is faster and more accurate.
---@param A sd.matrix n x n
---@return sd.matrix X n x n
function sd.inv(A) end

--- log |det A| and the sign of det A, by LU; minus infinity and 0 of a singular matrix.
---@param A sd.matrix n x n
---@return number value
---@return integer sign -1, 0 or 1
function sd.logdet(A) end

---@class sd.lstsq.options
---@field rcond? number singular values at or below rcond s(1) count as zero (default eps*max(m, n))

--- Least squares: of the minimisers of |A x - b|, for each column b of B, the one of least norm. Derivatives take the rank as constant.
---@param A sd.matrix m x n
---@param B sd.matrix m x p
---@param options? sd.lstsq.options options
---@return sd.matrix X n x p
---@return integer rank the rank that was found
---@return sd.matrix s min(m, n) x 1, the singular values of A
function sd.lstsq(A, B, options) end

---@class sd.nnls.options
---@field tol? number the relative dual that counts as zero (default 2^-52)
---@field maxit? integer how many columns may enter (default 3*n)

--- Least squares with x >= 0, column by column: the nearest point of the cone of A's columns, by the active sets of Lawson and Hanson.
---@param A sd.matrix m x n
---@param B sd.matrix m x p
---@param options? sd.nnls.options options
---@return sd.matrix X n x p, not negative
---@return sd.matrix|number residual 1 x p, |A x - b|; a number when p is 1
function sd.nnls(A, B, options) end

---@class sd.norm.options
---@field dim? integer 1: of each column, 2: of each row (default 1)

--- Norms: "fro", of all elements; 2, the largest singular value, and "nuc", their sum; 1 and "inf", the largest sum of absolute values of a column, of a row; "2inf", the largest norm of a row. With dim the Euclidean norms of columns or rows; of a tree, of all its leaves together. Nothing overflows or underflows on the way. The slope at 0 is 0.
---@overload fun(A: sd.matrix, options: sd.norm.options): sd.matrix
---@overload fun(tree: sd.tree): number
---@param A sd.matrix m x n
---@param kind? string|number the norm, "fro" unless given
---@return number value
function sd.norm(A, kind) end

--- The exponential of a square matrix, by scaling and squaring of a rational approximation.
---@param A sd.matrix n x n
---@return sd.matrix E n x n
function sd.expm(A) end

--- The principal square root, X * X = A: of a symmetric positive semi-definite matrix the one of that kind, of others the one whose eigenvalues have positive real parts.
---@param A sd.matrix n x n
---@return sd.matrix X n x n
function sd.sqrtm(A) end

--- The polar factors, A = U P, U the nearest matrix with orthonormal columns (m < n: rows).
---@param A sd.matrix m x n
---@return sd.matrix U m x n
---@return sd.matrix P n x n, symmetric, positive semi-definite
function sd.polar(A) end

---@class sd.svds.options
---@field which? string "largest" or "smallest" (default "largest")
---@field tol? number relative to the largest (default 1e-12)
---@field maxiter? integer restarts (default 1000)
---@field seed? integer of the start (default 0)

--- The k extreme singular values with vectors, the most extreme first: A V = U diag(s).
---@param A sd.matrix|sd.operator m x n
---@param k integer how many
---@param options? sd.svds.options options
---@return sd.matrix U m x found
---@return sd.matrix s found x 1
---@return sd.matrix V n x found
---@return table info residuals, converged, found, iterations, applications, route
function sd.svds(A, k, options) end

---@class sd.eigs.options
---@field which? string which end
---@field symmetric? boolean found out unless said: of a matrix by its elements, of an operator by one random pair
---@field tol? number relative (default 1e-12)
---@field maxiter? integer restarts (default 1000)
---@field seed? integer of the start (default 0)

--- k extreme eigenvalues with vectors. Symmetric: "largest" (unless said), "smallest", "both" ends, or "magnitude". Others: "magnitude" (unless said) or "real", the largest real part; then w and V are tables {re=, im=}, and conjugate pairs are not split.
---@param A sd.matrix|sd.operator n x n
---@param k integer how many
---@param options? sd.eigs.options options
---@return sd.matrix|table w found x 1
---@return sd.matrix|table V n x found
---@return table info as of svds, and symmetric
function sd.eigs(A, k, options) end

---@class sd.lanczos.options
---@field start? sd.matrix n x 1
---@field basis? boolean whether Q is wanted (default false)
---@field seed? integer of the start (default 0)

--- The Lanczos process of a symmetric A, reorthogonalised: A Q = Q T + beta(j) q e', T tridiagonal with diagonal alpha and beta beside it. It ends early, with beta 0, when the space closes.
---@param A sd.matrix|sd.operator n x n, symmetric
---@param steps integer
---@param options? sd.lanczos.options options
---@return sd.matrix alpha j x 1
---@return sd.matrix beta j x 1
---@return sd.matrix|nil Q n x j
function sd.lanczos(A, steps, options) end

---@class sd.spectral_norm.options
---@field tol? number relative (default 1e-8)
---@field maxiter? integer steps (default 10000)
---@field seed? integer of the start (default 0)

--- The largest singular value by Lanczos steps: never above it but for rounding, and within info.residual of some singular value.
---@param A sd.matrix|sd.operator m x n
---@param options? sd.spectral_norm.options options
---@return number value
---@return table info residual, converged, iterations
function sd.spectral_norm(A, options) end

---@class sd.spectral_density.options
---@field steps? integer by default min(n, 50)
---@field probes? integer random vectors (default 10)
---@field kind? string "rademacher" or "gaussian" (default "rademacher")
---@field rng? sd.rng of the probes
---@field points? integer of the grid (default 200)
---@field width? number deviation of the smoothing

--- How the eigenvalues of a symmetric A lie, by stochastic Lanczos quadrature: nodes and weights, of which the sum of weights f(nodes) estimates trace f(A) / n; and these smoothed on a grid.
---@param A sd.matrix|sd.operator n x n, symmetric
---@param options? sd.spectral_density.options options
---@return table density nodes, weights, grid, density, cumulative (columns), width, applications
function sd.spectral_density(A, options) end

---@class sd.hutchinson.options
---@field probes? integer products (default 100)
---@field kind? string "rademacher" or "gaussian" (default "rademacher")
---@field rng? sd.rng of the probes

--- Unbiased estimates of the trace with their standard errors, each of that many products. Hutch++ spends a third on a sketch of the range: better where few eigenvalues make up the trace.
---@param A sd.matrix|sd.operator n x n
---@param options? sd.hutchinson.options options
---@return number value
---@return number error a standard deviation
function sd.hutchinson(A, options) end

---@class sd.hutchpp.options
---@field probes? integer products (default 99)
---@field kind? string "rademacher" or "gaussian" (default "rademacher")
---@field rng? sd.rng of the probes

--- Unbiased estimates of the trace with their standard errors, each of that many products. Hutch++ spends a third on a sketch of the range: better where few eigenvalues make up the trace.
---@param A sd.matrix|sd.operator n x n
---@param options? sd.hutchpp.options options
---@return number value
---@return number error a standard deviation
function sd.hutchpp(A, options) end

--- A generator. The same seed and stream give the same numbers everywhere; other streams of a seed are independent of it. Of what rng:state() gave, the generator as it was then.
---@param seed integer|table any whole number, or a state
---@param stream? integer|string by default 0
---@return sd.rng rng
function sd.rng(seed, stream) end

---@class sd.save.options
---@field header? table names of columns, of .csv

--- Writes a matrix (.npy, .csv), or a table of matrices and numbers, nested as they are (.npz; .csv of columns of one length, named in its first line).
---@param path string the extension says which format
---@param value sd.matrix|table
---@param options? sd.save.options options
function sd.save(path, value, options) end

--- Reads what sd.save wrote, what NumPy wrote, and IDX files, also gzipped: their images as columns.
---@param path string
---@return sd.matrix|table value
---@return table|nil extra of .csv the names of its columns, of IDX the shape of an image
function sd.load(path) end

--- df(x, ...) gives the gradient of f at x, a tree like x; or value and gradient. What f returns after its number is passed on.
---@param f function of x, ... that returns a number or 1x1
---@return function df of x, ... that returns gradient, extras; or value, gradient, extras
function sd.grad(f) end

--- df(x, ...) gives the gradient of f at x, a tree like x; or value and gradient. What f returns after its number is passed on.
---@param f function of x, ... that returns a number or 1x1
---@return function df of x, ... that returns gradient, extras; or value, gradient, extras
function sd.value_and_grad(f) end

--- The value, and the function that takes a cotangent c, a tree like y, to J'c, a tree like x.
---@param f function
---@param x sd.tree the point
---@param ... any
---@return sd.tree y f(x, ...)
---@return function pullback of a cotangent
function sd.vjp(f, x, ...) end

--- The value and the derivative in direction v; or the value and the function that takes directions to derivatives, traced once for many.
---@param f function
---@param x sd.tree the point
---@param v sd.tree the direction, like x
---@param ... any
---@return sd.tree y f(x, ...)
---@return sd.tree dy J v, like y
function sd.jvp(f, x, v, ...) end

--- The value and the derivative in direction v; or the value and the function that takes directions to derivatives, traced once for many.
---@param f function
---@param x sd.tree the point
---@param ... any
---@return sd.tree y f(x, ...)
---@return function push of a direction, which may be a symbol
function sd.linearize(f, x, ...) end

--- The Hessian of f at x times v, without the Hessian.
---@param f function that returns a number
---@param x sd.tree the point
---@param v sd.tree the direction, like x
---@param ... any
---@return sd.tree Hv like x
function sd.hvp(f, x, v, ...) end

---@class sd.jacobian.options
---@field route? string "columns", "reverse" or "forward"
---@field info? boolean whether a second result {route=, reason=} is given (default false)
---@field bytes? number what blocks of rows may fill, on the route reverse (default 64e6)
---@field lazy? boolean  (default false)

--- J(x, ...) gives the matrix of all elements of the result by all of x, in the order of trees, columns of matrices one after the other. Routes: columns (samples that share the parameters, one sweep for all), reverse, forward; the cheapest that serves. With lazy an operator that multiplies without forming it.
---@param f function
---@param options? sd.jacobian.options options
---@return function J of x, ... that gives a matrix, or an operator
function sd.jacobian(f, options) end

---@class sd.checkgrad.options
---@field step? number relative
---@field slack? number rounding of f, in units in the last place (default 16)
---@field elements? integer how many of a leaf are tried

--- A gradient against central differences, with a tolerance that the differences give themselves; to be used on whatever has a rule of its own.
---@param f function
---@param x sd.tree the point, away from kinks
---@param options? sd.checkgrad.options options
---@return table report ok, worst, path, leaves
function sd.checkgrad(f, x, options) end

--- The sum of w_k f(k): an expectation by enumeration, exact where a law has few values.
---@param w sd.matrix|table weights
---@param f function of k = 1 .. n that gives trees of one structure
---@return sd.tree value
function sd.expect(w, f) end

--- f of each leaf; of several trees of one structure, of the leaves in the same places. Other arguments go with every leaf.
---@param f function of leaves
---@param tree sd.tree
---@param ... any
---@return sd.tree image
function sd.map(f, tree, ...) end

--- All elements of a tree in one column, and the way back.
---@param tree sd.tree
---@return sd.matrix theta n x 1
---@return function unravel of a column n x 1, or a symbol
function sd.ravel(tree) end

--- A matrix, or all leaves of a tree, as constants for derivatives and optimisers: gradients have them unchanged, steps pass them by.
---@param value sd.tree
---@return sd.tree constant
function sd.frozen(value) end

--- A compiled function. Called, it gives what the function gives; a step, which takes a state and returns the fields that change, can be iterated.
---@param step function of a tree, or several, that returns trees
---@return sd.plan plan
function sd.compile(step) end

---@class sd.loop.options
---@field tape? table names of leaves

--- A function applied n times as one op with derivatives of its own, for inner loops too long to unroll. f(state, t) returns the changed fields. The tape has named leaves after each iteration.
---@param n integer
---@param f function of state and t = 1 .. n
---@param state sd.tree
---@param options? sd.loop.options options
---@return sd.tree state2 the last state
---@return table|nil tape2 name -> a column for each iteration
function sd.loop(n, f, state, options) end

--- A Lua function of the step number in a compiled step: f is called with plain numbers, ahead of the steps, and the plan reads a table.
---@param f function of a number that gives a number
---@param t number the symbol of a field that counts
---@return number value
function sd.schedule(f, t) end

---@class sd.op.options
---@field name? string for messages
---@field run? function of matrices that gives a matrix
---@field shape? function of {rows=, cols=, dtype=} of each argument that gives rows, cols; by default those of the first
---@field vjp? function of dY, Y, A, ... that gives dA, ...
---@field jvp? function of {dA, ...}, Y, A, ... that gives dY

--- A function of one's own, whose value is computed in Lua, and which works on matrices and symbols, under all transforms and in plans. Its rule is written in functions of sd, so second derivatives follow; either of vjp and jvp follows from the other.
---@param options sd.op.options options
---@return function op
function sd.op(options) end

sd.model = {}
---@class sd.model.linear.options
---@field [1] integer inputs
---@field [2] integer outputs
---@field bias? boolean  (default false)
---@field init? string|table the law (default "lecun")
---@field dtype? string  (default "f64")

--- W x, or W x + b.
---@param options sd.model.linear.options options
---@return sd.model model
function sd.model.linear(options) end

---@class sd.model.glm.options
---@field [1] integer
---@field act? string|sd.activation|function  (default "sigmoid")
---@field init? string|table  (default "lecun")
---@field dtype? string  (default "f64")

--- act(theta' x), a generalised linear model.
---@param options sd.model.glm.options options
---@return sd.model model
function sd.model.glm(options) end

---@class sd.model.low_rank.options
---@field [1] integer
---@field [2] integer rank
---@field vt? number scale of the start (default 1)
---@field init? string|table
---@field dtype? string  (default "f64")

--- <X, Theta Theta'> for columns vec X of x.
---@param options sd.model.low_rank.options options
---@return sd.model model
function sd.model.low_rank(options) end

---@class sd.model.one_hidden.options
---@field [1] integer
---@field [2] integer hidden width
---@field [3] integer
---@field act? string|sd.activation|function  (default "relu")
---@field train? string "both", "first" or "last" (default "both")
---@field bias? boolean  (default false)
---@field scale? number  (default 1)
---@field init? string|table  (default "lecun")
---@field dtype? string  (default "f64")

--- scale V act(W x), or with biases; train="first" freezes V, "last" W.
---@param options sd.model.one_hidden.options options
---@return sd.model model
function sd.model.one_hidden(options) end

---@class sd.model.mlp.options
---@field [1] integer
---@field [integer] integer widths, the last that of the output
---@field act? string|sd.activation|function  (default "relu")
---@field last_act? string|sd.activation|function  (default "identity")
---@field bias? boolean  (default true)
---@field init? string|table  (default "lecun")
---@field dtype? string  (default "f64")

--- h = act(W h + b), layer by layer; the parameters are a list of {W=, b=}. deep is without biases, as papers write generators.
---@param options sd.model.mlp.options options
---@return sd.model model
function sd.model.mlp(options) end

---@class sd.model.deep.options
---@field [1] integer
---@field [integer] integer widths, the last that of the output
---@field act? string|sd.activation|function  (default "relu")
---@field last_act? string|sd.activation|function  (default "identity")
---@field bias? boolean  (default false)
---@field init? string|table  (default "lecun")
---@field dtype? string  (default "f64")

--- h = act(W h + b), layer by layer; the parameters are a list of {W=, b=}. deep is without biases, as papers write generators.
---@param options sd.model.deep.options options
---@return sd.model model
function sd.model.deep(options) end

---@class sd.model.random_feature.options
---@field [1] integer
---@field [integer] integer widths
---@field act? string|sd.activation|function  (default "relu")
---@field init? string|table  (default "lecun")
---@field dtype? string  (default "f64")

--- d'psi(x): linear in what is trained, with random layers that are frozen.
---@param options sd.model.random_feature.options options
---@return sd.model model
function sd.model.random_feature(options) end

---@class sd.model.linear_discriminator.options
---@field [1] integer
---@field dtype? string  (default "f64")

--- d'x, with d = 0 at the start.
---@param options sd.model.linear_discriminator.options options
---@return sd.model model
function sd.model.linear_discriminator(options) end

---@class sd.model.sparse_generator.options
---@field [1] integer latents
---@field [2] integer outputs
---@field polylog? number max(1, log d) unless given
---@field dtype? string  (default "f64")

--- V z for z with one 1, rarely two; sample draws z.
---@param options sd.model.sparse_generator.options options
---@return sd.model model
function sd.model.sparse_generator(options) end

---@class sd.model.cubic.options
---@field [1] integer
---@field [2] integer neurons
---@field cutoff? number d^(1/5) unless given
---@field polylog? number max(1, log d)
---@field tau? number 1/sqrt(d polylog)
---@field init? string|table
---@field dtype? string  (default "f64")

--- a sum s(W x) + tau b, s(u) = u^3 up to the cutoff and its tangents beyond: the discriminator of the normalised-SGDA paper.
---@param options sd.model.cubic.options options
---@return sd.model model
function sd.model.cubic(options) end

---@class sd.model.patch_generator.options
---@field [1] integer latents
---@field [2] integer elements of a patch
---@field patches? table how many, for each level
---@field channels? table how many, for each level
---@field from? table which patches of the level below each hangs on
---@field act? string|sd.activation|function  (default "relu")
---@field shared? boolean one W for all patches of a level (default false)
---@field init? string|table "lecun", or {disjoint=} or {aligned=} (default "lecun")
---@field dtype? string  (default "f64")

--- Images of patches from coarse to fine, each level made of the one before; an image is a column, level after level. Besides apply: hidden, rows, patch, law (lua/saddle/model/patch_generator.lua).
---@param options sd.model.patch_generator.options options
---@return sd.model model
function sd.model.patch_generator(options) end

---@class sd.model.gated_linear.options
---@field [1] integer elements of a patch
---@field [2] integer channels
---@field threshold? number  (default 0)
---@field dtype? string  (default "f64")

--- The discriminators of patches of the super-resolution paper, and the means over samples that their mean output is linear in: with these the inner maximum has a closed form (sd.objective.power, bent, simplex).
---@param options sd.model.gated_linear.options options
---@return sd.model model
function sd.model.gated_linear(options) end

---@class sd.model.threshold_pair.options
---@field [1] integer elements of a patch
---@field [2] integer channels
---@field threshold? number  (default 0.1)
---@field K? number  (default 2)
---@field zeta? number rounding of relu (default 0.1)
---@field dtype? string  (default "f64")

--- The discriminators of patches of the super-resolution paper, and the means over samples that their mean output is linear in: with these the inner maximum has a closed form (sd.objective.power, bent, simplex).
---@param options sd.model.threshold_pair.options options
---@return sd.model model
function sd.model.threshold_pair(options) end

---@class sd.model.product_pair.options
---@field [1] integer
---@field [2] integer elements of a patch
---@field [3] integer channels
---@field threshold? number  (default 0.1)
---@field zeta? number rounding of relu (default 0.1)
---@field within? number weight of pairs within a patch; m^2 unless given
---@field across? number weight of other pairs (default 1)
---@field dtype? string  (default "f64")

--- The discriminators of patches of the super-resolution paper, and the means over samples that their mean output is linear in: with these the inner maximum has a closed form (sd.objective.power, bent, simplex).
---@param options sd.model.product_pair.options options
---@return sd.model model
function sd.model.product_pair(options) end

---@class sd.model.patch_link.options
---@field [1] integer
---@field [2] integer elements of a patch
---@field [3] integer channels of a patch below
---@field [4] integer channels
---@field zeta? number rounding of relu (default 0.1)
---@field width? number of the dead zone (default 0.1)
---@field dtype? string  (default "f64")

--- The discriminators of patches of the super-resolution paper, and the means over samples that their mean output is linear in: with these the inner maximum has a closed form (sd.objective.power, bent, simplex).
---@param options sd.model.patch_link.options options
---@return sd.model model
function sd.model.patch_link(options) end

sd.act = {}
---Smooth activations. The centred ones are 0 at 0: softplus(x) - log 2, S(x) - 1/2. gelu is x Phi(x), gelu_tanh its approximation, silu x S(x).
---@type sd.activation
sd.act.identity = nil

---Smooth activations. The centred ones are 0 at 0: softplus(x) - log 2, S(x) - 1/2. gelu is x Phi(x), gelu_tanh its approximation, silu x S(x).
---@type sd.activation
sd.act.tanh = nil

---Smooth activations. The centred ones are 0 at 0: softplus(x) - log 2, S(x) - 1/2. gelu is x Phi(x), gelu_tanh its approximation, silu x S(x).
---@type sd.activation
sd.act.sigmoid = nil

---Smooth activations. The centred ones are 0 at 0: softplus(x) - log 2, S(x) - 1/2. gelu is x Phi(x), gelu_tanh its approximation, silu x S(x).
---@type sd.activation
sd.act.centred_sigmoid = nil

---Smooth activations. The centred ones are 0 at 0: softplus(x) - log 2, S(x) - 1/2. gelu is x Phi(x), gelu_tanh its approximation, silu x S(x).
---@type sd.activation
sd.act.softplus = nil

---Smooth activations. The centred ones are 0 at 0: softplus(x) - log 2, S(x) - 1/2. gelu is x Phi(x), gelu_tanh its approximation, silu x S(x).
---@type sd.activation
sd.act.centred_softplus = nil

---Smooth activations. The centred ones are 0 at 0: softplus(x) - log 2, S(x) - 1/2. gelu is x Phi(x), gelu_tanh its approximation, silu x S(x).
---@type sd.activation
sd.act.gelu = nil

---Smooth activations. The centred ones are 0 at 0: softplus(x) - log 2, S(x) - 1/2. gelu is x Phi(x), gelu_tanh its approximation, silu x S(x).
---@type sd.activation
sd.act.gelu_tanh = nil

---Smooth activations. The centred ones are 0 at 0: softplus(x) - log 2, S(x) - 1/2. gelu is x Phi(x), gelu_tanh its approximation, silu x S(x).
---@type sd.activation
sd.act.silu = nil

---Smooth activations. The centred ones are 0 at 0: softplus(x) - log 2, S(x) - 1/2. gelu is x Phi(x), gelu_tanh its approximation, silu x S(x).
---@type sd.activation
sd.act.sin = nil

---Smooth activations. The centred ones are 0 at 0: softplus(x) - log 2, S(x) - 1/2. gelu is x Phi(x), gelu_tanh its approximation, silu x S(x).
---@type sd.activation
sd.act.cos = nil

---Smooth activations. The centred ones are 0 at 0: softplus(x) - log 2, S(x) - 1/2. gelu is x Phi(x), gelu_tanh its approximation, silu x S(x).
---@type sd.activation
sd.act.erf = nil

---Activations with a kink at 0: max(x, 0); slope x below 0; left x below and right x above; alpha (e^x - 1) below.
---@type sd.activation
sd.act.relu = nil

---@class sd.act.leaky_relu.options
---@field slope? number  (default 0.01)

--- Activations with a kink at 0: max(x, 0); slope x below 0; left x below and right x above; alpha (e^x - 1) below.
---@param options sd.act.leaky_relu.options options
---@return sd.activation f
function sd.act.leaky_relu(options) end

---@class sd.act.bent.options
---@field left? number  (default 1)
---@field right? number  (default 1)

--- Activations with a kink at 0: max(x, 0); slope x below 0; left x below and right x above; alpha (e^x - 1) below.
---@param options sd.act.bent.options options
---@return sd.activation f
function sd.act.bent(options) end

---@class sd.act.elu.options
---@field alpha? number  (default 1)

--- Activations with a kink at 0: max(x, 0); slope x below 0; left x below and right x above; alpha (e^x - 1) below.
---@param options sd.act.elu.options options
---@return sd.activation f
function sd.act.elu(options) end

---@class sd.act.smooth_relu.options
---@field zeta? number width of the rounding (default 0.1)

--- Pieces of polynomials whose slopes join: relu rounded over [0, zeta]; the same with slope zeta below 0; |x| with a flat floor; x^3 continued by its tangents beyond the cutoff.
---@param options sd.act.smooth_relu.options options
---@return sd.activation f
function sd.act.smooth_relu(options) end

---@class sd.act.smooth_leaky_relu.options
---@field zeta? number width of the rounding (default 0.1)

--- Pieces of polynomials whose slopes join: relu rounded over [0, zeta]; the same with slope zeta below 0; |x| with a flat floor; x^3 continued by its tangents beyond the cutoff.
---@param options sd.act.smooth_leaky_relu.options options
---@return sd.activation f
function sd.act.smooth_leaky_relu(options) end

---@class sd.act.dead_zone.options
---@field width? number half the floor (default 0.5)
---@field zeta? number width of the rounding (default 0.1)

--- Pieces of polynomials whose slopes join: relu rounded over [0, zeta]; the same with slope zeta below 0; |x| with a flat floor; x^3 continued by its tangents beyond the cutoff.
---@param options sd.act.dead_zone.options options
---@return sd.activation f
function sd.act.dead_zone(options) end

---@class sd.act.cubic.options
---@field cutoff? number  (default 1)

--- Pieces of polynomials whose slopes join: relu rounded over [0, zeta]; the same with slope zeta below 0; |x| with a flat floor; x^3 continued by its tangents beyond the cutoff.
---@param options sd.act.cubic.options options
---@return sd.activation f
function sd.act.cubic(options) end

--- The activation g x + (1 - g) f(x).
---@param g number
---@param f sd.activation
---@return sd.activation mixed
function sd.act.mix(g, f) end

sd.objective = {}
---@class sd.objective.least_squares.options
---@field scale? number  (default 1/2)

--- scale times the sum of squares of f - y.
---@param f sd.matrix|number
---@param y sd.matrix|number of the same shape
---@param options? sd.objective.least_squares.options options
---@return number loss
function sd.objective.least_squares(f, y, options) end

--- E log S(real) + E log S(-fake) of logits, which a discriminator ascends; and -E log S(fake), which a generator descends, with a slope that does not vanish.
---@param real sd.matrix logits of data
---@param fake sd.matrix logits of samples
---@return number gain
function sd.objective.log_loss(real, fake) end

--- E log S(real) + E log S(-fake) of logits, which a discriminator ascends; and -E log S(fake), which a generator descends, with a slope that does not vanish.
---@param fake sd.matrix logits of samples
---@return number loss
function sd.objective.non_saturating(fake) end

--- E real - E fake, which a critic ascends.
---@param real sd.matrix
---@param fake sd.matrix
---@return number gain
function sd.objective.wasserstein(real, fake) end

---@class sd.objective.gradient_penalty.options
---@field weight? number  (default 10)
---@field length? number  (default 1)

--- weight times the mean of (|D'(z)| - length)^2 at z = u x + (1 - u) g, a column each; differentiable through the slopes.
---@param D function of columns d x n that gives 1 x n, each of its own column alone
---@param x sd.matrix d x n, data
---@param g sd.matrix d x n, samples
---@param u sd.matrix 1 x n, in [0, 1]
---@param options? sd.objective.gradient_penalty.options options
---@return number penalty
function sd.objective.gradient_penalty(D, x, g, u, options) end

sd.objective.bilinear = {}
---@class sd.objective.bilinear.value.options
---@field weight? number  (default 1)

--- <d, E a - E b> - weight |d|^2/2; the d where it is largest, and its largest value |E a - E b|^2 / (2 weight).
---@param d sd.matrix m x 1
---@param a sd.matrix m x n, samples
---@param b sd.matrix m x n2, samples
---@param options? sd.objective.bilinear.value.options options
---@return number gain
function sd.objective.bilinear.value(d, a, b, options) end

---@class sd.objective.bilinear.best.options
---@field weight? number  (default 1)

--- <d, E a - E b> - weight |d|^2/2; the d where it is largest, and its largest value |E a - E b|^2 / (2 weight).
---@param a sd.matrix m x n, samples
---@param b sd.matrix m x n2, samples
---@param options? sd.objective.bilinear.best.options options
---@return sd.matrix d m x 1
function sd.objective.bilinear.best(a, b, options) end

---@class sd.objective.bilinear.max.options
---@field weight? number  (default 1)

--- <d, E a - E b> - weight |d|^2/2; the d where it is largest, and its largest value |E a - E b|^2 / (2 weight).
---@param a sd.matrix m x n, samples
---@param b sd.matrix m x n2, samples
---@param options? sd.objective.bilinear.max.options options
---@return number gain
function sd.objective.bilinear.max(a, b, options) end

sd.objective.power = {}
--- <V, G> - sum over columns of |v|^(1+c), c > 0; its best V, its largest value and that one's logarithm, which does not overflow for a small c; and the sum alone.
---@param V sd.matrix d x m
---@param G sd.matrix d x m, differences of moments
---@param c number positive
---@return number gain
function sd.objective.power.value(V, G, c) end

--- <V, G> - sum over columns of |v|^(1+c), c > 0; its best V, its largest value and that one's logarithm, which does not overflow for a small c; and the sum alone.
---@param G sd.matrix d x m, differences of moments
---@param c number positive
---@return sd.matrix V d x m
function sd.objective.power.best(G, c) end

--- <V, G> - sum over columns of |v|^(1+c), c > 0; its best V, its largest value and that one's logarithm, which does not overflow for a small c; and the sum alone.
---@param G sd.matrix d x m, differences of moments
---@param c number positive
---@return number gain
function sd.objective.power.max(G, c) end

--- <V, G> - sum over columns of |v|^(1+c), c > 0; its best V, its largest value and that one's logarithm, which does not overflow for a small c; and the sum alone.
---@param G sd.matrix d x m, differences of moments
---@param c number positive
---@return number log
function sd.objective.power.log_max(G, c) end

--- <V, G> - sum over columns of |v|^(1+c), c > 0; its best V, its largest value and that one's logarithm, which does not overflow for a small c; and the sum alone.
---@param V sd.matrix d x m
---@param c number positive
---@return number penalty
function sd.objective.power.penalty(V, c) end

sd.objective.bent = {}
--- sum g o(v) - v^2 with o(v) = K v for v >= 0 and v below; its best v, and its largest value sum o(g)^2 / 4.
---@param v sd.matrix
---@param g sd.matrix of v's shape
---@param K number positive
---@return number gain
function sd.objective.bent.value(v, g, K) end

--- sum g o(v) - v^2 with o(v) = K v for v >= 0 and v below; its best v, and its largest value sum o(g)^2 / 4.
---@param g sd.matrix of v's shape
---@param K number positive
---@return sd.matrix v
function sd.objective.bent.best(g, K) end

--- sum g o(v) - v^2 with o(v) = K v for v >= 0 and v below; its best v, and its largest value sum o(g)^2 / 4.
---@param g sd.matrix of v's shape
---@param K number positive
---@return number gain
function sd.objective.bent.max(g, K) end

sd.objective.simplex = {}
--- <u, g> - sum u log u over the simplex; its best u, softmax(g), its largest value log sum e^g; and sum u log u alone.
---@param u sd.matrix not negative, of sum 1
---@param g sd.matrix of u's shape
---@return number gain
function sd.objective.simplex.value(u, g) end

--- <u, g> - sum u log u over the simplex; its best u, softmax(g), its largest value log sum e^g; and sum u log u alone.
---@param g sd.matrix of u's shape
---@return sd.matrix u not negative, of sum 1
function sd.objective.simplex.best(g) end

--- <u, g> - sum u log u over the simplex; its best u, softmax(g), its largest value log sum e^g; and sum u log u alone.
---@param g sd.matrix of u's shape
---@return number gain
function sd.objective.simplex.max(g) end

--- <u, g> - sum u log u over the simplex; its best u, softmax(g), its largest value log sum e^g; and sum u log u alone.
---@param u sd.matrix not negative, of sum 1
---@return number h
function sd.objective.simplex.entropy(u) end

---@class sd.objective.barrier.options
---@field steepness? number
---@field tau? number in (0, 1)

--- Keeps the directions of the rows of V apart: about 1 for a pair whose cosine comes to 1 - tau, 0 inside.
---@param V sd.matrix k x d
---@param options sd.objective.barrier.options options
---@return number penalty
function sd.objective.barrier(V, options) end

--- An optimiser by name, with hyper-parameters in the text or in the table, which wins; an optimiser is itself.
---@param name string|sd.optimiser as "adam,lr=0.001"
---@param hyper? table name -> value
---@return sd.optimiser opt
function sd.optim(name, hyper) end

---@class sd.optim.sgd.options
---@field lr? number|function of t (default 0.01)
---@field momentum? number|function  (default 0)
---@field nesterov? boolean  (default false)
---@field weight_decay? number|function  (default 0)

--- d = g + weight_decay p; M = momentum M + d; step -lr M, or with nesterov -lr (d + momentum M).
---@param options sd.optim.sgd.options options
---@return sd.optimiser opt
function sd.optim.sgd(options) end

---@class sd.optim.momentum.options
---@field lr? number|function of t (default 0.01)
---@field momentum? number|function  (default 0.9)
---@field nesterov? boolean  (default false)
---@field weight_decay? number|function  (default 0)

--- d = g + weight_decay p; M = momentum M + d; step -lr M, or with nesterov -lr (d + momentum M).
---@param options sd.optim.momentum.options options
---@return sd.optimiser opt
function sd.optim.momentum(options) end

---@class sd.optim.rmsprop.options
---@field lr? number|function of t (default 0.001)
---@field b2? number|function  (default 0.9)
---@field eps? number  (default 1e-8)

--- v = b2 v + (1 - b2) g^2, or v + g^2; step -lr g / (sqrt(v) + eps), element by element.
---@param options sd.optim.rmsprop.options options
---@return sd.optimiser opt
function sd.optim.rmsprop(options) end

---@class sd.optim.adagrad.options
---@field lr? number|function of t (default 0.01)
---@field eps? number  (default 1e-8)

--- v = b2 v + (1 - b2) g^2, or v + g^2; step -lr g / (sqrt(v) + eps), element by element.
---@param options sd.optim.adagrad.options options
---@return sd.optimiser opt
function sd.optim.adagrad(options) end

---@class sd.optim.adam.options
---@field lr? number|function of t (default 0.001)
---@field b1? number|function  (default 0.9)
---@field b2? number|function  (default 0.999)
---@field eps? number  (default 1e-8)
---@field weight_decay? number|function decoupled (default 0)

--- Averages of g and g^2, corrected for their start; the step is -lr m / (sqrt(v) + eps), and -lr weight_decay p.
---@param options sd.optim.adam.options options
---@return sd.optimiser opt
function sd.optim.adam(options) end

---@class sd.optim.adam_raw.options
---@field lr? number|function of t (default 0.001)
---@field b1? number|function  (default 0.5)
---@field b2? number|function  (default 0.9)
---@field eps? number  (default 1e-8)

--- Adam as papers on GANs dissect it, neither averaged nor corrected: m = b1 m + g, v = b2 v + g^2, A = m / sqrt(v + eps), step -lr A. adalr goes along m, as far as A is long; adadir along A, as far as m is long.
---@param options sd.optim.adam_raw.options options
---@return sd.optimiser opt
function sd.optim.adam_raw(options) end

---@class sd.optim.adalr.options
---@field lr? number|function of t (default 0.001)
---@field b1? number|function  (default 0.5)
---@field b2? number|function  (default 0.9)
---@field eps? number  (default 1e-8)
---@field scope? string "layer": each leaf's own length, or "global" (default "layer")

--- Adam as papers on GANs dissect it, neither averaged nor corrected: m = b1 m + g, v = b2 v + g^2, A = m / sqrt(v + eps), step -lr A. adalr goes along m, as far as A is long; adadir along A, as far as m is long.
---@param options sd.optim.adalr.options options
---@return sd.optimiser opt
function sd.optim.adalr(options) end

---@class sd.optim.adadir.options
---@field lr? number|function of t (default 0.001)
---@field b1? number|function  (default 0.5)
---@field b2? number|function  (default 0.9)
---@field eps? number  (default 1e-8)
---@field scope? string "layer": each leaf's own length, or "global" (default "layer")

--- Adam as papers on GANs dissect it, neither averaged nor corrected: m = b1 m + g, v = b2 v + g^2, A = m / sqrt(v + eps), step -lr A. adalr goes along m, as far as A is long; adadir along A, as far as m is long.
---@param options sd.optim.adadir.options options
---@return sd.optimiser opt
function sd.optim.adadir(options) end

---@class sd.optim.normalized.options
---@field lr? number|function of t (default 0.01)
---@field momentum? number|function  (default 0)
---@field eps? number  (default 0)
---@field scope? string "global": one norm of all leaves, or "layer" (default "global")

--- M = momentum M + g; step -lr M / (|M| + eps): as long as lr, whatever the gradient's length; a gradient of zeros gives no step. Norms cannot underflow.
---@param options sd.optim.normalized.options options
---@return sd.optimiser opt
function sd.optim.normalized(options) end

---@class sd.optim.rule.options
---@field name? string for messages
---@field hyper? table defaults; a list of words is a choice, the first its default
---@field init? function of p, h that gives the state
---@field step? function
---@field build? function of h

--- An optimiser of one's own from Lua functions, compiled like the built-in ones: step(g, s, p, h, t) gives the step and the next state; or build(h) an optimiser made of others.
---@param options sd.optim.rule.options options
---@return function constructor of hyper-parameters that gives an optimiser
function sd.optim.rule(options) end

---@class sd.optim.graft.options
---@field length? sd.optimiser|string
---@field direction? sd.optimiser|string
---@field scope? string "global" or "layer" (default "global")

--- Along the steps of one optimiser, as long as those of another: |l| d / |d|.
---@param options sd.optim.graft.options options
---@return sd.optimiser opt
function sd.optim.graft(options) end

---@class sd.optim.clip.options
---@field norm? number|function of t
---@field value? number|function
---@field scope? string "global" or "layer" (default "global")

--- An optimiser on gradients that are cut, to a length or element by element; or whose steps end in a set: a ball, a sphere, a box, columns of one length, or wherever a function moves p.
---@param inner sd.optimiser|string
---@param options sd.optim.clip.options options
---@return sd.optimiser opt
function sd.optim.clip(inner, options) end

---@class sd.optim.project.options
---@field ball? number|function radius
---@field sphere? number|function radius
---@field box? number|table bound, or {lo, hi}
---@field columns? number|function length
---@field with? function of p
---@field scope? string "global" or "layer" (default "global")

--- An optimiser on gradients that are cut, to a length or element by element; or whose steps end in a set: a ball, a sphere, a box, columns of one length, or wherever a function moves p.
---@param inner sd.optimiser|string
---@param options sd.optim.project.options options
---@return sd.optimiser opt
function sd.optim.project(inner, options) end

--- Schedules, functions of t = 1, 2, ...: constant; a line that stays at its end; half a cosine after a linear rise; multiplied when t reaches the given steps. Any other function of a number serves as well.
---@param v number
---@return function f
function sd.optim.constant(v) end

---@class sd.optim.linear.options
---@field from? number at t = 1
---@field to? number at the end
---@field steps? integer when the end is reached

--- Schedules, functions of t = 1, 2, ...: constant; a line that stays at its end; half a cosine after a linear rise; multiplied when t reaches the given steps. Any other function of a number serves as well.
---@param options sd.optim.linear.options options
---@return function f
function sd.optim.linear(options) end

---@class sd.optim.cosine.options
---@field from? number at t = 1
---@field to? number at the end (default 0)
---@field steps? integer when the end is reached
---@field warmup? integer steps of rise (default 0)

--- Schedules, functions of t = 1, 2, ...: constant; a line that stays at its end; half a cosine after a linear rise; multiplied when t reaches the given steps. Any other function of a number serves as well.
---@param options sd.optim.cosine.options options
---@return function f
function sd.optim.cosine(options) end

---@class sd.optim.steps.options
---@field from? number at t = 1
---@field by? number factor (default 0.1)
---@field at? table steps

--- Schedules, functions of t = 1, 2, ...: constant; a line that stays at its end; half a cosine after a linear rise; multiplied when t reaches the given steps. Any other function of a number serves as well.
---@param options sd.optim.steps.options options
---@return function f
function sd.optim.steps(options) end

---@class sd.game.options
---@field min? string|table names of players that minimise
---@field max? string|table names of players that maximise
---@field objective? function of p, ... that gives a number
---@field loss? table player -> function
---@field sample? function of an rng
---@field best? table player -> function of p, ... that gives its best choice

--- A game from an objective, or from a loss for each player. What `sample` draws is passed to the losses after p. `best` gives closed forms of best answers.
---@param options sd.game.options options
---@return sd.game game
function sd.game(options) end

sd.dynamics = {}
---@class sd.dynamics.gda.options
---@field optim? sd.optimiser|string|table
---@field mode? string "simultaneous" or "alternating" (default "simultaneous")
---@field order? table players; those that maximise first unless given
---@field k? integer|table steps of each (default 1)

--- Descent-ascent: all players at once, or alternating, in the order given, k steps each, each step at the newest parameters and with a sample of its own.
---@param game sd.game
---@param options sd.dynamics.gda.options options
---@return sd.dynamics dyn
function sd.dynamics.gda(game, options) end

---@class sd.dynamics.extragradient.options
---@field optim? sd.optimiser|string|table
---@field fresh? boolean a new sample for the second half (default false)

--- A look ahead, then the step from there; a step along twice the gradient less the last one; descent on the field's squared length besides.
---@param game sd.game
---@param options sd.dynamics.extragradient.options options
---@return sd.dynamics dyn
function sd.dynamics.extragradient(game, options) end

---@class sd.dynamics.optimistic.options
---@field optim? sd.optimiser|string|table

--- A look ahead, then the step from there; a step along twice the gradient less the last one; descent on the field's squared length besides.
---@param game sd.game
---@param options sd.dynamics.optimistic.options options
---@return sd.dynamics dyn
function sd.dynamics.optimistic(game, options) end

---@class sd.dynamics.consensus.options
---@field optim? sd.optimiser|string|table
---@field gamma? number weight from 0

--- A look ahead, then the step from there; a step along twice the gradient less the last one; descent on the field's squared length besides.
---@param game sd.game
---@param options sd.dynamics.consensus.options options
---@return sd.dynamics dyn
function sd.dynamics.consensus(game, options) end

---@class sd.dynamics.best_response.options
---@field optim? sd.optimiser|string|table
---@field respond? string|table players; those with a closed form unless given
---@field k? integer|table steps of those without

--- Some players answer what the others chose, in closed form or by k steps of their own; the others then descend.
---@param game sd.game
---@param options sd.dynamics.best_response.options options
---@return sd.dynamics dyn
function sd.dynamics.best_response(game, options) end

sd.stability = {}
--- Eigenvalues of a step z -> A z with what each may be off by, the spectral radius, and a verdict: stable, unstable, or open where rounding leaves it so. radius alone is faster.
---@param A sd.matrix n x n
---@return sd.result verdict re, im, error, radius, margin, verdict, period, condition
function sd.stability.step(A) end

--- Eigenvalues of a step z -> A z with what each may be off by, the spectral radius, and a verdict: stable, unstable, or open where rounding leaves it so. radius alone is faster.
---@param A sd.matrix n x n
---@return number radius
function sd.stability.radius(A) end

--- |A^t| / rho^t, and its largest value over t with a bound: how far a stable step may go before it comes to rest.
---@param A sd.matrix n x n
---@param t integer|sd.matrix from 0
---@return number|sd.matrix factor
function sd.stability.growth(A, t) end

---@class sd.stability.transient.options
---@field steps? integer
---@field tol? number

--- |A^t| / rho^t, and its largest value over t with a bound: how far a stable step may go before it comes to rest.
---@param A sd.matrix n x n
---@param options sd.stability.transient.options options
---@return sd.result result
function sd.stability.transient(A, options) end

---@class sd.stability.mode.options
---@field eta? number step of x
---@field mu? number step of y; eta unless given
---@field s? number
---@field a? number  (default 0)
---@field c? number  (default 0)
---@field dynamics? string simultaneous, alternating, extragradient, optimistic or consensus (default "simultaneous")
---@field k? integer inner steps of y (default 1)
---@field gamma? number of consensus
---@field momentum? number  (default 0)

--- The step of any dynamics on min_x max_y s x y + a x^2/2 - c y^2/2, in closed form.
---@param options sd.stability.mode.options options
---@return sd.result step A, re, im, radius, field
function sd.stability.mode(options) end

---@class sd.stability.dirac.options
---@field eta? number
---@field mu? number
---@field penalty? number  (default 0)
---@field noise? number deviation (default 0)
---@field slope? number f'(0) (default 0.5)
---@field curvature? number f''(0) (default -0.25)
---@field dynamics? string  (default "simultaneous")
---@field k? integer  (default 1)
---@field gamma? number
---@field momentum? number  (default 0)

--- The Dirac GAN: a mode with the slope of f, a gradient penalty, instance noise.
---@param options sd.stability.dirac.options options
---@return sd.result step as of mode
function sd.stability.dirac(options) end

---@class sd.stability.bilinear.options
---@field eta? number
---@field mu? number
---@field s? number
---@field dynamics? string simultaneous or alternating (default "simultaneous")
---@field k? integer ascents (default 1)

--- The block of descent-ascent on <d, r> - |d|^2/2 for an eigenvalue s of J J': eigenvalues, and by Jury's conditions whether it is stable.
---@param options sd.stability.bilinear.options options
---@return sd.result step A, re, im, radius, slack, stable
function sd.stability.bilinear(options) end

--- The mu below which the block is stable at eta s = x; the condition of its eigenvectors at a = eta s / mu < 1/4; and the largest of these over eigenvalues s, with the paper's bound.
---@param x number positive
---@param dynamics? string
---@return number mu
function sd.stability.largest_mu(x, dynamics) end

--- The mu below which the block is stable at eta s = x; the condition of its eigenvectors at a = eta s / mu < 1/4; and the largest of these over eigenvalues s, with the paper's bound.
---@param a number 0 .. 1/4
---@return number kappa
function sd.stability.kappa(a) end

---@class sd.stability.gamma.options
---@field eta? number
---@field mu? number
---@field s? number|table|sd.matrix

--- The mu below which the block is stable at eta s = x; the condition of its eigenvectors at a = eta s / mu < 1/4; and the largest of these over eigenvalues s, with the paper's bound.
---@param options sd.stability.gamma.options options
---@return number kappa
---@return number bound
function sd.stability.gamma(options) end

--- The t-th power of a 2 x 2 matrix by Cayley and Hamilton, without squaring.
---@param C sd.matrix 2 x 2
---@param t integer from 0
---@return sd.matrix P 2 x 2
function sd.stability.power(C, t) end

---@class sd.stability.lti.options
---@field eta? number
---@field mu? number
---@field steps? integer
---@field every? integer  (default 1)

--- Residual and discriminator of descent-ascent with one Jacobian, the linear twin of a run; with Jacobians that change, the run itself; and these Jacobians of a path.
---@param J sd.matrix|sd.operator|table|function of ltv pairs {J_t, average}, or a function of t
---@param z table r, d (columns)
---@param options sd.stability.lti.options options
---@return sd.result run r, d, t
function sd.stability.lti(J, z, options) end

---@class sd.stability.ltv.options
---@field eta? number
---@field mu? number
---@field steps? integer
---@field every? integer  (default 1)

--- Residual and discriminator of descent-ascent with one Jacobian, the linear twin of a run; with Jacobians that change, the run itself; and these Jacobians of a path.
---@param J sd.matrix|sd.operator|table|function of ltv pairs {J_t, average}, or a function of t
---@param z table r, d (columns)
---@param options sd.stability.ltv.options options
---@return sd.result run r, d, t
function sd.stability.ltv(J, z, options) end

--- Residual and discriminator of descent-ascent with one Jacobian, the linear twin of a run; with Jacobians that change, the run itself; and these Jacobians of a path.
---@param r function
---@param path sd.matrix|table points
---@return sd.matrix|sd.operator|table|function J of ltv pairs {J_t, average}, or a function of t
---@return integer n steps
function sd.stability.along(r, path) end

---@class sd.stability.map.options
---@field x? table|sd.matrix numbers
---@field y? table|sd.matrix numbers
---@field of? function of x, y that gives a step matrix, a radius, or a table with one
---@field show? string "radius" or "verdict" (default "radius")

--- Radius or verdict over two numbers, a row for each y and a column for each x, for sd.plot.heat.
---@param options sd.stability.map.options options
---@return sd.matrix M
function sd.stability.map(options) end

---@class sd.spectrum.options
---@field route? string "auto", "svd", "qr", "gram" or "extremes" (default "auto")
---@field bytes? number what a formed matrix may take (default 256e6)
---@field k? integer of extremes, how many of the largest (default 6)
---@field tol? number of extremes (default 1e-10)
---@field maxiter? integer of extremes (default 1000)
---@field seed? integer of extremes (default 0)

--- The singular values of the Jacobian of f(params, ...) by params, or of a matrix or operator, by the route that fits: svd or qr of the formed matrix, gram of its smaller side, or extremes by ARPACK. With options alone, the function with these options.
---@overload fun(A: sd.matrix|sd.operator): sd.spectrum
---@overload fun(options: sd.spectrum.options): function
---@param f function
---@param params sd.tree
---@param ... any
---@return sd.spectrum spectrum
function sd.spectrum(f, params, ...) end

--- The tangent kernel: products of the gradients of all outputs at the columns of X with those at the columns of X2 (or X). Where samples share the parameters it is made of Gram matrices, and no Jacobian is formed. sd.ntk{route=, bytes=1e9, info=} gives the function with options.
---@param f function of params, X
---@param params sd.tree
---@param X sd.matrix samples as columns
---@param X2? sd.matrix
---@return sd.matrix K
function sd.ntk(f, params, X, X2) end

---@class sd.jbar.options
---@field tol? number relative to the norm; 1e-5 in f32 (default 1e-12)

--- The average of the Jacobian on the line from y to x, for which J (x - y) = f(x) - f(y) exactly. The line is cut where relus and their like change sign; each smooth piece has a Gauss rule.
---@param f function
---@param x sd.tree
---@param y sd.tree like x
---@param options? sd.jbar.options options
---@return sd.matrix J outputs x parameters
---@return table info miss, pieces, nodes, looks, route
function sd.jbar(f, x, y, options) end

---@class sd.lipschitz.options
---@field samples? integer random pairs or points (default 32)
---@field starts? integer points to climb from (default 4)
---@field steps? integer uphill steps from each (default 50)
---@field rng? sd.rng sd.rng(1) unless given

--- Over the ball of that radius around x: how fast the Jacobian changes, a lower bound L of its Lipschitz constant; and bounds for its singular values and for its change, found by climbing. Estimates from one side: no search proves that there is no worse point.
---@param f function
---@param x sd.tree the centre
---@param radius number Euclidean, over all leaves
---@param options? sd.lipschitz.options options
---@return number L at most the constant
---@return table info bound, at, from, direction, kinks; largest, smallest, change, at, bound
function sd.lipschitz(f, x, radius, options) end

---@class sd.ball_extremes.options
---@field samples? integer random pairs or points (default 32)
---@field starts? integer points to climb from (default 4)
---@field steps? integer uphill steps from each (default 50)
---@field rng? sd.rng sd.rng(1) unless given

--- Over the ball of that radius around x: how fast the Jacobian changes, a lower bound L of its Lipschitz constant; and bounds for its singular values and for its change, found by climbing. Estimates from one side: no search proves that there is no worse point.
---@param f function
---@param x sd.tree the centre
---@param radius number Euclidean, over all leaves
---@param options? sd.ball_extremes.options options
---@return table info bound, at, from, direction, kinks; largest, smallest, change, at, bound
function sd.ball_extremes(f, x, radius, options) end

sd.path = {}
---@class sd.path.recorder.options
---@field f? function of the parameters: the outputs
---@field y? sd.matrix|number targets; 0 unless given
---@field start? sd.tree from where all is measured
---@field params? function picks the parameters from the state; s.p unless given
---@field loss? function of the parameters; |r|^2/2 unless given
---@field fields? table names, as above

--- What theories of training say about the way of the parameters, as columns of a history: residual, misfit, loss, gradient, distance, relative, layers, length of the path; of the Jacobian smallest, largest, jacobian_change, ntk_change, flips. path.iterate(step, s, n, options) runs and records.
---@param options sd.path.recorder.options options
---@return table path iterate, init, step, record, hook, history, spectrum, layers
function sd.path.recorder(options) end

--- Every element to the power t; and the matrix whose columns are the t-fold Kronecker products of those of X, whose Gram matrix is the Hadamard power of X'X.
---@param G sd.matrix
---@param t integer from 0; of khatri_rao_power from 1
---@return sd.matrix P of G's shape, or d^t x n
function sd.hadamard_power(G, t) end

--- Every element to the power t; and the matrix whose columns are the t-fold Kronecker products of those of X, whose Gram matrix is the Hadamard power of X'X.
---@param X sd.matrix d x n
---@param t integer from 0; of khatri_rao_power from 1
---@return sd.matrix P of G's shape, or d^t x n
function sd.khatri_rao_power(X, t) end

--- The n-th singular value of the power, n the number of columns of X, without forming it: merged rows, or the kernel's eigenvalues.
---@param X sd.matrix d x n
---@param t integer from 1
---@return number smallest 0 when the rank cannot be n
---@return table info sigma_max, rank, bound, resolution, route
function sd.khatri_rao_spectrum(X, t) end

---@class sd.packing.options
---@field dim? integer
---@field radius? number of the ball
---@field eps? number least distance
---@field count? integer points
---@field rng? sd.rng
---@field tries? integer proposals at most

--- Points of a ball with all distances at least eps: random with rejection, or without an rng those of the densest lattice (dim up to 4).
---@param options sd.packing.options options
---@return sd.matrix P dim x count
---@return table info distance, radius, proposals
function sd.packing(options) end

---@class sd.closest_interpolant.options
---@field tol? number  (default 1e-10)
---@field maxit? integer  (default 50)
---@field damping? boolean  (default true)
---@field rcond? number singular values below it, relative, count as 0 (default 1e-12)

--- The nearest parameters to theta0 with f(theta) = y, by damped Gauss-Newton steps of least norm.
---@param f function of a tree
---@param theta0 sd.tree
---@param y sd.matrix|number
---@param options? sd.closest_interpolant.options options
---@return sd.tree theta
---@return table report converged, reason, iterations, residual, distance, step, rank, history
function sd.closest_interpolant(f, theta0, y, options) end

sd.bounds = {}
---@class sd.bounds.gershgorin.options
---@field power? integer from 1 (default 1)

--- Intervals that hold the eigenvalues of a symmetric A, or of its element-wise power.
---@param A sd.matrix n x n, symmetric
---@param options? sd.bounds.gershgorin.options options
---@return table interval low, high; lows, highs (columns)
function sd.bounds.gershgorin(A, options) end

--- Between which the singular values of A + B lie, from those of A and of B.
---@param s sd.matrix n x 1, descending
---@param t sd.matrix n x 1, descending
---@return sd.matrix low n x 1
---@return sd.matrix high n x 1
function sd.bounds.weyl(s, t) end

---@class sd.bounds.chernoff_min.options
---@field n? integer size of the matrices
---@field mean? number the extreme eigenvalue of the expected sum
---@field each? number bound of one matrix
---@field delta? number relative deviation

--- Matrix Chernoff tails of the smallest and largest eigenvalue of a sum of independent matrices 0 <= A_i <= each I.
---@param options sd.bounds.chernoff_min.options options
---@return table tail threshold, probability
function sd.bounds.chernoff_min(options) end

---@class sd.bounds.chernoff_max.options
---@field n? integer size of the matrices
---@field mean? number the extreme eigenvalue of the expected sum
---@field each? number bound of one matrix
---@field delta? number relative deviation

--- Matrix Chernoff tails of the smallest and largest eigenvalue of a sum of independent matrices 0 <= A_i <= each I.
---@param options sd.bounds.chernoff_max.options options
---@return table tail threshold, probability
function sd.bounds.chernoff_max(options) end

sd.bounds.width = {}
--- Gaussian widths E sup <g, x>: of the unit sphere or ball of R^m, E |g|; of n orthonormal vectors, the mean of the largest of n normal numbers.
---@param m integer dimension
---@return number width
function sd.bounds.width.sphere(m) end

--- Gaussian widths E sup <g, x>: of the unit sphere or ball of R^m, E |g|; of n orthonormal vectors, the mean of the largest of n normal numbers.
---@param m integer dimension
---@return number width
function sd.bounds.width.ball(m) end

--- Gaussian widths E sup <g, x>: of the unit sphere or ball of R^m, E |g|; of n orthonormal vectors, the mean of the largest of n normal numbers.
---@param n integer points
---@return number width
function sd.bounds.width.simplex(n) end

---@class sd.bounds.width.finite.options
---@field rng? sd.rng
---@field samples? integer  (default 10000)

--- The width of the columns of X: exact where they lie in a plane (the perimeter of their hull), else simulated.
---@param X sd.matrix m x n
---@param options? sd.bounds.width.finite.options options
---@return number width
---@return number error a standard error; 0 when exact
function sd.bounds.width.finite(X, options) end

---@class sd.bounds.width.support.options
---@field samples? integer  (default 10000)

--- The width of any set of R^m by its support function.
---@param rng sd.rng
---@param m integer
---@param h function of directions (columns) that gives the row of sup <g, x>
---@param options? sd.bounds.width.support.options options
---@return number width
---@return number error a standard error
function sd.bounds.width.support(rng, m, h, options) end

--- E |D g| for D = diag(d) and a normal g, and the bounds sqrt(|d|^2 - |d|_inf^2) and |d| around it.
---@param d sd.matrix a column
---@return number mean
---@return number low
---@return number high
function sd.bounds.norm_mean(d) end

--- The probability that n random directions in R^d lie in a half-space; that the cone of k directions in R^m holds a fixed point.
---@param n integer
---@param d integer
---@return number p
function sd.bounds.wendel(n, d) end

--- The probability that n random directions in R^d lie in a half-space; that the cone of k directions in R^m holds a fixed point.
---@param k integer
---@param m integer
---@return number p
function sd.bounds.cone(k, m) end

sd.bounds.tails = {}
---@class sd.bounds.tails.chi2.options
---@field d? integer dimension
---@field delta? number relative deviation
---@field sigma? number deviation of an element (default 1)

--- Tails of |g|^2, of the number of heads of n tosses, of the extreme singular values and of the norm of a normal matrix, of the length of a normal vector.
---@param options sd.bounds.tails.chi2.options options
---@return table upper threshold, probability
---@return table lower threshold, probability
function sd.bounds.tails.chi2(options) end

---@class sd.bounds.tails.bernoulli.options
---@field n? integer
---@field delta? number relative deviation

--- Tails of |g|^2, of the number of heads of n tosses, of the extreme singular values and of the norm of a normal matrix, of the length of a normal vector.
---@param options sd.bounds.tails.bernoulli.options options
---@return table tail threshold (or low and high), probability
function sd.bounds.tails.bernoulli(options) end

---@class sd.bounds.tails.operator.options
---@field rows? integer
---@field cols? integer
---@field t? number deviation
---@field sigma? number deviation of an element (default 1)

--- Tails of |g|^2, of the number of heads of n tosses, of the extreme singular values and of the norm of a normal matrix, of the length of a normal vector.
---@param options sd.bounds.tails.operator.options options
---@return table upper threshold, probability
---@return table lower threshold, probability
function sd.bounds.tails.operator(options) end

---@class sd.bounds.tails.vector.options
---@field n? integer
---@field delta? number relative deviation
---@field sigma? number deviation of an element (default 1)

--- Tails of |g|^2, of the number of heads of n tosses, of the extreme singular values and of the norm of a normal matrix, of the length of a normal vector.
---@param options sd.bounds.tails.vector.options options
---@return table tail threshold (or low and high), probability
function sd.bounds.tails.vector(options) end

--- Nodes and weights: sum w f(x) is the integral of f from a to b (-1 to 1 unless given), or E f(g) for a standard normal g; exact for polynomials of degree 2n - 1.
---@param n integer 1 .. 2000
---@param a? number
---@param b? number
---@return sd.matrix x n x 1, ascending
---@return sd.matrix w n x 1
function sd.gauss_legendre(n, a, b) end

--- Nodes and weights: sum w f(x) is the integral of f from a to b (-1 to 1 unless given), or E f(g) for a standard normal g; exact for polynomials of degree 2n - 1.
---@param n integer 1 .. 2000
---@return sd.matrix x n x 1, ascending
---@return sd.matrix w n x 1
function sd.gauss_hermite(n) end

---@class sd.integrate.options
---@field tol? number relative to the integral of |f|, from 1e-13 (default 1e-10)
---@field points? table where to split
---@field vector? boolean  (default false)
---@field panels? integer at most (default 1000)

--- The integral of f, by adaptive bisection with 15-point Kronrod rules; ends may be infinite, and f infinite at them. A rule sees f at its points only: say where kinks and narrow peaks are.
---@param f function of a number (with vector: of a row) that gives the value
---@param a number or infinity
---@param b number or infinity
---@param options? sd.integrate.options options
---@return number value
---@return number error an estimate, as a rule from above
function sd.integrate(f, a, b, options) end

---@class sd.ode.options
---@field method? string "rk45" chooses its steps, "rk4" takes equal ones of h (default "rk45")
---@field rtol? number  (default 1e-6)
---@field atol? number  (default 1e-9)
---@field h? number the step of rk4; of rk45 the first
---@field hmax? number
---@field at? table times where the solution is wanted; else after every step
---@field events? table of g or {g, terminal=, direction="up" or "down"}
---@field path_length? boolean  (default false)
---@field steps? integer at most (default 100000)

--- The solution of y' = f(t, y), or of y' = -grad f(y) with the length of its path. States are numbers, matrices or trees. Events are zeros of g(t, y, length), sought between steps; a terminal one ends the solution.
---@param f function of t, y that gives y'; of gradient_flow a function that sd.grad differentiates
---@param t0 number
---@param y0 sd.tree the start
---@param t1 number the end, which may be before t0
---@param options? sd.ode.options options
---@return table sol t, y, length, last, reached, events, steps, rejected, calls, stiff
function sd.ode(f, t0, y0, t1, options) end

---@class sd.gradient_flow.options
---@field method? string "rk45" chooses its steps, "rk4" takes equal ones of h (default "rk45")
---@field rtol? number  (default 1e-6)
---@field atol? number  (default 1e-9)
---@field h? number the step of rk4; of rk45 the first
---@field hmax? number
---@field at? table times where the solution is wanted; else after every step
---@field events? table of g or {g, terminal=, direction="up" or "down"}
---@field path_length? boolean  (default true)
---@field steps? integer at most (default 100000)

--- The solution of y' = f(t, y), or of y' = -grad f(y) with the length of its path. States are numbers, matrices or trees. Events are zeros of g(t, y, length), sought between steps; a terminal one ends the solution.
---@param f function of t, y that gives y'; of gradient_flow a function that sd.grad differentiates
---@param y0 sd.tree the start
---@param t1 number the end, which may be before t0
---@param options? sd.gradient_flow.options options
---@return table sol t, y, length, last, reached, events, steps, rejected, calls, stiff
function sd.gradient_flow(f, y0, t1, options) end

---@class sd.bisect.options
---@field tol? number  (default 0)

--- A root in a bracket where f changes its sign, to tol + 4 eps |x|: by halving, which serves any f, or by secants and parabolas within the bracket, which is faster.
---@param f function of a number
---@param a number one end
---@param b number the other
---@param options? sd.bisect.options options
---@return number x
---@return number y f(x)
function sd.bisect(f, a, b, options) end

---@class sd.brent.options
---@field tol? number  (default 0)

--- A root in a bracket where f changes its sign, to tol + 4 eps |x|: by halving, which serves any f, or by secants and parabolas within the bracket, which is faster.
---@param f function of a number
---@param a number one end
---@param b number the other
---@param options? sd.brent.options options
---@return number x
---@return number y f(x)
function sd.brent(f, a, b, options) end

---@class sd.newton.options
---@field slope? function the derivative
---@field lo? number bracket
---@field hi? number bracket
---@field tol? number  (default 0)
---@field steps? integer at most (default 100)

--- Newton's method, kept in a bracket when there is one; the slope is sd.grad's unless given.
---@param f function of a number
---@param x0 number the start
---@param options? sd.newton.options options
---@return number x
---@return number y f(x)
function sd.newton(f, x0, options) end

---@class sd.maximize1d.options
---@field grid? integer
---@field tol? number  (default 1e-8)

--- A local maximum between a and b, ends included; with grid=n around the best of n + 1 equally spaced points.
---@param f function of a number
---@param a number
---@param b number
---@param options? sd.maximize1d.options options
---@return number x
---@return number y f(x)
function sd.maximize1d(f, a, b, options) end

---@class sd.interp1.options
---@field method? string "linear" or "cubic" (default "linear")
---@field outside? string "error", "clamp" or "extend" (default "error")

--- A function through points: lines, or cubics that rise and fall with the points and have no bumps between them.
---@param x sd.matrix|table ascending
---@param y sd.matrix|table of the same length
---@param options? sd.interp1.options options
---@return function g of a number or, element by element, a matrix
function sd.interp1(x, y, options) end

--- The assignment of least cost: a column for each row, no two equal, 0 for rows without one; and the dual that proves it.
---@param C sd.matrix m x n, costs
---@return sd.matrix columns m x 1
---@return number cost
---@return table dual u (m x 1), v (n x 1): u_i + v_j <= c_ij, summing to the cost
function sd.hungarian(C) end

---@class sd.procrustes.options
---@field rotation? boolean det R = 1 (default false)
---@field scale? boolean  (default false)
---@field translate? boolean  (default false)

--- The orthogonal R that brings the columns of A nearest to those of B, if asked for with det R = 1, a scale, a shift.
---@param A sd.matrix m x n
---@param B sd.matrix m x n
---@param options? sd.procrustes.options options
---@return sd.matrix R m x m
---@return table fit scale, shift, residual, values
function sd.procrustes(A, B, options) end

--- An exact interval for a probability: it covers with at least that level, whatever the probability.
---@param hits integer
---@param trials integer
---@param level? number 0.95 unless given
---@return number lo
---@return number hi
function sd.clopper_pearson(hits, trials, level) end

--- A mean with Student's interval, exact for normal samples.
---@param sample sd.matrix|table at least two numbers
---@param level? number 0.95 unless given
---@return number mean
---@return number lo
---@return number hi
function sd.mean_ci(sample, level) end

---@class sd.bootstrap_ci.options
---@field level? number  (default 0.95)
---@field samples? integer  (default 1000)

--- f(X) and quantiles of f over samples of columns drawn from those of X with replacement. The level is approximate.
---@param X sd.matrix m x n, samples as columns
---@param f function of a matrix that gives a number
---@param rng sd.rng
---@param options? sd.bootstrap_ci.options options
---@return number value
---@return number lo
---@return number hi
function sd.bootstrap_ci(X, f, rng, options) end

sd.student_t = {}
---@class sd.student_t.cdf.options
---@field upper? boolean  (default false)

--- Student's law: its distribution function (upper: the other tail, with its own digits) and quantiles.
---@param t number
---@param dof number degrees of freedom
---@param options? sd.student_t.cdf.options options
---@return number p
function sd.student_t.cdf(t, dof, options) end

--- Student's law: its distribution function (upper: the other tail, with its own digits) and quantiles.
---@param p number
---@param dof number degrees of freedom
---@return number t
function sd.student_t.quantile(p, dof) end

---@class sd.gammainc.options
---@field upper? boolean one minus it, with its own digits (default false)

--- The distribution function of the gamma law, and its inverse. Chi-square with k degrees: gammainc(k/2, x/2); Poisson: upper, gammainc(n + 1, mean).
---@param a number shape
---@param x number
---@param options? sd.gammainc.options options
---@return number p
function sd.gammainc(a, x, options) end

---@class sd.gammaincinv.options
---@field upper? boolean one minus it, with its own digits (default false)

--- The distribution function of the gamma law, and its inverse. Chi-square with k degrees: gammainc(k/2, x/2); Poisson: upper, gammainc(n + 1, mean).
---@param a number shape
---@param p number
---@param options? sd.gammaincinv.options options
---@return number x
function sd.gammaincinv(a, p, options) end

---@class sd.betainc.options
---@field upper? boolean one minus it, with its own digits (default false)

--- The distribution function of the beta law, and its inverse. Binomial: P(Bin(n, q) >= k) = betainc(k, n - k + 1, q).
---@param a number
---@param b number
---@param x number 0 .. 1
---@param options? sd.betainc.options options
---@return number p
function sd.betainc(a, b, x, options) end

---@class sd.betaincinv.options
---@field upper? boolean one minus it, with its own digits (default false)

--- The distribution function of the beta law, and its inverse. Binomial: P(Bin(n, q) >= k) = betainc(k, n - k + 1, q).
---@param a number
---@param b number
---@param p number
---@param options? sd.betaincinv.options options
---@return number x 0 .. 1
function sd.betaincinv(a, b, p, options) end

--- The Kolmogorov-Smirnov test of a sample against a law, or against a second sample (ties allowed).
---@param sample sd.matrix|table
---@param other function|sd.matrix|table a distribution function, or a sample
---@return number D largest distance
---@return number p probability of one as large
---@return string how "exact" or "asymptotic"
function sd.ks_test(sample, other) end

--- A line by least squares; of the logarithms, so that y is about exp(intercept) x^slope: rates and exponents.
---@param x sd.matrix|table
---@param y sd.matrix|table of the same length
---@return number slope
---@return number intercept
---@return number error standard error of the slope
---@return number r2 part of the variance explained
function sd.fit_line(x, y) end

--- A line by least squares; of the logarithms, so that y is about exp(intercept) x^slope: rates and exponents.
---@param x sd.matrix|table
---@param y sd.matrix|table of the same length
---@return number slope
---@return number intercept
---@return number error standard error of the slope
---@return number r2 part of the variance explained
function sd.fit_loglog(x, y) end

---@class sd.histogram.options
---@field bins? integer of equal width; by default ceil(log2 n) + 1
---@field edges? sd.matrix|table

--- How many elements fall between neighbouring edges; bins contain their left edge, the last one both.
---@param sample sd.matrix|table
---@param options? sd.histogram.options options
---@return sd.matrix counts a column
---@return sd.matrix|table edges
---@return integer outside
function sd.histogram(sample, options) end

sd.normal = {}
--- Q(x) = P(X >= x), its logarithm, the x of a logarithm, and E (X - b)+.
---@param x number|sd.matrix
---@return number|sd.matrix q
function sd.normal.sf(x) end

--- Q(x) = P(X >= x), its logarithm, the x of a logarithm, and E (X - b)+.
---@param x number|sd.matrix
---@return number|sd.matrix l
function sd.normal.logsf(x) end

--- Q(x) = P(X >= x), its logarithm, the x of a logarithm, and E (X - b)+.
---@param l number|sd.matrix
---@return number|sd.matrix x
function sd.normal.logisf(l) end

--- Q(x) = P(X >= x), its logarithm, the x of a logarithm, and E (X - b)+.
---@param b number|sd.matrix
---@return number|sd.matrix m
function sd.normal.relu(b) end

--- P(X >= h, Y >= k) and its logarithm; E (X - h)+ (Y - k)+ and its logarithm; E 1{X >= h} (Y - k)+. Relative errors of some 1e-15 in all tails, up to rho = -1 and 1.
---@param h number|sd.matrix
---@param k number|sd.matrix
---@param rho number|sd.matrix -1 .. 1
---@return number|sd.matrix p
function sd.normal.orthant(h, k, rho) end

--- P(X >= h, Y >= k) and its logarithm; E (X - h)+ (Y - k)+ and its logarithm; E 1{X >= h} (Y - k)+. Relative errors of some 1e-15 in all tails, up to rho = -1 and 1.
---@param h number|sd.matrix
---@param k number|sd.matrix
---@param rho number|sd.matrix -1 .. 1
---@return number|sd.matrix l
function sd.normal.log_orthant(h, k, rho) end

--- P(X >= h, Y >= k) and its logarithm; E (X - h)+ (Y - k)+ and its logarithm; E 1{X >= h} (Y - k)+. Relative errors of some 1e-15 in all tails, up to rho = -1 and 1.
---@param h number|sd.matrix
---@param k number|sd.matrix
---@param rho number|sd.matrix -1 .. 1
---@return number|sd.matrix m
function sd.normal.relu_relu(h, k, rho) end

--- P(X >= h, Y >= k) and its logarithm; E (X - h)+ (Y - k)+ and its logarithm; E 1{X >= h} (Y - k)+. Relative errors of some 1e-15 in all tails, up to rho = -1 and 1.
---@param h number|sd.matrix
---@param k number|sd.matrix
---@param rho number|sd.matrix -1 .. 1
---@return number|sd.matrix l
function sd.normal.log_relu_relu(h, k, rho) end

--- P(X >= h, Y >= k) and its logarithm; E (X - h)+ (Y - k)+ and its logarithm; E 1{X >= h} (Y - k)+. Relative errors of some 1e-15 in all tails, up to rho = -1 and 1.
---@param h number|sd.matrix
---@param k number|sd.matrix
---@param rho number|sd.matrix -1 .. 1
---@return number|sd.matrix m
function sd.normal.step_relu(h, k, rho) end

---@class sd.normal.expect.options
---@field kinks_f? table {0} unless given
---@field kinks_g? table {0} unless given

--- E f(X) g(Y), for functions that are smooth but for kinks at places that are listed.
---@param f function of matrices, element by element
---@param g function of matrices
---@param rho number
---@param options? sd.normal.expect.options options
---@return number value
---@return number error the change from a coarser rule
function sd.normal.expect(f, g, rho, options) end

--- X given that it lies between a and b: its mass and moments.
---@param a number or minus infinity
---@param b number or infinity
---@return table law mass, log_mass, mean, variance, moments (1..4)
function sd.normal.truncated(a, b) end

--- The scale a and threshold b of a rectified normal number (a X - b)+ with that mean and probability of being positive.
---@param mean number positive
---@param probability number in (0, 1)
---@return number a
---@return number b
function sd.normal.relu_inverse(mean, probability) end

---@class sd.normal.orthant_mc.options
---@field samples? integer  (default 10000)

--- P(Z >= b) for a normal Z with covariance S, by sequential simulation.
---@param rng sd.rng
---@param b sd.matrix n x 1
---@param S sd.matrix n x n, positive definite
---@param options? sd.normal.orthant_mc.options options
---@return table estimate p, se, log, relative
function sd.normal.orthant_mc(rng, b, S, options) end

sd.hermite = {}
--- The polynomials: He_0 = 1, He_1 = x, He_{i+1} = x He_i - i He_{i-1}; h_i has E h_i(g)^2 = 1.
---@param i integer from 0; He to 170, h to 200
---@param x sd.matrix|number
---@return sd.matrix|number y
function sd.hermite.He(i, x) end

--- The polynomials: He_0 = 1, He_1 = x, He_{i+1} = x He_i - i He_{i-1}; h_i has E h_i(g)^2 = 1.
---@param i integer from 0; He to 170, h to 200
---@param x sd.matrix|number
---@return sd.matrix|number y
function sd.hermite.h(i, x) end

---@class sd.hermite.coefficients.options
---@field scale? number  (default 1)
---@field normalised? boolean false: E f He_i, n up to 170 (default true)

--- a_i = E f(scale g) h_i(g), i = 0 .. n, of any function; kinks and jumps are found.
---@param f function of a column, element by element
---@param n integer up to 200
---@param options? sd.hermite.coefficients.options options
---@return sd.matrix a n + 1 x 1
---@return table info error, square, tail
function sd.hermite.coefficients(f, n, options) end

--- sum a_i h_i(x); and sum a_i b_i R^i, which is E f(w'x) g(w'y) for unit vectors with x'y = R and a normal w.
---@param a sd.matrix coefficients
---@param x sd.matrix|number
---@return sd.matrix|number y
function sd.hermite.expand(a, x) end

--- sum a_i h_i(x); and sum a_i b_i R^i, which is E f(w'x) g(w'y) for unit vectors with x'y = R and a normal w.
---@param a sd.matrix coefficients
---@param R sd.matrix|number -1 .. 1
---@param b? sd.matrix coefficients; a unless given
---@return sd.matrix|number K
function sd.hermite.kernel(a, R, b) end

--- The kernels of the step (0) and of relu (1), in closed form.
---@param order integer 0 or 1
---@param R sd.matrix|number -1 .. 1
---@return sd.matrix|number K
function sd.hermite.arccos(order, R) end

---@class sd.hermite.gram.options
---@field rows? integer of W (default 1)
---@field scale? number deviation of W (default 1)
---@field degree? integer of the expansion (default 60)

--- K = E f(WX)' f(WX) for a normal matrix W, columns of X of any length.
---@param f function element by element
---@param X sd.matrix d x n
---@param options? sd.hermite.gram.options options
---@return sd.matrix K n x n
---@return table info error
function sd.hermite.gram(f, X, options) end

sd.data = {}
---@class sd.data.two_moons.options
---@field noise? number deviation (default 0.1)

--- Two interleaved half circles in the plane, with normal noise.
---@param rng sd.rng
---@param n integer
---@param options? sd.data.two_moons.options options
---@return sd.matrix X 2 x n
---@return sd.matrix labels 1 x n, 1 or 2
function sd.data.two_moons(rng, n, options) end

---@class sd.data.gaussian.options
---@field mean? sd.matrix|number m x 1

--- Normal points with covariance I.
---@param rng sd.rng
---@param m integer dimension
---@param n integer
---@param options? sd.data.gaussian.options options
---@return sd.matrix X m x n
function sd.data.gaussian(rng, m, n, options) end

---@class sd.data.mixture.options
---@field centres? sd.matrix d x K
---@field sd? number deviation

--- An equal mixture of normal clouds around given centres.
---@param rng sd.rng
---@param n integer
---@param options sd.data.mixture.options options
---@return sd.matrix X d x n
---@return sd.matrix labels 1 x n, 1 .. K
function sd.data.mixture(rng, n, options) end

---@class sd.data.digits.options
---@field side? integer pixels (default 16)
---@field noise? number deviation (default 0.05)
---@field shift? number parts of the side (default 0.1)
---@field shear? number  (default 0.25)

--- Drawn images of digits in grey levels 0 .. 1, moved and sheared at random: a stand-in for MNIST, which sd.load reads.
---@param rng sd.rng
---@param n integer
---@param options? sd.data.digits.options options
---@return sd.matrix X side^2 x n
---@return sd.matrix labels 1 x n, 0 .. 9
function sd.data.digits(rng, n, options) end

--- The points of a .csv or .npy file, a sample in each row there, in each column here.
---@param path string
---@return sd.matrix X d x n
function sd.data.points(path) end

sd.metrics = {}
---@class sd.metrics.modes.options
---@field centres? sd.matrix|integer d x K, or K points on the unit circle
---@field radius? number

--- Which modes of a mixture samples cover: a sample belongs to its nearest centre when that is within the radius. It prints as one line.
---@param Y sd.matrix d x n
---@param options sd.metrics.modes.options options
---@return sd.result report covered, share, kl (reverse, from the uniform law), counts, radius
function sd.metrics.modes(Y, options) end

--- The squared Frechet (2-Wasserstein) distance of normal laws with the means and covariances of two sets of samples, or given ones.
---@param P sd.matrix|table d x n, or {mean=, covariance=}
---@param Q sd.matrix|table
---@return number distance
function sd.metrics.frechet(P, Q) end

---@class sd.metrics.random_features.options
---@field count? integer features (default 64)
---@field act? string "relu" or "cos" (default "relu")
---@field length? number scale of the samples (default 1)

--- A fixed random function of samples, act(A X / (length sqrt(d)) + b), whose features show more of two laws to frechet than means and covariances: cosines whatever differs over that length.
---@param rng sd.rng
---@param d integer rows of samples
---@param options? sd.metrics.random_features.options options
---@return function psi of X, d x n, that gives count x n
function sd.metrics.random_features(rng, d, options) end

---@class sd.plot.options
---@field title? string
---@field file? string its ending says the format
---@field xlog? boolean
---@field ylog? boolean

--- Lines of one or several columns; or a table of series {x=, y=, label=, style=}, bands {lo=, hi=} (error bars where style is "points"), error bars {err=}, histograms and heat maps, in one panel or several.
---@overload fun(x: sd.matrix|table|number, y: sd.matrix|table|number, options?: sd.plot.options): string|nil
---@overload fun(options: sd.plot.options): string|nil
---@param y sd.matrix|table|number a line for each column
---@param options? sd.plot.options options
---@return string|nil path of the file
function sd.plot(y, options) end

---@class sd.plot.histogram.options
---@field bins? integer|table how many, or edges
---@field density? boolean area 1 (default false)
---@field title? string
---@field file? string
---@field size? table

--- A histogram of the elements.
---@param A sd.matrix|table
---@param options? sd.plot.histogram.options options
---@return string|nil path
function sd.plot.histogram(A, options) end

---@class sd.plot.heat.options
---@field x? sd.matrix|table n coordinates
---@field y? sd.matrix|table m coordinates
---@field xlog? boolean
---@field ylog? boolean
---@field zlog? boolean
---@field zlabel? string
---@field zrange? table {lo, hi}
---@field palette? string viridis, diverging or grey (default "viridis")
---@field title? string
---@field file? string
---@field size? table

--- A matrix as coloured cells: as it is printed, or with y on an ordinary axis.
---@param A sd.matrix m x n
---@param options? sd.plot.heat.options options
---@return string|nil path
function sd.plot.heat(A, options) end

--- The format that a file's name asks for; an early error for one that file= would refuse.
---@param path string
---@return string word svg, png, pdf or txt
function sd.plot.kind(path) end

---@class sd.claim.options
---@field id? string as paper.lemma_1
---@field source? string where it stands
---@field statement? string what it says
---@field params? table
---@field check? function of c, p
---@field broken? table names of twins: c.broken is the one to be played
---@field smoke? table values for a quick look
---@field full? table values for a long one
---@field expect? string holds, violated or not applicable (default "holds")
---@field surrogate? string what stands for o(1), polylogarithms, unnamed constants, fixed before running
---@field level? number of intervals of c:rate (default 0.99)
---@field unconditional? boolean there are no hypotheses (default false)

--- A claim. Named params are a grid; array rows of params are alternatives, each with its own expect=. check(c, p) says what is assumed and concluded of one case.
---@param options sd.claim.options options
---@return sd.claim job
function sd.claim(options) end

---@class sd.experiment.options
---@field name? string
---@field text? string what it asks
---@field params? table name -> default or sd.param
---@field sweep? table name -> list of values
---@field quick? table values for a look
---@field run? function of p, log
---@field summary? function of runs that gives a text
---@field plot? function of runs that gives what sd.plot takes

--- An experiment. run(p, log) gets the parameters, with p.seed and p.rng, and returns a table of metrics: numbers, booleans, strings, matrices.
---@param options sd.experiment.options options
---@return sd.experiment job
function sd.experiment(options) end

--- A parameter with its text and limits. Its type is that of the default: 1000 whole, 1000.0 real, a string, a boolean.
---@param default number|string|boolean
---@param text? string
---@param limits? table from, to (allowed themselves), above, below (not), choices
---@return table entry
function sd.param(default, text, limits) end

--- {1, ..., n}, or {n, ..., last}.
---@param n integer
---@param last? integer
---@return table list
function sd.seeds(n, last) end

---@class sd.runs.options
---@field experiment? string when the store has several
---@field status? string done, failed, pending, running or all (default "done")
---@field where? string an SQL condition on parameters and metrics
---@field all? boolean  (default false)

--- The runs of an experiment in a store. Of a point that several versions of the script have run, the newest counts alone, unless all.
---@param path string
---@param options? sd.runs.options options
---@return sd.runs R
function sd.runs(path, options) end

--- For commands: the rows that are meant; the finished runs of an experiment, or of a session, in an open store.
---@param path string
---@param options table as of sd.runs
---@return table rows
function sd.runs.open(path, options) end

--- For commands: the rows that are meant; the finished runs of an experiment, or of a session, in an open store.
---@param store table
---@param name string
---@return sd.runs R
function sd.runs.all(store, name) end

--- For commands: the rows that are meant; the finished runs of an experiment, or of a session, in an open store.
---@param store table
---@param session table
---@return sd.runs R
function sd.runs.of(store, session) end

sd.mpi = {}
--- Who this process is, from 0; how many there are; and waiting until all have come here.
---@return integer r
function sd.mpi.rank() end

--- Who this process is, from 0; how many there are; and waiting until all have come here.
---@return integer n
function sd.mpi.size() end

--- Who this process is, from 0; how many there are; and waiting until all have come here.
function sd.mpi.barrier() end

--- root's value at all; the list of all values at root, or at all; the sum, the largest or the smallest over all, added in the order of the ranks.
---@param value any
---@param root integer a rank
---@return any value
function sd.mpi.bcast(value, root) end

--- root's value at all; the list of all values at root, or at all; the sum, the largest or the smallest over all, added in the order of the ranks.
---@param value any
---@param root integer a rank
---@return table list of rank r at r + 1; nil elsewhere
function sd.mpi.gather(value, root) end

--- root's value at all; the list of all values at root, or at all; the sum, the largest or the smallest over all, added in the order of the ranks.
---@param value any
---@return table list of rank r at r + 1; nil elsewhere
function sd.mpi.allgather(value) end

--- root's value at all; the list of all values at root, or at all; the sum, the largest or the smallest over all, added in the order of the ranks.
---@param x number|sd.matrix
---@param op? string sum, max or min
---@return number|sd.matrix y
function sd.mpi.allreduce(x, op) end

--- A message, which returns at once; waiting for one, of a rank or of any; and whose message is there.
---@param value any
---@param to integer a rank
function sd.mpi.send(value, to) end

--- A message, which returns at once; waiting for one, of a rank or of any; and whose message is there.
---@param from? integer a rank
---@return any value
---@return integer|nil sender
function sd.mpi.receive(from) end

--- A message, which returns at once; waiting for one, of a rank or of any; and whose message is there.
---@return integer|nil sender
function sd.mpi.probe() end

--- This rank's share of 1 .. n; none when first > last.
---@param n integer
---@return integer first
---@return integer last
function sd.mpi.share(n) end

---@class sd.mpi.jacobian.options
---@field block? integer samples of a block, at least

--- The rows of this rank's samples; J J' in blocks; and J'J: of a function whose columns depend on their own samples alone. jacobian and gram have the same bits for any number of processes.
---@param f function of params, X
---@param params sd.tree
---@param X sd.matrix samples as columns
---@param options? sd.mpi.jacobian.options options
---@return sd.matrix J
function sd.mpi.jacobian(f, params, X, options) end

---@class sd.mpi.gram.options
---@field block? integer samples of a block, at least

--- The rows of this rank's samples; J J' in blocks; and J'J: of a function whose columns depend on their own samples alone. jacobian and gram have the same bits for any number of processes.
---@param f function of params, X
---@param params sd.tree
---@param X sd.matrix samples as columns
---@param options? sd.mpi.gram.options options
---@return sd.matrix K
function sd.mpi.gram(f, params, X, options) end

---@class sd.mpi.gram_parameters.options
---@field block? integer samples of a block, at least

--- The rows of this rank's samples; J J' in blocks; and J'J: of a function whose columns depend on their own samples alone. jacobian and gram have the same bits for any number of processes.
---@param f function of params, X
---@param params sd.tree
---@param X sd.matrix samples as columns
---@param options? sd.mpi.gram_parameters.options options
---@return sd.matrix M
function sd.mpi.gram_parameters(f, params, X, options) end

--- The variables of the prompt and the globals that are not the library's, with kinds, shapes and bytes; it prints as a table.
---@return table list of {name=, kind=, shape=, bytes=}, by name
function sd.who() end

--- How long a call takes, and what it returned. One of less than 0.1 s is repeated for that long, and the fastest batch's mean counts: what the first call loads or compiles does not.
---@param f function called with the further arguments
---@param ... any
---@return number seconds of wall time
---@return any ...
function sd.time(f, ...) end

--- The number of threads that BLAS uses; n sets it. One seed and one number of threads give the same bits every time.
---@param n? integer 1 .. 1024
---@return integer count
function sd.threads(n) end

---@class sd.memory.options
---@field ceiling? number bytes; by default a share of what the machine, or its cgroup, has

--- Bytes that Lua, matrices and plans use, and their ceiling, at which allocating is an error of the script and the process goes on.
---@param options? sd.memory.options options
---@return integer used bytes
---@return number ceiling bytes; by default a share of what the machine, or its cgroup, has
function sd.memory(options) end

--- The instruction set of the kernels. SADDLE_ISA chooses a lower one.
---@return string name "base", "avx2" or "avx512"
function sd.isa() end

---The version of the library.
---@type string
sd.version = nil

--- Parameters of a plain script from its command line, as name=value, with types and limits from their defaults; --help prints them. A script that is run at many points is better an experiment.
---@param arg table Lua's global of that name
---@param parameters table of {name, default, text[, whole=, from=, above=, to=, below=, choices=]}
---@return table p name -> value
function sd.args(arg, parameters) end

---@class sd.progress.options
---@field label? string
---@field write? function of a text, in place of standard error
---@field clock? function that gives seconds
---@field width? integer|boolean columns; false: no terminal

--- A bar for a long loop: on a terminal a line that is redrawn, elsewhere a plain line now and then, on standard error.
---@param total integer steps
---@param options? sd.progress.options options
---@return sd.progress bar
function sd.progress(total, options) end

return sd
