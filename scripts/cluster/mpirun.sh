#!/bin/sh
# Several processes, on several nodes if need be, as a Slurm job. `make mpi` must have built the
# module, against the Open MPI that is loaded here.
#
#   sbatch --ntasks=32 scripts/cluster/mpirun.sh SCRIPT [arguments ...]
#   sbatch --ntasks=33 scripts/cluster/mpirun.sh sweep FILE [name=values ...]
#
# The first is a script whose processes work together by sd.mpi, such as a Gram matrix over all of
# them; the second a sweep, of whose processes one hands out points and keeps the store. It is told
# to stop a minute before the time is over, and goes on when it is submitted again as it was. An
# array of tasks (slurm.sh) does the same without MPI, but fixes who runs which points.
#
# Each process gets cpus-per-task cores and as many BLAS threads: the same number for all of them,
# and for a run to compare with, since the bits of sums depend on it. Without Slurm the same is
#
#   OPENBLAS_NUM_THREADS=2 mpirun -n 4 --map-by slot:PE=2 saddle SCRIPT
#
# Environment: SADDLE, the executable (saddle).
#SBATCH --job-name=saddle
#SBATCH --cpus-per-task=2
#SBATCH --mem-per-cpu=2G
#SBATCH --time=01:00:00
#SBATCH --signal=B:TERM@60
#SBATCH --output=saddle-%j.log
set -eu

[ $# -ge 1 ] || { echo "mpirun.sh: needs a script: mpirun.sh SCRIPT [arguments ...]" >&2; exit 2; }
cores=${SLURM_CPUS_PER_TASK:-1}
exec mpirun -n "${SLURM_NTASKS:-1}" --map-by "slot:PE=$cores" \
  -x "OPENBLAS_NUM_THREADS=$cores" "${SADDLE:-saddle}" "$@"
