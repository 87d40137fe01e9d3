--- What has been typed at the prompt, kept from session to session in
-- $XDG_STATE_HOME/saddle/history (~/.local/state/saddle/history): an entry a line, with \n for a
-- newline and \\ for a backslash, readable for its owner alone. Sessions add to the file entry by
-- entry, so that several at once and the end of one by a signal lose nothing. The newest KEEP
-- entries are read; a file of more than twice as many is cut at the start of a session.
_ENV = require "saddle.env".globals
local history = {}
history.__index = history

local KEEP <const>, LONGEST <const> = 1000, 1 << 16 -- entries; bytes of one
history.KEEP = KEEP

local function encode(text) return (text:gsub("\\", "\\\\"):gsub("\n", "\\n")) end
local function decode(line) return (line:gsub("\\(.)", { n = "\n", ["\\"] = "\\" })) end

--- history.folder(variable, below_home) -> the folder of saddle's that lies in the one $variable
-- names, else below $HOME; nil when neither is known. A relative path counts as none, and so does a
-- home that is not there, as that of users who have none: nothing is to make it.
function history.folder(variable, below_home)
  local base, home = os.getenv(variable), os.getenv "HOME"
  if base and base:sub(1, 1) == "/" then return base .. "/saddle" end
  local there = home and home ~= "" and io.open(home) -- which opens folders too
  if not there then return nil end
  there:close()
  return ("%s/%s/saddle"):format(home, below_home)
end

--- history.open(editor) -> the history, its entries given to the editor (src/cli/edit.c).
function history.open(editor)
  local folder = history.folder("XDG_STATE_HOME", ".local/state")
  local h = setmetatable({ editor = editor, path = folder and folder .. "/history" }, history)
  local file = h.path and io.open(h.path, "rb")
  if not file then return h end
  local lines = {}
  for line in file:lines() do lines[#lines + 1] = line end
  file:close()
  local kept = table.move(lines, math.max(1, #lines - KEEP + 1), #lines, 1, {})
  for _, line in ipairs(kept) do
    h.last = decode(line)
    editor.add(h.last)
  end
  if #lines > 2 * KEEP then
    local shorter = h.path .. ".shorter"
    os.remove(shorter)
    if editor.append(shorter, table.concat(kept, "\n") .. "\n") then
      os.rename(shorter, h.path)
    end
  end
  return h
end

--- h:add(text): one entry, unless it is the last one again or longer than LONGEST bytes -> nil, or
-- what is wrong with the file, the first time only.
function history:add(text)
  if not text:find "%S" or text == self.last or #text > LONGEST then return nil end
  self.last = text
  self.editor.add(text)
  if not self.path then return nil end
  local good, why = self.editor.append(self.path, encode(text) .. "\n")
  if good then return nil end
  self.path = nil
  return ("the history cannot be kept: %s"):format(why)
end

return history
