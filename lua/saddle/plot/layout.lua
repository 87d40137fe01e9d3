--- Where there is room: a coarse raster of what the curves cover, asked for places for the legend
-- and for the labels of reference lines. Coordinates are shares of the plotting area.
local axis = require "saddle.plot.axis"
local layout = {}
layout.__index = layout

local nx, ny = 100, 60

function layout.new(p)
  return setmetatable({ busy = {}, p = p }, layout)
end

function layout:mark(fx, fy)
  if fx >= 0 and fx <= 1 and fy >= 0 and fy <= 1 then
    self.busy[math.floor(fx * (nx - 1)) * ny + math.floor(fy * (ny - 1))] = true
  end
end

--- How many cells of the rectangle are covered; one that leaves the area is worse than any other.
function layout:load(x0, y0, x1, y1)
  local n = 0
  for i = math.floor(x0 * (nx - 1)), math.floor(x1 * (nx - 1)) do
    for j = math.floor(y0 * (ny - 1)), math.floor(y1 * (ny - 1)) do
      local outside = i < 0 or i >= nx or j < 0 or j >= ny
      if outside then n = n + 1000 elseif self.busy[i * ny + j] then n = n + 1 end
    end
  end
  return n
end

function layout:fill(x0, y0, x1, y1)
  for i = 0, nx - 1 do
    for j = 0, ny - 1 do
      local fx, fy = i / (nx - 1), j / (ny - 1)
      if fx >= x0 and fx <= x1 and fy >= y0 and fy <= y1 then self.busy[i * ny + j] = true end
    end
  end
end

--- Marks a reference line at share s.
function layout:rule(s, vertical)
  for k = 0, nx do
    if vertical then self:mark(s, k / nx) else self:mark(k / nx, s) end
  end
end

local function clip(v) return math.max(-1, math.min(2, v)) end

--- Marks the points (x, value(k)), and the way between them when `joined`.
function layout:trace(c, value, joined)
  local px, py
  for k = 1, c.n do
    local fx = clip(axis.share(self.p.x, c.x[k]))
    local fy = clip(axis.share(self.p.y, value(k)))
    if fx ~= fx or fy ~= fy then
      px = nil
    else
      local steps = 1
      if joined and px then
        steps = math.ceil(math.max(math.abs(fx - px) * nx, math.abs(fy - py) * ny, 1))
      end
      for s = 1, steps do
        local t = s / steps
        self:mark(px and px + t * (fx - px) or fx, py and py + t * (fy - py) or fy)
      end
      px, py = joined and fx, joined and fy
    end
  end
end

--- Marks what a curve covers.
function layout:add(c)
  if c.kind == "boxes" then
    for k = 1, c.n do
      self:fill(axis.share(self.p.x, c.x[k]), 0, axis.share(self.p.x, c.x2[k]),
        axis.share(self.p.y, math.max(c.hi[k], c.lo[k], math.min(self.p.y.lo, self.p.y.hi))))
    end
    return
  end
  local floor = math.min(self.p.y.lo, self.p.y.hi)
  if c.y then
    self:trace(c, function(k) return c.y[k] end, c.style ~= "points" and c.style ~= "dots")
  end
  if c.lo then -- from the lower to the upper end, in five steps
    for s = 0, 4 do
      self:trace(c, function(k)
        local lo = self.p.ylog and math.max(c.lo[k], floor) or c.lo[k]
        return lo + s / 4 * (c.hi[k] - lo)
      end, c.kind == "band")
    end
  end
end

--- The best of several rectangles {x0, y0, x1, y1}, and what covers it; ties go to the first.
function layout:best(places)
  local least, best = math.huge, nil
  for _, r in ipairs(places) do
    local load = self:load(r[1], r[2], r[3], r[4])
    if load < least then least, best = load, r end
  end
  return best, least
end

--- The corner for a legend of width w and height h, or nil when the curves leave none free.
function layout:corner(w, h)
  local m = 0.015
  local best, load = self:best {
    { 1 - m - w, 1 - m - h, 1 - m, 1 - m, name = "top right" },
    { m, 1 - m - h, m + w, 1 - m, name = "top left" },
    { 1 - m - w, m, 1 - m, m + h, name = "bottom right" },
    { m, m, m + w, m + h, name = "bottom left" },
  }
  return load == 0 and best.name or nil
end

--- Where the label of a reference line at share s goes: {x0, y0, x1, y1}, w wide and h high,
-- in a panel of canvas.cols x canvas.rows characters.
function layout:beside(s, vertical, w, h, canvas)
  local g, places = 0.02, {}
  if canvas.text then g = vertical and 1.5 / canvas.cols or 0.6 / canvas.rows end
  if vertical then
    for _, y in ipairs { 0.98 - h, 0.02, 0.75, 0.25, 0.5 } do
      places[#places + 1] = { s + g, y, s + g + w, y + h }
      places[#places + 1] = { s - g - w, y, s - g, y + h }
    end
  else
    for _, x in ipairs { 0.99 - w, 0.01, 0.5 - w / 2 } do
      places[#places + 1] = { x, s + g, x + w, s + g + h }
      places[#places + 1] = { x, s - g - h, x + w, s - g }
    end
  end
  local r = self:best(places)
  self:fill(r[1], r[2], r[3], r[4])
  return r
end

return layout
