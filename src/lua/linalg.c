/* Linear algebra: sd.svd, sd.eigh, sd.solve and their family, over linalg.h.
 *
 * In comments r is min(m,n); every A may be a number, taken as 1x1. Results have the dtype of A and
 * are computed in f64. What has derivatives is an op (src/graph/op_*.c): there are its shape rule
 * and its sentences. The others need values. */
#include "saddle/linalg.h"
#include "lw.h"
#include "saddle/kernel.h"
#include "saddle/status.h"
#include <float.h>
#include <math.h>
#include <string.h>

/* ---- arguments and errors ---------------------------------------------------------------------*/

/* A, or A and B, on their way through one function; a number lives in its cell. */
typedef struct operand {
  sd_mat m;
  double cell;
} operand;

static const sd_mat *check_a(lua_State *L, const char *fn, operand *a) {
  a->m = lw_checkoperand(L, fn, 1, &a->cell);
  return &a->m;
}

/* The type of A, at argument 1; a number takes the dtype of a matrix B at argument 2. */
static sd_type type_of_a(lua_State *L, const char *fn) {
  sd_type a, b;
  if (!lw_typeof(L, 1, &a)) lw_argerror(L, fn, 1, "a matrix or a number");
  if (a.number && lw_typeof(L, 2, &b) && !b.number) a.dtype = b.dtype;
  return a;
}

static void need_b(lua_State *L, const char *fn) {
  sd_type b;
  if (!lw_typeof(L, 2, &b)) lw_argerror(L, fn, 2, "a matrix or a number");
}

/* How far |A - A'| may go, relative to max|A|. Rounding in a product such as J*J' with inner length
 * k stays below 2 k eps: 1e-10 leaves room for k = 2e5 in f64, and 1e-4 for k = 400 at worst, 1e5
 * in the mean, in f32. A forgotten transpose misses by far more. */
static double symmetry_tol(lua_State *L, const char *fn, int options, const sd_type *a) {
  double tol = lw_optnumber(L, fn, options, "tol", a->dtype == SD_F32 ? 1e-4 : 1e-10);
  if (!(tol >= 0)) lw_error(L, "%s: option 'tol' must be at least 0, got %g", fn, tol);
  return tol;
}

/* The option rcond: singular values up to rcond s1 count as zero. */
static double rank_tol(lua_State *L, const char *fn, int options, const sd_type *a) {
  double eps = a->dtype == SD_F32 ? (double)FLT_EPSILON : DBL_EPSILON;
  double def = eps * (double)(a->rows > a->cols ? a->rows : a->cols);
  double rcond = lw_optnumber(L, fn, options, "rcond", def < 1 ? def : 1);
  if (!(rcond >= 0 && rcond <= 1))
    lw_error(L, "%s: option 'rcond' must be in 0..1, got %g", fn, rcond);
  return rcond;
}

/* ---- singular values --------------------------------------------------------------------------*/

static int check_driver(lua_State *L, const char *fn) {
  static const char *const names[] = {"driver", NULL};
  static const char *const drivers[] = {"gesdd", "gesvd", NULL}; /* in the order of the enum */
  lw_options(L, fn, 2, names);
  return lw_optchoice(L, fn, 2, "driver", drivers, SD_GESDD);
}

/* sd.svd(A (m,n)[, {driver="gesdd"|"gesvd"}]) -> U (m,r), s (r,1) descending, V (n,r):
 * A = U diag(s) V'. Derivatives of vectors are NaN where singular values are equal or, unless the
 * factor is square, zero (src/graph/op_svd.c says what has one beside them). */
static int svd(lua_State *L) {
  sd_attr attr = {.k = {check_driver(L, "svd")}};
  return lw_apply(L, &sd_op_svd, &attr, 1, 1);
}

/* sd.svdvals(A (m,n)[, {driver=}]) -> s (r,1) descending */
static int svdvals(lua_State *L) {
  sd_attr attr = {.k = {check_driver(L, "svdvals")}};
  return lw_apply(L, &sd_op_svdvals, &attr, 1, 1);
}

static const char *const rcond_only[] = {"rcond", NULL};

/* sd.cond(A (m,n)) -> s1/sr, a number; inf when sr is 0 */
static int cond(lua_State *L) { return lw_apply(L, &sd_op_cond, NULL, 1, 1); }

/* sd.rank(A (m,n)[, {rcond=eps max(m,n)}]) -> how many singular values are > rcond s1 */
static int rank(lua_State *L) {
  operand of;
  lw_nosymbol(L, "rank", 1, "a rank is a whole number that jumps; compute it before the function");
  const sd_mat *a = check_a(L, "rank", &of);
  sd_type t = type_of_a(L, "rank");
  ptrdiff_t found;
  lw_options(L, "rank", 2, rcond_only);
  int status = sd_rank(rank_tol(L, "rank", 2, &t), a, &found);
  if (status != SD_OK) lw_failon(L, "rank", status, a, NULL);
  lua_pushinteger(L, found);
  return 1;
}

/* sd.pinv(A (m,n)[, {rcond=eps max(m,n)}]) -> the Moore-Penrose inverse (n,m); derivatives
 * take the rank as constant */
static int pinv(lua_State *L) {
  sd_type a = type_of_a(L, "pinv");
  lw_options(L, "pinv", 2, rcond_only);
  sd_attr attr = {.p = {rank_tol(L, "pinv", 2, &a)}};
  return lw_apply(L, &sd_op_pinv, &attr, 1, 1);
}

/* ---- eigenvalues ------------------------------------------------------------------------------*/

static int eigen(lua_State *L, const sd_op *op) {
  static const char *const names[] = {"tol", NULL};
  int alone = lua_istable(L, 2) || lua_isnoneornil(L, 2), options = lua_istable(L, 2) ? 2 : 3;
  sd_type a = type_of_a(L, op->name);
  if (!alone) need_b(L, op->name);
  lw_options(L, op->name, options, names);
  sd_attr attr = {.p = {symmetry_tol(L, op->name, options, &a)}};
  return lw_apply(L, op, &attr, 1, alone ? 1 : 2);
}

/* sd.eigh(A (n,n)[, B (n,n)][, {tol=1e-10}]) -> w (n,1) ascending, V (n,n): A V = V diag(w) and
 * V'V = I, or A V = B V diag(w) and V'BV = I with B positive definite. A is symmetric up
 * to tol max|A|; its symmetric part is used. Derivatives of vectors are NaN where
 * eigenvalues are equal (src/graph/op_eigen.c says what has one beside them). */
static int eigh(lua_State *L) { return eigen(L, &sd_op_eigh); }
/* sd.eigvalsh(A[, B][, {tol=}]) -> w (n,1) ascending */
static int eigvalsh(lua_State *L) { return eigen(L, &sd_op_eigvalsh); }

/* Pushes {re=, im=} with two new matrices, which it returns. */
static void push_complex(lua_State *L, const char *fn, ptrdiff_t m, ptrdiff_t n, int dtype,
                         sd_mat **re, sd_mat **im) {
  lua_createtable(L, 0, 2);
  *re = lw_newmat(L, fn, m, n, dtype);
  lua_setfield(L, -2, "re");
  *im = lw_newmat(L, fn, m, n, dtype);
  lua_setfield(L, -2, "im");
}

/* sd.eig(A (n,n)[, {vectors=true}]) -> {re=, im=} (n,1) each, V = {re=, im=} (n,n) each, columns of
 * 2-norm 1; in the order in which LAPACK finds them, conjugate pairs side by side, +im first */
static int eig(lua_State *L) {
  static const char *const names[] = {"vectors", NULL};
  operand of;
  lw_nosymbol(L, "eig", 1, "sd.eigh and sd.eigvalsh of a symmetric matrix have one");
  of.m = lw_checksquare(L, "eig", &of.cell);
  const sd_mat *a = &of.m;
  sd_mat *wr, *wi, *vr = NULL, *vi = NULL;
  lw_options(L, "eig", 2, names);
  int vectors = lw_optbool(L, "eig", 2, "vectors", 1);
  push_complex(L, "eig", a->rows, 1, a->dtype, &wr, &wi);
  if (vectors) push_complex(L, "eig", a->rows, a->rows, a->dtype, &vr, &vi);
  int status = sd_eig(a, wr, wi, vr, vi);
  return status == SD_OK ? 1 + vectors : lw_failon(L, "eig", status, a, NULL);
}

/* ---- factorisations ---------------------------------------------------------------------------*/

/* sd.cholesky(A (n,n)[, {tol=1e-10}]) -> L (n,n) lower, A = L L'; symmetry as for sd.eigh */
static int cholesky(lua_State *L) {
  static const char *const names[] = {"tol", NULL};
  sd_type a = type_of_a(L, "cholesky");
  lw_options(L, "cholesky", 2, names);
  sd_attr attr = {.p = {symmetry_tol(L, "cholesky", 2, &a)}};
  return lw_apply(L, &sd_op_cholesky, &attr, 1, 1);
}

/* A:col(p) = Q R */
static int qr_pivot(lua_State *L) {
  operand of;
  lw_nosymbol(L, "qr", 1, "with pivot=true the order of the columns needs values; without it has");
  const sd_mat *a = check_a(L, "qr", &of);
  ptrdiff_t r = a->rows < a->cols ? a->rows : a->cols;
  ptrdiff_t *order = lw_scratch(L, "qr", (size_t)a->cols, sizeof *order);
  sd_mat *q = lw_newmat(L, "qr", a->rows, r, a->dtype);
  sd_mat *upper = lw_newmat(L, "qr", r, a->cols, a->dtype);
  sd_mat *p = lw_newmat(L, "qr", 1, a->cols, SD_F64);
  int status = sd_qr(a, q, upper, order);
  if (status != SD_OK) lw_failon(L, "qr", status, a, NULL);
  for (ptrdiff_t j = 0; j < a->cols; j++) sd_mat_set(p, 0, j, (double)order[j] + 1);
  return 3;
}

/* sd.qr(A (m,n)[, {pivot=false}]) -> Q (m,r), R (r,n)[, p (1,n)]: A = Q R, or A:col(p) = Q R; p is
 * f64. Differentiable for m >= n, without pivoting. */
static int qr(lua_State *L) {
  static const char *const names[] = {"pivot", NULL};
  lw_options(L, "qr", 2, names);
  return lw_optbool(L, "qr", 2, "pivot", 0) ? qr_pivot(L) : lw_apply(L, &sd_op_qr, NULL, 1, 1);
}

/* ---- linear systems ---------------------------------------------------------------------------*/

/* sd.solve(A (n,n), B (n,p)[, {assume="general"|"symmetric"|"posdef"|"lower"|"upper", tol=1e-10}])
 * -> X (n,p) with A X = B, rcond: an estimate of 1/(|A| |A^-1|) in the 1-norm; tol as in
 * sd.eigh */
static int solve(lua_State *L) {
  static const char *const names[] = {"assume", "tol", NULL};
  static const char *const kinds[] = {"general", "symmetric", "posdef", "lower", "upper", NULL};
  sd_type a = type_of_a(L, "solve");
  need_b(L, "solve");
  lw_options(L, "solve", 3, names);
  int assume = lw_optchoice(L, "solve", 3, "assume", kinds, SD_GENERAL);
  sd_attr attr = {.p = {symmetry_tol(L, "solve", 3, &a)}, .k = {assume}};
  return lw_apply(L, &sd_op_solve, &attr, 1, 2);
}

/* sd.inv(A (n,n)) -> the inverse (n,n) */
static int inv(lua_State *L) { return lw_apply(L, &sd_op_inv, NULL, 1, 1); }

/* The number at stack index `at`, if it is one, as a Lua integer. */
static void make_integer(lua_State *L, int at) {
  if (!lw_isnumber(L, at)) return;
  at = lua_absindex(L, at);
  lua_pushinteger(L, (lua_Integer)lua_tonumber(L, at));
  lua_replace(L, at);
}

/* sd.logdet(A (n,n)) -> log|det A|, sign (-1, 0, 1); singular: -inf, 0 */
static int logdet(lua_State *L) {
  lw_apply(L, &sd_op_logdet, NULL, 1, 1);
  make_integer(L, -1);
  return 2;
}

/* sd.lstsq(A (m,n), B (m,p)[, {rcond=eps max(m,n)}]) -> X (n,p) of least |A X - B|, then of least
 * |X|, column by column; rank; s (r,1), A's singular values. Derivatives take the rank as
 * constant. */
static int lstsq(lua_State *L) {
  sd_type a = type_of_a(L, "lstsq");
  need_b(L, "lstsq");
  lw_options(L, "lstsq", 3, rcond_only);
  sd_attr attr = {.p = {rank_tol(L, "lstsq", 3, &a)}};
  lw_apply(L, &sd_op_lstsq, &attr, 1, 2);
  make_integer(L, -2);
  return 3;
}

/* ---- norms ------------------------------------------------------------------------------------*/

/* The kind of norm named at argument 2: nil, 1, 2 or a name. */
static int check_kind(lua_State *L) {
  static const char *const names[] = {"fro", "1",   "inf", "2inf",
                                      "2",   "nuc", NULL}; /* as the enum */
  if (lua_isnoneornil(L, 2)) return SD_NORM_FRO;
  if (lw_isnumber(L, 2) && lua_tonumber(L, 2) == 1) return SD_NORM_ONE;
  if (lw_isnumber(L, 2) && lua_tonumber(L, 2) == 2) return SD_NORM_TWO;
  for (int k = 0; names[k]; k++)
    if (lw_isword(L, 2, names[k])) return k;
  return lw_argerror(L, "norm", 2, "1, 2, \"fro\", \"nuc\", \"inf\", \"2inf\" or {dim=}");
}

/* Replaces the value on top by op of it. */
static void over_top(lua_State *L, const sd_op *op, int64_t k0, int64_t k1) {
  sd_attr attr = {.k = {k0, k1}};
  int top = lua_gettop(L);
  lw_apply(L, op, &attr, top, 1);
  lua_replace(L, top);
  lua_settop(L, top);
}
static void reduce_top(lua_State *L, int fn, int dim) { over_top(L, &sd_reduce_ops[fn], dim, 0); }
/* Its element (1,1), a number. Of singular values the largest: as a block it has second derivatives
 * where others are equal (src/graph/op_eigen.c). */
static void first_top(lua_State *L) {
  sd_attr attr = {.k = {0, 0, 1, 1, 1}};
  int top = lua_gettop(L);
  lw_apply(L, &sd_op_slice, &attr, top, 1);
  lua_replace(L, top);
  lua_settop(L, top);
}

/* Pushes the norm of the symbol at argument 1, in ops. What is made on the way is f64. */
static int norm_in_ops(lua_State *L, int kind, const sd_type *t) {
  int spectral = kind == SD_NORM_TWO || kind == SD_NORM_NUC;
  int empty = t->rows == 0 || t->cols == 0;
  lua_pushvalue(L, 1);
  if (empty || kind == SD_NORM_FRO) {
    reduce_top(L, SD_REDUCE_NORM, 0);
    return 1;
  }
  over_top(L, &sd_op_to, SD_F64, t->number);
  if (kind == SD_NORM_ROW)
    reduce_top(L, SD_REDUCE_NORM, 2);
  else if (spectral)
    over_top(L, &sd_op_svdvals, SD_GESDD, 0);
  else {
    over_top(L, &sd_map_ops[SD_MAP_ABS], 0, 0);
    reduce_top(L, SD_REDUCE_SUM, kind == SD_NORM_ONE ? 1 : 2);
  }
  if (kind == SD_NORM_TWO)
    first_top(L);
  else
    reduce_top(L, kind == SD_NORM_NUC ? SD_REDUCE_SUM : SD_REDUCE_MAX, 0);
  return 1;
}

/* sd.norm(A (m,n)[, kind]) -> number: "fro" (default), 2 (largest singular value), "nuc" (their
 * sum), 1 (largest column sum), "inf" (largest row sum), "2inf" (largest norm of a row);
 * sd.norm(A, {dim=1|2}) -> Euclidean norms of the columns (1,n), of the rows (m,1) */
static int norm(lua_State *L) {
  if (lua_istable(L, 1)) return lw_treecall(L, "norm");
  static const char *const names[] = {"dim", NULL};
  int traced = lw_testsymbol(L, 1) != NULL, options = lua_istable(L, 2);
  operand of = {{0}, 0};
  const sd_mat *a = traced ? NULL : check_a(L, "norm", &of);
  sd_type t;
  double value;
  if (options) lw_options(L, "norm", 2, names);
  sd_attr attr = {.k = {options ? lw_optdim(L, "norm", 2, 0) : 0}};
  int kind = options ? SD_NORM_FRO : check_kind(L);
  if (attr.k[0] != 0) return lw_apply(L, &sd_reduce_ops[SD_REDUCE_NORM], &attr, 1, 1);
  if (traced) {
    lw_typeof(L, 1, &t);
    return norm_in_ops(L, kind, &t);
  }
  int status = sd_norm(kind, a, &value);
  if (status != SD_OK) lw_failon(L, "norm", status, a, NULL);
  lua_pushnumber(L, value);
  return 1;
}

static const luaL_Reg functions[] = {
    {"svd", svd},           {"svdvals", svdvals}, {"cond", cond},   {"rank", rank},
    {"pinv", pinv},         {"eigh", eigh},       {"eig", eig},     {"eigvalsh", eigvalsh},
    {"cholesky", cholesky}, {"qr", qr},           {"solve", solve}, {"inv", inv},
    {"logdet", logdet},     {"lstsq", lstsq},     {"norm", norm},   {NULL, NULL}};

void lw_open_linalg(lua_State *L) { luaL_setfuncs(L, functions, 0); }
