--- Writes a text to a file, whole or not at all; "-" is the standard output. -> true, or nil and
-- what is wrong.
return function(path, text)
  if path == "-" then return io.stdout:write(text) end
  local unfinished = path .. ".unfinished"
  local file, wrong = io.open(unfinished, "wb")
  local good = file ~= nil
  if file then
    good, wrong = file:write(text)
    local closed, why = file:close()
    if good and not closed then good, wrong = nil, why end
    if good then good, wrong = os.rename(unfinished, path) end
    if not good then os.remove(unfinished) end
  end
  if good then return true end
  return nil, wrong:match ": ([^:]*)$" or wrong
end
