--- The post between the processes that mpirun has started: messages of bytes, of two kinds, which
-- do not meet. A process by itself has rank 0 of 1 and needs no library.
--
-- A message is cut into parts of PART bytes, for MPI counts in C ints; the last part is shorter, if
-- need be empty. Parts of one sender come in order. Whatever comes is taken in and kept until
-- somebody asks for it, so that no sender waits for a receiver. Who waits looks again and again,
-- ever less often: on a machine with more processes than cores the others get on.
local tree = require "saddle.tree"
local fail = tree.fail
tree.module()

local post = { rank = 0, size = 1, USER = 1, COLLECTIVE = 2 }

local GOODBYE <const> = 0 -- the tag of the last message of a process (src/mpi/mpi_core.c)
local PART <const> = 1 << 22
local EAGER <const>, STEP <const>, LONGEST <const> = 200, 1e-5, 1e-3 -- looks; seconds between them

--- The C module, when mpirun has started this process and others.
local function find_library()
  local ranks = tonumber(os.getenv "OMPI_COMM_WORLD_SIZE" or 1)
  if not ranks or ranks < 2 then return nil end
  local found, library = pcall(require, "saddle.mpi_core")
  if not found then
    fail("mpi: mpirun has started %d processes, but the module that lets them work together %s: %s",
      ranks, "is missing (`make mpi` builds it)", tostring(library):match "^[^\n]*")
  end
  local rank, size = library.start()
  if not rank then return nil end -- a process that a rank has started
  post.rank, post.size = rank, size
  return library
end
local library = find_library()

local mail = { {}, {} } -- for each kind a list of {from=, text=}, as they came
local parts = {}        -- rank -> the parts so far
local gone, missed = {}, 0 -- ranks that have ended; how many

--- Takes in one part, if one has come.
local function collect()
  local bytes, from, tag = library.take()
  if not bytes then return false end
  if tag == GOODBYE then
    gone[from], missed = true, missed + 1
    return true
  end
  local list = parts[from] or {}
  list[#list + 1] = bytes
  parts[from] = list
  if #bytes < PART then
    parts[from] = nil
    table.insert(mail[tag], { from = from, text = table.concat(list) })
  end
  return true
end

--- Takes the first message of the kind, of that rank or (nil) any, out of the mail.
local function pick(kind, from)
  for k, letter in ipairs(mail[kind]) do
    if not from or letter.from == from then return table.remove(mail[kind], k) end
  end
end

--- Sends bytes to a rank (this one is allowed); returns at once.
function post.send(kind, text, to)
  if to == post.rank then
    table.insert(mail[kind], { from = to, text = text })
    return
  end
  local first = 1
  repeat
    local last = math.min(#text, first + PART - 1)
    library.send(text, first, last, to, kind)
    first = first + PART
  until last < first - 1
end

--- The next message of the kind, of that rank or (nil) of any, and its sender; waits for it. nil
-- when nobody is left who could send one.
function post.receive(kind, from)
  local looks = 0
  while true do
    local letter = pick(kind, from)
    if letter then return letter.text, letter.from end
    if from == post.rank or from and gone[from] or missed == post.size - 1 then return nil end
    if collect() then
      looks = 0
    else
      looks = looks + 1
      if looks > EAGER then library.pause(math.min((looks - EAGER) * STEP, LONGEST)) end
    end
  end
end

--- The sender of a message of the kind that post.receive would give now, or nil.
function post.probe(kind)
  while library and collect() do end -- luacheck: ignore
  local letter = mail[kind][1]
  return letter and letter.from
end

return post
