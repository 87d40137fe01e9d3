--- sd.mpi in several processes: scripts under mpirun.
local mpirun = require "tests.cli.mpirun"
local shell = require "tests.cli.shell"
local expect, test = shell.expect, mpirun.missing and pending or it

--- Output, status, errors of n processes that run the script, which begins with these names.
local function run(n, body)
  local dir = shell.directory()
  shell.write(dir .. "/script.lua", "local sd = require 'saddle' local mpi = sd.mpi "
    .. "local rank, size = mpi.rank(), mpi.size()\n" .. body)
  local out, status, err = mpirun.run(n, dir, "script.lua")
  shell.remove(dir)
  return out, status, err
end

local function lines(text)
  local list = {}
  for line in text:gmatch "[^\n]+" do list[#list + 1] = line end
  table.sort(list)
  return list
end

-- Each kind of collective call in several rounds: calls must not meet those of another round. And
-- allreduce has the bits of a loop over what allgather gives: terms of mixed sizes would show
-- another order.
local collective <const> = [[
for round = 1, 3 do
  mpi.barrier()
  for root = 0, size - 1 do
    local mine = { from = rank, A = sd.rng(rank):randn(3, 2), round = round }
    local got = mpi.bcast(mine, root)
    assert(got.from == root and got.round == round and got.A == sd.rng(root):randn(3, 2))
    local list = mpi.gather(mine, root)
    assert((list ~= nil) == (rank == root))
    for k, one in ipairs(list or {}) do
      assert(one.from == k - 1 and one.A == sd.rng(k - 1):randn(3, 2))
    end
    assert(not list or #list == size)
  end
  local all = mpi.allgather(rank % 2 == 0 and rank or nil)
  for r = 0, size - 1 do assert(all[r + 1] == (r % 2 == 0 and r or nil)) end
end
local x = sd.rng(rank):randn(50, 3) * 10.0 ^ (8 * rank % 13)
local sum, least, most
for _, y in ipairs(mpi.allgather(x)) do
  sum, least = sum and sum + y or y, least and sd.min(least, y) or y
  most = most and sd.max(most, y) or y
end
assert(mpi.allreduce(x) == sum and mpi.allreduce(x, "min") == least)
assert(mpi.allreduce(x, "max") == most and mpi.allreduce(x:to "f32").dtype == "f32")
local ranks = mpi.allreduce(rank)
assert(math.type(ranks) == "integer" and ranks == size * (size - 1) // 2)
assert(mpi.allreduce(rank + 0.5, "max") == size - 0.5)
local one = mpi.allreduce(rank == 0 and 0 / 0 or 1.0, "max")
assert(one ~= one)
]]

-- All send before any receives, and the barrier does not meet the messages: more than a part of
-- 4 MB, and with its head exactly one.
local messages <const> = [[
local function big(r) return sd.rng(r):randn(600000, 1) end
for to = 0, size - 1 do
  if to ~= rank then
    mpi.send(big(rank), to)
    mpi.send(("x"):rep(2 ^ 22 - 9), to)
    mpi.send({ last = rank }, to)
  end
end
mpi.barrier()
for from = size - 1, 0, -1 do
  if from ~= rank then
    assert(mpi.receive(from) == big(from))
    assert(#mpi.receive(from) == 2 ^ 22 - 9)
  end
end
while mpi.probe() == nil do end
local seen = {}
for _ = 2, size do
  local a, from = mpi.receive()
  assert(a.last == from and not seen[from])
  seen[from] = true
end
assert(mpi.probe() == nil)
]]

-- 7 blocks, and 1: fewer than processes. The products of gram_parameters are summed in an order of
-- their own: 2 n eps times the sum of absolute values, of n = 46.
local shards <const> = [[
local rng = sd.rng(2)
local X = rng:randn(4, 23)
local p = { W = rng:randn(7, 4), V = rng:randn(2, 7), b = rng:randn(7, 1) }
local function net(q, x) return q.V * sd.tanh(q.W * x + q.b) end
local function bits(A)
  local sum = 0
  for k = 1, #A do sum = sum * 31 + string.unpack("i8", string.pack("d", A(k))) end
  return ("%dx%d %x"):format(A.rows, A.cols, sum)
end
for _, block in ipairs { 3, 12 } do
  print("gram", bits(mpi.gram(net, p, X, { block = block })))
  local J, first = mpi.jacobian(net, p, X, { block = block })
  local all, at = {}, 1
  for r, part in ipairs(mpi.allgather { J, first }) do
    assert(part[2] == at)
    all[r], at = part[1], at + part[1].rows
  end
  J = sd.vcat(all)
  print("jacobian", bits(J))
  local G = mpi.gram_parameters(net, p, X, { block = block })
  local bound = 2 * 46 * 2 ^ -52 * sd.max(sd.abs(J):t() * sd.abs(J))
  assert(sd.max(sd.abs(G - J:t() * J)) <= bound)
end]]

describe("processes under mpirun", function()
  local alone -- the bits of one process
  setup(function()
    alone = lines((shell.script("local sd = require 'saddle' local mpi = sd.mpi " .. shards)))
    assert.equal(4, #alone)
  end)

  for _, n in ipairs { 2, 3 } do
    test(("%d of them call and send, and compute what one does"):format(n), function()
      local out, status, err = run(n, collective .. messages .. shards)
      assert.equal("", err)
      assert.equal(0, status)
      local together = lines(out)
      assert.equal(4 * n, #together)
      for k, line in ipairs(together) do assert.equal(alone[(k - 1) // n + 1], line) end
    end)
  end

  test("end together when one has an error, whose message comes first", function()
    local _, status, err = run(3, [[
if rank == 1 then error "bad news" end
if rank == 0 then mpi.receive() else mpi.barrier() end]])
    assert.equal(1, status)
    expect(err, "script.lua:2: bad news")
    local _, code = run(2, "if rank == 1 then os.exit(3) end mpi.receive()")
    assert.equal(3, code)
  end)

  -- One start for all of this, since a start takes longer than the rest.
  test("are told of errors of others, and are asked what they have left undone", function()
    local out, status, err = run(2, ([[
print(rank, pcall(mpi.allreduce, rank == 0 and 1 or sd.ones(2, 1)))
local function f(p, x)
  if rank == 1 then error "no luck" end
  return p * x
end
print(rank, pcall(mpi.gram, f, sd.ones(1, 2), sd.ones(2, 5)))
if rank == 0 then print(pcall(mpi.barrier)) else mpi.bcast(1, 1) end
local p = io.popen("%s -e 'print(\"by itself\", sd.mpi.rank(), sd.mpi.size())'")
print(p:read "a") p:close()
if rank == 1 then mpi.send("last words", 0) return end
print(mpi.receive(1))
print(pcall(mpi.receive, 1))
print(pcall(mpi.receive))
print(pcall(mpi.gather, 1, 0))
mpi.send(sd.ones(1000, 1000), 1)]]):format(mpirun.saddle))
    local wrong = "mpi.allreduce: process 1 has a 2x1 matrix of f64, process 0 a number"
    expect(out, "script.lua:2: " .. wrong)
    assert.equal(2, select(2, out:gsub(wrong, "")))
    assert.is_truthy(out:find "0\tfalse\t[^\n]*script.lua:7: process 1: [^\n]*:4: no luck\n")
    assert.is_truthy(out:find "1\tfalse\t[^\n]*:4: no luck\n")
    expect(out, "mpi.barrier: collective call ")
    expect(out, "is mpi.barrier, and that of process 1, its call ")
    assert.equal(2, select(2, out:gsub("by itself\t0\t1\n", ""))) -- what a process starts
    expect(out, "last words\t1\n")
    expect(out, "mpi.receive: process 1 has ended without sending a message\n")
    expect(out, "mpi.receive: all other processes have ended without sending a message\n")
    expect(out, "mpi.gather: process 1 has ended without making this call\n")
    expect(err, "saddle: mpi: messages of process 0 have not been received")
    assert.equal(0, status)
  end)
end)

describe("a build without MPI", function()
  it("is an error under mpirun, not a process by itself", function()
    local _, status, err = shell.run("OMPI_COMM_WORLD_SIZE=2 " .. shell.saddle
      .. " -e 'package.cpath = \"\" return sd.mpi'")
    assert.equal(1, status)
    expect(err, "mpi: mpirun has started 2 processes, but the module that lets them work together "
      .. "is missing (`make mpi` builds it)")
  end)

  it("is one for commands too, in a line", function()
    local out, status, err = shell.run("OMPI_COMM_WORLD_SIZE=2 SADDLE_INIT='package.cpath = \"\"' "
      .. shell.saddle .. " sweep none.lua")
    assert.equal("", out)
    assert.equal(1, status)
    assert.equal("saddle sweep: mpi: mpirun has started 2 processes, but the module that lets them "
      .. "work together is missing (`make mpi` builds it)\n", err)
  end)
end)
