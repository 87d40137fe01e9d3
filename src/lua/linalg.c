/* Linear algebra: sd.svd, sd.eigh, sd.solve and their family, over linalg.h.
 *
 * In comments r is min(m,n); every A may be a number, taken as 1x1. Results have the dtype of A and
 * are computed in f64. */
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

static const sd_mat *check_square(lua_State *L, const char *fn, operand *a) {
  a->m = lw_checksquare(L, fn, &a->cell);
  return &a->m;
}

/* A, and B at argument 2, of one dtype. */
static const sd_mat *check_pair(lua_State *L, const char *fn, operand *a, operand *b) {
  lw_checkpair(L, fn, &a->m, &a->cell, &b->m, &b->cell);
  return &b->m;
}

/* How far |A - A'| may go, relative to max|A|. Rounding in a product such as J*J' with inner length
 * k stays below 2 k eps: 1e-10 leaves room for k = 2e5 in f64, and 1e-4 for k = 400 at worst, 1e5
 * in the mean, in f32. A forgotten transpose misses by far more. */
static double symmetry_tol(lua_State *L, const char *fn, int options, const sd_mat *a) {
  double tol = lw_optnumber(L, fn, options, "tol", a->dtype == SD_F32 ? 1e-4 : 1e-10);
  if (!(tol >= 0)) lw_error(L, "%s: option 'tol' must be at least 0, got %g", fn, tol);
  return tol;
}

static void check_symmetric(lua_State *L, const char *fn, const char *name, const sd_mat *a,
                            double tol) {
  ptrdiff_t i, j;
  if (sd_check_symmetric(tol, a, &i, &j) == SD_EARG)
    lw_error(L, "%s: %s is not symmetric: |%s(%td,%td) - %s(%td,%td)| is %.6g", fn, name, name,
             i + 1, j + 1, name, j + 1, i + 1, fabs(sd_mat_get(a, i, j) - sd_mat_get(a, j, i)));
}

/* name: "" or " B" */
static int not_posdef(lua_State *L, const char *fn, const char *name, const sd_mat *a, int minor) {
  char shape[LW_SHAPE];
  lw_error(L, "%s: %s matrix%s is not positive definite (leading minor %d)", fn, lw_shape(a, shape),
           name, minor);
}

/* The option rcond: singular values up to rcond s1 count as zero. */
static double rank_tol(lua_State *L, const char *fn, int options, const sd_mat *a) {
  double eps = a->dtype == SD_F32 ? (double)FLT_EPSILON : DBL_EPSILON;
  double def = eps * (double)(a->rows > a->cols ? a->rows : a->cols);
  double rcond = lw_optnumber(L, fn, options, "rcond", def < 1 ? def : 1);
  if (!(rcond >= 0 && rcond <= 1))
    lw_error(L, "%s: option 'rcond' must be in 0..1, got %g", fn, rcond);
  return rcond;
}

static ptrdiff_t shorter(const sd_mat *a) { return a->rows < a->cols ? a->rows : a->cols; }

/* ---- singular values --------------------------------------------------------------------------*/

static int check_driver(lua_State *L, const char *fn) {
  static const char *const names[] = {"driver", NULL};
  static const char *const drivers[] = {"gesdd", "gesvd", NULL}; /* in the order of the enum */
  lw_options(L, fn, 2, names);
  return lw_optchoice(L, fn, 2, "driver", drivers, SD_GESDD);
}

static int svd_fail(lua_State *L, const char *fn, int driver, int status, const sd_mat *a) {
  char shape[LW_SHAPE];
  const char *why = status == SD_ENOCONV ? "did not converge" : "needs more than 32-bit LAPACK";
  if (driver == SD_GESDD && (status == SD_ENOCONV || status == SD_ETOOBIG))
    lw_error(L, "%s: divide and conquer %s (A is %s); driver=\"gesvd\" is slower but may succeed",
             fn, why, lw_shape(a, shape));
  return lw_failon(L, fn, status, a, NULL);
}

/* sd.svd(A (m,n)[, {driver="gesdd"|"gesvd"}]) -> U (m,r), s (r,1) descending, V (n,r):
 * A = U diag(s) V' */
static int svd(lua_State *L) {
  operand of;
  const sd_mat *a = check_a(L, "svd", &of);
  int driver = check_driver(L, "svd");
  sd_mat *u = lw_newmat(L, "svd", a->rows, shorter(a), a->dtype);
  sd_mat *s = lw_newmat(L, "svd", shorter(a), 1, a->dtype);
  sd_mat *v = lw_newmat(L, "svd", a->cols, shorter(a), a->dtype);
  int status = sd_svd(driver, a, u, s, v);
  return status == SD_OK ? 3 : svd_fail(L, "svd", driver, status, a);
}

/* sd.svdvals(A (m,n)[, {driver=}]) -> s (r,1) descending */
static int svdvals(lua_State *L) {
  operand of;
  const sd_mat *a = check_a(L, "svdvals", &of);
  int driver = check_driver(L, "svdvals");
  int status = sd_svd(driver, a, NULL, lw_newmat(L, "svdvals", shorter(a), 1, a->dtype), NULL);
  return status == SD_OK ? 1 : svd_fail(L, "svdvals", driver, status, a);
}

static const char *const rcond_only[] = {"rcond", NULL};

/* sd.cond(A (m,n)) -> s1/sr, a number; inf when sr is 0 */
static int cond(lua_State *L) {
  operand of;
  char shape[LW_SHAPE];
  const sd_mat *a = check_a(L, "cond", &of);
  double value;
  if (shorter(a) == 0)
    lw_error(L, "cond: an empty matrix has no condition number (A is %s)", lw_shape(a, shape));
  int status = sd_cond(a, &value);
  if (status != SD_OK) lw_failon(L, "cond", status, a, NULL);
  lua_pushnumber(L, value);
  return 1;
}

/* sd.rank(A (m,n)[, {rcond=eps max(m,n)}]) -> how many singular values are > rcond s1 */
static int rank(lua_State *L) {
  operand of;
  const sd_mat *a = check_a(L, "rank", &of);
  ptrdiff_t value;
  lw_options(L, "rank", 2, rcond_only);
  int status = sd_rank(rank_tol(L, "rank", 2, a), a, &value);
  if (status != SD_OK) lw_failon(L, "rank", status, a, NULL);
  lua_pushinteger(L, value);
  return 1;
}

/* sd.pinv(A (m,n)[, {rcond=eps max(m,n)}]) -> the Moore-Penrose inverse (n,m) */
static int pinv(lua_State *L) {
  operand of;
  const sd_mat *a = check_a(L, "pinv", &of);
  lw_options(L, "pinv", 2, rcond_only);
  double rcond = rank_tol(L, "pinv", 2, a);
  int status = sd_pinv(rcond, a, lw_newmat(L, "pinv", a->cols, a->rows, a->dtype));
  return status == SD_OK ? 1 : lw_failon(L, "pinv", status, a, NULL);
}

/* ---- eigenvalues ------------------------------------------------------------------------------*/

/* Checks A, the optional B and the options of eigh and eigvalsh; *b is NULL without B. */
static const sd_mat *check_eigh(lua_State *L, const char *fn, operand *of, operand *with,
                                const sd_mat **b) {
  static const char *const names[] = {"tol", NULL};
  const sd_mat *a = check_square(L, fn, of);
  int alone = lua_istable(L, 2) || lua_isnoneornil(L, 2), options = lua_istable(L, 2) ? 2 : 3;
  *b = alone ? NULL : check_pair(L, fn, of, with);
  lw_options(L, fn, options, names);
  double tol = symmetry_tol(L, fn, options, a);
  if (*b) lw_sameshape(L, fn, a, *b);
  check_symmetric(L, fn, "A", a, tol);
  if (*b) check_symmetric(L, fn, "B", *b, tol);
  return a;
}

static int eigen(lua_State *L, const char *fn, int vectors) {
  operand of, with;
  const sd_mat *b, *a = check_eigh(L, fn, &of, &with, &b);
  sd_mat *w = lw_newmat(L, fn, a->rows, 1, a->dtype);
  sd_mat *v = vectors ? lw_newmat(L, fn, a->rows, a->rows, a->dtype) : NULL;
  int status = b ? sd_eigh_pair(a, b, w, v) : sd_eigh(a, w, v);
  if (b && status > 0) not_posdef(L, fn, " B", b, status);
  return status == SD_OK ? 1 + vectors : lw_failon(L, fn, status, a, b);
}

/* sd.eigh(A (n,n)[, B (n,n)][, {tol=1e-10}]) -> w (n,1) ascending, V (n,n): A V = V diag(w) and
 * V'V = I, or A V = B V diag(w) and V'BV = I with B positive definite. A is symmetric up
 * to tol max|A|; its symmetric part is used. */
static int eigh(lua_State *L) { return eigen(L, "eigh", 1); }
/* sd.eigvalsh(A[, B][, {tol=}]) -> w (n,1) ascending */
static int eigvalsh(lua_State *L) { return eigen(L, "eigvalsh", 0); }

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
  const sd_mat *a = check_square(L, "eig", &of);
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
  operand of;
  const sd_mat *a = check_square(L, "cholesky", &of);
  lw_options(L, "cholesky", 2, names);
  check_symmetric(L, "cholesky", "A", a, symmetry_tol(L, "cholesky", 2, a));
  int status = sd_cholesky(a, lw_newmat(L, "cholesky", a->rows, a->cols, a->dtype));
  if (status > 0) not_posdef(L, "cholesky", "", a, status);
  return status == SD_OK ? 1 : lw_failon(L, "cholesky", status, a, NULL);
}

/* sd.qr(A (m,n)[, {pivot=false}]) -> Q (m,r), R (r,n)[, p (1,n)]: A = Q R, or A:col(p) = Q R; p is
 * f64 */
static int qr(lua_State *L) {
  static const char *const names[] = {"pivot", NULL};
  operand of;
  const sd_mat *a = check_a(L, "qr", &of);
  lw_options(L, "qr", 2, names);
  int pivot = lw_optbool(L, "qr", 2, "pivot", 0);
  ptrdiff_t *order = pivot ? lw_scratch(L, "qr", (size_t)a->cols, sizeof *order) : NULL;
  sd_mat *q = lw_newmat(L, "qr", a->rows, shorter(a), a->dtype);
  sd_mat *r = lw_newmat(L, "qr", shorter(a), a->cols, a->dtype);
  sd_mat *p = pivot ? lw_newmat(L, "qr", 1, a->cols, SD_F64) : NULL;
  int status = sd_qr(a, q, r, order);
  if (status != SD_OK) lw_failon(L, "qr", status, a, NULL);
  for (ptrdiff_t j = 0; pivot && j < a->cols; j++) sd_mat_set(p, 0, j, (double)order[j] + 1);
  return 2 + pivot;
}

/* ---- linear systems ---------------------------------------------------------------------------*/

/* Raises the sentence for a positive status of a solver. */
static int singular(lua_State *L, const char *fn, int assume, int status, const sd_mat *a,
                    double rcond) {
  char shape[LW_SHAPE];
  lw_shape(a, shape);
  if (status > a->rows)
    lw_error(L,
             "%s: A (%s) is singular to working precision: rcond %.2g (sd.%s gives the "
             "least-squares %s)",
             fn, shape, rcond, strcmp(fn, "inv") == 0 ? "pinv" : "lstsq",
             strcmp(fn, "inv") == 0 ? "inverse" : "solution");
  if (assume == SD_POSDEF) not_posdef(L, fn, "", a, status);
  lw_error(L, "%s: A (%s) is singular: pivot %d is zero", fn, shape, status);
}

/* Checks that A is what the option `assume` claims: what is not true is not assumed. */
static void check_assumption(lua_State *L, int assume, const sd_mat *a) {
  ptrdiff_t i, j;
  if (assume == SD_SYMMETRIC || assume == SD_POSDEF)
    check_symmetric(L, "solve", "A", a, symmetry_tol(L, "solve", 3, a));
  else if (assume != SD_GENERAL && sd_check_triangular(assume, a, &i, &j) != SD_OK)
    lw_error(L, "solve: A is not %s triangular: A(%td,%td) is %.6g",
             assume == SD_LOWER ? "lower" : "upper", i + 1, j + 1, sd_mat_get(a, i, j));
}

/* sd.solve(A (n,n), B (n,p)[, {assume="general"|"symmetric"|"posdef"|"lower"|"upper", tol=1e-10}])
 * -> X (n,p) with A X = B, rcond: an estimate of 1/(|A| |A^-1|) in the 1-norm; tol as in
 * sd.eigh */
static int solve(lua_State *L) {
  static const char *const names[] = {"assume", "tol", NULL};
  static const char *const kinds[] = {"general", "symmetric", "posdef", "lower", "upper", NULL};
  operand of, with;
  const sd_mat *a = check_square(L, "solve", &of), *b = check_pair(L, "solve", &of, &with);
  double rcond;
  lw_options(L, "solve", 3, names);
  int assume = lw_optchoice(L, "solve", 3, "assume", kinds, SD_GENERAL);
  lw_samerows(L, "solve", a, b);
  check_assumption(L, assume, a);
  int status = sd_solve(assume, a, b, lw_newmat(L, "solve", b->rows, b->cols, a->dtype), &rcond);
  if (status > 0) singular(L, "solve", assume, status, a, rcond);
  if (status != SD_OK) lw_failon(L, "solve", status, a, b);
  lua_pushnumber(L, rcond);
  return 2;
}

/* sd.inv(A (n,n)) -> the inverse (n,n) */
static int inv(lua_State *L) {
  operand of;
  const sd_mat *a = check_square(L, "inv", &of);
  double rcond;
  int status = sd_inv(a, lw_newmat(L, "inv", a->rows, a->cols, a->dtype), &rcond);
  if (status > 0) singular(L, "inv", SD_GENERAL, status, a, rcond);
  return status == SD_OK ? 1 : lw_failon(L, "inv", status, a, NULL);
}

/* sd.logdet(A (n,n)) -> log|det A|, sign (-1, 0, 1); singular: -inf, 0 */
static int logdet(lua_State *L) {
  operand of;
  const sd_mat *a = check_square(L, "logdet", &of);
  double logabs, sign;
  int status = sd_logdet(a, &logabs, &sign);
  if (status != SD_OK) lw_failon(L, "logdet", status, a, NULL);
  lua_pushnumber(L, logabs);
  lua_pushinteger(L, (lua_Integer)sign);
  return 2;
}

/* sd.lstsq(A (m,n), B (m,p)[, {rcond=eps max(m,n)}]) -> X (n,p) of least |A X - B|, then of least
 * |X|, column by column; rank; s (r,1), A's singular values */
static int lstsq(lua_State *L) {
  operand of, with;
  const sd_mat *a = check_a(L, "lstsq", &of), *b = check_pair(L, "lstsq", &of, &with);
  ptrdiff_t found;
  lw_options(L, "lstsq", 3, rcond_only);
  lw_samerows(L, "lstsq", a, b);
  double rcond = rank_tol(L, "lstsq", 3, a);
  sd_mat *x = lw_newmat(L, "lstsq", a->cols, b->cols, a->dtype);
  sd_mat *s = lw_newmat(L, "lstsq", shorter(a), 1, a->dtype);
  int status = sd_lstsq(rcond, a, b, x, &found, s);
  if (status != SD_OK) lw_failon(L, "lstsq", status, a, b);
  lua_pushinteger(L, found);
  lua_insert(L, -2);
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

/* Pushes the norm of the symbol at argument 1, in ops. What is made on the way is f64. */
static int norm_in_ops(lua_State *L, int kind, const sd_type *t) {
  const sd_op *svdvals = sd_op_named("svdvals");
  int spectral = kind == SD_NORM_TWO || kind == SD_NORM_NUC;
  int empty = t->rows == 0 || t->cols == 0;
  if (spectral && !empty && svdvals == NULL)
    lw_error(L, "norm: singular values of a symbol cannot be taken; the kinds 2 and \"nuc\" need a "
                "matrix (others are \"fro\", 1, \"inf\" and \"2inf\")");
  lua_pushvalue(L, 1);
  if (empty || kind == SD_NORM_FRO) {
    reduce_top(L, SD_REDUCE_NORM, 0);
    return 1;
  }
  over_top(L, &sd_op_to, SD_F64, t->number);
  if (kind == SD_NORM_ROW)
    reduce_top(L, SD_REDUCE_NORM, 2);
  else if (spectral)
    over_top(L, svdvals, SD_GESDD, 0);
  else {
    over_top(L, &sd_map_ops[SD_MAP_ABS], 0, 0);
    reduce_top(L, SD_REDUCE_SUM, kind == SD_NORM_ONE ? 1 : 2);
  }
  reduce_top(L, kind == SD_NORM_NUC ? SD_REDUCE_SUM : SD_REDUCE_MAX, 0);
  return 1;
}

/* sd.norm(A (m,n)[, kind]) -> number: "fro" (default), 2 (largest singular value), "nuc" (their
 * sum), 1 (largest column sum), "inf" (largest row sum), "2inf" (largest norm of a row);
 * sd.norm(A, {dim=1|2}) -> Euclidean norms of the columns (1,n), of the rows (m,1) */
static int norm(lua_State *L) {
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
