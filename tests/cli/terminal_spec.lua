--- The prompt on a terminal: editing, history, completion, pasted text, Ctrl-C.
local shell = require "tests.cli.shell"
local terminal = require "tests.cli.terminal"
local expect, talk = shell.expect, terminal.talk

local UP <const>, LEFT <const>, CTRL_C <const> = "\27[A", "\27[D", "\3"
local function pasted(text) return "\27[200~" .. text .. "\27[201~" end

local function count(text, what)
  local n, at = 0, 1
  while true do
    local from, to = text:find(what, at, true)
    if not from then return n end
    n, at = n + 1, to + 1
  end
end

local here = terminal.available()
local function test(name, f)
  it(name, function()
    if not here then return pending "no pseudo-terminal can be had here" end
    f()
  end)
end

--- A conversation that must end well; what was shown.
local function good(dialogue)
  local out, status = talk(dialogue)
  assert.equal(0, status, out)
  return out
end

describe("on a terminal the prompt", function()
  test("edits a line, and leaves at Ctrl-D", function()
    good{ "", "> ", "1 + 1" .. LEFT .. "4\n", "42\r\n", "", "> " }
  end)
  test("keeps a history across sessions, each entry once in a row, blocks whole", function()
    local dir = shell.directory()
    local env = "XDG_STATE_HOME=" .. dir .. "/deep/state"
    good{ env = env, "", "> ", "11 * 11\n", "121\r\n", "", "> ", "11 * 11\n", "121\r\n", "", "> ",
      "for i = 1, 2 do\n", ">> ", "print(i + 70)\n", ">> ", "end\n", "72\r\n", "", "> " }
    local f = assert(io.open(dir .. "/deep/state/saddle/history"))
    local text = f:read "a"
    f:close()
    assert.equal("11 * 11\nfor i = 1, 2 do\\nprint(i + 70)\\nend\n", text)
    good{ env = env, "", "> ", UP, "end", "\n", "71\r\n72\r\n", "", "> ", -- the newest once more
      UP .. UP, "11 * 11", "\n", "121\r\n", "", "> " }
    local mode = shell.run("stat -c %a " .. dir .. "/deep/state/saddle/history")
    assert.equal("600\n", mode)
    shell.remove(dir)
  end)
  test("says once that the history cannot be kept", function()
    local out = good{ env = "XDG_STATE_HOME=/dev/null/none", "", "> ", "6 * 7\n", "42\r\n",
      "", "> ", "7 * 7\n", "49\r\n", "", "> " }
    assert.equal(1, count(out, "the history cannot be kept: /dev/null/none/saddle/history"))
  end)
  test("completes names, fields, methods, paths; a second TAB lists", function()
    local dir = shell.directory()
    shell.write(dir .. "/measured.csv", "1\n")
    good{ "", "> ", "sd.leaky\t", "_relu", CTRL_C, "> ",
      "p = { layer = { weight = sd.ones(2, 2) } };\n", "> ",
      "p.layer.we\t:tot\t()[1][2]\n", "able()[1][2]\r\n", "", "1.0\r\n", "", "> ",
      "sd.svd\t\t", "svd      svds     svdvals", CTRL_C, "^C\r\n", "", "> ",
      "io.open(\"" .. dir .. "/mea\t):close()\n", "sured.csv\"", "", "true\r\n",
      "", "> " }
    shell.remove(dir)
  end)
  test("completes the options of a call, and methods of what was just printed", function()
    good{ "", "> ", "sd.optim.adam { weig\t = 0.5 }\n", "ht_decay = 0.5 }", "",
      "weight_decay=0.5}\r\n", "", "> ", "sd.ones(2, 3)\n", "2x3 f64\r\n", "", "> ",
      "sd.ones(2, 3):tot\t()[2][3]\n", "able()[2][3]\r\n", "", "1.0\r\n", "", "> ",
      "_ + 1\n", "2.0\r\n", "", "> " }
  end)
  test("shows a pasted block once, runs it as a whole, and its last expression", function()
    local out = good{ "", "> ",
      pasted "local base = 40\rlocal function plus(k)\r  return base\r    + k\rend\rplus(2)",
      "plus(2)", "\n", "42\r\n", "", "> ", "base\n", "40\r\n", "", "> " }
    assert.equal(1, count(out, "local base"))
    assert.equal(1, count(out, "  return base"))
  end)
  test("runs a pasted block up to an error in it, and drops the rest", function()
    local out = good{ "", "> ", pasted "u = 1\rv = 2\rw = = 3\ru = 4", "u = 4",
      "\n", "prompt:3: unexpected symbol near '='", "", "> ", "u + v, w\n", "3\r\nnil\r\n",
      "", "> " }
    assert.equal(1, count(out, "v = 2"))
  end)
  test("shows plain pasted lines once each", function()
    local out = good{ "", "> ", "a = 5\nfor i = 1, 2 do\n  print(a * i)\nend\na - 8\n",
      "5\r\n10\r\n", "", "-3\r\n", "", "> " }
    for _, line in ipairs{ "a = 5", "for i = 1", "print(a * i)", "a - 8" } do
      assert.equal(1, count(out, line), out)
    end
  end)
  test("goes on after Ctrl-C: a line, a block, a computation, with what they left", function()
    local out = good{ "", "> ", "dropped", "dropped", CTRL_C, "^C\r\n", "", "> ",
      "for i = 1, 2 do\n", ">> ", CTRL_C, "^C\r\n", "", "> ",
      "local A = sd.rng(1):randn(500, 500)\n", "> ",
      "local k = 0 print('go') while true do sd.svdvals(A) k = k + 1 end\n", "go\r\n",
      CTRL_C, "interrupted!", "", "> ", "A.rows, k >= 0\n", "500\r\ntrue\r\n", "", "> " }
    assert.equal(1, count(out, "interrupted!"), out)
  end)
  test("loses no Ctrl-C that comes while the prompt appears", function()
    local words = { "", "> " }
    for _ = 1, 8 do
      for _, word in ipairs{ "8 + 8\n", "16\r\n", CTRL_C, "^C\r\n", "", "> " } do
        words[#words + 1] = word
      end
    end
    good(words)
  end)
  test("ends at a second Ctrl-C that the first was not heard before", function()
    local out, status = talk{ "", "> ", "print('go') local s = (''):rep(1 << 60)\n", "go\r\n",
      CTRL_C, "^C", CTRL_C, "> " }
    assert.equal(130, status, out)
  end)
  test("takes 20 columns, NO_COLOR, and a dumb terminal", function()
    local narrow = good{ columns = 20, "", "> ", "sd.ones(1, 12) * 1000\n",
      "\r\n1000  ...  1000\r\n", "", "> " }
    expect(narrow, "1x12 f64")
    assert.falsy(good{ "", "> ", "error('x')\n", "x\r\n", "", "> " }:find "\27%[3%dm")
    local colours = good{ env = "NO_COLOR=", "", ">", "error('x')\n", "x\r\n", "", ">" }
    expect(colours, "\27[31msaddle:\27[m prompt:1: x")
    local out = good{ env = "TERM=dumb NO_COLOR=", "", "> ", "6 * 7\n", "42\r\n", "", "> ",
      "half" .. CTRL_C, "> ", "6 + 7\n", "13\r\n", "", "> " }
    assert.falsy(out:find("\27", 1, true), "a dumb terminal got an escape")
  end)
  test("comes with what a script left that was stopped or failed, with -i", function()
    local dir = shell.directory()
    shell.write(dir .. "/endless.lua", "steps = 3 print 'go' while true do end")
    local out, status = talk{ arguments = { "-i", dir .. "/endless.lua" }, "", "go\r\n",
      CTRL_C, "interrupted!", "", "> ", "steps\n", "3\r\n", "", "> " }
    assert.equal(1, status, out)
    shell.remove(dir)
  end)
  test("draws a plot, runs a command, helps", function()
    good{ "", "> ", "sd.plot(sd.linspace(0, 1, 9))\n", "****", "", "9\r\n\27[?2004h> ",
      "$ echo from a shell\n", "\27[?2004lfrom a shell\r\n", "", "> ", "$ exit 3\n",
      "exit status 3", "", "> ", "? sd.grad\n", "gradient", "", "> ",
      "help()\n", "Ctrl-D leaves", "", "> " }
  end)
end)
