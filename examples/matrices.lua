-- Matrices: rows as written, columns are samples, views share memory.
local sd = require "saddle"
local A = sd.matrix { { 4, 1 }, { 2, 3 } }
local b = sd.matrix { 1, 2 } -- a list makes a column

print(A * b)         -- the matrix product
print(A % b)         -- element by element, the column broadcast
print(sd.solve(A, b))

local second = A:col(2) -- a view: writing through it changes A
second:fill_(0)
print(A)
print(A:col { 2, 1, 1 }) -- a gather: a copy, repeats allowed
