--- saddle report: one page that is well formed, complete, and needs nothing else.
local shell = require "tests.cli.shell"
local run, expect = shell.run, shell.expect
local saddle = shell.saddle

local dir
setup(function()
  dir = shell.directory()
  shell.write(dir .. "/widths.lua", [[
local sd = require "saddle"
return sd.experiment { name = "widths", text = "is <b>wider</b> better & faster?",
  params = { k = sd.param(16, "width of the <hidden> layer"), word = "plain" },
  sweep = { k = { 16, 32, 64, 128 }, word = { "plain", '<script>alert("x")</script>' },
    seed = sd.seeds(3) },
  run = function(p, log)
    for t = 1, 5 do log(t, { loss = sd.matrix { { p.k / t }, { p.seed / t } } }) end
    if p.k == 32 and p.seed == 3 then error "no <luck>" end
    return { error = p.seed / p.k, ok = p.k > 20, none = p.seed == 1 and 0 / 0 or 1 / p.k }
  end }]])
  shell.write(dir .. "/shrink.lua", [[
local sd = require "saddle"
return sd.claim { id = "a.shrink", source = "Lemma 1, x < y", statement = "it shrinks",
  params = { seed = sd.seeds(2), { x = 0.5 }, { x = 2, expect = "not applicable" } },
  broken = { "step" }, check = function(c, p)
    if not c:assume("x < 1", p.x, "<", 1) then return end
    c:conclude("(1)", c.broken and 3 or p.x, "<=", 1)
  end }]])
  local _, status = run(("cd %s && %s sweep widths.lua --jobs 2 --store s.db"):format(dir, saddle))
  assert(status == 1) -- two points fail
  run(("cd %s && %s check shrink.lua --store s.db"):format(dir, saddle))
end)
teardown(function() shell.remove(dir) end)

local function report(words) return run(("cd %s && %s report %s"):format(dir, saddle, words)) end

local function read(name)
  local file <close> = assert(io.open(dir .. "/" .. name, "rb"))
  return file:read "a"
end

describe("saddle report", function()
  it("writes a page with parameters, tables, pictures, verdicts and the machine", function()
    local out, status = report "s.db"
    assert.equal("report: s.html\n", out)
    assert.equal(0, status)
    local page = read "s.html"
    for _, text in ipairs { "is &lt;b&gt;wider&lt;/b&gt; better &amp; faster?", ">widths<",
      "width of the &lt;hidden&gt; layer", "16, 32, 64, 128", "2 failed runs", "no &lt;luck&gt;",
      "22 done, 2 failed", ">a.shrink<", "Lemma 1, x &lt; y", "2 holds, 2 not applicable",
      "step: caught in 2 of 2", "BLAS threads", "error against k", "loss(2) over time",
      '<meta name="viewport"' } do
      expect(page, text)
    end
    assert.is_nil(page:find("<script", 1, true))
    assert.is_nil(page:find "https?://")
    expect(page, '<td class="n">0.125 ± 0.0625</td>') -- (1 + 2 + 3)/3/16, and sd 1/16
  end)

  it("has closed elements only, and pictures that are SVG", function()
    report "s.db -o out.html --title 'A & B'"
    local out, status, err = run(([[python3 - %s/out.html <<'END'
import base64, html.parser, re, sys, xml.dom.minidom
void = {"meta", "link", "img", "br"}
class Check(html.parser.HTMLParser):
    stack = []
    pictures = 0
    def handle_starttag(self, tag, attrs):
        if tag not in void: self.stack.append(tag)
        if tag == "img":
            kind, data = dict(attrs)["src"].split(",", 1)
            assert kind == "data:image/svg+xml;base64", kind
            svg = base64.b64decode(data, validate=True)
            assert xml.dom.minidom.parseString(svg).documentElement.tagName == "svg"
            self.pictures += 1
    def handle_endtag(self, tag):
        assert self.stack.pop() == tag, (tag, self.getpos())
check = Check()
page = open(sys.argv[1], encoding="utf-8").read()
check.feed(page)
assert not check.stack, check.stack
assert "<title>A &amp; B</title>" in page
print(check.pictures)
END]]):format(dir))
    assert.equal(0, status, err)
    assert.equal("5\n", out) -- error, none and ok against k; two elements of loss over time
  end)

  it("is shown by a browser without a complaint, where there is one", function()
    if select(2, run "command -v chromium") ~= 0 then
      pending "no chromium"
      return
    end
    report "s.db"
    local _, status, err = run(("cd %s && timeout 60 chromium --headless --no-sandbox "
      .. "--disable-gpu --user-data-dir=%s/profile --enable-logging=stderr --screenshot=page.png "
      .. "--window-size=1200,2000 file://%s/s.html"):format(dir, dir, dir))
    assert.equal(0, status, err)
    assert.is_nil(err:find("CONSOLE", 1, true))
    assert(#read "page.png" > 20000)
  end)

  it("says what is wrong, and leaves a page that is there", function()
    for words, why in pairs {
      [""] = "which store? see --help",
      ["no.db"] = "store no.db: does not exist",
      ["s.db -o /no/such/folder/x.html"] = "cannot write /no/such/folder/x.html",
      ["widths.lua"] = "widths.lua",
    } do
      local out, status, err = report(words)
      assert.equal(1, status, words)
      assert.equal("", out)
      expect(err, why)
      assert(not err:find "traceback", err)
    end
    shell.write(dir .. "/kept.html", "before")
    local _, status = run(("cd %s && ulimit -f 4 && %s report s.db -o kept.html"):format(dir,
      saddle))
    assert.equal(1, status)
    assert.equal("before", read "kept.html")
  end)

  it("goes where a link points, and over nothing that is no file", function()
    shell.write(dir .. "/page.html", "before")
    assert.equal(0, select(2, run(("cd %s && ln -s page.html link.html && mkfifo pipe.html"):format(
      dir))))
    assert.equal(0, select(2, report "s.db -o link.html"))
    expect(read "page.html", "<h1>")
    local _, status, err = report "s.db -o pipe.html"
    assert.equal(1, status)
    expect(err, "cannot write pipe.html: it is not a regular file (a pipe, a device or a socket)")
    assert.equal(0, select(2, run(("test -p %s/pipe.html"):format(dir))))
  end)
end)
