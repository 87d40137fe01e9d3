--- How many cases have which verdict, in words: counts{holds = 2} -> "2 holds".
local ORDER <const> = { "holds", "violated", "not applicable", "error" }

return function(counts)
  local words = {}
  for _, verdict in ipairs(ORDER) do
    if counts[verdict] then words[#words + 1] = ("%d %s"):format(counts[verdict], verdict) end
  end
  return table.concat(words, ", ")
end
