-- sd.data: geometry and moments of the point sets, files of points, messages.
local sd = require "saddle"
local support = require "tests.lua.support"
local near, raises = support.near, support.raises

describe("two_moons", function()
  it("lies on its half circles without noise", function()
    local X, labels = sd.data.two_moons(sd.rng(1), 501, { noise = 0 })
    assert.are.same({ 2, 501, 1, 501 }, { X.rows, X.cols, labels.rows, labels.cols })
    for j = 1, 501 do
      local x, y, label = X(1, j), X(2, j), labels(1, j)
      assert.are.equal(j % 2 == 1 and 1 or 2, label)
      if label == 2 then x, y = 1 - x, 0.5 - y end -- cos t, sin t: rounding at most 4 eps
      near(x * x + y * y, 1, 16 * 2^-52)
      assert.is_true(y >= -4 * 2^-52)
    end
  end)
  it("has the mean of its geometry", function()
    -- the upper moon has mean (0, 2/pi), the lower (1, 1/2 - 2/pi): together (1/2, 1/4). The noise
    -- and the arcs have a variance below 1 in each coordinate (arcs 1/2 and .1, noise .01), so six
    -- standard errors are below 6 / sqrt(n): a false alarm has probability below 1e-8
    local n = 40000
    local X = sd.data.two_moons(sd.rng(2), n)
    near(sd.mean(X, { dim = 2 }), sd.matrix { 0.5, 0.25 }, 6 / math.sqrt(n))
  end)
  it("adds noise of the given size", function()
    local n, noise = 20000, 0.3
    local clean = sd.data.two_moons(sd.rng(3), n, { noise = 0 })
    local E = sd.data.two_moons(sd.rng(3), n, { noise = noise }) - clean
    -- the variance of 2n normals has relative standard error sqrt(1/n)
    near(sd.mean(E % E) / noise^2, 1, 6 / math.sqrt(n))
    near(sd.mean(E) / noise, 0, 6 / math.sqrt(2 * n))
  end)
  it("starts alike for every n, and is empty for 0", function()
    local few, many = sd.data.two_moons(sd.rng(4), 7), sd.data.two_moons(sd.rng(4), 20)
    near(few, many:col(1, 7), 0)
    local X, labels = sd.data.two_moons(sd.rng(4), 0)
    assert.are.same({ 2, 0, 1, 0 }, { X.rows, X.cols, labels.rows, labels.cols })
  end)
  it("says what is wrong", function()
    local rng = sd.rng(1)
    raises("data.two_moons: argument 1 must be an rng, got 5", function()
      sd.data.two_moons(5, 5)
    end)
    raises("data.two_moons: argument 1 must be an rng, got userdata", function()
      sd.data.two_moons(io.stdout, 5)
    end)
    for _, n in ipairs { -1, 1.5, 0 / 0, 1 / 0, "9" } do
      raises("data.two_moons: the number of points must be a whole number from 0", function()
        sd.data.two_moons(rng, n)
      end)
    end
    raises("data.two_moons: unknown option 'nosie' (did you mean 'noise'?)", function()
      sd.data.two_moons(rng, 5, { nosie = 1 })
    end)
    raises("data.two_moons: noise must be a finite number from 0, got -1", function()
      sd.data.two_moons(rng, 5, { noise = -1 })
    end)
    raises("data.two_moons: noise must be a finite number from 0, got NaN", function()
      sd.data.two_moons(rng, 5, { noise = 0 / 0 })
    end)
    raises("data_spec.lua", function() sd.data.two_moons(rng, -1) end) -- the caller's line
  end)
end)

describe("gaussian", function()
  it("has the given mean and covariance I", function()
    local n, centre = 20000, sd.matrix { 3, -1, 0 }
    local X = sd.data.gaussian(sd.rng(5), 3, n, { mean = centre })
    near(sd.mean(X, { dim = 2 }), centre, 6 / math.sqrt(n))
    local Y = X - centre
    -- elements of the covariance have a standard error of at most sqrt(2/n)
    near(Y * Y:t() / n, sd.eye(3), 6 * math.sqrt(2 / n))
  end)
  it("is the rng's own draw plus the mean", function()
    near(sd.data.gaussian(sd.rng(6), 2, 5), sd.rng(6):randn(2, 5), 0)
    near(sd.data.gaussian(sd.rng(6), 1, 5, { mean = 2 }), sd.rng(6):randn(1, 5) + 2, 0)
    assert.are.equal(0, #sd.data.gaussian(sd.rng(6), 3, 0))
  end)
  it("says what is wrong", function()
    local rng = sd.rng(1)
    raises("data.gaussian: mean must be a column (3x1), got a 2x1 matrix", function()
      sd.data.gaussian(rng, 3, 4, { mean = sd.zeros(2, 1) })
    end)
    raises("data.gaussian: mean must be a column (3x1), got a 1x3 matrix", function()
      sd.data.gaussian(rng, 3, 4, { mean = sd.zeros(1, 3) })
    end)
    raises("data.gaussian: mean must be a column (3x1), got false", function()
      sd.data.gaussian(rng, 3, 4, { mean = false })
    end)
    raises("data.gaussian: the dimension must be a whole number from 0, got -3", function()
      sd.data.gaussian(rng, -3, 4)
    end)
    raises("data.gaussian: the number of points must be a whole number from 0, got nil", function()
      sd.data.gaussian(rng, 3)
    end)
    raises("data.gaussian: argument 1 must be an rng, got nil", function() sd.data.gaussian() end)
  end)
end)

describe("mixture", function()
  it("is a centre plus noise, and says which", function()
    local C = sd.rng(1):randn(3, 4)
    local X, labels = sd.data.mixture(sd.rng(2), 1000, { centres = C, sd = 0.5 })
    local rng = sd.rng(2)
    local which, noise = rng:randint(4, 1, 1000), rng:randn(3, 1000)
    assert(labels == which)
    for j = 1, 1000 do
      for i = 1, 3 do near(X(i, j), C(i, which(j)) + 0.5 * noise(i, j), 1e-15) end
    end
    assert(sd.data.mixture(sd.rng(2), 7, { centres = C, sd = 0.5 }) == X:col(1, 7))
  end)
  it("says what is wrong", function()
    local C = sd.eye(2)
    for _, case in ipairs {
      { "argument 1 must be an rng, got 5", 5, 5, { centres = C, sd = 1 } },
      { "the number of points must be a whole number from 0, got -1", sd.rng(1), -1, {} },
      { "centres must be a matrix with a centre in each column, got nil", sd.rng(1), 5 },
      { "centres must be a matrix", sd.rng(1), 5, { centres = sd.zeros(2, 0), sd = 1 } },
      { "sd must be a finite number from 0, got nil", sd.rng(1), 5, { centres = C } },
      { "sd must be a finite number from 0", sd.rng(1), 5, { centres = C, sd = 0 / 0 } },
      { "unknown option 'centers' (did you mean 'centres'?)", sd.rng(1), 5, { centers = C } },
    } do
      raises("data.mixture: " .. case[1], sd.data.mixture, case[2], case[3], case[4])
    end
  end)
end)

describe("digits", function()
  --- The distance of (x, y) from a 7, of two lines, by dense points on them.
  local function from_seven(x, y)
    local corners, best = { { -0.5, -0.95 }, { 0.55, -0.95 }, { -0.1, 0.95 } }, math.huge
    for k = 1, 2 do
      local a, b = corners[k], corners[k + 1]
      for i = 0, 4000 do
        local t = i / 4000
        local u, v = a[1] + t * (b[1] - a[1]) - x, a[2] + t * (b[2] - a[2]) - y
        best = math.min(best, math.sqrt(u * u + v * v))
      end
    end
    return best
  end
  it("are inked where a pen goes", function()
    local side, n, options = 9, 8, { side = 9, noise = 0, shift = 0.1, shear = 0.25 }
    local X, labels = sd.data.digits(sd.rng(5), n, options)
    assert.equal(7, labels(8))
    local U = sd.rng(5):rand(5, n)
    local pen, size = 0.16 + 0.24 * U(1, 8), 0.72 * (0.85 + 0.25 * U(2, 8))
    local dx, dy, shear = 0.2 * U(3, 8) - 0.1, 0.2 * U(4, 8) - 0.1, 0.5 * U(5, 8) - 0.25
    for row = 1, side do
      for col = 1, side do
        local x, y = (2 * col - 1) / side - 1 - dx, (2 * row - 1) / side - 1 - dy
        local d = from_seven((x - shear * y) / size, y / size)
        local ink = 0.5 + (pen / 2 - d) * size * side / 2
        -- points are 2.2/4000 apart: the nearest is at most d + 3e-4 away, times size side/2 < 4
        near(X((row - 1) * side + col, 8), math.max(0, math.min(1, ink)), 2e-3)
      end
    end
  end)
  it("come in turn, in [0, 1], the same first ones for every n, compiled or not", function()
    local X, labels = sd.data.digits(sd.rng(6), 23)
    assert.same({ 256, 23, 1, 23 }, { X.rows, X.cols, labels.rows, labels.cols })
    for j = 1, 23 do assert.equal((j - 1) % 10, labels(j)) end
    assert(sd.min(X) >= 0 and sd.max(X) <= 1)
    for _, n in ipairs { 0, 1, 9, 10, 11 } do
      local Y, few = sd.data.digits(sd.rng(6), n)
      assert(Y.rows == 256 and Y.cols == n and few.cols == n)
      if n > 0 then assert(Y == X:col(1, n) and few == labels:col(1, n)) end
    end
    local draw = sd.compile(function(s)
      return { X = (sd.data.digits(s.rng, 23)) }
    end)
    assert(draw { X = sd.zeros(256, 23), rng = sd.rng(6) }.X == X)
  end)
  it("have the noise they are asked for", function()
    -- pixels far from all ink: the upper half of the noise is seen, E max(e, 0)^2 = sd^2 / 2
    local X = sd.data.digits(sd.rng(7), 400, { noise = 0.2 })
    local clean = sd.data.digits(sd.rng(7), 400, { noise = 0 })
    local blank = sd.eq(clean, 0)
    local count = sd.sum(blank)
    local second = sd.sum(blank % X ^ 2) / count / (0.2 ^ 2 / 2)
    near(second, 1, 6 * math.sqrt(5 / count)) -- Var max(e,0)^2 = (3/2 - 1/4) sd^4: 5 (sd^2/2)^2
  end)
  it("can be told apart by their means", function()
    -- a classifier without any skill is right in 10%; how far above it is depends on the drawing
    local X, labels = sd.data.digits(sd.rng(8), 400)
    local means, right = {}, 0
    for c = 0, 9 do
      local of_c = sd.eq(labels, c)
      means[c + 1] = X * of_c:t() / sd.sum(of_c)
    end
    local Y = sd.data.digits(sd.rng(9), 100)
    for j = 1, 100 do
      local best, least = nil, math.huge
      for c = 0, 9 do
        local d = sd.norm(Y:col(j) - means[c + 1])
        if d < least then best, least = c, d end
      end
      if best == labels(j) then right = right + 1 end
    end
    assert(right > 50, right)
  end)
  it("say what is wrong", function()
    for _, case in ipairs {
      { "argument 1 must be an rng, got 5", 5, 5 },
      { "the number of images must be a whole number from 0", sd.rng(1), -1 },
      { "option 'side' must be a whole number", sd.rng(1), 5, { side = 0.5 } },
      { "option 'noise' must be a finite number from 0", sd.rng(1), 5, { noise = -1 } },
      { "unknown option 'sides' (did you mean 'side'?)", sd.rng(1), 5, { sides = 16 } },
    } do
      raises("data.digits: " .. case[1], sd.data.digits, case[2], case[3], case[4])
    end
  end)
end)

describe("points", function()
  local paths = {}
  local function path(ending)
    local name = os.tmpname()
    paths[#paths + 1] = name
    paths[#paths + 1] = name .. ending
    return name .. ending
  end
  local function written(ending, text)
    local name = path(ending)
    local file = assert(io.open(name, "wb"))
    file:write(text)
    file:close()
    return name
  end
  teardown(function()
    for _, name in ipairs(paths) do os.remove(name) end
  end)

  it("turns the rows of a file into columns", function()
    near(sd.data.points(written(".csv", "x,y\n1,2\n3,4\n5,6\n")),
      sd.matrix { { 1, 3, 5 }, { 2, 4, 6 } }, 0)
    local A, file = sd.matrix { { 1, 2, 0.1 }, { 4, 5, 6 } }, path ".npy"
    sd.save(file, A)
    near(sd.data.points(file), A:t(), 0)
    sd.save(file, A:to "f32")
    assert.are.equal("f64", sd.data.points(file).dtype)
  end)
  it("says what is wrong", function()
    local file = written(".csv", "1,2\n3,nan\n")
    raises(file .. ": row 2, column 2 is NaN", function() sd.data.points(file) end)
    local empty, table_file = path ".npy", path ".npz"
    sd.save(empty, sd.zeros(3, 0))
    raises(empty .. " holds no points (it is 3x0)", function() sd.data.points(empty) end)
    sd.save(table_file, { W = sd.eye(2) })
    raises(table_file .. " holds a table of matrices; take one of sd.load(path)", function()
      sd.data.points(table_file)
    end)
    raises("data.points: the path must be a string, got nil", function() sd.data.points() end)
    assert.is_false(pcall(sd.data.points, "/nonexistent/points.csv"))
  end)
end)
