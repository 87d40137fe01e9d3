--- Jacobians and their Gram matrices of a function of many samples, shared out between processes.
--
-- Let f(params, X) have a column for each column of X, the samples, and let each depend on its own
-- sample alone. Samples are done a block at a time, blocks i = 1..T of nearly equal size. J_i are
-- the rows of the Jacobian in params of block i, and each process has a contiguous share of blocks:
--
--   jacobian          the J_i of its own blocks, one below the other; nobody has the whole
--   gram              K = J J', of blocks K_ij = J_i J_j'. Where J_i is a list of outer products
--                     (blocks.lua) it is not formed: these are what the processes pass round a
--                     ring. In half a turn each pair of blocks has met somewhere; K_ji is K_ij'.
--   gram_parameters   J'J, the sum over the processes of the products of their own rows
--
-- How X is cut does not depend on the number of processes, so jacobian and gram have the same bits
-- for any number of them (with the same number of BLAS threads each), one among them.
-- sd.jacobian(f)(params, X) and sd.ntk(f, params, X) do all samples at once, in products of other
-- sizes, and gram_parameters of another number of processes adds in another order: these agree to
-- rounding.
--
-- That samples do not depend on one another is tested: of a block, f gives the same values when
-- other samples stand beside it. So a mean over the batch, or 1/n in f, is an error and no wrong
-- number.
local core = require "saddle.core"
local blocks = require "saddle.blocks"
local check = require "saddle.check"
local derive = require "saddle.derive"
local jacobian = require "saddle.jacobian"
local trace = require "saddle.trace"
local tree = require "saddle.tree"
local tracing, fail = core.tracing, tree.fail
tree.module()

local BLOCK <const>, BLOCKS <const> = 64, 32 -- samples of a block at most; blocks of few samples

-- ---- blocks of samples --------------------------------------------------------------------------

--- How X is cut: {f=, params=, X=, cuts= the last samples of the blocks, from 0}. Option block: how
-- many samples a block has at least.
local function cut(fn, f, params, X, given)
  trace.check_function(fn, f)
  if tracing.current() then fail("%s: has no traced form: call it outside the function", fn) end
  if not core.ismatrix(X) or X.cols == 0 then
    fail("%s: argument 3 must be a matrix whose columns are samples, got %s", fn, core.show(X))
  end
  given = check.options(fn, given, { "block" })
  local usual = math.min(BLOCK, math.max(2, (X.cols + BLOCKS - 1) // BLOCKS))
  local block = check.whole(fn, "option 'block'", given.block, 1, X.cols, math.min(usual, X.cols))
  local cuts, count = { [0] = 0 }, X.cols // block
  for t = 1, count do cuts[t] = X.cols * t // count end
  return { fn = fn, f = f, params = params, X = X, cuts = cuts }
end

local function samples(work, t) return work.X:col(work.cuts[t - 1] + 1, work.cuts[t]) end

--- f of these samples, a matrix with a column for each.
local function value(work, X)
  local Y = work.f(work.params, X)
  if not core.ismatrix(Y) or Y.cols ~= X.cols then
    fail("%s: the function must return a matrix with a column for each sample; for %d it gave %s",
      work.fn, X.cols, core.show(Y))
  end
  return Y
end

--- Raises unless f of block t is the same with the next block beside it. Rounding may differ, since
-- products of other sizes add in other orders; a difference in the upper half of the digits is none
-- of rounding, unless f has lost that many itself.
local function check_samples(work, t)
  local count = #work.cuts
  if count == 1 then return end
  local X = samples(work, t)
  local alone = value(work, X)
  local beside = value(work, core.hcat { X, samples(work, t % count + 1) }):col(1, X.cols)
  local largest, change = core.max(core.abs(alone)), core.max(core.abs(alone - beside))
  if not (change <= 2 ^ (alone.dtype == "f64" and -26 or -12) * largest) then
    fail("%s: samples depend on one another: the values of samples %d to %d change by %.3g when %s",
      work.fn, work.cuts[t - 1] + 1, work.cuts[t], change, "others stand beside them")
  end
end

-- ---- a block's derivatives ----------------------------------------------------------------------

--- The blocks of samples X as values (blocks.of), and their dtype; nil when there are none.
local function terms_of(work, X)
  local at = derive.trace_at(work.fn, work.f, work.params, X)
  local scope <close> = at.scope -- luacheck: ignore
  local of = blocks.of(at)
  if not of then return nil end
  local list = {}
  for _, terms in ipairs(of.leaves) do
    for _, term in ipairs(terms) do
      list[#list + 1] = term.a
      list[#list + 1] = term.b -- or nothing
    end
  end
  trace.settle(at, list)
  local k = 0
  local function next_value()
    k = k + 1
    return list[k]
  end
  for _, terms in ipairs(of.leaves) do
    for _, term in ipairs(terms) do
      term.a, term.b = next_value(), term.b and next_value()
    end
  end
  of.dtype = trace.common_dtype(at.values, at.outs)
  return of
end

--- The same of a Jacobian that is formed: one term for each leaf.
local function formed_of(work, X)
  local J = jacobian.jacobian(work.f)(work.params, X)
  local of, at = { m = J.rows // X.cols, n = X.cols, leaves = {}, dtype = J.dtype }, 1
  local leaves, spec = tree.flatten(work.params, work.fn .. ": params")
  for i, leaf in ipairs(trace.variables(spec, leaves)) do
    local n = trace.count { leaf }
    of.leaves[i] = { { a = J:block(1, at, J.rows, n):t() } }
    at = at + n
  end
  return of
end

-- ---- shared out ---------------------------------------------------------------------------------

return function(mpi, team)
  local shards = {}

  --- The rows of the Jacobian of this process's own blocks.
  local function own_rows(work)
    local first, last = mpi.share(#work.cuts)
    local rows = {}
    if first <= last then check_samples(work, first) end
    for t = first, last do
      rows[#rows + 1] = jacobian.jacobian(work.f)(work.params, samples(work, t))
    end
    if #rows > 0 then return #rows == 1 and rows[1] or core.vcat(rows) end
    local like = jacobian.jacobian(work.f)(work.params, samples(work, 1))
    return core.zeros(0, like.cols, { dtype = like.dtype })
  end

  --- mpi.jacobian(f, params, X[, {block=}]) -> J, first: this process's rows of the Jacobian of
  -- f(params, X) in params, and which row of the whole its first one is.
  function shards.jacobian(f, params, X, given)
    local work = cut("mpi.jacobian", f, params, X, given)
    local J, first = team.together(function() return own_rows(work) end), 1
    local counts = mpi.allgather(J.rows)
    for r = 1, mpi.rank() do first = first + counts[r] end
    return J, first
  end

  --- mpi.gram_parameters(f, params, X[, {block=}]) -> J'J, at all processes.
  function shards.gram_parameters(f, params, X, given)
    local work = cut("mpi.gram_parameters", f, params, X, given)
    return mpi.allreduce(team.together(function()
      local J = own_rows(work)
      return tracing.apply("matmul", { k = { 1, 0 } }, J, J)
    end))
  end

  --- The own blocks' terms, by number.
  local function own_terms(work)
    local first, last = mpi.share(#work.cuts)
    local own = {}
    if first <= last then check_samples(work, first) end
    for t = first, last do
      local X = samples(work, t)
      own[t] = terms_of(work, X) or formed_of(work, X)
    end
    return own
  end

  --- Appends {i, j, K_ij}, i <= j, of pairs of one of ours and one of theirs: all, or with
  -- remainder 0 or 1 those whose i + j leaves it when divided by 2.
  local function pairs_of(ours, theirs, list, remainder)
    for i, one in pairs(ours) do
      for j, two in pairs(theirs) do
        local wanted = not remainder or (i + j) % 2 == remainder
        if wanted and i <= j then
          list[#list + 1] = { i, j, blocks.gram(one, two, one.dtype) }
        elseif wanted and theirs ~= ours then
          list[#list + 1] = { j, i, blocks.gram(two, one, one.dtype) }
        end
      end
    end
  end

  --- mpi.gram(f, params, X[, {block=}]) -> K = J J', at all processes.
  function shards.gram(f, params, X, given)
    local fn <const>, rank <const>, size <const> = "mpi.gram", mpi.rank(), mpi.size()
    local work = cut(fn, f, params, X, given)
    local own = team.together(function() return own_terms(work) end)
    local list, theirs = {}, own
    pairs_of(own, own, list)
    for step = 1, size // 2 do
      theirs = team.pass(fn, theirs)
      -- Half way round, two processes have each other's: each does every other pair.
      pairs_of(own, theirs, list, 2 * step == size and (rank < step and 0 or 1) or nil)
    end
    local all, cuts, K = mpi.allgather(list), work.cuts, nil
    for _, part in ipairs(all) do
      for _, entry in ipairs(part) do
        local i, j, B = table.unpack(entry)
        local m = B.rows // (cuts[i] - cuts[i - 1])
        K = K or core.zeros(m * X.cols, m * X.cols, { dtype = B.dtype })
        local row, col = m * cuts[i - 1] + 1, m * cuts[j - 1] + 1
        K:block(row, col, B.rows, B.cols):copy_(B)
        if i < j then K:block(col, row, B.cols, B.rows):copy_(B:t()) end
      end
    end
    return K
  end

  return shards
end
