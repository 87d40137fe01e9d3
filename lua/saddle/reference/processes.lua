--- Help on processes (the form of entries: lua/saddle/help.lua).
return {
  title = "Processes under mpirun",
  text = "`mpirun -n 4 saddle script.lua` runs the whole script in every process; its rank, from "
    .. "0, tells it apart. Without mpirun there is one process, of rank 0, and the same script "
    .. "computes the same. `make mpi` builds what is needed. Collective calls are made by all "
    .. "processes in the same order. A value is nil, a boolean, a number, a string, a matrix, an "
    .. "rng, or a table of these.",
  source = "MPI: A message-passing interface standard, version 3.1",
  { { "sd.mpi.rank() -> r", "sd.mpi.size() -> n", "sd.mpi.barrier()" },
    "Who this process is, from 0; how many there are; and waiting until all have come here.",
    r = "integer", n = "integer", errors = "none of its own.",
    example = [[
sd.mpi.barrier()
print(sd.mpi.rank(), sd.mpi.size()) --> 0 1
]] },
  { { "sd.mpi.bcast(value, root) -> value", "sd.mpi.gather(value, root) -> list",
      "sd.mpi.allgather(value) -> list", "sd.mpi.allreduce(x[, op]) -> y" },
    "root's value at all; the list of all values at root, or at all; the sum, the largest or the "
      .. "smallest over all, added in the order of the ranks.",
    value = "any", root = "integer a rank", list = "table of rank r at r + 1; nil elsewhere",
    x = "number|matrix", op = "string sum, max or min", y = "number|matrix",
    errors = "processes that make different calls; shapes that differ.",
    example = [[
print(sd.mpi.bcast("hello", 0), #sd.mpi.allgather(7), sd.mpi.allreduce(2.5)) --> hello 1 2.5
]] },
  { { "sd.mpi.send(value, to)", "sd.mpi.receive([from]) -> value, sender",
      "sd.mpi.probe() -> sender" },
    "A message, which returns at once; waiting for one, of a rank or of any; and whose message is "
      .. "there.",
    value = "any", to = "integer a rank", from = "integer a rank", sender = "integer|nil",
    errors = "a rank that there is not; the other process has ended.",
    example = [[
sd.mpi.send({ loss = 0.5 }, 0) -- to itself
print(sd.mpi.probe(), sd.mpi.receive().loss) --> 0 0.5
]] },
  { "sd.mpi.share(n) -> first, last", "This rank's share of 1 .. n; none when first > last.",
    n = "integer", first = "integer", last = "integer",
    errors = "n that is no whole number from 0.",
    example = [[
print(sd.mpi.share(10)) --> 1 10
]] },
  { { "sd.mpi.jacobian(f, params, X[, {block=}]) -> J",
      "sd.mpi.gram(f, params, X[, {block=}]) -> K",
      "sd.mpi.gram_parameters(f, params, X[, {block=}]) -> M" },
    "The rows of this rank's samples; J J' in blocks; and J'J: of a function whose columns depend "
      .. "on their own samples alone. jacobian and gram have the same bits for any number of "
      .. "processes.",
    f = "function of params, X", params = "tree", X = "matrix samples as columns",
    block = "integer samples of a block, at least", J = "matrix", K = "matrix", M = "matrix",
    errors = "a function whose samples depend on one another.",
    example = [[
local K = sd.mpi.gram(function(w, x) return w:t() * x end, sd.ones(2, 1), sd.eye(2))
print(K)
--> 2x2 f64
--> 1  0
--> 0  1
]] },
}
