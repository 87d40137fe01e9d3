--- The option init= of models: what it asks the core for (lua/saddle/model.lua says what there is).
local check = require "saddle.check"
local core = require "saddle.core"
local options = require "saddle.options"
local tree = require "saddle.tree"
local fail = tree.fail
tree.module()

local read_init = {}
local show = core.show
local words = { "glorot", "glorot_uniform", "he", "he_uniform", "lecun", "lecun_uniform" }

local function is_finite(v) return type(v) == "number" and v - v == 0 end

--- {kind=, uniform=} of a word.
local function by_word(name, word)
  for _, known in ipairs(words) do
    if known == word then
      local kind, uniform = word:match "^(%l+)(_?u?n?i?f?o?r?m?)$"
      return { kind = kind, uniform = uniform ~= "" }
    end
  end
  check.unknown(name, "init", word, words)
end

--- The list of numbers from 0 in v, which is `what`.
local function numbers(name, what, v)
  if type(v) ~= "table" then
    fail("%s: %s must be a list of numbers, got %s", name, what, show(v))
  end
  local list = {}
  for k = 1, #v do
    list[k] = check.number(name, ("%s[%d]"):format(what, k), v[k], 0)
  end
  return list
end

local function product(name, given)
  return { kind = "product", values = { check.positive(name, "init.product", given.product),
    check.positive(name, "init.ratio", given.ratio, 1) } }
end

--- What is asked for, {kind=, uniform=, pairs=, values=}, and the singular values of the layers, if
-- they are given. `given` is the option, or nil.
local function read(name, given)
  if given == nil then return { kind = "own" } end
  if type(given) == "string" then return by_word(name, given) end
  local wrong = options.wrong(given, { "sd", "product", "ratio", "spectrum", "antisymmetric",
    "law" })
  if wrong then fail("%s: init: %s", name, wrong) end
  local kinds = {}
  for _, key in ipairs { "law", "product", "sd", "spectrum" } do
    if given[key] ~= nil then kinds[#kinds + 1] = key end
  end
  if #kinds > 1 then fail("%s: init: %s and %s exclude each other", name, kinds[1], kinds[2]) end
  if given.ratio ~= nil and not given.product then
    fail("%s: init: ratio goes with product", name)
  end
  local pairs_ = check.flag(name, "init.antisymmetric", given.antisymmetric)
  local made, spectra = { kind = "own" }, nil
  if given.law ~= nil then
    if type(given.law) ~= "string" then
      fail("%s: init.law must be a string, got %s", name, show(given.law))
    end
    made = by_word(name, given.law)
  elseif given.sd ~= nil then
    made = { kind = "sd", values = numbers(name, "init.sd", given.sd) }
  elseif kinds[1] == "product" then
    made = product(name, given)
  elseif given.spectrum ~= nil then
    made, spectra = { kind = "spectrum" }, given.spectrum
  end
  made.pairs = pairs_
  return made, spectra
end

--- One column of singular values for the weight `param`.
local function column(name, v, param, dtype)
  local what = ("init.spectrum of layer %d"):format(param.weight)
  local s = core.ismatrix(v) and v or core.matrix(numbers(name, what, v))
  local n = math.min(param.rows, param.cols)
  if s.rows ~= n or s.cols ~= 1 then
    fail("%s: %s must be a column of %d values (the weight is %dx%d), got %dx%d", name, what, n,
      param.rows, param.cols, s.rows, s.cols)
  end
  for k = 1, n do
    if not is_finite(s(k)) or s(k) < 0 then
      fail("%s: %s: singular values are finite and not negative, got %s", name, what, show(s(k)))
    end
  end
  return s:clone():to(dtype or "f64")
end

--- The columns of all layers, from what read() gave; {} when nothing was given.
function read_init.spectra(name, given, params, weights, dtype)
  if given == nil then return {} end
  local one = core.ismatrix(given) or type(given) == "table" and type(given[1]) == "number"
  local list, out = one and { given } or given, {}
  if type(list) ~= "table" or #list ~= weights then
    fail("%s: init.spectrum needs a column for each of %d layers, got %s", name, weights,
      type(list) == "table" and #list or show(list))
  end
  for _, param in ipairs(params) do
    if param.weight > 0 then out[param.weight] = column(name, list[param.weight], param, dtype) end
  end
  return out
end

return setmetatable(read_init, { __call = function(_, ...) return read(...) end })
