#!/bin/sh
# A sweep as a Slurm array: each task computes one shard of the points into a store of its own, so
# that tasks share no file.
#
#   SHARDS=16 sbatch --array=1-16 scripts/cluster/slurm.sh FILE [name=values ...]
#   saddle merge runs.db runs.*.db             when they have ended, on any machine
#
# Which points a shard has depends on the file, the values and SHARDS alone. A task that was killed,
# or ran out of time, is submitted again as it was, by itself if one likes: --array=3 with the same
# SHARDS and the same words takes up runs.3.db where it was left.
#
# Environment: SADDLE, the executable (saddle); STORES, the directory of the stores (the one of the
# submission; it must be of a file system that SQLite can lock).
#
# Edit what your cluster asks for: account, partition, time and memory. Five minutes before the time
# is over saddle is told to stop, and saves what it has.
#SBATCH --job-name=saddle
#SBATCH --cpus-per-task=4
#SBATCH --mem-per-cpu=2G
#SBATCH --time=04:00:00
#SBATCH --signal=B:INT@300
#SBATCH --output=saddle-%A_%a.log
set -eu

complain() {
  echo "slurm.sh: $1" >&2
  exit 2
}

[ $# -ge 1 ] || complain "needs the file of an experiment: slurm.sh FILE [name=values ...]"
shard=${SLURM_ARRAY_TASK_ID:-}
shards=${SHARDS:-}
[ -n "$shard" ] || complain "is for an array of tasks: sbatch --array=1-16"
[ -n "$shards" ] || complain "SHARDS must say how many shards there are: SHARDS=16 sbatch ..."
if [ "$shard" -lt 1 ] || [ "$shard" -gt "$shards" ]; then
  complain "task $shard is none of 1 to SHARDS=$shards"
fi

# exec, so that the signal reaches saddle itself.
exec "${SADDLE:-saddle}" sweep "$@" --shard "$shard/$shards" \
  --store "${STORES:-.}/runs.$shard.db" --jobs "${SLURM_CPUS_PER_TASK:-1}"
