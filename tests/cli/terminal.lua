--- Shared by the tests of the prompt: a conversation on a pseudo-terminal.
local shell = require "tests.cli.shell"

local terminal = {}

local TALK <const> = [[
python3 -c '
import fcntl, os, pty, select, struct, sys, termios, time
pid, tty = pty.fork()
if pid == 0:
    time.sleep(0.1) # for the size to be set
    os.execvp(sys.argv[3], sys.argv[3:3 + int(sys.argv[2])])
fcntl.ioctl(tty, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
words, shown, seen = sys.argv[3 + int(sys.argv[2]):], b"", 0
def leave(status, why):
    sys.stdout.buffer.write(shown)
    print(why)
    os.kill(pid, 9)
    sys.exit(status)
for keys, answer in zip(words[::2], words[1::2]):
    if keys == "\3" and b"go\r\n" in shown: time.sleep(0.1)
    os.write(tty, keys.encode())
    answer, ended = answer.encode(), False
    while answer not in shown[seen:] and not ended:
        if not select.select([tty], [], [], 20)[0]: leave(99, "[no answer to %%r]" %% keys)
        try: shown += os.read(tty, 4096)
        except OSError: ended = True
    if ended: break
    seen = shown.index(answer, seen) + len(answer)
try: os.write(tty, b"\25\4")
except OSError: pass
for _ in range(200):
    if select.select([tty], [], [], 0.02)[0]:
        try: shown += os.read(tty, 4096)
        except OSError: time.sleep(0.02)
    done, code = os.waitpid(pid, os.WNOHANG)
    if done: break
else: leave(98, "[does not end]")
sys.stdout.buffer.write(shown)
sys.exit(os.WEXITSTATUS(code) if os.WIFEXITED(code) else 97)' %d %d %s]]

--- Whether there are pseudo-terminals here.
function terminal.available()
  return os.execute "python3 -c 'import pty; pty.openpty()' 2>/dev/null" and true or false
end

local function quoted(word) return "'" .. word:gsub("'", "'\\''") .. "'" end

--- terminal.talk{ keys, answer, keys, answer, ..., env="NAME=value ...", columns=, arguments={} }
-- -> all that was shown, exit status. Types at the prompt, waits for each answer, then leaves it by
-- Ctrl-U and Ctrl-D. The status is 99 when an answer did not come and 98 when the prompt did not
-- end; one that ends early ends the conversation. A computation that says "go" is given 0.1 s
-- before a Ctrl-C, to begin and to hear the last one. Unless env says otherwise the terminal is an
-- xterm, and there is neither history nor start-up file.
function terminal.talk(dialogue)
  local words = { "env", "TERM=xterm", "HOME=", "XDG_STATE_HOME=", "XDG_CONFIG_HOME=",
    "NO_COLOR=1" }
  for word in (dialogue.env or ""):gmatch "%S+" do words[#words + 1] = word end
  words[#words + 1] = shell.saddle
  for _, word in ipairs(dialogue.arguments or {}) do words[#words + 1] = word end
  local command = #words
  for _, word in ipairs(dialogue) do words[#words + 1] = word end
  for k, word in ipairs(words) do words[k] = quoted(word) end
  return shell.run(TALK:format(dialogue.columns or 80, command, table.concat(words, " ")))
end

return terminal
