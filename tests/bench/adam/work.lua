--- Adam (Kingma and Ba, 2015, in the order of operations that ends their section 2) on the
-- quadratic sum_i h_i x_i^2 / 2 - c_i x_i of n parameters. The peers take their library's own;
-- saddle's is a rule written in Lua, and `built-in` sd.optim.adam.
-- A step reads five columns and writes three. The quadratic is a hill (h < 0), so that descent goes
-- on for ever: at the bottom of a bowl moments fade into denormal numbers, which cost more.
return {
  title = "Adam, written by the user",
  cases = { { n = 100 }, { n = 10000 }, { n = 1000000 } },
  reference = 2, axis = "n", steps = 10,
  data = function(p, rng)
    return { h = -rng:rand(p.n, 1) - 0.5, c = rng:randn(p.n, 1), x = rng:randn(p.n, 1) }
  end,
  targets = function() return { ["built-in"] = 1 / 1.1, c = 1 / 1.3 } end,
}
