-- 1. A matrix. Run this file, build/saddle examples/tutorial/1_a_matrix.lua, or paste its lines
-- into the prompt, build/saddle alone, which prints what an expression gives.
local sd = require "saddle"

-- Rows as written. A batch is a matrix whose columns are samples: here four points of the plane.
local X = sd.matrix { { 1, 2, 3, 4 }, { 2, 1, 4, 3 } }
print(X)
print(X.rows, X.cols, X(2, 3), X(-1, -1)) -- indices start at 1, negative ones count from the end

-- A * B is the matrix product, A % B the element-wise one; a column, a row or a number is spread
-- over the other. Without dim a reduction is a number; {dim = 2} gives one value per row.
local centred = X - sd.mean(X, { dim = 2 })
local C = centred * centred:t() / (X.cols - 1) -- the covariance
print(C)

-- Linear algebra is LAPACK's. Eigenvalues ascend, singular values descend.
local w, V = sd.eigh(C)
print(w)
print("residual", sd.norm(C * V - V % w:t()) < 1e-14)

-- col, row and block are views: writing through them changes X. A trailing _ means in place.
local first = X:col(1)
first:fill_(0)
print(X:row(1))

-- Random numbers come from a seed and are the same on every machine, whatever else is drawn.
local rng = sd.rng(1)
print(rng:randn(2, 3))

-- Next: 2_a_gradient.lua. At the prompt, `? sd.eigh` says more, and TAB completes.
