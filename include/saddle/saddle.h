/* saddle: matrices, random numbers, linear algebra and files for people who study how
 * over-parameterised models and GANs train. The public C interface.
 *
 *     script, prompt, command line          src/cli, lua/, scripts/
 *                 |
 *         Lua binding (src/lua)             arguments checked, outputs owned by Lua,
 *                 |                         one core call, errors in words
 *        +--------+---------+---------------------+
 *        |    optim (src/optim)                   |     steps of optimisers, as ops
 *        |    model (src/model)                   |     models and their initial laws, as ops
 *        |                  |                     |
 *        |     graph (src/graph)                  |    the op table, derivatives, plans, iterations
 *        |                  |        spectral (src/spectral)   spectra of linear maps
 *        |                  |                     |
 *     files (src/io)   core (src/core) -----------+
 *                           |
 *       kernels . BLAS . LAPACK . counter-based random numbers
 *
 * Conventions, all of them:
 *  - Names: sd_<object>_<verb>; constants SD_UPPER; a name in no header is static.
 *  - Matrices are headers (sd_mat) over memory that somebody else owns. Column-major; a batch is a
 *    matrix whose columns are samples. Indices count from 0 in C and from 1 in Lua.
 *  - Argument order: options, inputs, outputs (sd_gemm has that of BLAS). Outputs exist already and
 *    have the right shape.
 *  - A function that can fail returns a status: SD_OK (0), a negative code of status.h, or where
 *    it says so a positive LAPACK index. It leaves inputs as they were, and outputs undefined.
 *  - Each declaration has a contract: shapes, what may overlap, which errors.
 *  - Core and graph never print, exit, jump or know of Lua. Workspaces live within one call; a
 *    plan keeps those of its kernels in a pool.
 *  - One thread calls at a time; BLAS has threads of its own. */
#ifndef SADDLE_SADDLE_H
#define SADDLE_SADDLE_H

#define SD_VERSION "0.1.0"

#include "saddle/arrange.h"
#include "saddle/blas.h"
#include "saddle/chain.h"
#include "saddle/database.h"
#include "saddle/graph.h"
#include "saddle/hyper.h"
#include "saddle/io.h"
#include "saddle/isa.h"
#include "saddle/iterate.h"
#include "saddle/kernel.h"
#include "saddle/linalg.h"
#include "saddle/loop.h"
#include "saddle/matfun.h"
#include "saddle/matrix.h"
#include "saddle/memory.h"
#include "saddle/model.h"
#include "saddle/normal.h"
#include "saddle/numerics.h"
#include "saddle/op.h"
#include "saddle/optim.h"
#include "saddle/plan.h"
#include "saddle/process.h"
#include "saddle/rng.h"
#include "saddle/spectral.h"
#include "saddle/status.h"

#endif
