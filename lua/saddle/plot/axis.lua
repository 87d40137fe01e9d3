--- Axes: the range shown, and where the tics stand with which labels.
-- Linear tics are multiples of 1, 2 or 5 times a power of ten; log tics are the powers of ten.
local axis = {}

--- The largest magnitude drawn; beyond it a value counts as infinite. Log axes start at 1/limit.
axis.limit = 1e300

local function log10(x) return math.log(x, 10) end

--- The multiple of 1, 2 or 5 times a power of ten nearest to `raw`, and that power.
local function nice_step(raw)
  local power = math.floor(log10(raw))
  local f = raw / 10.0 ^ power
  if f >= 7 then return 10.0 ^ (power + 1), power + 1 end
  return (f < 1.5 and 1 or f < 3.5 and 2 or 5) * 10.0 ^ power, power
end

local function superscript(mantissa, power, plain)
  if plain then return mantissa .. "e" .. power end
  return ("%s10^{%d}"):format(mantissa ~= "" and mantissa .. "×" or "", power)
end

--- Label of v on an axis whose largest magnitude is `top`; tics are 10^power or more apart.
local function linear_label(v, top, power, plain)
  if math.abs(v) < 10.0 ^ power * 1e-6 then return "0" end
  if top < 1e6 and top >= 1e-3 then return ("%." .. math.max(0, -power) .. "f"):format(v) end
  local e = math.floor(log10(top) + 1e-12)
  return superscript(("%." .. math.max(0, e - power) .. "f"):format(v / 10.0 ^ e), e, plain)
end

local function linear_tics(lo, hi, count, plain)
  local step, power = nice_step((hi - lo) / count)
  local top, tics, slack = math.max(math.abs(lo), math.abs(hi)), {}, 1e-6
  for k = math.ceil(lo / step - slack), math.floor(hi / step + slack) do
    local v = k * step
    tics[#tics + 1] = { at = v, label = linear_label(v, top, power, plain) }
  end
  return tics, step
end

--- Powers of ten, thinned to `count` labels; small tics between them.
local function log_tics(lo, hi, count, plain)
  local first, last = math.ceil(log10(lo) - 1e-9), math.floor(log10(hi) + 1e-9)
  local stride = math.max(1, math.ceil((last - first) / count))
  local tics = {}
  for k = first - 1, last do
    if k >= first and (k % stride == 0 or last - first <= 40) then
      local label = (k % stride == 0) and superscript(plain and "1" or "", k, plain) or nil
      tics[#tics + 1] = { at = 10.0 ^ k, label = label }
    end
    for digit = 2, stride == 1 and 9 or 0 do
      local v = digit * 10.0 ^ k
      if v >= lo and v <= hi then tics[#tics + 1] = { at = v } end
    end
  end
  return tics
end

--- Room for something to see when all values are (nearly) the same.
local function widen(lo, hi)
  local top = math.max(math.abs(lo), math.abs(hi))
  if hi - lo > 1e-12 * top and hi - lo > 1e-300 then return lo, hi end
  local pad = top > 1e-290 and 0.05 * top or 1
  return lo - pad, hi + pad
end

local function label_width(tics)
  local widest = 1
  for _, t in ipairs(tics) do
    local text = (t.label or ""):gsub("10%^{(.-)}", "10%1")
    widest = math.max(widest, utf8.len(text))
  end
  return widest
end

local function linear(lo, hi, o)
  if not (o.range[1] and o.range[2]) then lo, hi = widen(lo, hi) end
  if o.pad and not o.tight then lo, hi = lo - o.pad * (hi - lo), hi + o.pad * (hi - lo) end
  local tics, step, count
  for _, wanted in ipairs { 8, 6, 5, 4, 3, 2 } do
    count = wanted
    if o.whole then count = math.min(count, hi - lo) end
    tics, step = linear_tics(lo, hi, count, o.plain)
    local each = o.vertical and 3 or label_width(tics) + 2
    if #tics * each <= o.room then break end
  end
  if not o.tight then -- out to the next tic, when that leaves no large empty strip
    local a, b = math.floor(lo / step + 1e-6) * step, math.ceil(hi / step - 1e-6) * step
    local most = (o.vertical and 1 or 0.05) * (hi - lo)
    if lo - a <= most then lo = math.min(a, lo) end -- a may be rounded to the wrong side of lo
    if b - hi <= most then hi = math.max(b, hi) end
  end
  lo, hi = o.range[1] or lo, o.range[2] or hi
  return lo, hi, (linear_tics(lo, hi, count, o.plain))
end

local function logarithmic(lo, hi, o)
  if not (o.range[1] and o.range[2]) and log10(hi) - log10(lo) < 1e-9 then
    lo, hi = lo / 2, hi * 2
  end
  local count = math.max(2, math.min(10, o.room // (o.vertical and 2.4 or 4)))
  local span = log10(hi) - log10(lo)
  if o.pad and not o.tight then lo, hi = lo / 10 ^ (o.pad * span), hi * 10 ^ (o.pad * span) end
  if span >= 1 then
    if not o.tight then
      local a, b = 10.0 ^ math.floor(log10(lo) + 0.02), 10.0 ^ math.ceil(log10(hi) - 0.02)
      local most = (o.vertical and 0.25 or 0.05) * span
      if log10(lo / a) <= most then lo = math.min(a, lo) elseif o.vertical then lo = lo / 1.1 end
      if log10(b / hi) <= most then hi = math.max(b, hi) elseif o.vertical then hi = hi * 1.1 end
    end
    lo, hi = o.range[1] or lo, o.range[2] or hi
    if log10(hi) - log10(lo) >= 1 then return lo, hi, log_tics(lo, hi, count, o.plain) end
  end
  if not o.tight then lo, hi = lo / 1.02, hi * 1.02 end
  lo, hi = o.range[1] or lo, o.range[2] or hi
  return lo, hi, (linear_tics(lo, hi, math.min(count, 5), o.plain))
end

--- An axis for data in [lo, hi]. o: log, range = {lo or nil, hi or nil}, room (its length in
-- character widths), vertical, tight (end where the data ends), pad (share of the span left free at
-- each end), plain (labels without superscripts). Returns {lo, hi, log, tics = {{at, label}}}.
function axis.new(lo, hi, o)
  local given = o.range
  local back = given[1] and given[2] and given[1] > given[2]
  if back then o.range = { given[2], given[1] } end
  lo, hi = o.range[1] or lo, o.range[2] or hi
  if lo >= hi then -- one end is given and lies beyond the data
    local far = o.log and 10 or math.max(1, math.abs(lo), math.abs(hi))
    if o.range[1] then
      hi = o.log and lo * far or lo + far
    elseif o.range[2] then
      lo = o.log and hi / far or hi - far
    end
  end
  local tics
  lo, hi, tics = (o.log and logarithmic or linear)(lo, hi, o)
  if back then lo, hi = hi, lo end
  return { lo = lo, hi = hi, log = o.log, tics = tics }
end

--- Where v stands on the axis, as a share of its length.
function axis.share(a, v)
  if a.log then return log10(v / a.lo) / log10(a.hi / a.lo) end
  return (v - a.lo) / (a.hi - a.lo)
end

return axis
