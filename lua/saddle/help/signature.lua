--- Lines that show how something is called, of the entries of lua/saddle/reference/, taken apart:
--
--   sd.svd(A) -> U, s, V                          a function
--   sd.zeros(m, n[, {dtype="f64"}]) -> A          what is in [ ] may be left out; { } are options
--   sd.optim.sgd{lr=0.01, momentum=0} -> opt      a call with options alone
--   sd.model.linear{d, m, bias=false} -> model    in it d and m are elements 1 and 2
--   A:col(j[, j2]) -> B     A.rows -> n           methods and fields, of a class that A stands for
--   A * B -> C   -A -> B   #A -> n   A(i, j) -> x operators
--
--   parse(line) -> { text, name, path, receiver, kind, args, results }
--
-- kind is "function", "method", "field", "operator" or "value"; name the last name, or the operator
-- ("call" of A(i, j)); path what stands before the brackets; receiver the letters before : or .
-- (or around an operator), nil of functions. args is a list of { name =, optional =, options = },
-- where options, of a table, is a list of { name =, default = text or nil, place = of an element };
-- args is nil where there are no brackets. results is a list of names.
_ENV = require "saddle.env".globals

local OPERATORS <const> = { ["+"] = "add", ["-"] = "sub", ["*"] = "mul", ["%"] = "mod",
  ["/"] = "div", ["^"] = "pow" }

local function fail(line, what) error(("signature '%s': %s"):format(line, what), 0) end

--- The pieces of a text between commas that are in no bracket or quotes.
local function pieces(text)
  local list, depth, from, quoted = {}, 0, 1, false
  for k = 1, #text + 1 do
    local c = text:sub(k, k)
    if c == '"' then quoted = not quoted end
    if not quoted then
      if c:find "[%(%[{]" then depth = depth + 1 elseif c:find "[%)%]}]" then depth = depth - 1 end
      if depth == 0 and (c == "," or k > #text) then
        local piece = text:sub(from, k - 1):match "^%s*(.-)%s*$"
        if piece ~= "" then list[#list + 1] = piece end
        from = k + 1
      end
    end
  end
  return list
end

local function options_of(line, text)
  local list = {}
  for _, piece in ipairs(pieces(text)) do
    local name, default = piece:match "^([%a_][%w_]*)%s*=%s*(.*)$"
    local place = not name and (piece:match "^[%a_][%w_]*$" or piece:match "^%.%.%.$")
    if not name and not place then
      fail(line, ("'%s' is no option (name=default)"):format(piece))
    end
    list[#list + 1] = { name = name or place, default = default ~= "" and default or nil,
      place = place and #list + 1 or nil }
  end
  return list
end

--- The arguments in a text such as `A, n[, m[, {k=6}]]`.
local function args_of(line, text)
  local list = {}
  local function add(piece, optional)
    local options = piece:match "^{(.*)}$"
    if options then
      list[#list + 1] = { name = "options", optional = optional,
        options = options_of(line, options) }
    elseif piece == "..." or piece:find "^[%a_][%w_]*$" then
      list[#list + 1] = { name = piece, optional = optional }
    else
      fail(line, ("'%s' is no argument"):format(piece))
    end
  end
  local function walk(part, optional)
    local plain, rest = part, nil
    local depth = 0
    for k = 1, #part do -- the first [ that is not inside braces
      local c = part:sub(k, k)
      if c == "{" then depth = depth + 1 elseif c == "}" then depth = depth - 1 end
      if c == "[" and depth == 0 then
        plain, rest = part:sub(1, k - 1), part:sub(k)
        break
      end
    end
    for _, piece in ipairs(pieces(plain)) do add(piece, optional) end
    if not rest then return end
    local inner, after = rest:match "^(%b[])(.*)$"
    if not inner then fail(line, "a [ is not closed") end
    walk(inner:sub(2, -2), true)
    walk(after, optional)
  end
  walk(text, nil)
  return list
end

local function split_callee(line, path)
  local receiver, mark, name = path:match "^([%w_]+)([:.])([%a_][%w_]*)$"
  if mark == ":" then return "method", receiver, name end
  if mark == "." and receiver ~= "sd" then return "field", receiver, name end
  name = path:match "([%a_][%w_]*)$"
  if not name then fail(line, "has no name") end
  return "function", nil, name
end

--- Operators and calls of values; nil of anything else.
local function operator_of(call)
  local receiver, sign = call:match "^(%a%w*) ([-+*%%/^]) %a%w*$"
  if receiver then return OPERATORS[sign], receiver end
  receiver = call:match "^%-(%a%w*)$"
  if receiver then return "unm", receiver end
  receiver = call:match "^#(%a%w*)$"
  if receiver then return "len", receiver end
end

return function(line)
  local call, results = line:match "^(.-)%s*%->%s*(.+)$"
  call = call or line
  local self = { text = line, path = call, results = results and pieces(results) or {} }
  local name, receiver = operator_of(call)
  if name then
    self.kind, self.name, self.receiver = "operator", name, receiver
    return self
  end
  local path, brackets = call:match "^([%w_.:]+)%s*([({].*)$"
  self.path = path or call
  if not self.path:find "^[%a_][%w_.:]*$" then fail(line, "cannot be read") end
  if brackets then
    local inner = brackets:match "^%((.*)%)$" or brackets:match "^{.*}$"
    if not inner then fail(line, "its brackets do not match") end
    self.args = args_of(line, inner)
  end
  if brackets and not self.path:find "[.:]" then
    self.kind, self.name, self.receiver = "operator", "call", self.path
    return self
  end
  self.kind, self.receiver, self.name = split_callee(line, self.path)
  if self.kind == "function" and not brackets then self.kind = "value" end
  if self.kind == "field" and brackets then self.kind = "function" end
  return self
end
