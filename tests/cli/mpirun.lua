--- Shared by the tests of several processes: commands under mpirun, where that and `make mpi` are
-- there.
local shell = require "tests.cli.shell"

local mpirun = {}

-- More processes than cores are meant here, root is who runs tests in containers, and what goes
-- between processes of one machine needs no network. Processes that mpirun ends, since another has
-- failed, get no second to do what they still want to: tests would wait for it.
mpirun.settings = "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 "
  .. "OMPI_MCA_btl=self,vader OMPI_MCA_rmaps_base_oversubscribe=1 OPENBLAS_NUM_THREADS=1 "
  .. "OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_odls_base_sigkill_timeout=0 "

--- The executable from any directory.
mpirun.saddle = shell.saddle:sub(1, 1) == "/" and shell.saddle
  or os.getenv "PWD" .. "/" .. shell.saddle

local function why_missing()
  if os.getenv "ASAN_OPTIONS" then return "MPI is not built under sanitizers" end
  if not os.execute "command -v mpirun >/dev/null" then return "no mpirun" end
  local library = io.open(shell.saddle:gsub("[^/]*$", "") .. "lib/saddle/mpi_core.so")
  if not library then return "saddle was built without MPI" end
  library:close()
  local _, status = shell.run(mpirun.settings .. "mpirun -n 2 true")
  if status ~= 0 then return "mpirun starts no processes here" end
end

--- Why there are no processes under mpirun here; nil when there are.
mpirun.missing = why_missing()

--- Output, status, errors of n processes of saddle with these words, in that directory.
function mpirun.run(n, dir, words)
  return shell.run(("cd %s && %s timeout 60 mpirun -n %d %s %s"):format(dir, mpirun.settings, n,
    mpirun.saddle, words))
end

return mpirun
