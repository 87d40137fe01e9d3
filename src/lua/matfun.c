/* sd.expm, sd.sqrtm, sd.polar, sd.nnls. Results have the dtype of A; a number counts as 1x1. */
#include "saddle/matfun.h"
#include "lw.h"
#include "saddle/status.h"
#include <float.h>
#include <math.h>

/* sd.expm(A (n,n)) -> exp(A) (n,n) */
static int expm(lua_State *L) { return lw_apply(L, &sd_op_expm, NULL, 1, 1); }

/* sd.sqrtm(A (n,n)) -> X (n,n) with X*X = A, the principal square root */
static int sqrtm(lua_State *L) { return lw_apply(L, &sd_op_sqrtm, NULL, 1, 1); }

/* sd.polar(A (m,n)) -> U (m,n), P (n,n) with A = U*P, P symmetric positive semi-definite, and
 * orthonormal columns (m >= n) or rows (m <= n) in U */
static int polar(lua_State *L) {
  double cell;
  lw_nosymbol(L, "polar", 1, "of full column rank P is sd.sqrtm(A:t()*A) and U is A*sd.inv(P)");
  sd_mat a = lw_checkoperand(L, "polar", 1, &cell);
  sd_mat *u = lw_newmat(L, "polar", a.rows, a.cols, a.dtype);
  sd_mat *p = lw_newmat(L, "polar", a.cols, a.cols, a.dtype);
  int status = sd_polar(&a, u, p);
  if (status == SD_EARG)
    lw_error(L, "polar: P has infinite elements: the norm of A passes the largest %s number",
             sd_dtype_name(a.dtype));
  return status == SD_OK ? 2 : lw_failon(L, "polar", status, &a, NULL);
}

/* sd.nnls(A (m,n), B (m,p)[, {tol=, maxit=}]) -> X (n,p), r (1,p): column by column the x >= 0 of
 * least |A x - b|, and that norm; for p = 1 r is a number. tol: the relative dual that counts as
 * zero, by default 2^-52: r^2 is within about tol s (s + s') of the least, s = |b| + sum_j x_j
 * |a_j| and s' the same at the minimiser, large where columns are nearly dependent; below 2^-52
 * duals are rounding error. maxit: how many columns may enter, by default 3n. */
static int nnls(lua_State *L) {
  static const char *const names[] = {"tol", "maxit", NULL};
  char shape[LW_SHAPE];
  double ca, cb;
  sd_mat a, b;
  lw_nosymbol(L, "nnls", 2,
              "call it on values before; on the columns where x > 0 it is sd.lstsq, which has one");
  lw_checkpair(L, "nnls", &a, &ca, &b, &cb);
  lw_options(L, "nnls", 3, names);
  lw_samerows(L, "nnls", &a, &b);
  double tol = lw_optnumber(L, "nnls", 3, "tol", DBL_EPSILON);
  double maxit = lw_optnumber(L, "nnls", 3, "maxit", fmax(1, 3 * (double)a.cols));
  if (!(tol >= 0 && tol < 1))
    lw_error(L, "nnls: option 'tol' must be from 0 to below 1, got %.6g", tol);
  if (!(maxit >= 1 && maxit <= 0x1p53 && maxit == floor(maxit)))
    lw_error(L, "nnls: option 'maxit' must be a whole number from 1, got %.6g", maxit);
  sd_mat *x = lw_newmat(L, "nnls", a.cols, b.cols, a.dtype);
  sd_mat *r = lw_newmat(L, "nnls", 1, b.cols, a.dtype);
  int status = sd_nnls(tol, (ptrdiff_t)maxit, &a, &b, x, r);
  if (status == SD_ENOCONV)
    lw_error(L, "nnls: no solution within %.0f iterations for A of %s; raise maxit or tol", maxit,
             lw_shape(&a, shape));
  if (status == SD_EARG)
    lw_error(L, "nnls: the solution passes the largest %s number", sd_dtype_name(a.dtype));
  if (status != SD_OK) lw_failon(L, "nnls", status, &a, &b);
  if (b.cols == 1) {
    lua_pushnumber(L, sd_mat_get(r, 0, 0));
    lua_replace(L, -2);
  }
  return 2;
}

static const luaL_Reg functions[] = {
    {"expm", expm}, {"sqrtm", sqrtm}, {"polar", polar}, {"nnls", nnls}, {NULL, NULL}};

void lw_open_matfun(lua_State *L) { luaL_setfuncs(L, functions, 0); }
