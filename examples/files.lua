-- Files: .npy and .npz for NumPy, .csv for everybody else; written whole or not at all.
local sd = require "saddle"
local rng = sd.rng(3)
local W, losses = rng:randn(3, 2), 2 ^ -sd.linspace(0, 4, 5)

sd.save("run.npz", { W = W, losses = losses, steps = 5 }) -- np.load("run.npz")["W"]
local run = sd.load "run.npz"
print(run.W == W, run.losses == losses, run.steps)

-- In memory columns are samples; in files rows are, as is usual: hence the transpose.
sd.save("points.csv", W:t(), { header = { "x", "y", "z" } })
local points, names = sd.load "points.csv"
print(points == W:t(), table.concat(names, " "))
print(sd.data.points "points.csv" == W) -- columns again

os.remove "run.npz"
os.remove "points.csv"
