--- An order of parameters and metrics, and sorting and grouping by it: false, true, numbers
-- ascending, NaN, texts bytewise, and what a run does not have last.
local order = {}

local function rank(v)
  if v == nil then return 5 end
  if type(v) == "boolean" then return v and 1 or 0 end
  if type(v) == "number" then return v == v and 2 or 3 end
  return 4
end

--- Whether a stands before b.
function order.less(a, b)
  local p, q = rank(a), rank(b)
  if p ~= q then return p < q end
  return (p == 2 or p == 4) and a < b
end

--- pairs(t) in the order of the keys.
function order.pairs(t)
  local keys, k = {}, 0
  for key in pairs(t) do keys[#keys + 1] = key end
  table.sort(keys, order.less)
  return function()
    k = k + 1
    return keys[k], t[keys[k]]
  end
end

--- A list of row numbers sorted by columns {{values=, down=}, ...}; rows that are equal in all stay
-- as they are. Going down, NaN and what is missing stay last.
function order.sort(list, columns)
  local place, sorted = {}, table.move(list, 1, #list, 1, {})
  for j, k in ipairs(list) do place[k] = j end
  local function before(a, b)
    for _, column in ipairs(columns) do
      local u, v = column.values[a], column.values[b]
      local last = rank(u) == 3 or rank(v) == 3 or u == nil or v == nil
      if order.less(u, v) then return last or not column.down end
      if order.less(v, u) then return not last and column.down end
    end
    return place[a] < place[b]
  end
  table.sort(sorted, before)
  return sorted
end

local NAN <const> = {}

--- A value as a key of tables, which NaN cannot be.
local function key_of(v)
  if v ~= v then return NAN end
  return v
end

--- The distinct values of a list, ascending; 2 and 2.0 are one.
function order.distinct(list)
  local seen, out = {}, {}
  for _, v in ipairs(list) do
    local key = key_of(v)
    if not seen[key] then seen[key], out[#out + 1] = true, v end
  end
  table.sort(out, order.less)
  return out
end

--- The rows of a list apart by the values of their columns (lists of the same length):
-- {{rows=, values = of each column}, ...} in the order of the values.
function order.split(list, columns)
  local root, groups = {}, {}
  for j, row in ipairs(list) do
    local node, values = root, {}
    for c, column in ipairs(columns) do
      local v = column[j]
      local key = key_of(v)
      values[c], node[key] = v, node[key] or {}
      node = node[key]
    end
    if not node.group then
      node.group = { rows = {}, values = values }
      groups[#groups + 1] = node.group
    end
    table.insert(node.group.rows, row)
  end
  table.sort(groups, function(a, b)
    for c = 1, #columns do
      if order.less(a.values[c], b.values[c]) then return true end
      if order.less(b.values[c], a.values[c]) then return false end
    end
    return false
  end)
  return groups
end

return order
