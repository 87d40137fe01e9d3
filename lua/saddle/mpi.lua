--- sd.mpi: processes that work together, started by `mpirun -n 4 saddle script.lua`. Every process
-- runs the whole script; its rank, from 0, tells it apart. Without mpirun there is one process, of
-- rank 0: the same script computes the same, and no library is needed.
--
--   mpi.rank()  mpi.size()           who this process is; how many there are
--   mpi.barrier()                    returns when all have called it
--   mpi.bcast(value, root)           root's value, at all
--   mpi.gather(value, root)          at root the list of all values, of rank r at r + 1; else nil
--   mpi.allgather(value)             this list at all
--   mpi.allreduce(x[, op])           over all "sum" (default), "max" or "min", of numbers, matrices
--   mpi.send(value, to)              a message; returns at once
--   mpi.receive([from])              waits for a message, of that rank or any: value, sender
--   mpi.probe()                      the sender of a message that is there, or nil
--   mpi.share(n)                     first, last: this rank's share of 1..n; none when first > last
--   mpi.jacobian mpi.gram mpi.gram_parameters      see lua/saddle/mpi/shards.lua
--
-- A value is nil, a boolean, a number, a string, a matrix, an rng, or a table of these; the bits of
-- numbers stay. Calls with a root, and barrier, allgather, allreduce are collective: all processes
-- make the same ones in the same order. Messages do not meet with these.
--
-- A process that ends while another waits for it gives that one an error; an error that nobody
-- catches ends all processes.
--
-- Reference: MPI: A Message-Passing Interface Standard, version 3.1 (2015), chapters 3 and 5.
local core = require "saddle.core"
local check = require "saddle.check"
local tree = require "saddle.tree"
local fail = tree.fail
tree.module() -- before post looks for the library: its errors are said to come from the script
local post = require("saddle.mpi.post").scripts()
local wire = require "saddle.mpi.wire"

local mpi = {}

local rank <const>, size <const> = post.rank, post.size

function mpi.rank() return rank end
function mpi.size() return size end

-- ---- messages -----------------------------------------------------------------------------------

local function check_rank(fn, what, v) return check.whole(fn, what, v, 0, size - 1) end

function mpi.send(value, to)
  to = check_rank("mpi.send", "argument 2 (a rank)", to)
  post:send(post.USER, wire.encode("mpi.send", value), to)
end

function mpi.receive(from)
  if from ~= nil then from = check_rank("mpi.receive", "argument 1 (a rank)", from) end
  local text, sender = post:receive(post.USER, from)
  if text then return wire.decode(text), sender end
  if from == rank or size == 1 then
    fail "mpi.receive: this process waits for a message that it has not sent itself"
  end
  fail("mpi.receive: %s ended without sending a message",
    from and ("process %d has"):format(from) or "all other processes have")
end

function mpi.probe() return post:probe(post.USER) end

-- ---- collective calls ---------------------------------------------------------------------------
-- Their messages carry the name of the call and how many there have been, so that processes that
-- make different calls meet an error instead of each other's data.

local calls = 0
local head = "=i8s1"

local function begin() calls = calls + 1 end

local function put(fn, text, to) post:send(post.COLLECTIVE, head:pack(calls, fn) .. text, to) end

local function take(fn, from)
  local text = post:receive(post.COLLECTIVE, from)
  if not text then fail("%s: process %d has ended without making this call", fn, from) end
  local their_calls, their_fn, at = head:unpack(text)
  if their_calls ~= calls or their_fn ~= fn then
    fail("%s: collective call %d of this process is %s, and that of process %d, its call %d, is %s",
      fn, calls, fn, from, their_calls, their_fn)
  end
  return text:sub(at)
end

--- root's text at all, down a binomial tree: log2(size) rounds.
local function spread(fn, text, root)
  local me, step = (rank - root) % size, 1
  while step < size and me & step == 0 do step = step << 1 end
  if me ~= 0 then text = take(fn, (me - step + root) % size) end
  while step > 1 do
    step = step >> 1
    if me + step < size then put(fn, text, (me + step + root) % size) end
  end
  return text
end

--- Calls f(text, r) at root with the text of each other rank r, in their order.
local function collect(fn, text, root, f)
  if rank ~= root then return put(fn, text, root) end
  for r = 0, size - 1 do
    if r ~= root then f(take(fn, r), r) end
  end
end

function mpi.barrier()
  begin()
  collect("mpi.barrier", "", 0, function() end)
  spread("mpi.barrier", "", 0)
end

function mpi.bcast(value, root)
  root = check_rank("mpi.bcast", "argument 2 (the root)", root)
  begin()
  if rank ~= root then return wire.decode(spread("mpi.bcast", nil, root)) end
  if size == 1 then
    wire.check("mpi.bcast", value)
  else
    spread("mpi.bcast", wire.encode("mpi.bcast", value), root)
  end
  return value
end

function mpi.gather(value, root)
  root = check_rank("mpi.gather", "argument 2 (the root)", root)
  begin()
  if rank == root then wire.check("mpi.gather", value) end
  local list = rank == root and { [rank + 1] = value } or nil
  collect("mpi.gather", rank ~= root and wire.encode("mpi.gather", value), root,
    function(text, r) list[r + 1] = wire.decode(text) end)
  return list
end

function mpi.allgather(value)
  local fn <const> = "mpi.allgather"
  begin()
  if size == 1 then
    wire.check(fn, value)
    return { value }
  end
  local texts, list = { wire.encode(fn, value) }, {}
  collect(fn, texts[1], 0, function(text, r) texts[r + 1] = text end)
  for r = 1, #texts do texts[r] = ("=s8"):pack(texts[r]) end
  local all, at = spread(fn, rank == 0 and table.concat(texts) or nil, 0), 1
  for r = 0, size - 1 do
    local text
    text, at = ("=s8"):unpack(all, at)
    if r == rank then list[r + 1] = value else list[r + 1] = wire.decode(text) end
  end
  return list
end

-- Of two numbers; a NaN comes through. Of two matrices.
local function larger(a, b) if a ~= a or a > b then return a else return b end end
local function smaller(a, b) if a ~= a or a < b then return a else return b end end
local folds = {
  sum = { number = function(a, b) return a + b end, matrix = function(A, B) return A + B end },
  max = { number = larger, matrix = core.max },
  min = { number = smaller, matrix = core.min } }

local function describe(x)
  if type(x) == "number" then return "a number" end
  return ("a %dx%d matrix of %s"):format(x.rows, x.cols, x.dtype)
end

--- What allreduce gives: rank 0 folds in the order of the ranks, so that the result has the bits of
-- a loop over what gather gives. The error of a rank that does not fit is one at all of them.
function mpi.allreduce(x, op)
  op = check.word("mpi.allreduce", "argument 2", op, { "sum", "max", "min" }, "sum")
  check.no_symbol("mpi.allreduce", x, "call it on values")
  if type(x) ~= "number" and not core.ismatrix(x) then
    fail("mpi.allreduce: argument 1 must be a number or a matrix, got %s", core.show(x))
  end
  begin()
  local fn = ("mpi.allreduce(%s)"):format(op)
  local fold = folds[op][type(x) == "number" and "number" or "matrix"]
  local total, wrong = x, nil
  collect(fn, rank ~= 0 and wire.encode(fn, x), 0, function(text, r)
    local y = wire.decode(text)
    if not wrong and describe(y) ~= describe(x) then
      wrong = ("process %d has %s, process 0 %s"):format(r, describe(y), describe(x))
    end
    if not wrong then total = fold(total, y) end
  end)
  if size == 1 then return x end
  local result = wire.decode(spread(fn, rank == 0 and wire.encode(fn, { total, wrong }) or nil, 0))
  if result[2] then fail("mpi.allreduce: %s", result[2]) end
  return rank == 0 and total or result[1]
end

-- ---- shares of work -----------------------------------------------------------------------------

--- mpi.share(n) -> first, last: contiguous, in the order of the ranks, sizes differ by at most one;
-- where there are too few the last ranks have none.
function mpi.share(n)
  n = check.whole("mpi.share", "argument 1", n, 0, 1 << 53)
  local each, more = n // size, n % size
  local first = each * rank + math.min(rank, more) + 1
  return first, first + each - (rank < more and 0 or 1)
end

-- For shards.lua, as collective calls.
local team = {}

--- What work() gives, once it is done at all ranks; an error of one is an error at all.
function team.together(work)
  if size == 1 then return work() end
  local good, result = pcall(work)
  for k, state in ipairs(mpi.allgather(good or tostring(result))) do
    if state ~= true and k == rank + 1 then error(result, 0) end
    if state ~= true then fail("process %d: %s", k - 1, state) end
  end
  return result
end

--- Each rank gives its value to the rank below it (rank 0 to the last), and gets that of the one
-- above.
function team.pass(fn, value)
  begin()
  put(fn, wire.encode(fn, value), (rank - 1) % size)
  return wire.decode(take(fn, (rank + 1) % size))
end

for name, f in pairs(require "saddle.mpi.shards"(mpi, team)) do mpi[name] = f end
return check.directory("mpi", "function", mpi)
