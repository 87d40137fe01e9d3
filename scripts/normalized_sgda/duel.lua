--- Two ways of training compared, seed by seed: what the claims on mixtures have in common. The
-- GANs are small ones of mixture_gan.lua on the ring; the distance is FD of features; training i of
-- all ways starts from the same weights, batches included where these are of one size.
--
-- The setting below (widths, batch, one step of each player, 1500 steps, the latent dimension) was
-- chosen with outcomes in view, on seeds that nothing else uses: one in which every optimiser
-- learns something and the order is near that of the paper's Figure 3. It is not so everywhere:
-- with networks of 2 x 64 and 8 latent numbers Adam came to 0.08 and l-nsgda to 1.3, and on 100
-- modes (mixtures.lua, law=stack2) l-nsgda is no better than sgda. So what holds here holds in a
-- setting, of one law; what is violated here is no statement about all GANs.
local sd = require "saddle"
local mixture_gan = require "mixture_gan"

local duel = {}

local SETTING <const> = { law = "ring", k = 32, layers = 2, latent = 0, batch = 32, critic = 1,
  ratio = 1, loss = "wgan-gp", steps = 1500, decay = true }

-- The best of a grid in steps of sqrt(10), for 1500 steps of 32 samples, by the medians of 4 seeds
-- that are used nowhere else.
local ETA <const> = {
  ["wgan-gp"] = { sgda = 1e-2, ["g-nsgda"] = 3.2e-2, ["l-nsgda"] = 3.2e-2, adam = 3.2e-2,
    ["l-adalr"] = 3.2e-3, ["l-adadir"] = 3.2e-3 },
  log = { sgda = 3.2e-2, ["g-nsgda"] = 1e-1, ["l-nsgda"] = 3.2e-2, adam = 1e-2,
    ["l-adalr"] = 1e-2, ["l-adadir"] = 3.2e-2 },
}

--- How it is trained: SETTING with what is given in its place, and eta from the table if not given.
function duel.way(given)
  local p = {}
  for name, v in pairs(SETTING) do p[name] = v end
  for name, v in pairs(given) do p[name] = v end
  p.eta = p.eta or ETA[p.loss][p.optim]
  return p
end

local known = {} -- results of trainings, by their parameters: twins ask for the same ones again

local function key(p, seed)
  local words = {}
  for name, v in pairs(p) do words[#words + 1] = ("%s=%s"):format(name, v) end
  table.sort(words)
  return table.concat(words, " ") .. " " .. seed
end

--- results(p, n) -> list of n results: {fd_features =, slopes = the gradient ratio at the end}.
function duel.results(p, n)
  local gan, list = nil, {}
  for seed = 1, n do
    local name = key(p, seed)
    if not known[name] then
      gan = gan or mixture_gan.of(p)
      local rng = sd.rng(seed, "normalized_sgda.duel")
      local batch = rng:split "slopes"
      local s = gan:train(rng, p.steps)
      local first, last = gan:slopes(gan:init(rng).p, batch), gan:slopes(s.p, batch)
      known[name] = { fd_features = gan:quality(s.p, rng:split "evaluation").fd_features,
        slopes = last.G / first.G + last.D / first.D }
    end
    list[seed] = known[name]
  end
  return list
end

--- In how many of the trainings x of the first list is below factor times that of the second, x =
-- metric. Not below: infinity itself, NaN.
function duel.wins(first, second, metric, factor)
  local hits = 0
  for i, a in ipairs(first) do
    if a[metric] < (factor or 1) * second[i][metric] then hits = hits + 1 end
  end
  return hits
end

return duel
