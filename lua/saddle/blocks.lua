--- Blocks: Jacobians of results whose columns are samples, and inner products of their rows,
-- without a sweep for each row.
--
-- Let f(x) be m x n, column j of it the result for sample j, and x parameters that all samples
-- share. One reverse sweep for each of the m outputs gives the derivatives for all samples at once
-- (graph:blocks, include/saddle/graph.h): for sample j and a leaf W of x a sum of outer products
-- a_j b_j', kept as the two matrices whose columns they are. So
--
--   row (k, j) of the Jacobian     vec(a_j b_j') = b_j kron a_j, a column of khatri_rao(B, A)
--   inner products of all rows     (A'C) % (B'D), products of Gram matrices: <a b', c d'> is
--                                  <a, c> <b, d>, and no block is formed
--
-- The rows of all m outputs are numbered k + m (j-1), as the elements of f(x) are.
local core = require "saddle.core"
local trace = require "saddle.trace"
local tracing = core.tracing
tracing.module()

local blocks = {}

local MOST <const> = 64 -- outputs: each is a sweep that is planned

--- The result that has blocks, or nil and why there is none.
local function result_of(at)
  local y = at.outs[1]
  if #at.outs ~= 1 then return nil, "the result is not one matrix" end
  if tracing.kind(y) ~= "matrix" then return nil, "the result is a number" end
  if y.cols < 2 then return nil, "the result has one column" end
  if y.rows > MOST then return nil, ("the result has more than %d rows"):format(MOST) end
  if not tracing.issymbol(y) then return nil, "the result does not depend on the parameters" end
  return y
end

--- Ones in row k of zeros like y.
local function seed(y, k)
  return core.one_hot(core.full(1, y.cols, k), y.rows, { dtype = y.dtype })
end

--- The m matrices of one output each, n columns each, as one in the order of the rows.
local function stack(list, n)
  local m = #list
  return m == 1 and list[1] or core.vcat(list):reshape(list[1].rows, m * n)
end

--- One matrix for all outputs in the order of the rows: each column m times.
local function repeated(b, m)
  return m == 1 and b or core.kron(b, core.ones(1, m, { dtype = b.dtype }))
end

--- The blocks of the trace at `at` (derive.lua): {m=, n=, leaves=}; for each variable of x a list
-- of terms {a=, b=, shared=}, a with a column for each row of the Jacobian, b as well, or with one
-- for each sample (shared), or nil: then the columns of a are the elements of the leaf. Otherwise
-- nil and the reason.
function blocks.of(at)
  local y, why = result_of(at)
  if not y then return nil, why end
  local seeds, leaves = {}, {}
  for k = 1, y.rows do seeds[k] = seed(y, k) end
  local found, reason = at.graph:blocks(y, seeds, at.wrt)
  at.extended = true
  if not found then return nil, reason end
  for i, terms in ipairs(found) do
    leaves[i] = {}
    for t, term in ipairs(terms) do
      local a, b = term[1], term[2]
      local shared = tracing.issymbol(b)
      leaves[i][t] = { a = stack(a, y.cols), shared = shared,
        b = shared and b or b and stack(b, y.cols) or nil }
    end
  end
  return { m = y.rows, n = y.cols, leaves = leaves }
end

--- The term as one matrix, whose columns are the elements of the leaf.
local function formed(term, m)
  if not term.b then return term.a end
  return core.khatri_rao(term.shared and repeated(term.b, m) or term.b, term.a)
end

local function convert(v, dtype) return v.dtype == dtype and v or v:to(dtype) end

--- The Jacobian, of this dtype; at.values are the variables. Products are turned one by one, which
-- plans do as they make them.
function blocks.jacobian(of, at, dtype)
  local parts = {}
  for i, terms in ipairs(of.leaves) do
    local sum
    for _, term in ipairs(terms) do
      local part = formed(term, of.m):t()
      sum = sum and sum + part or part
    end
    parts[i] = sum and convert(sum, dtype)
      or core.zeros(of.m * of.n, trace.count { at.values[i] }, { dtype = dtype })
  end
  return #parts == 1 and parts[1] or core.hcat(parts)
end

--- Inner products of the columns of the blocks s and t of one leaf, of m outputs each.
local function products(s, t, p, q)
  if not (s.b and t.b) then return formed(s, p):t() * formed(t, q) end
  local inner = s.a:t() * t.a
  if s.shared and t.shared then
    local samples = s.b:t() * t.b
    if p * q > 1 then samples = core.kron(samples, core.ones(p, q, { dtype = samples.dtype })) end
    return inner % samples
  end
  local sb = s.shared and repeated(s.b, p) or s.b
  local tb = t.shared and repeated(t.b, q) or t.b
  return inner % (sb:t() * tb)
end

--- J1 J2', of the blocks of two results in the same parameters, of this dtype.
function blocks.gram(one, two, dtype)
  local sum
  for i, terms in ipairs(one.leaves) do
    for _, s in ipairs(terms) do
      for _, t in ipairs(two.leaves[i]) do
        local part = convert(products(s, t, one.m, two.m), dtype)
        sum = sum and sum + part or part
      end
    end
  end
  return sum or core.zeros(one.m * one.n, two.m * two.n, { dtype = dtype })
end

return blocks
