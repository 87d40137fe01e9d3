--- Locals of the prompt's statements live on, as if all that is typed were one block:
--
--   > local n = 0
--   > local function count() n = n + 1 return n end     -- the n above
--   > count()
--   1
--
-- Lua forgets the locals of a chunk when it ends. So a statement is compiled inside a function
-- whose upvalues are the locals it can see, and after each `local` of its own, before the next
-- statement that starts with a keyword and at the end, it hands over a closure over them.
-- debug.upvaluejoin makes later statements share these very variables. So functions that were
-- defined before see later assignments, a second `local n` is another variable, and
-- what was declared before an error or Ctrl-C is kept, up to the keyword before it.
--
-- Limits: a variable marked <close> ends with its statement; `local _ENV` does not last; no `goto`
-- jumps over a local to a label at the end of a statement.
_ENV = require "saddle.env".globals
local scan = require "saddle.prompt.scan"

local KEEP <const> = "_saddle_keep"
local OPENS <const> = { ["function"] = 1, ["do"] = 1, ["if"] = 1, ["repeat"] = 1, ["end"] = -1,
  ["until"] = -1 }
local STARTS <const> = { ["local"] = true, ["for"] = true, ["while"] = true, ["repeat"] = true,
  ["if"] = true, ["return"] = true }

--- The names that `local` at words[k] declares, in a list of { name, attribute or nil }.
local function declared(words, k)
  local list = {}
  local function at(j) return words[j] and words[j].text end
  if at(k + 1) == "function" then return { { at(k + 2) } } end
  repeat
    k = k + 1
    local name, attribute = at(k), nil
    if at(k + 1) == "<" then
      attribute = at(k + 2)
      k = k + 3
    end
    list[#list + 1] = { name, attribute }
    k = k + 1
  until at(k) ~= ","
  return list
end

--- The call that hands over the variables: attributes by name ("" for none). Constants have no
-- upvalue when the compiler has put their value in their place; they are handed over by value.
local function call(attributes)
  local names, constants = {}, {}
  for name, attribute in pairs(attributes) do
    if attribute == "" then
      names[#names + 1] = name
    elseif attribute == "const" then
      constants[#constants + 1] = ("%s=%s"):format(name, name)
    end
  end
  if #names + #constants == 0 then return "" end
  return ("%s(function() return %s end,{%s}) "):format(KEEP, table.concat(names, ","),
    table.concat(constants, ","))
end

--- The statement with its calls, all in the lines where they stand.
local function with_calls(text, words)
  local parts, from, depth, attributes, new = {}, 1, 0, {}, false
  for k, word in ipairs(words) do
    if word.kind == "keyword" then
      if depth == 0 and new and STARTS[word.text] then
        parts[#parts + 1] = text:sub(from, word.at - 1) .. call(attributes)
        from, new = word.at, false
      end
      if depth == 0 and word.text == "local" then
        for _, pair in ipairs(declared(words, k)) do
          if pair[1] ~= "_ENV" then attributes[pair[1]], new = pair[2] or "", true end
        end
      end
      depth = depth + (OPENS[word.text] or 0)
    end
  end
  return table.concat(parts) .. text:sub(from) .. (new and "\n" .. call(attributes) or "")
end

local locals = {}
locals.__index = locals

--- The variables of a session: none yet.
function locals.new() return setmetatable({ cells = {} }, locals) end

--- locals:has(name); locals:value(name) -> its value, or nil; locals:names() -> those there are, in
-- no order.
function locals:has(name) return self.cells[name] ~= nil end
function locals:value(name)
  local cell = self.cells[name]
  if cell then return select(2, debug.getupvalue(cell.f, cell.k)) end
end
function locals:names()
  local list = {}
  for name in pairs(self.cells) do list[#list + 1] = name end
  return list
end

--- The line that declares the variables among words to the compiler, the statement's call first.
local function header(cells, words)
  local list, seen = { KEEP }, {}
  for _, word in ipairs(words) do
    local cell = word.kind == "name" and not seen[word.text] and cells[word.text]
    if cell then
      seen[word.text] = true
      list[#list + 1] = word.text .. (cell.constant and " <const>" or "")
    end
  end
  return ("local %s = ... return function(...) "):format(table.concat(list, ", "))
end

--- Gives f, compiled under a header, the variables of the session.
local function join(cells, f)
  for k = 1, 255 do
    local name = debug.getupvalue(f, k)
    if not name then return f end
    local cell = cells[name]
    if cell then debug.upvaluejoin(f, k, cell.f, cell.k) end
  end
end

--- locals:compile(text, name, skip) -> a function, or nil and a message. `skip` newlines go in
-- front, so that messages tell lines of the session.
function locals:compile(text, name, skip)
  local lines = ("\n"):rep(skip)
  local good, wrong = load(lines .. text, "=" .. name)
  if not good then return nil, wrong end -- its message speaks of the statement alone
  local cells, words = self.cells, scan(text)
  local function keep(f, constants)
    for k = 1, 255 do
      local variable = debug.getupvalue(f, k)
      if not variable then break end
      cells[variable] = { f = f, k = k }
    end
    for variable, value in pairs(constants) do
      cells[variable] = { f = function() return value end, k = 1, constant = true }
    end
  end
  local outer, why = load(lines .. header(cells, words) .. with_calls(text, words) .. "\nend",
    "=" .. name)
  if not outer then return nil, why end
  return join(cells, outer(keep))
end

return locals
