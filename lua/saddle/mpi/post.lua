--- The post between the processes that mpirun has started: messages of bytes, of three kinds, which
-- do not meet: those of scripts, of collective calls, and of commands that hand out points. A
-- process by itself has rank 0 of 1 and needs no library.
--
--   local post = require("saddle.mpi.post").scripts()       post.rank, post.size
--   post:send(kind, text, to)    post:receive(kind[, from[, seconds]])    post:probe(kind)
--
-- A message is cut into parts of PART bytes, for MPI counts in C ints; the last part is shorter, if
-- need be empty. Parts of one sender come in order. Whatever comes is taken in and kept until
-- somebody asks for it, so that no sender waits for a receiver. Who waits looks again and again,
-- ever less often: on a machine with more processes than cores the others get on.
local core = require "saddle.core"
local tree = require "saddle.tree"
local fail = tree.fail
tree.module()

local Post = { USER = 1, COLLECTIVE = 2, POINTS = 3 }
Post.__index = Post

local GOODBYE <const> = 0 -- the tag of the last message of a process (src/mpi/mpi_core.c)
local PART <const> = 1 << 22
local EAGER <const>, STEP <const>, LONGEST <const> = 200, 1e-5, 1e-3 -- looks; seconds between them

--- A post over the C module, or (nothing) of a process by itself.
local function open(library, rank, size)
  return setmetatable({ library = library, rank = rank or 0, size = size or 1,
    mail = { {}, {}, {} },     -- for each kind a list of {from=, text=}, as they came
    parts = {},                -- rank -> the parts so far
    gone = {}, missed = 0 },   -- ranks that have ended; how many
    Post)
end

--- The C module, when mpirun has started this process and others.
local function find_library()
  local ranks = tonumber(os.getenv "OMPI_COMM_WORLD_SIZE" or 1)
  if not ranks or ranks < 2 then return nil end
  local found, library = pcall(require, "saddle.mpi_core")
  if not found then
    local why = tostring(library):match "^error loading module [^\n]*\n%s*(.*)$"
    fail("mpi: mpirun has started %d processes, but the module that lets them work together %s",
      ranks, why and "cannot be loaded: " .. why or "is missing (`make mpi` builds it)")
  end
  local rank, size = library.start()
  if not rank then return nil end -- a process that a rank has started
  return library, rank, size
end

--- Takes in one part, if one has come.
local function collect(self)
  local bytes, from, tag = self.library.take()
  if not bytes then return false end
  if tag == GOODBYE then
    self.gone[from], self.missed = true, self.missed + 1
    return true
  end
  local list = self.parts[from] or {}
  list[#list + 1] = bytes
  self.parts[from] = list
  if #bytes < PART then
    self.parts[from] = nil
    table.insert(self.mail[tag], { from = from, text = table.concat(list) })
  end
  return true
end

--- Takes the first message of the kind, of that rank or (nil) any, out of the mail.
local function pick(self, kind, from)
  local mail = self.mail[kind]
  for k, letter in ipairs(mail) do
    if not from or letter.from == from then return table.remove(mail, k) end
  end
end

--- Sends bytes to a rank (this one is allowed); returns at once.
function Post:send(kind, text, to)
  if to == self.rank then
    table.insert(self.mail[kind], { from = to, text = text })
    return
  end
  local first = 1
  repeat
    local last = math.min(#text, first + PART - 1)
    self.library.send(text, first, last, to, kind)
    first = first + PART
  until last < first - 1
end

--- The next message of the kind, of that rank or (nil) of any, and its sender; waits for it, or for
-- so many seconds at most: then false. nil when nobody is left who could send one.
function Post:receive(kind, from, seconds)
  local looks, deadline = 0, seconds and core.now() + seconds
  while true do
    local letter = pick(self, kind, from)
    if letter then return letter.text, letter.from end
    if from == self.rank or from and self.gone[from] or self.missed == self.size - 1 then
      return nil
    end
    if collect(self) then
      looks = 0
    elseif deadline and core.now() >= deadline then
      return false
    else
      looks = looks + 1
      if looks > EAGER then self.library.pause(math.min((looks - EAGER) * STEP, LONGEST)) end
    end
  end
end

--- The sender of a message of the kind that receive would give now, or nil.
function Post:probe(kind)
  while self.library and collect(self) do end -- luacheck: ignore
  local letter = self.mail[kind][1]
  return letter and letter.from
end

-- ---- whose it is --------------------------------------------------------------------------------

local post = {}
local all, for_scripts

--- The post between all processes; an error when mpirun has started several and the C module is
-- missing.
local function between_all()
  all = all or open(find_library())
  return all
end

--- The post that sd.mpi uses.
function post.scripts()
  for_scripts = for_scripts or between_all()
  return for_scripts
end

--- The post for a command whose processes run points one by one: scripts that they load from now on
-- find themselves alone, as they do without mpirun.
function post.reserve()
  for_scripts = open()
  return between_all()
end

return post
