--- The tools of the build: the check of layers, the list of packages.
local shell = require "tests.cli.shell"

describe("make layers", function()
  local dir
  before_each(function() dir = shell.directory() end)
  after_each(function() shell.remove(dir) end)
  local function layers(path) return shell.run("lua5.4 scripts/setup/layers.lua " .. path) end

  it("finds nothing in this tree", function()
    local out, status = layers(".")
    assert.equal("", out)
    assert.equal(0, status)
  end)

  local planted = {
    ["src/core/a.c:2:"] = { "src/core/a.c", "\n#include <lua.h>\n" },
    ["src/core/b.c:1:"] = { "src/core/b.c", '#include "saddle/io.h"\n' },
    ["src/core/c.c:1:"] = { "src/core/c.c", '#include "saddle/saddle.h"\n' },
    ["src/core/d.c:1:"] = { "src/core/d.c", '#include "../lua/lw.h"\n' },
    ["src/core/e.c:3:"] = { "src/core/e.c", "/* a\n comment */\nvoid e(void) { exit(1); }\n" },
    ["src/core/isa/f.c:1:"] = { "src/core/isa/f.c", 'void f(void) { printf ("x"); }\n' },
    ["src/io/g.c:1:"] = { "src/io/g.c", "# include <lauxlib.h>\n" },
    ["src/io/h.c:1:"] = { "src/io/h.c", "void h(void) { longjmp(b, 1); }\n" },
    ["src/io/i.c:1:"] = { "src/io/i.c", 'void i(void) { fputs("", stderr); }\n' },
    ["src/lua/j.c:1:"] = { "src/lua/j.c", '#include "../cli/host.h"\n' },
    ["src/graph/m.c:1:"] = { "src/graph/m.c", '#include "saddle/optim.h"\n' },
    ["src/optim/n.c:1:"] = { "src/optim/n.c", '#include "saddle/io.h"\n' },
    ["src/optim/o.c:2:"] = { "src/optim/o.c",
      '#include "../graph/build.h"\nvoid o(void) { abort(); }\n' },
    ["src/model/p.c:1:"] = { "src/model/p.c", '#include "saddle/optim.h"\n' },
    ["src/optim/q.c:1:"] = { "src/optim/q.c", '#include "saddle/model.h"\n' },
    ["src/spectral/r.c:1:"] = { "src/spectral/r.c", '#include "saddle/graph.h"\n' },
    ["src/core/s.c:1:"] = { "src/core/s.c", '#include "saddle/spectral.h"\n' },
    ["src/mpi/t.c:1:"] = { "src/mpi/t.c", '#include "saddle/matrix.h"\n' },
    ["src/lua/u.c:1:"] = { "src/lua/u.c", "#include <mpi.h>\n" },
    ["include/saddle/op.h:1:"] = { "include/saddle/op.h", '#include "saddle/optim.h"\n' },
    ["include/saddle/k.h:1:"] = { "include/saddle/k.h", '#include "saddle/io.h"\n' },
    ["include/saddle/l.h:1:"] = { "include/saddle/l.h", "#include <lua.h>\n" },
  }
  for where, file in pairs(planted) do
    it("catches a violation at " .. where, function()
      shell.write(dir .. "/" .. file[1], file[2])
      local out, status = layers(dir)
      assert.equal(where, out:match("^%S+"))
      assert.equal(1, status)
      assert.equal(1, select(2, out:gsub("\n", "")))
    end)
  end

  it("takes neither comments nor strings nor other names for violations", function()
    shell.write(dir .. "/src/core/a.c", [[
/* printf("x"); #include <lua.h> */ // abort()
#include "own.inc"
#include "saddle/matrix.h"
#include <stdio.h>
static const char *s = "exit(1) \" abort()", c = '"';
int f(void) { return snprintf(0, 0, "stdout") + my_exit(); }
]])
    shell.write(dir .. "/src/core/own.inc", "")
    shell.write(dir .. "/src/lua/b.c",
      '#include <lua.h>\n#include "saddle/saddle.h"\n#include "lw.h"\n')
    shell.write(dir .. "/src/lua/lw.h", '#include "saddle/io.h"\n')
    shell.write(dir .. "/src/mpi/c.c", "#include <lua.h>\n#include <mpi.h>\n")
    local out, status = layers(dir)
    assert.equal("", out)
    assert.equal(0, status)
  end)
end)

describe("scripts/setup/packages.sh", function()
  local packages = "scripts/setup/packages.sh "

  it("asks for nothing where all is there", function()
    local out, status = shell.run(packages .. "build test")
    assert.equal("", out)
    assert.equal(0, status)
  end)
  it("names what is missing, and the command, when it may not install", function()
    -- a path on which there is nothing but what the script itself uses, and an id that is not root
    local dir = shell.directory()
    for _, tool in ipairs{ "sh", "cat", "grep" } do
      os.execute(("ln -s \"$(command -v %s)\" %s/"):format(tool, dir))
    end
    shell.write(dir .. "/id", "#!/bin/sh\necho 1000\n")
    os.execute("chmod +x " .. dir .. "/id")
    local out, status, err = shell.run(("PATH=%s %s build figures"):format(dir, packages))
    shell.remove(dir)
    assert.equal("", out)
    assert.equal(1, status)
    assert(err:find("gcc make pkg-config lua5.4 gnuplot-nox", 1, true), err)
    assert(err:find("apt-get install -y --no-install-recommends gcc ", 1, true), err)
  end)
  it("refuses an unknown purpose", function()
    local _, status, err = shell.run(packages .. "nonsense")
    assert.equal(2, status)
    assert(err:find("unknown purpose 'nonsense'", 1, true), err)
  end)
end)

describe("scripts/cluster/slurm.sh", function()
  local function task(environment, words)
    return shell.run(("env -u SLURM_ARRAY_TASK_ID -u SHARDS SADDLE=echo %s "
      .. "scripts/cluster/slurm.sh %s"):format(environment, words))
  end

  it("gives each task of an array its shard and a store of its own", function()
    local out, status = task("SLURM_ARRAY_TASK_ID=3 SHARDS=16 SLURM_CPUS_PER_TASK=4 STORES=/a",
      "'my file.lua' k=1,2")
    assert.equal("sweep my file.lua k=1,2 --shard 3/16 --store /a/runs.3.db --jobs 4\n", out)
    assert.equal(0, status)
  end)
  it("refuses what would compute too little or the wrong points", function()
    for environment, message in pairs { ["SHARDS=4"] = "is for an array of tasks",
      ["SLURM_ARRAY_TASK_ID=3"] = "SHARDS must say how many shards there are",
      ["SLURM_ARRAY_TASK_ID=5 SHARDS=4"] = "task 5 is none of 1 to SHARDS=4",
      ["SLURM_ARRAY_TASK_ID=0 SHARDS=4"] = "task 0 is none of 1 to SHARDS=4" } do
      local out, status, err = task(environment, "x.lua")
      assert.equal("", out)
      assert.equal(2, status)
      shell.expect(err, "slurm.sh: " .. message)
    end
    shell.expect(select(3, task("SLURM_ARRAY_TASK_ID=1 SHARDS=4", "")), "needs the file")
  end)
end)

describe("the build", function()
  it("keeps AVX to the objects for it, so that older processors run the rest", function()
    local build = shell.saddle:match("^(.*)/[^/]*$")
    local function registers(choice)
      return (shell.run(("find %s/obj -name '*.o' %s -exec objdump -d --no-show-raw-insn {} + | "
        .. "grep -c '%%[yz]mm'"):format(build, choice)))
    end
    local _, chosen = shell.run(("grep -qe ' -m[a-z]' %s/flags"):format(build))
    if chosen == 0 or not shell.run("uname -m"):find("x86_64", 1, true) then
      return pending("built for one processor")
    end
    assert.equal("0\n", registers("! -name '*.avx*.o'"))
    assert.not_equal("0\n", registers("-name '*.avx2.o'"))
  end)
end)
