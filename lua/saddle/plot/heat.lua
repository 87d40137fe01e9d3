--- Heat maps: a matrix as coloured cells.
-- Without y= the first row is on top, as the matrix is printed; with y= the axis is an ordinary one
-- and larger y is further up. Cells end half-way between the coordinates (on log axes, half-way
-- in the logarithm), so uneven grids are drawn true. NaN and infinite cells stay empty.
local check = require "saddle.plot.check"
local axis = require "saddle.plot.axis"
local fail = check.fail
local heat = {}

--- Anchors of the colour scales. viridis: S. van der Walt and N. Smith's scale (2015), even in
-- lightness; diverging: blue and vermilion of Okabe and Ito about white.
heat.palettes = {
  viridis = { "#440154", "#46327E", "#365C8D", "#277F8E", "#1FA187", "#4AC16D", "#A0DA39",
    "#FDE725" },
  diverging = { "#004C78", "#0072B2", "#9CC7E0", "#FFFFFF", "#F3BFA0", "#D55E00", "#8C3E00" },
  grey = { "#FFFFFF", "#202020" },
}

--- Coordinates of the n cells along one side and their n + 1 edges.
local function grid(where, v, n, log)
  if v == nil then
    v = {}
    for k = 1, n do v[k] = k + 0.0 end
  else
    local columns = check.columns(where, v)
    v = columns[1]
    if #columns > 1 or #v ~= n then
      fail("%s has %d values, the matrix has %d there", where, #columns * #v, n)
    end
  end
  local t = {}
  for k = 1, n do
    local finite = v[k] == v[k] and math.abs(v[k]) <= axis.limit
    if not finite or (log and v[k] < 1 / axis.limit) then
      fail("%s must be finite%s; value %d is %g", where, log and " and positive" or "", k, v[k])
    end
    t[k] = log and math.log(v[k], 10) or v[k]
    local rises, falls = k > 1 and t[k] > t[k - 1], k > 1 and t[k] < t[k - 1]
    if k > 1 and not (t[2] > t[1] and rises or t[2] < t[1] and falls) then
      fail("%s must rise or fall throughout; value %d is %g after %g", where, k, v[k], v[k - 1])
    end
  end
  local edges = {}
  for k = 2, n do edges[k] = (t[k - 1] + t[k]) / 2 end
  edges[1] = n > 1 and t[1] - (t[2] - t[1]) / 2 or t[1] - 0.5
  edges[n + 1] = n > 1 and t[n] + (t[n] - t[n - 1]) / 2 or t[n] + 0.5
  if log then
    for k = 1, n + 1 do edges[k] = 10.0 ^ edges[k] end
  end
  return edges
end

--- Reads {heat=A, x=, y=} into p.heat = {rows, cols, xe, ye, z, lo, hi, log}.
function heat.read(where, s, p, keys)
  check.keys(where, s, keys)
  if p.heat then fail("%s: a panel holds one heat map", where) end
  local columns = check.columns(where .. ": heat", s.heat)
  local A, rows, cols = s.heat, #columns[1], #columns
  if type(A) == "userdata" and A.rows == 1 then rows, cols = 1, A.cols end
  local h = { rows = rows, cols = cols, log = p.zlog, z = {}, lo = math.huge, hi = -math.huge }
  p.xwhole, p.ywhole = s.x == nil, s.y == nil
  h.xe = grid(where .. ": x", s.x, cols, p.xlog)
  h.ye = grid(where .. ": y", s.y, rows, p.ylog)
  for j, column in ipairs(columns) do
    for i, v in ipairs(column) do
      if v == v and (math.abs(v) > axis.limit or (p.zlog and v < 1 / axis.limit)) then
        v, p.dropped = 0 / 0, p.dropped + 1
      end
      h.z[(j - 1) * #column + i] = v
      if v < h.lo then h.lo = v end
      if v > h.hi then h.hi = v end
    end
  end
  if h.lo > h.hi then fail("%s: none of the %d values can be drawn", where, rows * cols) end
  p.heat, p.tight, p.yback = h, true, s.y == nil
end

--- Whether the edges are evenly spaced.
local function even(edges)
  local n = #edges
  local step = (edges[n] - edges[1]) / (n - 1)
  for k = 2, n do
    if math.abs(edges[k] - edges[k - 1] - step) > 1e-6 * math.abs(step) then return false end
  end
  return true
end

--- Even grids that are large or go to PNG are drawn as an image (x, y, z of the centres), nil for
-- others: viewers of the other formats blur the cells of a small image.
function heat.image(p, kind)
  local h, x, y = p.heat, {}, {}
  if #h.z <= 10000 and kind ~= "png" then return nil end
  if p.xlog or p.ylog or not (even(h.xe) and even(h.ye)) then return nil end
  for j = 1, h.cols do
    for i = 1, h.rows do
      x[#x + 1], y[#y + 1] = (h.xe[j] + h.xe[j + 1]) / 2, (h.ye[i] + h.ye[i + 1]) / 2
    end
  end
  return { x, y, h.z }
end

--- The two ends of cell k; the second reaches a pixel or so under the neighbour, which is drawn
-- later, so that no seams show.
local function ends(edges, k, log)
  local a, b = edges[k], edges[k + 1]
  if k + 1 == #edges then return a, b end
  local first, last, c = edges[1], edges[#edges], edges[k + 2]
  if not log then
    local lap = math.min(math.abs(last - first) * 0.0012, math.abs(c - b) * 0.1)
    return a, b + (c > b and lap or -lap)
  end
  local lap = math.min(math.abs(math.log(last / first)) * 0.0012, math.abs(math.log(c / b)) * 0.1)
  return a, b * math.exp(c > b and lap or -lap)
end

--- Cells as boxes: columns x, y, x1, x2, y1, y2, z, empty cells left out.
function heat.boxes(p)
  local h, x1, x2, y1, y2, z = p.heat, {}, {}, {}, {}, {}
  for j = 1, h.cols do
    for i = 1, h.rows do
      local v = h.z[(j - 1) * h.rows + i]
      if v == v then
        local n = #z + 1
        x1[n], x2[n] = ends(h.xe, j, p.xlog)
        y1[n], y2[n] = ends(h.ye, i, p.ylog)
        z[n] = v
      end
    end
  end
  return { x1, y1, x1, x2, y1, y2, z }
end

--- Cells as characters, darker for larger: what a terminal can show. At most width x height cells;
-- beyond that each character shows the first cell of its share.
local shades = " .:-=+*#%@"
function heat.text(p, width, height)
  local h, out = p.heat, {}
  local a = { lo = p.z.lo, hi = p.z.hi, log = h.log }
  local across = math.max(1, math.min(4, width // h.cols))
  local cols, rows = math.min(h.cols, width), math.min(h.rows, math.max(1, height))
  for r = 1, rows do
    local i = (r - 1) * h.rows // rows + 1
    local upward = h.ye[1] < h.ye[#h.ye] and not p.yback
    if upward then i = h.rows + 1 - i end
    local line = {}
    for c = 1, cols do
      local v = h.z[(c - 1) * h.cols // cols * h.rows + i]
      local k = v == v and math.floor(math.max(0, math.min(1, axis.share(a, v))) * 9 + 0.5) + 1
      line[c] = (k and shades:sub(k, k) or "?"):rep(across)
    end
    out[r] = "|" .. table.concat(line) .. "|"
  end
  local rule = "+" .. ("-"):rep(cols * across) .. "+"
  table.insert(out, 1, rule)
  if p.title then table.insert(out, 1, p.title) end
  out[#out + 1] = rule
  out[#out + 1] = ("%s[%s] from %.4g to %.4g; ? is empty"):format(
    p.zlabel and p.zlabel .. " " or "", shades, a.lo, a.hi)
  if rows < h.rows or cols < h.cols then
    out[#out + 1] = ("%d of %d rows, %d of %d columns shown"):format(rows, h.rows, cols, h.cols)
  end
  return table.concat(out, "\n") .. "\n"
end

return heat
