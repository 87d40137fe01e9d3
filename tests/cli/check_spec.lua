--- saddle check: verdicts, exit status, the file of --json and its replay, stores.
local shell = require "tests.cli.shell"
local json = require "saddle.json"
local run, expect = shell.run, shell.expect
local saddle = shell.saddle:sub(1, 1) == "/" and shell.saddle
  or os.getenv "PWD" .. "/" .. shell.saddle

local dir
before_each(function() dir = shell.directory() end)
after_each(function() shell.remove(dir) end)

--- A claim that x shrinks by x, for these params and with this line in its check.
local function claim(name, params, line)
  shell.write(("%s/%s.lua"):format(dir, name), ([[
local sd = require "saddle"
return sd.claim { id = "test.%s", source = "Lemma 1", statement = "it shrinks",
  params = %s, broken = { "step" }, smoke = { seed = 1 },
  check = function(c, p)
    if not c:assume("x < 1", p.x, "<", 1) then return end
    local y = c.rng:sphere(3)
    %s
    c:conclude("(1)", (c.broken == "step" and 3 or p.x), "<=", 1)
    c:note("y", y)
  end }]]):format(name, params, line or ""))
end

local GOOD <const> = [[{ seed = sd.seeds(2), { x = 0.1 }, { x = 2, expect = "not applicable" } }]]

--- Runs saddle check in the test's folder.
local function check(words) return run(("cd %s && %s check %s"):format(dir, saddle, words)) end

local function read(name)
  local file <close> = assert(io.open(dir .. "/" .. name, "rb"))
  return json.decode(file:read "a")
end

describe("saddle check", function()
  it("reports a claim that stands, with status 0", function()
    claim("good", GOOD)
    local out, status = check "good.lua --jobs 1"
    assert.equal(0, status)
    for _, line in ipairs { "ok   test.good: holds\n", "cases: 2 holds, 2 not applicable\n",
      "least margin: 0.9 in (1) at x=0.1 seed=1\n", "twin 'step': violated in 2 of 2 cases\n",
      "1 claim (quick), 0 not as expected" } do
      expect(out, line)
    end
    out, status = check "good --smoke --jobs 1"
    assert.equal(0, status)
    expect(out, "cases: 1 holds, 1 not applicable\n")
  end)

  it("has one line for each of several, and status 1 when one does not stand", function()
    claim("good", GOOD)
    claim("bad", "{ x = { 0.1, 0.2 } }", [[c:conclude("(0)", p.x, "<=", 0.1)]])
    claim("wrong", "{ x = 0.1 }", [[error "deep inside"]])
    local out, status = check "good bad wrong --jobs 2"
    assert.equal(1, status)
    expect(out, "ok   test.good")
    expect(out, "FAIL test.bad ")
    expect(out, "! violated, where it should be holds: x=0.2 seed=1; (0): 0.2 <= 0.1 is false")
    expect(out, "FAIL test.wrong")
    expect(out, "deep inside")
    expect(out, "3 claims (quick), 2 not as expected")
  end)

  it("writes what it found, and replays what was not as expected", function()
    claim("bad", "{ x = { 0.1, 0.2 } }", [[c:conclude("(0)", p.x, "<=", 0.1)]])
    local _, status = check "bad --json out.json --jobs 1"
    assert.equal(1, status)
    local found = read "out.json"
    assert.equal(false, found.ok)
    assert.equal("violated", found.claims[1].verdict)
    local cases = found.claims[1].cases
    assert.equal(4, #cases)
    assert.same({ x = 0.2, seed = 1 }, cases[2].values)
    assert.same({ "violated", "holds", -0.5 }, { cases[2].verdict, cases[2].expect,
      cases[2].margin })
    assert.equal("(0)", cases[2].detail.conclusions[1].name)
    assert.equal("step", cases[3].values.broken)
    local out
    out, status = check "--replay out.json"
    assert.equal(1, status)
    expect(out, "test.bad, x=0.2 seed=1: violated, where it should be holds")
    expect(out, "   ! (0): 0.2 <= 0.1 is false (margin -0.5)")
    expect(out, "     (1): 0.2 <= 1 (margin 0.8)")
    expect(out, "1 of the cases were not as expected, 1 of them are not now")
    claim("bad", "{ x = { 0.1, 0.2 } }")
    out, status = check "--replay out.json"
    assert.equal(0, status)
    expect(out, "has changed since then")
    expect(out, "1 of the cases were not as expected, 0 of them are not now")
  end)

  it("replays what was wrong beside the cases, and nothing that it has not written", function()
    shell.write(dir .. "/blind.lua", [[
local sd = require "saddle"
return sd.claim { id = "test.blind", source = "Lemma 1", statement = "it shrinks",
  broken = { "step" }, unconditional = true,
  check = function(c) c:conclude("(1)", 1, "<=", 2) end }]])
    assert.equal(1, select(2, check "blind.lua --json out.json --jobs 1"))
    expect((check "--replay out.json"), "test.blind: the broken twin 'step' passes")
    for _, text in ipairs { "[]", '{"claims":[1]}', '{"claims":[{"id":"x"}]}',
      '{"claims":[{"file":"a","problems":[],"cases":[3]}]}' } do
      shell.write(dir .. "/other.json", text)
      local _, status, err = check "--replay other.json"
      assert.equal(1, status)
      assert.equal("saddle check: other.json was not written by saddle check --json\n", err)
    end
  end)

  it("keeps cases in a store, and takes them from there", function()
    claim("good", GOOD)
    check "good --store a.db --jobs 1"
    shell.write(dir .. "/look.lua", [[
local st = require("saddle.store").open("a.db", { mode = "read" })
for _, row in ipairs(st.db:all "SELECT status, attempts FROM run") do
  print(row.status, row.attempts)
end
print(st.db:value "SELECT value FROM note WHERE name = 'verdict'")]])
    local function look() return (run(("cd %s && %s look.lua"):format(dir, saddle))) end
    local before = look()
    assert.equal(("done\t1\n"):rep(6), before:match "^(.*\n)[^\n]*\n$")
    local verdict = json.decode(before:match "([^\n]*)\n$")
    assert.same({ "holds", true, "quick" }, { verdict.verdict, verdict.ok, verdict.tier })
    local _, status = check "good --store a.db --jobs 1"
    assert.equal(0, status)
    assert.equal(before, look())
  end)

  it("leaves nothing behind otherwise", function()
    -- The worker knows the store by its command line: saddle, worker, the store, ...
    claim("good", GOOD, [[
      local file <close> = io.open "/proc/self/cmdline"
      c:note("store", file:read "a":match "%zworker%z([^%z]*)%z")]])
    check "good --jobs 1 --json out.json"
    local store = read("out.json").claims[1].cases[1].detail.notes.store
    assert(store:find "^/")
    assert.equal("", (run(("ls -d %s* 2>/dev/null"):format(store))))
  end)

  it("is not deaf to Ctrl-C where a check swallows it", function()
    local out = shell.interrupted([[
      local sd = require "saddle"
      local claim = sd.claim { id = "deaf", source = "none", statement = "none", broken = { "a" },
        unconditional = true, check = function(c)
          pcall(function()
            announce()
            while true do end
          end)
          c:conclude("(1)", 0, "<=", 1)
        end }
      print(pcall(claim.check, claim))]], 1)
    assert.equal("false\tinterrupted!\n", out)
  end)

  it("refuses what is no claim", function()
    shell.write(dir .. "/plain.lua", "return 3")
    shell.write(dir .. "/broken.lua", "return (")
    shell.write(dir .. "/other.json", "[1]")
    for _, row in ipairs { { "plain.lua", "plain.lua does not return a claim (sd.claim{...})" },
      { "broken.lua", "unexpected symbol near <eof>" },
      { "nowhere", "no script and no claim is called 'nowhere'; saddle check --list names" },
      { "plain.lua --smok", "there is no option '--smok' (did you mean '--smoke'?)" },
      { "--replay other.json", "other.json was not written by saddle check --json" },
      { "--replay none.json", "none.json: No such file" } } do
      local out, status, err = check(row[1])
      assert.equal(1, status)
      expect(out .. err, row[2])
      assert(not (out .. err):find "stack traceback", err)
    end
  end)

  it("knows the claims that come with saddle", function()
    local out, status = check "overparam --list"
    assert.equal(0, status)
    expect(out, "overparam_gan/theorem_A_4\n")
    assert(not out:find "fig_2\n")
  end)
end)

describe("the page of a paper", function()
  it("lists the claims and experiments of its folder, with their verdicts", function()
    claim("good", GOOD)
    shell.write(dir .. "/paper.lua",
      "return { title = 'A | B', source = 'nobody, 2020', text = 'x' }")
    shell.write(dir .. "/sweep.lua", "return require 'saddle'.experiment { name = 'sweep', "
      .. "text = 'it runs', run = function() end }")
    local out, status = check "good.lua --page"
    assert.equal(0, status)
    expect(out, "page: ")
    local file <close> = io.open(dir .. "/README.md")
    local page = file:read "a"
    for _, text in ipairs { "# A | B\n", "| [good](good.lua) | Lemma 1 | it shrinks | holds | ",
      "2 holds, 2 not applicable", "step 2/2",
      "| [sweep](sweep.lua) | it runs | `saddle sweep " } do
      expect(page, text)
    end
  end)

  it("of each paper that comes along names the files that are there, and no others", function()
    local papers = run "ls scripts/*/paper.lua"
    for folder in papers:gmatch "(scripts/[^/]*)/paper.lua" do
      local file <close> = assert(io.open(folder .. "/README.md"))
      local page, listed = file:read "a", {}
      for name in page:gmatch "\n| %[[^%]]*%]%(([^)]*)%)" do listed[name] = true end
      local files = run(("ls %s/*.lua | grep -v /paper.lua"):format(folder))
      for path in files:gmatch "[^\n]+" do
        local name = path:match "[^/]*$"
        assert(listed[name], folder .. "/README.md lacks " .. name .. ": make papers")
        listed[name] = nil
      end
      assert.is_nil(next(listed))
    end
  end)
end)
