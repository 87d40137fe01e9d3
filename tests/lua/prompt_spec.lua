--- Parts of the prompt that need no prompt: words, outlines, completion, sd.who, sd.time.
local sd = require "saddle"
local complete = require "saddle.prompt.complete"
local outline = require "saddle.outline"
local scan = require "saddle.prompt.scan"
local show = require "saddle.prompt.show"
local who = require "saddle.who"

describe("the words of a text", function()
  local function words(text)
    local list, open = scan(text)
    for k, word in ipairs(list) do
      assert.equal(word.text, text:sub(word.at, word.at + #word.text - 1))
      list[k] = word.kind:sub(1, 1) .. word.text
    end
    return table.concat(list, " "), open
  end
  it("are told apart", function()
    assert.equal("kif nx s>= n0x1p-4 kthen nf s( s... s) kend",
      (words "if x >= 0x1p-4 then f(...) end"))
    assert.equal("na s= s'it\\'s' s.. s[[long\n]] s:: s:", (words "a='it\\'s'..[[long\n]] :: :"))
    assert.equal("na nb", (words "a --[==[ hidden ]] ]==] b -- and this"))
    assert.equal("n1e-5 s.. n.5 s.. n3.", (words "1e-5 .. .5 .. 3."))
  end)
  it("may end in the middle of a string or a comment", function()
    assert.same({ "nf s( s\"a b", "string" }, { words 'f("a b' })
    assert.same({ "s[=[ ]]", "string" }, { words "[=[ ]]" })
    assert.same({ "na", "comment" }, { words "a --[[ b" })
    assert.same({ "na", "comment" }, { words "a -- b" })
  end)
end)

describe("the outline of a table", function()
  it("is a tree where there are matrices", function()
    local t = sd.map(function(x) return x end, { G = { W = sd.zeros(8, 4), b = sd.ones(8, 1) },
      lr = 0.1, [2] = sd.frozen(sd.ones(1, 2)) })
    local text = "tree of 4 leaves, 43 numbers\n" -- 32 + 8 + 2 + 1
      .. "  [2]  1x2 f64 frozen\n  G\n    W  8x4 f64\n    b  8x1 f64\n  lr   0.1"
    assert.equal(text, outline.text(t))
    assert.equal(text, tostring(t))
    assert.equal("4 leaves", outline.size(t))
  end)
  it("is one level and short for other tables, and wraps", function()
    assert.equal('{ 1, "b", x = {2 entries}, ["a b"] = {} }',
      (outline.text({ 1, "b", x = { 1, 2 }, ["a b"] = {} }, 80):gsub(', %["a b"%] = {}, x = (.*) }',
        ', x = %1, ["a b"] = {} }')))
    local many = {}
    for k = 1, 5000 do many[k] = k end
    assert.truthy(outline.text(many, 200):find("20, ... 4980 more }", 1, true))
    for line in outline.text(many, 20):gmatch "[^\n]+" do assert.truthy(#line <= 20, line) end
  end)
  it("ends for a table that holds itself, and calls no __index", function()
    local t = setmetatable({ A = sd.ones(1, 1) }, { __index = function() error "called" end })
    t.t = t
    assert.truthy(outline.text(t):find("A  1x1 f64", 1, true))
  end)
  it("leaves the terminal as it is", function()
    assert.equal([["a\27[31m"]], show.value "a\27[31m")
    assert.equal("a\\7\nb", show.value "a\7\nb\n")
  end)
end)

describe("completion", function()
  local effects = 0
  local values = { sd = sd, A = sd.ones(2, 2), r = sd.rng(1), s = "text",
    p = { layers = { { W = sd.ones(2, 2), width = 3 } }, ["not a name"] = 1, run = function() end },
    lazy = setmetatable({}, { __index = function() effects = effects + 1 end }) }
  local session = {}
  function session:variable(name) assert(self == session) return values[name] end
  function session:variables()
    assert(self == session)
    local set = {}
    for name in pairs(values) do set[name] = true end
    return set
  end
  function session:result_of() assert(self == session) end
  local function offered(left)
    local list, start = complete.candidates(left, session)
    return table.concat(list, " "), start
  end
  it("offers variables and keywords", function()
    assert.same({ "lazy local", "l" }, { offered "x = l" })
    assert.same({ "", "zz" }, { offered "zz" })
  end)
  it("follows fields and numbers that are there", function()
    assert.equal("layers run", (offered "f(p."))
    assert.equal("W width", (offered "p.layers[1]."))
    assert.equal("layers", (offered "p['layers'] + p.la"))
    assert.equal("", (offered "p.layers[2]."))
    assert.equal("", (offered "p.run().")) -- would have to call
  end)
  it("offers methods after a colon", function()
    assert.equal("run", (offered "p:"))
    assert.equal("totable", (offered "p.layers[1].W:tot"))
    assert.equal("cols", (offered "A.co"):match "cols")
    assert.falsy((offered "A:co"):find "cols")
    assert.truthy((offered "r:ra"):find("randn", 1, true))
    assert.equal("upper", (offered "s:up"))
  end)
  it("knows the library's names before they are loaded", function()
    assert.equal("value_and_grad", (offered "sd.value_"))
    assert.truthy((offered "sd.optim.ada"):find("adagrad adalr adam", 1, true))
  end)
  it("offers the options of the call that a brace is open in", function()
    assert.same({ "eps", "e" }, { offered "x = sd.optim.adam { e" })
    assert.equal("b1 b2 eps lr weight_decay", (offered "sd.optim.adam{lr = f(1, {2}), "))
    assert.equal("dtype", (offered "sd.zeros(3, 4, {"))
    assert.equal("route", (offered "sd.spectrum{r"))
    assert.equal("lazy local", (offered "g = {l"))                  -- no call: variables
    assert.equal("lazy", (offered "sd.model.mlp{2, laz"))   -- no option starts so
    assert.equal("", (offered "sd.optim.adam{lr = 1}.zz"))
  end)
  it("calls nothing", function()
    assert.equal("", (offered "lazy.deeper."))
    assert.equal(0, effects)
  end)
  it("offers files inside quotes, nothing in comments", function()
    assert.same({ "prompt.lua prompt/", "promp" }, { offered "io.open('lua/saddle/promp" })
    assert.equal("", (offered "-- sd.gr"))
  end)
  it("inserts what candidates share, and lists them the second time", function()
    local tab = complete.completer(session)
    assert.same({ "x" }, { tab "sd.lo" == nil and "x" })
    assert.truthy(select(2, tab "sd.lo"):find "^load +log")
    assert.equal("ue_and_grad", (tab "sd.val"))
    assert.equal("sh_spec.lua'", (tab "f('lua/saddle/prompt/../worker.lua' .. 'tests/cli/cra"))
    assert.equal("  ", tab " ")
  end)
end)

describe("help", function()
  local help = require "saddle.prompt.help"
  it("finds what a name, a value, a method or a topic is", function()
    assert.truthy(help.text(sd.svd):find("sd.svd(A[, {driver=", 1, true) == 1)
    assert.equal(help.text(sd.svd), help.text "svd")
    assert.equal(help.text(sd.svd), help.of_name("sd.svd", sd.svd))
    assert.truthy(help.text "A:block":find "^A:block%(i, j, m, n%) %-> B\n")
    assert.truthy(help.of_name("W:block", nil):find "^A:block")
    assert.truthy(help.text "optimisers":find "sd.optim.normalized{", 1, true)
    assert.truthy(help.text "metrics":find "^sd.metrics.modes%(")
    assert.truthy(help.text(sd.eye(2)):find "^a matrix\n")
    assert.truthy(help.text():find "Topics, as in %? linalg:")
  end)
  it("fits the width, and shows files without the folder of tests", function()
    local text = require("saddle.help").search("sd.save", 40)
    for line in text:match "^(.-)\n  example:":gmatch "[^\n]+" do
      assert.is_true(#line <= 40 or not line:find "^  %S+ .* ", line)
    end
    assert.truthy(text:find('sd.save("run.npz"', 1, true))
  end)
  it("shows the comment above a user's own function", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write "--- Doubles x.\nlocal function double(x) return 2 * x end\nreturn double\n"
    file:close()
    assert.equal("Doubles x.", help.text(dofile(path)))
    os.remove(path)
  end)
  it("says what was meant when nothing has the name", function()
    assert.equal("no help on 'svdd' (did you mean 'svd'?)", help.text "svdd")
    local good, why = pcall(help.of_name, "sd.svdd", nil)
    assert.is_false(good)
    assert.equal("? sd.svdd: nothing has that name (did you mean 'svd'?)", why)
  end)
end)

describe("sd.who", function()
  it("lists the variables that are the user's", function()
    local before = who.locals
    who.locals = function()
      return { W = sd.zeros(3, 2, { dtype = "f32" }), tree = { a = sd.ones(2, 1) } }
    end
    local rows = sd.who()
    who.locals = before
    local found = {}
    for _, row in ipairs(rows) do found[row.name] = row end
    assert.same({ name = "W", kind = "matrix", shape = "3x2 f32", bytes = 24 }, found.W)
    assert.same({ name = "tree", kind = "table", shape = "1 leaf", bytes = 16 }, found.tree)
    assert.is_nil(found.print)
    assert.is_nil(found.string)
    assert.truthy(tostring(rows):find("W +matrix +3x2 f32 +24\n"))
  end)
end)

describe("sd.time", function()
  it("gives seconds, and passes results on", function()
    local calls = 0
    local seconds, a, b, c = sd.time(function(x) calls = calls + 1 return x, nil, 3 end, 7)
    assert.truthy(seconds > 0 and seconds < 0.1)
    assert.same({ 7, nil, 3 }, { a, b, c })
    assert.truthy(calls > 100)
  end)
  it("runs a long call once", function()
    local calls, core = 0, require "saddle.core"
    local seconds = sd.time(function()
      calls = calls + 1
      local start = core.now()
      while core.now() < start + 0.12 do calls = calls + 0 end
    end)
    assert.equal(1, calls)
    assert.truthy(seconds >= 0.12)
  end)
  it("needs a function", function()
    assert.has_error(function() sd.time(3) end)
    local _, message = pcall(sd.time, {})
    assert.truthy(message:find("time: argument 1 must be a function, got a table", 1, true))
  end)
end)
